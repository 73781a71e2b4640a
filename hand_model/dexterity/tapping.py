"""How fast a finger taps."""

import copy

import mujoco
import numpy as np

from hand_model.dexterity.specimen import Specimen

SWING = np.deg2rad(30)
"""Way of the finger's root from end to end, rad."""

_STEP = 1e-3
_SECONDS = 2.0


def tapping_rate(specimen: Specimen, joint: str, actuator: str, middle: float, highest: float = 20.0) -> float:
    """The highest rate at which a joint still swings through 30 degrees, Hz, found by bisection.

    The actuator's reference jumps between two angles far enough apart that the motor gives all it has, with the joint's
    range as the only bound; the swing is measured once it is steady.

    Args:
        specimen: the hand; gravity is off and the other joints hold still.
        joint: at the finger's root.
        actuator: that drives it.
        middle: of the swing, rad.
        highest: rate that is tried first, Hz.
    """
    low, high = 0.1, highest
    if swing(specimen, joint, actuator, middle, high) >= SWING:
        return high
    while high - low > 0.02:
        rate = (low + high) / 2
        low, high = (rate, high) if swing(specimen, joint, actuator, middle, rate) >= SWING else (low, rate)
    return low


def swing(specimen: Specimen, joint: str, actuator: str, middle: float, rate: float) -> float:
    """Way of a joint from end to end while its reference jumps at `rate` Hz, rad; the least of the last swings."""
    model = _still(specimen.model)
    data = mujoco.MjData(model)
    at, control = model.joint(joint), model.actuator(actuator)
    gear = control.gear[0]
    first, last = at.range
    reach = min(middle - first, last - middle)
    data.qpos[at.qposadr[0]] = middle
    mujoco.mj_forward(model, data)
    hold = data.actuator_length.copy()
    period, angles = 1 / rate, []
    for i in range(round(max(_SECONDS, 6 * period) / _STEP)):
        up = (i * _STEP % period) < period / 2
        data.ctrl[:] = hold
        data.ctrl[control.id] = gear * (middle + (reach if up else -reach))
        mujoco.mj_step(model, data)
        angles.append(float(data.qpos[at.qposadr[0]]))
    late = np.array(angles[-round(3 * period / _STEP) :])
    thirds = np.array_split(late, 3)
    return float(min(part.max() - part.min() for part in thirds))


def _still(model: mujoco.MjModel) -> mujoco.MjModel:
    """A copy in free fall, stepped finely."""
    import copy

    still = copy.copy(model)
    still.opt.gravity[:] = 0
    still.opt.timestep = _STEP
    return still
