"""What arms bear: where hands hold, and how far joints that hold a load have to be told to be beyond their pose."""

from collections.abc import Callable, Sequence

import mujoco
import numpy as np
import torch
from torch import Tensor

from envs.joints import DrivenJoints
from hand_model.gearmotors import STIFFNESS

GRIP = np.array([0.075, 0.0, -0.028])
"""Where a fist holds a handle, in the forearm's frame, whose origin is the wrist: distally, and towards the palm, m."""

CARRYING = {"shoulder_pitch": -0.35, "shoulder_roll": 0.05, "elbow": 1.75, "waist_pitch": -0.06}
"""Pose of a body that carries, rad: elbows back, forearms ahead, palms face each other, the load close to the chest."""


def posed(spec: mujoco.MjSpec, angle: Callable[[str], float]) -> mujoco.MjData:
    """A robot, as built, with its hinges at the angles (rad) that `angle` gives by their names."""
    spec = spec.copy()
    spec.compiler.fusestatic = False
    model = spec.compile()
    data = mujoco.MjData(model)
    for joint in range(model.njnt):
        if model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_HINGE:
            data.qpos[model.jnt_qposadr[joint]] = angle(model.joint(joint).name)
    mujoco.mj_kinematics(model, data)
    return data


def grip(data: mujoco.MjData, side: str) -> np.ndarray:
    """Where a hand holds, (3,) m in the world."""
    forearm = data.body(f"{side}_forearm")
    return forearm.xpos + forearm.xmat.reshape(3, 3) @ GRIP


def load_offsets(
    model: mujoco.MjModel, joints: DrivenJoints, pose: Tensor, forearms: Sequence[str], weight: float
) -> Tensor:
    """How far beyond its pose each joint has to be told to be, to bear itself and its share of a load, (nu,) rad.

    Stiffness times offset is the torque that holds the pose: gravity's, less what the load's weight does through the
    arms' Jacobians.

    Args:
        model: of the scene.
        joints: its driven joints.
        pose: of these, (nu,) rad.
        forearms: names of the bodies whose hands bear it.
        weight: on each of them, N.
    """
    data = mujoco.MjData(model)
    data.qpos[joints.position.cpu()] = pose.cpu().double()
    mujoco.mj_forward(model, data)
    load = data.qfrc_bias.copy()
    for name in forearms:
        forearm, jacobian = data.body(name), np.zeros((3, model.nv))
        point = forearm.xpos + forearm.xmat.reshape(3, 3) @ GRIP
        mujoco.mj_jac(model, data, jacobian, None, point, forearm.id)
        load -= jacobian.T @ np.array([0.0, 0.0, -weight])
    stiffness = model.actuator_gainprm[:, STIFFNESS] * model.actuator_gear[:, 0] ** 2
    return torch.from_numpy(load[joints.velocity.cpu()] / stiffness)
