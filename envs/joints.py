"""Which joint an actuator turns."""

import mujoco


def actuated_joints(model: mujoco.MjModel) -> list[int]:
    """The joint of each actuator, (nu,) indices: over a tendon, the joint whose name the actuator carries.

    Raises:
        KeyError: an actuator works on a tendon and carries no joint's name.
    """
    joints = []
    for index in range(model.nu):
        actuator = model.actuator(index)
        own = actuator.trntype[0] == mujoco.mjtTrn.mjTRN_JOINT
        joints.append(int(actuator.trnid[0] if own else model.joint(actuator.name).id))
    return joints
