"""What humanoid to build."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from envs.humanoid.joints import BODY, LEGS, RIGHT_ARM, SIDES, UPPER, PlacedJoint
from envs.humanoid.segments import Segments
from hand_model.config import HandConfig
from hand_model.gearmotors import Gearmotor

Moves = Literal["body", "legs", "upper", "right_arm"]

_FREE: dict[str, tuple[str, ...]] = {"free": SIDES, "right": ("right",), "locked": ()}
"""Sides whose hands move, by what a config calls them."""


class HumanoidConfig(BaseModel):
    """A humanoid's design.

    Attributes:
        height: m.
        mass: of a body of de Leva's proportions, kg; hands and forearms weigh what their motors make them weigh.
        moves: `body` moves all its joints; `legs` those below the pelvis, the rest is one piece; `upper` those above,
            and the pelvis sits on a stand; `right_arm` that arm only, on a stand as well.
        hands: `free`, `locked` (one piece with the forearms), or `right`: that one is free, the left one locked.
        hand: of either side; its own side is left out of account.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    height: float = Field(default=1.80, ge=1.0, le=2.5)
    mass: float = Field(default=57.0, ge=20, le=200)
    moves: Moves = "body"
    hands: Literal["free", "right", "locked"] = "free"
    hand: HandConfig = HandConfig()

    @model_validator(mode="after")
    def _hands_ride_on_arms(self) -> Self:
        if self.moves == "legs" and self.free_hands:
            raise ValueError("hands: a body that moves its legs only has locked hands; expected 'locked'")
        if self.moves == "right_arm" and "left" in self.free_hands:
            raise ValueError(
                "hands: the left hand rides on an arm that doesn't move; expected 'right' or 'locked'"
            )
        return self

    @property
    def seated(self) -> bool:
        """Whether the pelvis sits on a stand, and there are no legs."""
        return self.moves in ("upper", "right_arm")

    @property
    def free_hands(self) -> tuple[str, ...]:
        """Sides whose hands move."""
        return _FREE[self.hands]

    @property
    def segments(self) -> Segments:
        """The body's segments."""
        return Segments(self.height, self.mass)

    @property
    def scale(self) -> float:
        """Of lengths, against a body of 1.80 m."""
        return self.height / 1.80

    @property
    def body_joints(self) -> tuple[PlacedJoint, ...]:
        """The moving joints outside the wrists, in the order of their actuators."""
        return {"body": BODY, "legs": LEGS, "upper": UPPER, "right_arm": RIGHT_ARM}[self.moves]

    @property
    def hand_joints(self) -> tuple[str, ...]:
        """Names of the hands' actuated joints, left before right; they follow the body's."""
        return tuple(f"{side}_{name}" for side in self.free_hands for name in self.hand.joints)

    def hand_on(self, side: str) -> HandConfig:
        """The hand of a side."""
        return self.hand.model_copy(update={"side": side})

    def gearmotors(self) -> list[Gearmotor]:
        """The gearmotors in the actuators' order."""
        body = [placed.joint.drive.gearmotor() for placed in self.body_joints]
        hands = [g for _ in self.free_hands for g in self.hand.gearmotors()]
        return [*body, *hands]
