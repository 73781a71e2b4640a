"""Where fingertips can go: workspaces, manipulability, and where the thumb can meet a finger."""

from dataclasses import dataclass

import mujoco
import numpy as np

from hand_model.dexterity.specimen import Digit, Specimen

VOXEL = 0.004
"""Edge of the cubes that volumes are counted in, m."""

SAMPLES = 40_000
"""Poses of each digit."""


@dataclass(frozen=True)
class Workspace:
    """What one digit reaches.

    Attributes:
        volume: of the tip's workspace, m³.
        manipulability: √det(J Jᵀ) of the tip's velocity, mean over the poses, m³/rad³ (Yoshikawa 1985, eq. 10).
        voxels: integer places of the cubes that the tip reaches, (n, 3), in the palm's frame.
    """

    volume: float
    manipulability: float
    voxels: np.ndarray


def workspace(specimen: Specimen, digit: Digit, samples: int = SAMPLES, seed: int = 0) -> Workspace:
    """Sample a digit's poses evenly over its joints' ranges, without regard to collisions."""
    model, data = specimen.model, mujoco.MjData(specimen.model)
    rng = np.random.default_rng(seed)
    free = specimen.free(digit)
    address = specimen.addresses(free)
    low, high = (np.array([model.joint(name).range[i] for name in free]) for i in (0, 1))
    palm, tip = model.body(specimen.palm).id, model.site(digit.tip).id
    points = np.empty((samples, 3))
    measure = np.empty(samples)
    jacobian = np.zeros((3, model.nv))
    for i in range(samples):
        data.qpos[address] = rng.uniform(low, high)
        specimen.couple(data.qpos)
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        rotation = data.xmat[palm].reshape(3, 3)
        points[i] = (data.site_xpos[tip] - data.xpos[palm]) @ rotation
        mujoco.mj_jacSite(model, data, jacobian, None, tip)
        own = jacobian @ free_columns(specimen, digit)
        measure[i] = np.sqrt(max(np.linalg.det(own @ own.T), 0.0))
    voxels = np.unique(np.floor(points / VOXEL).astype(int), axis=0)
    return Workspace(len(voxels) * VOXEL**3, float(measure.mean()), voxels)


def free_columns(specimen: Specimen, digit: Digit) -> np.ndarray:
    """What the speeds of a digit's free joints make of all speeds, (nv, free)."""
    free = specimen.free(digit)
    columns = np.zeros((specimen.model.nv, len(free)))
    for column, name in enumerate(free):
        columns[specimen.dofs((name,))[0], column] = 1
        for follower, (leader, ratio) in specimen.couplings.items():
            if leader == name:
                columns[specimen.dofs((follower,))[0], column] = ratio
    return columns


def shared_volume(one: Workspace, other: Workspace) -> float:
    """Volume that two digits' tips both reach, m³."""
    cubes = {tuple(cube) for cube in one.voxels.tolist()}
    return sum(tuple(cube) in cubes for cube in other.voxels.tolist()) * VOXEL**3


def opposition_volume(specimen: Specimen, spaces: dict[str, Workspace]) -> dict[str, float]:
    """Volume in which the thumb's tip can meet each finger's, m³, by finger."""
    thumb = spaces[specimen.thumb.name]
    return {finger.name: shared_volume(thumb, spaces[finger.name]) for finger in specimen.fingers}
