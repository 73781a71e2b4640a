"""Which gearmotor turns which joint, and the gains of its position loop."""

from dataclasses import dataclass

from hand_model.gearheads import Gearhead
from hand_model.gearmotors import Gearmotor
from hand_model.motors import load_motor


@dataclass(frozen=True)
class Drive:
    """A joint's gearmotor and position loop.

    Attributes:
        gearmotor: What turns the joint.
        stiffness: Position gain at the joint, N·m/rad.
        damping: Velocity gain at the joint, N·m·s/rad.
    """

    gearmotor: Gearmotor
    stiffness: float
    damping: float



def _gearhead(ratio: float) -> Gearhead:
    return Gearhead(name="estimate", ratio=ratio, stages=4, efficiency=0.7)


# The rotor, seen through the gear, outweighs what most joints carry (3.3e-4 of 3.4e-4 to 6.5e-4 kg·m² in the
# digits), so one pair of gains fits all: damped 1 to 1.5 times critically, free of ringing at steps of 1/180 s, a
# step of 0.5 rad settled in 0.17 s, and at most 0.02 rad of sag in any pose under gravity.
WRIST = Drive(Gearmotor(load_motor("faulhaber-1331t006sr"), _gearhead(250)), 20.0, 0.9)
DIGIT = Drive(Gearmotor(load_motor("faulhaber-0816k003sr"), _gearhead(256)), 2.0, 0.07)


def drive_of(joint: str) -> Drive:
    """The drive of a joint, by name: the wrist's three joints carry the whole hand, the others a digit."""
    return WRIST if joint.startswith("wrist_") else DIGIT
