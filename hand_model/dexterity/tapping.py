"""How fast a finger taps."""

import copy
from dataclasses import dataclass

import mujoco
import numpy as np

from hand_model.dexterity.specimen import Digit, Specimen
from hand_model.transmission import shaft_angles

SWING = np.deg2rad(30)
"""Way of the finger's root from end to end, rad."""

_STEP = 1e-3
_SECONDS = 1.5
_RESOLUTION = 0.02
_BEYOND = 10.0
"""Way beyond the range of a reference that asks for full force, rad."""


@dataclass(frozen=True)
class Swing:
    """A joint that follows a reference which jumps between the ends of its range.

    Attributes:
        way: from end to end, the least of the last three periods, rad.
        speed: highest of the joint, rad/s.
        load: root mean square of the actuator's force over what it holds for ever.
    """

    way: float
    speed: float
    load: float


def tapping_rate(
    specimen: Specimen, finger: Digit, *, full_force: bool = False, highest: float = 25.0
) -> tuple[float, Swing]:
    """The highest rate at which a straight finger still swings through 30 degrees at its root, found by bisection.

    Args:
        specimen: the hand; gravity is off and the other joints hold still.
        finger: that taps.
        full_force: see `swing`.
        highest: rate that is tried first, Hz.

    Returns:
        The rate, Hz, and what the joint does then.
    """
    low, high = 0.1, highest
    best = swing(specimen, finger, high, full_force=full_force)
    if best.way >= SWING:
        return high, best
    best = swing(specimen, finger, low, full_force=full_force)
    if best.way < SWING:
        return 0.0, best
    while high - low > _RESOLUTION:
        rate = (low + high) / 2
        tried = swing(specimen, finger, rate, full_force=full_force)
        if tried.way >= SWING:
            low, best = rate, tried
        else:
            high = rate
    return low, best


def swing(specimen: Specimen, finger: Digit, rate: float, *, full_force: bool = False) -> Swing:
    """What a finger's root does while its reference jumps between the ends of its range at `rate` Hz.

    That is the strongest command that the model takes.

    Args:
        specimen: the hand.
        finger: that taps.
        rate: of the reference, Hz.
        full_force: whether the reference jumps far beyond the range instead, past the model's limits of control, so
            that a soft position loop gives all that its actuator has, too.
    """
    model = copy.copy(specimen.model)
    model.opt.gravity[:] = 0
    model.opt.timestep = _STEP
    data = mujoco.MjData(model)
    address, dof = specimen.addresses((finger.root,))[0], specimen.dofs((finger.root,))[0]
    moments = shaft_angles(model)
    ends = np.tile(model.qpos0, (2, 1))
    ends[:, address] = model.joint(finger.root).range
    if full_force:
        model.actuator_ctrllimited[:] = 0
        ends[:, address] += [-_BEYOND, _BEYOND]
    commands = np.clip(ends @ moments.T, *_control_range(model))
    data.qpos[address] = ends[:, address].mean()
    period = 1 / rate
    steps = round(max(_SECONDS, 6 * period) / _STEP)
    angles, speeds, forces = np.empty((3, steps))
    driving = int(np.argmax(np.abs(moments[:, dof])))
    for i in range(steps):
        data.ctrl[:] = commands[int((i * _STEP) % period < period / 2)]
        mujoco.mj_step(model, data)
        angles[i], speeds[i], forces[i] = data.qpos[address], data.qvel[dof], data.actuator_force[driving]
    late = slice(-round(3 * period / _STEP), None)
    return Swing(
        way=float(min(np.ptp(part) for part in np.array_split(angles[late], 3))),
        speed=float(np.abs(speeds[late]).max()),
        load=float(np.sqrt(np.mean(forces[late] ** 2)) / specimen.continuous[driving]),
    )


def _control_range(model: mujoco.MjModel) -> tuple[np.ndarray, np.ndarray]:
    limited = model.actuator_ctrllimited.astype(bool)
    low, high = model.actuator_ctrlrange.T
    return np.where(limited, low, -np.inf), np.where(limited, high, np.inf)
