"""How well a fist that opens and closes follows its reference."""

from dataclasses import dataclass

import mujoco
import numpy as np

from hand_model.anatomy import FINGERS
from hand_model.build import build_hand
from hand_model.config import HandConfig
from hand_model.gearmotors import DAMPING, STIFFNESS
from hand_model.transmission import couple, shaft_angles

_CYCLES = 3
_MARGIN = 0.98
"""Share of a range, or of what the speed without load allows, that is asked for."""


@dataclass(frozen=True)
class FistJoint:
    """One joint of a fist.

    Attributes:
        joint: name.
        full: amplitude from straight to its limit, rad.
        amplitude: that was asked for: the full one, or what the motor's speed without load allows, rad.
        limit: what bounds the amplitude, `range` or `speed`.
        error: root mean square of the way behind the reference over the amplitude.
    """

    joint: str
    full: float
    amplitude: float
    limit: str
    error: float


def track_fist(config: HandConfig, rate: float = 2.0, physics_hz: int = 1000) -> list[FistJoint]:
    """Open and close all fingers along a sine and see how far behind each joint is.

    The reference is given at the physics rate, led by what the loop needs to follow it: damping times speed and inertia
    times acceleration over stiffness (computed torque; Siciliano et al. 2009, section 8.5.2, with a diagonal inertia).

    Args:
        config: the hand.
        rate: of the fist, Hz.
        physics_hz: physics steps a second.

    Returns:
        The fingers' flexion joints that have a motor, in the actuators' order.
    """
    spec = build_hand(config)
    spec.option.timestep = 1 / physics_hz
    model = spec.compile()
    model.actuator_ctrllimited[:] = 0  # the lead goes beyond the joints' ranges, the joints don't
    data = mujoco.MjData(model)
    names = [name for name in config.joints if _bends_a_finger(name)]
    shafts = shaft_angles(model)
    full, fast = _amplitudes(config, model, shafts, names, 2 * np.pi * rate)
    amplitude = _MARGIN * np.minimum(full, fast)
    squares = _follow(model, data, shafts, names, full, amplitude, rate)
    return [
        FistJoint(name, float(f), float(a), "range" if f <= s else "speed", float(np.sqrt(e) / a))
        for name, f, a, s, e in zip(names, full, amplitude, fast, squares, strict=True)
    ]


def _bends_a_finger(name: str) -> bool:
    return name.startswith(FINGERS[1:]) and name.endswith(("mcp_flexion", "pip_flexion", "dip_flexion"))


def _amplitudes(
    config: HandConfig, model: mujoco.MjModel, shafts: np.ndarray, names: list[str], pulsation: float
) -> tuple[np.ndarray, np.ndarray]:
    """Half of each joint's way from straight to its limit, and what its motor's speed without load allows, rad."""
    speeds = dict(zip(config.joints, (g.no_load_speed * g.gear for g in config.gearmotors()), strict=True))
    full = np.array([model.joint(name).range[1] / 2 for name in names])
    lever = np.abs(shafts).max(1)
    fast = np.array([speeds[name] / lever[model.actuator(name).id] / pulsation for name in names])
    return full, fast


def _follow(
    model: mujoco.MjModel,
    data: mujoco.MjData,
    shafts: np.ndarray,
    names: list[str],
    middle: np.ndarray,
    amplitude: np.ndarray,
    rate: float,
) -> np.ndarray:
    """Mean square of each joint's error after the first cycle, rad²."""
    address = np.array([model.joint(name).qposadr[0] for name in names])
    actuators = np.array([model.actuator(name).id for name in names])
    dofs = np.array([model.joint(name).dofadr[0] for name in names])
    lever = shafts[actuators, dofs] ** 2
    stiffness, damping = (model.actuator_gainprm[actuators, place] * lever for place in (STIFFNESS, DAMPING))
    mujoco.mj_forward(model, data)
    inertia = np.zeros((model.nv, model.nv))
    mujoco.mj_fullM(model, data, inertia)
    inertia = np.diag(inertia)[dofs]
    pulsation, step = 2 * np.pi * rate, model.opt.timestep
    qpos = data.qpos.copy()
    qpos[address] = middle - amplitude
    couple(model, qpos)
    data.qpos[:] = qpos
    errors = []
    for i in range(round(_CYCLES / rate / step)):
        now, then = np.cos(pulsation * i * step), np.cos(pulsation * (i + 1) * step)
        speed = amplitude * pulsation * np.sin(pulsation * i * step)
        lead = (damping * speed + inertia * amplitude * pulsation**2 * now) / stiffness
        qpos[address] = middle - amplitude * now + lead
        data.ctrl[:] = shafts @ qpos
        mujoco.mj_step(model, data)
        if i * step * rate > 1:
            errors.append(data.qpos[address] - (middle - amplitude * then))
    return np.square(errors).mean(0)
