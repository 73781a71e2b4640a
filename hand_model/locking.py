"""Freezes joints of a robot in a posture: what does not move is one piece, and costs no time."""

from collections.abc import Collection, Mapping

import mujoco
import numpy as np

from hand_model.transmission import couple


def lock_joints(spec: mujoco.MjSpec, angles: Mapping[str, float], keep: Collection[str] = ()) -> None:
    """Make one piece of all bodies whose joints are not kept; what drives and couples these joints goes with them.

    Args:
        spec: of a robot, changed in place; before it is attached to another.
        angles: in which joints are frozen, by name, rad; joints that are left out are frozen at zero.
        keep: names of the joints that go on moving, and of their actuators; joints that others follow, or that follow,
            are locked together.

    Raises:
        ValueError: a joint would be locked of a body that was attached in a frame, whose pose is not the body's own.
    """
    whole = spec.copy()
    whole.compiler.fusestatic = False  # every body is looked at, also those that others will swallow
    model = whole.compile()
    data = mujoco.MjData(model)
    for joint in range(model.njnt):
        name = model.joint(joint).name
        if name not in keep:
            data.qpos[model.jnt_qposadr[joint]] = angles.get(name, 0.0)
    couple(model, data.qpos)
    mujoco.mj_kinematics(model, data)
    hinged = {joint.parent.name for joint in spec.joints}
    moving = {joint.parent.name for joint in spec.joints if joint.name in keep}
    for name in sorted(hinged - moving):
        if (body := spec.body(name)).frame is not None:
            raise ValueError(f"body {name!r} was attached in a frame: lock its joints before that")
        _set_pose(body, model, data)
    for part in (*spec.actuators, *spec.tendons, *spec.equalities, *spec.joints):
        if part.name not in keep:
            spec.delete(part)


def remove_senses(spec: mujoco.MjSpec) -> None:
    """Take away all sensors, and the exclusions of contacts that bodies of one piece do not need."""
    for part in (*spec.sensors, *spec.excludes):
        spec.delete(part)


def _set_pose(body: mujoco.MjsBody, model: mujoco.MjModel, data: mujoco.MjData) -> None:
    """Keep a body where it stands in `data`."""
    index = model.body(body.name).id
    parent = model.body_parentid[index]
    turn = data.xmat[parent].reshape(3, 3).T
    quat = np.zeros(4)
    mujoco.mju_mat2Quat(quat, (turn @ data.xmat[index].reshape(3, 3)).ravel())
    body.pos, body.quat = turn @ (data.xpos[index] - data.xpos[parent]), quat
