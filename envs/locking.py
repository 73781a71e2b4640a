"""Freezes joints of a robot in a posture: what does not move costs no time."""

from collections.abc import Collection, Mapping

import mujoco
import numpy as np

from hand_model import couple


def lock_joints(spec: mujoco.MjSpec, angles: Mapping[str, float], keep: Collection[str] = ()) -> None:
    """Make one piece of all bodies whose joints are not kept; actuators, sensors and constraints go with the joints.

    Args:
        spec: of a robot, changed in place.
        angles: in which joints are frozen, by name, rad; joints that are left out are frozen at zero.
        keep: names of the joints that go on moving, and of their actuators.
    """
    model = spec.copy().compile()
    data = mujoco.MjData(model)
    for joint in range(model.njnt):
        name = model.joint(joint).name
        if name not in keep:
            data.qpos[model.jnt_qposadr[joint]] = angles.get(name, 0.0)
    couple(model, data.qpos)
    mujoco.mj_kinematics(model, data)
    moving = {joint.parent.name for joint in spec.joints if joint.name in keep}
    for body in spec.bodies[1:]:
        if body.name not in moving:
            _set_pose(body, model, data)
    gone = [part for part in (*spec.actuators, *spec.joints) if part.name not in keep]
    for part in (*gone, *spec.tendons, *spec.equalities, *spec.sensors, *spec.excludes):
        spec.delete(part)


def _set_pose(body: mujoco.MjsBody, model: mujoco.MjModel, data: mujoco.MjData) -> None:
    """Keep a body where it stands in `data`."""
    index = model.body(body.name).id
    parent = model.body_parentid[index]
    turn = data.xmat[parent].reshape(3, 3).T
    quat = np.zeros(4)
    mujoco.mju_mat2Quat(quat, (turn @ data.xmat[index].reshape(3, 3)).ravel())
    body.pos, body.quat = turn @ (data.xpos[index] - data.xpos[parent]), quat
