"""The referee of `hand-grasp`: for how long the hand held the object up, by touch alone."""

from dataclasses import dataclass

import mujoco
import numpy as np

from envs.referees.recording import Recording
from envs.referees.replay import Findings, inspect_model, replay

THING, TABLE = "thing", "table"

BREAK = 0.1
"""Longest that a held object may be without a touch, s: longer ones are throws."""


@dataclass
class GraspVerdict(Findings):
    """What the referee found.

    Attributes:
        held: longest time without a break that the object was high enough and in touch with the hand, s.
        height: highest that its lowest point was over the table while it was held, m.
    """

    held: float = 0.0
    height: float = 0.0


def judge_grasp(recording: Recording, height: float = 0.10, seconds: float = 3.0) -> GraspVerdict:
    """Judge an episode.

    Args:
        recording: the episode.
        height: of the object's lowest point over the table that was asked for, m.
        seconds: for how long without a break.
    """
    verdict, model = GraspVerdict(), recording.model
    inspect_model(model, THING, verdict)
    top = _table_top(model, verdict)
    data, body = mujoco.MjData(model), model.body(THING).id
    geoms = np.flatnonzero(model.geom_bodyid == body).tolist()
    timestep, held, alone = model.opt.timestep, 0.0, 0.0
    for touch in replay(recording, THING, verdict):
        data.qpos[:] = touch.after
        mujoco.mj_kinematics(model, data)
        clear = min(_lowest(model, data, geom) for geom in geoms) - top
        alone = 0.0 if touch.touching else alone + timestep
        up = clear >= height and body not in touch.grounded and alone <= BREAK
        held = held + timestep if up else 0.0
        verdict.height = max(verdict.height, clear) if up else verdict.height
        verdict.held = max(verdict.held, held)
    # the last physics step of the time asked for may be missing: it ends where a control step begins
    verdict.success = not verdict.faults and verdict.held >= seconds - recording.substeps * timestep
    return verdict


def _table_top(model: mujoco.MjModel, verdict: GraspVerdict) -> float:
    """Height of the table, m."""
    table = model.geom(TABLE)
    solid = table.contype[0] and table.conaffinity[0]
    if table.type[0] != mujoco.mjtGeom.mjGEOM_PLANE or model.geom_bodyid[table.id] != 0 or not solid:
        verdict.fault("the table is not what it should be")
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)  # where the engine has it, whatever the model's fields say
    return float(data.geom_xpos[table.id, 2])


def _lowest(model: mujoco.MjModel, data: mujoco.MjData, geom: int) -> float:
    """Height of a primitive's lowest point in the world, m."""
    size, down = model.geom_size[geom], -data.geom_xmat[geom].reshape(3, 3)[2]
    match model.geom_type[geom]:
        case mujoco.mjtGeom.mjGEOM_BOX:
            reach = np.abs(down) @ size
        case mujoco.mjtGeom.mjGEOM_CYLINDER:
            reach = size[0] * np.hypot(down[0], down[1]) + size[1] * abs(down[2])
        case mujoco.mjtGeom.mjGEOM_CAPSULE:
            reach = size[0] + size[1] * abs(down[2])
        case _:
            reach = np.linalg.norm(down * size)
    return float(data.geom_xpos[geom, 2] - reach)
