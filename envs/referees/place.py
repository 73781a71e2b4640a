"""The referee of `humanoid-place`: a part that was carried from its bin and stands alone on its mark."""

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from envs.referees.recording import Recording
from envs.referees.replay import Findings, Touch, inspect_model, replay

PART, BENCH, BIN = "part", "bench", "bin"

STILL = 0.003
"""How far a part at rest may move in the last moments, m."""

FLUSH = 0.006
"""How far above the bench's top, or in it, the underside of a part that stands there may be, m."""


@dataclass
class PlaceVerdict(Findings):
    """What the referee found.

    Attributes:
        distance: of the part from its mark at the end, m.
        lean: of the part from upright at the end, rad.
        alone: for how long at the end nothing but the bench touched it, s.
        height: of its underside above the bench, at most, m.
    """

    distance: float = float("nan")
    lean: float = float("nan")
    alone: float = 0.0
    height: float = 0.0


def judge_place(
    recording: Recording, tolerance: float = 0.03, upright_deg: float = 10.0, rest_seconds: float = 0.5
) -> PlaceVerdict:
    """Judge an episode.

    Args:
        recording: the episode; its note `mark`, (n + 1, 2), is where the part belongs, m.
        tolerance: distance from the mark that counts as on it, m.
        upright_deg: lean that counts as upright, degrees.
        rest_seconds: how long the part must stand alone at the end, s.
    """
    verdict = PlaceVerdict()
    model = recording.model
    inspect_model(model, PART, verdict)
    mark = recording.notes["mark"].astype(float)
    if np.ptp(mark, axis=0).any():
        verdict.fault("the mark moved")
    address = int(model.joint(PART).qposadr[0])
    start = _initial(recording)
    if not _in_bin(start, start.qpos[address : address + 3]):
        verdict.fault("the part did not begin in the bin")
    path: list[Touch] = list(replay(recording, PART, verdict))
    poses = np.array([touch.after[address : address + 7] for touch in path])
    undersides = poses[:, 2] - _half_height(model) - _bench_top(start)
    verdict.height = float(undersides.max())
    fixed = set(np.flatnonzero(model.body_weldid == 0).tolist())
    for touch in reversed(path):
        if touch.partners - fixed:
            break
        verdict.alone += float(model.opt.timestep)
    verdict.distance = float(np.linalg.norm(poses[-1, :2] - mark[-1]))
    verdict.lean = _lean(poses[-1, 3:])
    last = poses[-max(1, round(rest_seconds / model.opt.timestep)) :]
    moved = float(np.linalg.norm(last[:, :3] - last[-1, :3], axis=1).max())
    verdict.success = (
        not verdict.faults
        and verdict.alone >= rest_seconds - 1e-9
        and verdict.distance < tolerance
        and verdict.lean < math.radians(upright_deg)
        and moved < STILL
        and abs(undersides[-1]) < FLUSH
    )
    return verdict


def _initial(recording: Recording) -> mujoco.MjData:
    """Everything's places at the start."""
    data = mujoco.MjData(recording.model)
    mujoco.mj_setState(recording.model, data, recording.states[0], int(mujoco.mjtState.mjSTATE_INTEGRATION))
    mujoco.mj_kinematics(recording.model, data)
    return data


def _in_bin(data: mujoco.MjData, place: np.ndarray) -> bool:
    """Whether a place (3,) lies between the bin's walls."""
    front, back, left, right = (
        data.geom(f"{BIN}_{side}").xpos for side in ("front", "back", "left", "right")
    )
    return bool(front[0] < place[0] < back[0] and right[1] < place[1] < left[1])


def _bench_top(data: mujoco.MjData) -> float:
    """Height of the bench's upper face, m."""
    return float(data.geom(BENCH).xpos[2] + data.model.geom(BENCH).size[2])


def _half_height(model: mujoco.MjModel) -> float:
    """Of the largest geom of the part, m."""
    body = model.body(PART)
    geoms = range(body.geomadr[0], body.geomadr[0] + body.geomnum[0])
    cylinder = mujoco.mjtGeom.mjGEOM_CYLINDER
    return max(float(model.geom_size[g, 1 if model.geom_type[g] == cylinder else 2]) for g in geoms)


def _lean(quat: np.ndarray) -> float:
    """Angle between a body's z axis and the vertical, rad."""
    turn = np.zeros(9)
    mujoco.mju_quat2Mat(turn, quat)
    return float(np.arccos(np.clip(turn[8], -1.0, 1.0)))
