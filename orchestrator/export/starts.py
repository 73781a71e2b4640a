"""The model that goes along with an exported policy, and the episodes that it starts from."""

import mujoco
import numpy as np
from torch import Tensor

from envs.cameras.picture import GOAL
from envs.env import TaskEnv

_STATE = mujoco.mjtState.mjSTATE_INTEGRATION

Starts = dict[str, np.ndarray]
"""`state` (n, mjSTATE_INTEGRATION of the exported model) and `setpoint` (n, joints) rad or m."""


def exported_model(env: TaskEnv) -> mujoco.MjModel:
    """What is stepped; where the policy sees, with all that cameras see."""
    task = env.task
    if env.rig is None:
        return task.compile_scene()
    picture = task.build_picture()
    picture.option.timestep = task.config.rates.timestep
    return picture.compile()


def starts(env: TaskEnv, model: mujoco.MjModel) -> Starts:
    """Every world of an env as it stands at the start of its episode.

    Args:
        env: on either backend.
        model: as `exported_model` made it: its joints and actuators are those of the env's.
    """
    fields = {name: numbers(env.physics.field(name)) for name in ("qpos", "qvel", "act", "ctrl")}
    points = {name: numbers(place) for name, place in env.task.goal_points().items()}
    rows = []
    for world in range(env.nworld):
        data = mujoco.MjData(model)
        for name, values in fields.items():
            getattr(data, name)[:] = values[world]
        for name, places in points.items():
            if (body := mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_BODY, GOAL + name)) >= 0:
                data.mocap_pos[model.body_mocapid[body]] = places[world]
        row = np.empty(mujoco.mj_stateSize(model, _STATE))
        mujoco.mj_getState(model, data, row, _STATE)
        rows.append(row)
    targets = env.task.joint_targets()
    assert targets is not None  # a task that describes its actions has them
    return {"state": np.stack(rows), "setpoint": numbers(targets)}


def numbers(values: Tensor) -> np.ndarray:
    """A copy of a tensor on any device, float64."""
    return values.double().cpu().numpy().copy()
