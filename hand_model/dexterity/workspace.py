"""Where fingertips can go: workspaces, manipulability, and where the thumb can meet a finger."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np
from mujoco.batch import Batch

from hand_model.dexterity.specimen import Digit, Specimen

VOXEL = 0.005
"""Edge of the cubes that volumes are counted in, m."""

SAMPLES = 60_000
"""Poses of each digit."""

_CHUNK = 2000


@dataclass(frozen=True)
class Workspace:
    """What one digit reaches.

    Attributes:
        volume: of the pulp's workspace, m³.
        manipulability: √det(J Jᵀ) of the pulp's velocity, mean over the poses, m³/rad³ (Yoshikawa 1985, eq. 10).
        voxels: integer places of the cubes that the pulp reaches, (n, 3), in the palm's frame.
    """

    volume: float
    manipulability: float
    voxels: np.ndarray


def workspace(specimen: Specimen, digit: Digit, samples: int = SAMPLES, seed: int = 0) -> Workspace:
    """Sample a digit's poses evenly over its joints' ranges, without regard to collisions.

    Args:
        specimen: the hand.
        digit: whose pulp.
        samples: number of poses.
        seed: of the poses.
    """
    free = specimen.free(digit.joints)
    qpos = random_poses(specimen, free, samples, np.random.default_rng(seed))
    points, jacobians = pulp_kinematics(specimen, digit, qpos)
    own = jacobians @ specimen.columns(free)
    gram = own @ own.transpose(0, 2, 1)
    manipulability = np.sqrt(np.clip(np.linalg.det(gram), 0, None))
    voxels = np.unique(np.floor(points / VOXEL).astype(int), axis=0)
    return Workspace(len(voxels) * VOXEL**3, float(manipulability.mean()), voxels)


def random_poses(
    specimen: Specimen, joints: Sequence[str], count: int, rng: np.random.Generator
) -> np.ndarray:
    """Poses (count, nq) with free joints anywhere in their ranges, the others at rest."""
    low, high = specimen.ranges(joints)
    qpos = np.tile(specimen.model.qpos0, (count, 1))
    qpos[:, specimen.addresses(joints)] = rng.uniform(low, high, (count, len(joints)))
    specimen.couple(qpos)
    return qpos


def pulp_kinematics(specimen: Specimen, digit: Digit, qpos: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places and Jacobians of a digit's pulp in many poses, seen from the palm.

    Args:
        specimen: the hand; its joints are hinges.
        digit: whose pulp.
        qpos: poses, (n, nq).

    Returns:
        Places (n, 3) m and Jacobians (n, 3, nv) m/rad, both in the palm's frame.
    """
    model = copy.copy(specimen.model)
    model.opt.disableflags |= int(
        mujoco.mjtDisableBit.mjDSBL_CONTACT | mujoco.mjtDisableBit.mjDSBL_CONSTRAINT
    )
    batch = Batch(model, min(_CHUNK, len(qpos)))
    palm, body = model.body(specimen.palm).id, model.body(digit.pulp.body).id
    above = _above(model, body)
    places, jacobians = np.empty((len(qpos), 3)), np.zeros((len(qpos), 3, model.nv))
    xpos, xmat, axis, anchor = (batch.bind(name) for name in ("xpos", "xmat", "xaxis", "xanchor"))
    for start in range(0, len(qpos), batch.nsim):
        chunk = slice(start, min(start + batch.nsim, len(qpos)))
        n = chunk.stop - chunk.start
        batch.bind("qpos")[:n] = qpos[chunk]
        batch.forward(np.arange(n), stage=mujoco.mjtStage.mjSTAGE_POS.value)
        frame = xmat[:n, palm].reshape(n, 3, 3)
        pulp = xpos[:n, body] + xmat[:n, body].reshape(n, 3, 3) @ np.array(digit.pulp.point)
        places[chunk] = np.einsum("nij,ni->nj", frame, pulp - xpos[:n, palm])
        arms = np.cross(axis[:n, above], pulp[:, None] - anchor[:n, above])
        jacobians[chunk][:, :, model.jnt_dofadr[above]] = np.einsum("nij,nki->njk", frame, arms)
    return places, jacobians


def _above(model: mujoco.MjModel, body: int) -> np.ndarray:
    """Joints between the world and a body."""
    found: list[int] = []
    while body:
        start, count = model.body_jntadr[body], model.body_jntnum[body]
        found += range(start, start + count)
        body = model.body_parentid[body]
    return np.array(found, dtype=int)


def shared(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Those voxels (n, 3) that two sets of them have in common."""
    cubes = {tuple(cube) for cube in one.tolist()}
    return np.array([cube for cube in other.tolist() if tuple(cube) in cubes], dtype=int).reshape(-1, 3)


def opposition_volume(specimen: Specimen, spaces: dict[str, Workspace]) -> tuple[float, dict[str, float]]:
    """Volume in which the thumb's pulp can meet a finger's, m³: of all fingers together, and by finger."""
    thumb = spaces[specimen.thumb.name].voxels
    common = {finger.name: shared(thumb, spaces[finger.name].voxels) for finger in specimen.fingers}
    together = np.unique(np.concatenate(list(common.values())), axis=0)
    return len(together) * VOXEL**3, {name: len(cubes) * VOXEL**3 for name, cubes in common.items()}
