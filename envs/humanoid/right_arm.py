"""The right arm led by a pose of its hand: inverse kinematics on the robot's own geometry."""

from collections.abc import Sequence

import mujoco
import torch
from torch import Tensor

from envs.joints import DrivenJoints
from envs.kinematics import Chain

ARM_AND_WRIST = (
    "right_shoulder_pitch",
    "right_shoulder_roll",
    "right_shoulder_yaw",
    "right_elbow",
    "right_wrist_pronation",
    "right_wrist_flexion",
    "right_wrist_deviation",
)
"""Its seven joints, from the shoulder to the hand."""

_PULL = 0.05
"""Share of the way home that what a pose leaves free goes in a round."""


class RightArm:
    """Joint targets of the right arm of a humanoid on a stand, for a pose of a site on its hand.

    No feedback from the physics: targets follow targets.

    Args:
        model: with the site.
        joints: its driven joints.
        tip: name of the site.
        home: angles of `ARM_AND_WRIST` that what a pose leaves free goes towards, rad.
        device: of the tensors.

    Attributes:
        places: of the arm's joints among the driven ones, (7,) int64.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        joints: DrivenJoints,
        tip: str,
        home: Sequence[float],
        device: torch.device,
    ) -> None:
        self._chain = Chain(model, "world", tip, list(ARM_AND_WRIST), device)
        self._home = torch.tensor(
            [home[ARM_AND_WRIST.index(name)] for name in self._chain.joints], device=device
        )
        self.places = torch.tensor([joints.names.index(name) for name in self._chain.joints], device=device)
        self._low, self._high = joints.low[self.places], joints.high[self.places]

    def follow(self, angles: Tensor, place: Tensor, turn: Tensor, rounds: int = 1) -> Tensor:
        """Targets (n, 7) rad, from those before, for a place (n, 3) m and attitude (n, 3, 3) in the world."""
        for _ in range(rounds):
            angles = self._chain.approach(angles, place, turn, self._home, pull=_PULL)
            angles = torch.maximum(torch.minimum(angles, self._high), self._low)
        return angles

    def home(self, count: int) -> Tensor:
        """Angles to start a search from, (count, 7) rad."""
        return self._home.repeat(count, 1)
