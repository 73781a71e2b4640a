"""How long a pinch lasts: heat against force."""

from collections.abc import Sequence

import mujoco
import numpy as np
import torch

from hand_model.dexterity.force import actuator_forces
from hand_model.dexterity.specimen import Digit, Specimen
from hand_model.gearmotors import Gearmotor
from hand_model.heat import MotorHeat

LONGEST = 3600.0
"""Time after which a pinch counts as lasting for ever, s."""

_STEP = 0.5


def pinch_seconds(
    specimen: Specimen,
    gearmotors: Sequence[Gearmotor],
    qpos: np.ndarray,
    finger: Digit,
    force: float,
    ambient: float = 22.0,
) -> float:
    """Time until a motor can no longer hold its share of a pinch between thumb and finger, s.

    Both tips press on each other along the line between them; the motors' load is spread as evenly as can be.

    Args:
        specimen: the hand, of one gearmotor for each actuator.
        gearmotors: in the actuators' order; currents follow from forces without friction, which helps to hold.
        qpos: the pinch's pose, (nq,).
        finger: that pinches with the thumb.
        force: N.
        ambient: temperature of the air and of the cold motors, °C.

    Returns:
        0 if even cold motors are too weak; `LONGEST` if it lasts for an hour.
    """
    currents = _currents(specimen, gearmotors, qpos, finger, force)
    if currents is None:
        return 0.0
    heat = MotorHeat(gearmotors, 1, ambient=ambient)
    needed = torch.as_tensor(np.abs(currents))[None]
    seconds = 0.0
    while seconds < LONGEST:
        if (heat.current_limit() < needed * (1 - 1e-9)).any():
            return seconds
        heat.advance(needed.square(), _STEP)
        seconds += _STEP
    return LONGEST


def endurance(
    specimen: Specimen, gearmotors: Sequence[Gearmotor], qpos: np.ndarray, finger: Digit, forces: Sequence[float]
) -> dict[float, float]:
    """`pinch_seconds` of each force: the curve of a pinch's endurance."""
    return {force: pinch_seconds(specimen, gearmotors, qpos, finger, force) for force in forces}


def _currents(
    specimen: Specimen, gearmotors: Sequence[Gearmotor], qpos: np.ndarray, finger: Digit, force: float
) -> np.ndarray | None:
    """Current of every motor, (nu,) A; none if they are too weak."""
    model = specimen.model
    data = _posed(specimen, qpos)
    line = data.site_xpos[model.site(finger.tip).id] - data.site_xpos[model.site(specimen.thumb.tip).id]
    line /= np.linalg.norm(line)
    total = np.zeros(model.nu)
    for digit, push in ((specimen.thumb, force * line), (finger, -force * line)):
        found = actuator_forces(specimen, digit, qpos, push, specimen.burst)
        if found is None:
            return None
        total += found
    constants = np.array([g.motor.torque_constant * g.gearhead.efficiency for g in gearmotors])
    return total / constants


def _posed(specimen: Specimen, qpos: np.ndarray) -> mujoco.MjData:
    data = mujoco.MjData(specimen.model)
    data.qpos[:] = qpos
    mujoco.mj_kinematics(specimen.model, data)
    return data
