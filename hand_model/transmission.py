"""Joints, and what turns them: actuators at the joints or on cables, and couplings."""

import math

import mujoco
import numpy as np

from hand_model.anatomy import JOINTS
from hand_model.config import HandConfig
from hand_model.drives import COUPLINGS, pulley_of

_JOINT_DAMPING = 0.002
"""Of the joints' own bearings, N·m·s/rad; an estimate."""

_FOLLOWER_ARMATURE = 1e-5
"""Of joints without a rotor, kg·m²: a linkage's own inertia; an estimate."""

_LINKAGE = {"solref": [0.02, 1.0], "solimp": [0.99, 0.999, 0.001, 0.5, 2.0]}
"""How stiff a coupling is, as MuJoCo's constraints say it: as stiff as steps of 1/108 s bear."""


def add_joints(spec: mujoco.MjSpec, bodies: dict[str, mujoco.MjsBody], config: HandConfig) -> None:
    """Add the joints in the order of the anatomy's table, then the actuators in that of `HandConfig.joints`.

    Args:
        spec: to add to.
        bodies: by name.
        config: the hand's design.
    """
    for joint in JOINTS:
        follows = joint.name not in config.joints
        bodies[joint.segment].add_joint(
            name=joint.name,
            axis=np.array(joint.axis)
            * (config.mirror, 1, config.mirror),  # mirroring turns rotations about x and z
            range=_range(joint.name),
            damping=_JOINT_DAMPING,
            armature=_FOLLOWER_ARMATURE if follows else 0.0,
        )
        if follows:
            _couple(spec, joint.name)
    for name, gearmotor in zip(config.joints, config.gearmotors(), strict=True):
        reach = 1.0
        actuator = spec.add_actuator(name=name, target=name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
        if gearmotor.cable:
            reach = pulley_of(name, config.scale)
            spec.add_tendon(name=name).wrap_joint(name, reach)
            actuator.trntype = mujoco.mjtTrn.mjTRN_TENDON
        gains = config.drive_of(name).gains(gearmotor.armature * reach**2, reach)
        low, high = _range(name)
        gearmotor.drive(actuator, *gains, (low * reach, high * reach))


def shaft_angles(model: mujoco.MjModel) -> np.ndarray:
    """What joint angles make of the motors' shafts, (nu, nq) rad/rad: controls are this times the angles wanted.

    Holds for hands, whose joints are hinges and whose transmissions have constant moment arms.
    """
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    moments = np.zeros((model.nu, model.nv))
    mujoco.mju_sparse2dense(
        moments, data.actuator_moment, data.moment_rownnz, data.moment_rowadr, data.moment_colind
    )
    return moments


def couple(model: mujoco.MjModel, qpos: np.ndarray) -> None:
    """Put joints that follow others where those want them, in place.

    Args:
        model: its equality constraints between two joints say who follows whom; the first joint is the follower.
        qpos: (..., nq) rad.
    """
    for equality in np.flatnonzero(model.eq_type == mujoco.mjtEq.mjEQ_JOINT):
        follower, leader = model.eq_obj1id[equality], model.eq_obj2id[equality]
        if leader >= 0:
            to, at = model.jnt_qposadr[follower], model.jnt_qposadr[leader]
            way = np.polynomial.Polynomial(model.eq_data[equality, :5])
            qpos[..., to] = model.qpos0[to] + way(qpos[..., at] - model.qpos0[at])


def _range(joint: str) -> list[float]:
    """Limits of a joint, rad."""
    return next([math.radians(end) for end in j.range_deg] for j in JOINTS if j.name == joint)


def _couple(spec: mujoco.MjSpec, follower: str) -> None:
    leader, ratio = COUPLINGS[follower]
    coupling = spec.add_equality(
        name=follower,
        type=mujoco.mjtEq.mjEQ_JOINT,
        name1=follower,
        name2=leader,
        objtype=mujoco.mjtObj.mjOBJ_JOINT,
    )
    coupling.data[:5] = [0, ratio, 0, 0, 0]
    coupling.solref[:] = _LINKAGE["solref"]
    coupling.solimp[:] = _LINKAGE["solimp"]
