"""The referee of `hand-insert`: how deep the pin went into the hole, through its mouth, in a hand that held it."""

from dataclasses import dataclass

import mujoco
import numpy as np

from envs.referees.recording import Recording
from envs.referees.replay import Findings, inspect_model, replay

PIN, SHAFT, PLATE = "pin", "shaft", "plate"

SINK = 0.25
"""Furthest that the pin may sink into a wall, as a share of the clearance."""

_GAP = np.deg2rad(46)
"""Widest angle between neighbouring walls: eight all around."""

_STATE = int(mujoco.mjtState.mjSTATE_INTEGRATION)


@dataclass(frozen=True)
class _Hole:
    """A hole, in the frame of its plate: its axis is z, its mouth at 0.

    Attributes:
        radius: of the circle that touches all walls, m.
        outer: of the plate, m.
        bottom: depth of the hole, m.
    """

    radius: float
    outer: float
    bottom: float


@dataclass
class InsertVerdict(Findings):
    """What the referee found.

    Attributes:
        depth: of the pin's full diameter in the hole at the end, m.
        clearance: difference of the hole's diameter and the pin's, m.
        sunk: deepest that the pin was in a wall, m.
    """

    depth: float = 0.0
    clearance: float = 0.0
    sunk: float = 0.0


def judge_insert(recording: Recording, depth: float = 0.020, clearance: float = 0.0005) -> InsertVerdict:
    """Judge an episode.

    Args:
        recording: the episode.
        depth: of the pin's full diameter that was asked for, m.
        clearance: widest that counts, m.
    """
    verdict, model = InsertVerdict(), recording.model
    inspect_model(model, PIN, verdict)
    hole = _measure_hole(model, verdict)
    radius = float(model.geom(SHAFT).size[0])
    verdict.clearance = 2 * (hole.radius - radius)
    if verdict.clearance > clearance * (1 + 1e-6):
        verdict.fault(f"the hole is {1000 * verdict.clearance:.2f} mm wider than the pin")
    place, turn = _plate(recording, verdict)
    touching = False
    for touch in replay(recording, PIN, verdict):
        verdict.sunk = max(verdict.sunk, touch.sunk)
        end = turn.T @ (_end_of_shaft(model, touch.after) - place)
        verdict.depth, touching = float(-end[2]), touch.touching
        # in a corner between two walls there is a little more room than the clearance
        room = 1.1 * verdict.clearance / 2 + SINK * clearance
        if 0.001 < verdict.depth < hole.bottom and room < np.hypot(*end[:2]) < hole.outer:
            verdict.fault("the pin went through a wall")
    if verdict.sunk > SINK * clearance:
        verdict.fault(f"the pin was {1000 * verdict.sunk:.2f} mm deep in a wall")
    if not touching:
        verdict.fault("the hand did not hold the pin at the end")
    verdict.success = not verdict.faults and verdict.depth >= depth
    return verdict


def _measure_hole(model: mujoco.MjModel, verdict: InsertVerdict) -> _Hole:
    """What the walls leave free: every wall a box that turns one face to the axis."""
    near, far, bearings, bottoms = [], [], [], []
    for geom in np.flatnonzero(model.geom_bodyid == model.body(PLATE).id):
        matrix, centre, size = np.zeros(9), model.geom_pos[geom], model.geom_size[geom]
        mujoco.mju_quat2Mat(matrix, model.geom_quat[geom])
        inward = matrix.reshape(3, 3)[:, 0]
        solid = model.geom_contype[geom] and model.geom_conaffinity[geom]
        if model.geom_type[geom] != mujoco.mjtGeom.mjGEOM_BOX or not solid or abs(inward[2]) > 1e-6:
            verdict.fault("a wall of the hole is not what it should be")
        away = float(centre @ inward)
        near.append(away - size[0])
        far.append(away + size[0])
        bearings.append(np.arctan2(inward[1], inward[0]))
        bottoms.append(size[2] - centre[2])
        if abs(centre[2] + size[2]) > 1e-6 or size[1] < near[-1] * np.tan(_GAP / 2):
            verdict.fault("a wall of the hole is not what it should be")
    around = np.sort(np.array(bearings))
    if np.diff(np.append(around, around[0] + 2 * np.pi)).max() > _GAP:
        verdict.fault("the hole has a gap")
    return _Hole(max(near), max(far), min(bottoms))


def _plate(recording: Recording, verdict: InsertVerdict) -> tuple[np.ndarray, np.ndarray]:
    """Place (3,) and axes (3, 3) of the plate, which must not move."""
    model, data = recording.model, mujoco.MjData(recording.model)
    poses = []
    for state in recording.states:
        mujoco.mj_setState(model, data, state, _STATE)
        poses.append(np.concatenate([data.mocap_pos[0], data.mocap_quat[0]]))
    if np.ptp(np.array(poses), axis=0).max() > 1e-9:
        verdict.fault("the plate moves")
    matrix = np.zeros(9)
    mujoco.mju_quat2Mat(matrix, poses[0][3:])
    return poses[0][:3], matrix.reshape(3, 3)


def _end_of_shaft(model: mujoco.MjModel, qpos: np.ndarray) -> np.ndarray:
    """Where the pin's full diameter ends, in the world, (3,) m: the lower end of the shaft's straight part."""
    address, shaft = int(model.joint(PIN).qposadr[0]), model.geom(SHAFT)
    matrix = np.zeros(9)
    mujoco.mju_quat2Mat(matrix, qpos[address + 3 : address + 7])
    return qpos[address : address + 3] + matrix.reshape(3, 3) @ (shaft.pos - [0, 0, shaft.size[1]])
