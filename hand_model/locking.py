"""Lock joints of a hand: what does not move is one piece, and costs nothing."""

from collections.abc import Callable, Collection

import mujoco
import numpy as np

from hand_model.transmission import couple


def lock(hand: mujoco.MjSpec, angle: Callable[[str], float], free: Collection[str] = ()) -> None:
    """Freeze a hand in a pose: its joints, and what drives and couples them, are gone.

    Args:
        hand: what `build_hand` made, changed in place; before it is attached.
        angle: of a joint by its name, rad.
        free: joints that stay as they are; those that other joints follow, or that follow, are locked together.
    """
    model = hand.compile()
    data = mujoco.MjData(model)
    for joint in range(model.njnt):
        name = model.joint(joint).name
        if name not in free:
            data.qpos[model.jnt_qposadr[joint]] = angle(name)
    couple(model, data.qpos)
    mujoco.mj_kinematics(model, data)
    for body in hand.bodies[1:]:
        _set_pose(body, model, data)
    for part in (*hand.actuators, *hand.tendons, *hand.equalities, *hand.joints):
        if part.name not in free:
            hand.delete(part)


def _set_pose(body: mujoco.MjsBody, model: mujoco.MjModel, data: mujoco.MjData) -> None:
    """Keep a body where it stands in `data`."""
    index = model.body(body.name).id
    parent = model.body_parentid[index]
    turn = data.xmat[parent].reshape(3, 3).T
    quat = np.zeros(4)
    mujoco.mju_mat2Quat(quat, (turn @ data.xmat[index].reshape(3, 3)).ravel())
    body.pos, body.quat = turn @ (data.xpos[index] - data.xpos[parent]), quat
