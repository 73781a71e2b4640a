"""People's figures, and what keeps a hand from them."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from hand_model.dexterity.force import directed_force, hook, pinch, push_at
from hand_model.dexterity.specimen import Specimen
from hand_model.dexterity.tapping import Swing
from hand_model.gearmotors import Gearmotor

Limit = Literal["motor heat", "motor current", "gearhead", "motor speed", "motor torque", "actuator"]

_MATHIOWETZ = "Mathiowetz et al. 1985, men of 20 to 24, right hand"

_NEAR_NO_LOAD = 0.9
"""Share of the speed without load from which on it is the speed that limits."""


@dataclass(frozen=True)
class Human:
    """What people do.

    Attributes:
        value: in `unit`.
        unit: of it.
        source: where it was read.
    """

    value: float
    unit: str
    source: str


HUMAN = {
    "tip_pinch": Human(80.0, "N", _MATHIOWETZ),
    "grip": Human(538.0, "N", _MATHIOWETZ),
    "tapping": Human(5.0, "Hz", "4.4 to 5.3 Hz; the Halstead finger tapping test counts 44 to 53 in 10 s"),
}
"""By the name of the measure."""


def pinch_limit(
    specimen: Specimen, qpos: np.ndarray, limits: np.ndarray, *, lasting: bool
) -> tuple[str, Limit]:
    """The joint whose actuator gives out first in a pinch of thumb and index in a pose (nq,), and what of it."""
    thumb, finger, way = pinch(specimen, specimen.fingers[0], qpos)
    pairs = ((thumb, way), (finger, -way))
    push, way = min(pairs, key=lambda pair: directed_force(*pair, limits))
    return _first_to_give_out(specimen, push.moments, push.loads @ way, limits, lasting=lasting)


def grip_limit(specimen: Specimen, limits: np.ndarray, *, lasting: bool) -> tuple[str, Limit]:
    """The same of the finger that grips hardest."""
    push = max(hook(specimen), key=lambda push: directed_force(push, push.normal, limits))
    return _first_to_give_out(specimen, push.moments, push.loads @ push.normal, limits, lasting=lasting)


def tapping_limit(specimen: Specimen, swing: Swing) -> Limit:
    """What keeps the index finger from tapping faster."""
    if specimen.gearmotors is None:
        return "actuator"
    root = specimen.fingers[0].root
    actuator = _driving(specimen, root)
    gearmotor = specimen.gearmotors[actuator]
    arm = abs(_moment(specimen, root)[actuator]) / gearmotor.gear
    fastest = gearmotor.no_load_speed / arm
    return "motor speed" if swing.speed > _NEAR_NO_LOAD * fastest else "motor torque"


def limit_of(gearmotor: Gearmotor, *, lasting: bool) -> Limit:
    """What of a gearmotor gives out first."""
    head = replace_torques(gearmotor)
    if lasting:
        return "gearhead" if head.continuous_force > gearmotor.continuous_force * (1 + 1e-9) else "motor heat"
    return "gearhead" if head.stall_force > gearmotor.stall_force * (1 + 1e-9) else "motor current"


def replace_torques(gearmotor: Gearmotor) -> Gearmotor:
    """The same with a gearhead that bears any torque."""
    strong = gearmotor.gearhead.model_copy(
        update={"continuous_torque": float("inf"), "peak_torque": float("inf")}
    )
    return replace(gearmotor, gearhead=strong)


def _first_to_give_out(
    specimen: Specimen, moments: np.ndarray, load: np.ndarray, limits: np.ndarray, *, lasting: bool
) -> tuple[str, Limit]:
    """Of those whose torques hold a load on the joints: the actuator with the largest share of its limit."""
    shares = np.abs(np.linalg.lstsq(moments, load, rcond=None)[0]) / limits
    actuator = int(np.argmax(shares))
    name = specimen.model.actuator(actuator).name
    if specimen.gearmotors is None:
        return name, "actuator"
    return name, limit_of(specimen.gearmotors[actuator], lasting=lasting)


def _moment(specimen: Specimen, joint: str) -> np.ndarray:
    push = push_at(specimen, specimen.fingers[0], specimen.fingers[0].pulp, specimen.model.qpos0)
    return push.moments[specimen.free(specimen.fingers[0].joints).index(joint)]


def _driving(specimen: Specimen, joint: str) -> int:
    return int(np.argmax(np.abs(_moment(specimen, joint))))
