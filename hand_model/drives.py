"""Which gearmotor turns which joint, over what transmission, and the gains of its position loop."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hand_model.anatomy import JOINTS
from hand_model.cables import Cable
from hand_model.gearheads import load_gearhead
from hand_model.gearmotors import Driver, Gearmotor
from hand_model.motors import load_motor

Transmission = Literal["direct", "tendon", "coupled"]

COUPLINGS = {
    "little_cmc_rotation": ("little_cmc_flexion", 0.6),
    **{f"{f}_dip_flexion": (f"{f}_pip_flexion", 2 / 3) for f in ("index", "middle", "ring", "little")},
}
"""Joints of the coupled hand that follow another, and at which ratio. Fingertips bend by two thirds of the joint before
them, as people's do; the little metacarpal turns as it bends, over its whole range."""

PULLEYS = {
    "cmc_flexion": 0.012,
    "cmc_abduction": 0.012,
    "cmc_rotation": 0.012,
    "mcp_flexion": 0.010,
    "mcp_abduction": 0.010,
    "pip_flexion": 0.008,
    "ip_flexion": 0.0075,
    "dip_flexion": 0.0065,
}
"""Radius of the pulley at each kind of joint of the reference hand, m: about as large as the finger is thick."""


class DriveConfig(BaseModel):
    """The motor of a kind of joint, what it works through, and how its position loop is tuned.

    Attributes:
        motor: a data sheet of `configs/motors/`, or a YAML file.
        gearhead: a data sheet of `configs/gearheads/`, or a YAML file.
        ratio: of the gearhead; one that its sheet lists.
        driver: the power electronics.
        bandwidth: natural frequency of the position loop, rad/s.
        damping_ratio: of the loop.
        load: inertia that the joint typically moves beside the rotor's, kg·m²; the loop is tuned for it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    motor: str
    gearhead: str
    ratio: float = Field(gt=0)
    driver: Driver = Driver()
    bandwidth: float = Field(default=68.0, gt=0, le=1000)
    damping_ratio: float = Field(default=1.2, gt=0, le=10)
    load: float = Field(default=1e-4, gt=0)

    @model_validator(mode="after")
    def _exists(self) -> "DriveConfig":
        self.gearmotor()
        return self

    def gearmotor(self, cable: Cable | None = None) -> Gearmotor:
        """The gearmotor, with a cable where there is one."""
        gearhead = load_gearhead(self.gearhead).at(self.ratio)
        return Gearmotor(load_motor(self.motor), gearhead, self.driver, cable)

    def gains(self, inertia: float, reach: float = 1.0) -> tuple[float, float]:
        """Position and velocity gain of the loop at the output.

        Args:
            inertia: of the rotor as the joint feels it, kg·m².
            reach: radius of the joint's pulley, m; 1 without one.
        """
        total = (inertia + self.load) / reach**2
        return total * self.bandwidth**2, 2 * self.damping_ratio * self.bandwidth * total


WRIST = DriveConfig(
    motor="faulhaber-1331t006sr",
    gearhead="faulhaber-22gpt",
    ratio=196,
    bandwidth=55.0,
    damping_ratio=1.1,
    load=6e-3,
)
"""Turns the wrist in every variant, from the forearm."""

# 6.75 V turn the 6 V motor at 11,900 rpm, which its sheet still recommends: fingers tap as fast as they can
_FOREARM = DriveConfig(
    motor="faulhaber-1331t006sr", gearhead="faulhaber-12-4", ratio=64, driver=Driver(voltage=6.75)
)

DIGITS: dict[Transmission, DriveConfig] = {
    "direct": DriveConfig(motor="faulhaber-0816k003sr", gearhead="maxon-gpx-10", ratio=256),
    "tendon": _FOREARM,
    "coupled": _FOREARM,
}
"""Turns a joint of a digit or of the palm unless a hand's config says otherwise, by transmission."""


def driven_joints(transmission: Transmission) -> tuple[str, ...]:
    """Names of the joints that have an actuator, in its order: all 27, or 22 of the coupled hand."""
    names = [joint.name for joint in JOINTS]
    return tuple(n for n in names if transmission != "coupled" or n not in COUPLINGS)


def pulley_of(joint: str, scale: float = 1.0) -> float:
    """Radius of a joint's pulley in a hand of some scale, m."""
    return scale * PULLEYS["_".join(joint.split("_")[1:])]
