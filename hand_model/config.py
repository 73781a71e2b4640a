"""What hand to build."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hand_model.anatomy import REFERENCE_LENGTH
from hand_model.cables import Cable
from hand_model.drives import DIGITS, WRIST, DriveConfig, Transmission, driven_joints
from hand_model.gearmotors import Gearmotor


class HandConfig(BaseModel):
    """A hand's design.

    Attributes:
        side: right or left.
        length: from the wrist crease to the middle fingertip, m. Lengths scale with it, masses of all but the motors
            with its cube.
        transmission: `direct` has a gearmotor at each joint; `tendon` has the digits' gearmotors in the forearm and
            cables to the joints; `coupled` drives 22 joints that way, and five follow others.
        digits: what drives the joints of the digits and of the palm; figures left out are the transmission's own.
        wrist: what drives the wrist.
        cable: of the tendon-driven joints.
        touch: whether the skin has contact sensors for its taxels.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    side: Literal["right", "left"] = "right"
    length: float = Field(default=0.188, ge=0.1, le=0.3)
    transmission: Transmission = "tendon"
    digits: DriveConfig = DIGITS["tendon"]
    wrist: DriveConfig = WRIST
    cable: Cable = Cable()
    touch: bool = False

    @model_validator(mode="before")
    @classmethod
    def _fill_drives(cls, given: Any) -> Any:  # noqa: ANN401 - raw input of any type
        """Complete drives that are given in part."""
        if not isinstance(given, dict):
            return given
        defaults = {
            "digits": DIGITS.get(given.get("transmission", "tendon"), DIGITS["tendon"]),
            "wrist": WRIST,
        }
        filled = dict(given)
        for name, default in defaults.items():
            part = given.get(name, {})
            filled[name] = default.model_dump() | part if isinstance(part, dict) else part
        return filled

    @property
    def scale(self) -> float:
        """Of lengths, against the reference hand."""
        return self.length / REFERENCE_LENGTH

    @property
    def mirror(self) -> float:
        """Sign of y, against a right hand."""
        return 1.0 if self.side == "right" else -1.0

    @property
    def joints(self) -> tuple[str, ...]:
        """Names of the joints that have an actuator, in its order."""
        return driven_joints(self.transmission)

    def drive_of(self, joint: str) -> DriveConfig:
        """What turns a joint: the wrist's three carry the whole hand, the others a digit."""
        return self.wrist if joint.startswith("wrist_") else self.digits

    def cable_of(self, joint: str) -> Cable | None:
        """The cable to a joint; none where its gearmotor sits at it."""
        return None if self.transmission == "direct" or joint.startswith("wrist_") else self.cable

    def gearmotors(self) -> list[Gearmotor]:
        """The gearmotors in the actuators' order."""
        return [self.drive_of(name).gearmotor(self.cable_of(name)) for name in self.joints]
