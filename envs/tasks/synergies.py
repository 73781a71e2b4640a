"""Synergies: joints that move together, so that a hand is told few things instead of one for each joint.

People's grasps are much the same: two principal components explain 80% of the variance of the joint angles of static
grasps (Santello, Flanders & Soechting 1998, J Neurosci 18:10105). Here each digit curls as one, which leaves more.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from envs.joints import DrivenJoints


@dataclass(frozen=True)
class Synergy:
    """Joints that move together.

    Attributes:
        name: of what it does.
        way_deg: from where each joint is at 0 to where it is at 1, degrees.
        low: lowest value.
        high: highest value.
        speed: largest change of its value, 1/s.
    """

    name: str
    way_deg: Mapping[str, float]
    low: float = 0.0
    high: float = 1.0
    speed: float = 1.5


class Synergies:
    """Joint targets as a rest posture and what synergies and single joints add to it.

    Args:
        joints: of the model.
        rest_deg: joint angles where every value is 0, degrees; joints that are left out are at zero.
        synergies: that move joints together; they come first among the values.
        singles: joints that are told themselves, by name, with the largest change of their targets, rad/s or m/s.
        period: of control, s.

    Attributes:
        names: of the values.
        low: (k,) lowest values: of synergies without unit, of single joints rad or m.
        high: (k,) highest.
        step: (k,) largest change in a control step.
    """

    def __init__(
        self,
        joints: DrivenJoints,
        rest_deg: Mapping[str, float],
        synergies: Sequence[Synergy],
        singles: Mapping[str, float],
        period: float,
    ) -> None:
        device, names = joints.low.device, joints.names
        self._joints = joints
        self.names = [*(s.name for s in synergies), *singles]
        self.rest = _angles(rest_deg, names).to(device)
        own = torch.eye(len(names))[[names.index(name) for name in singles]]
        self._ways = torch.cat([torch.stack([_angles(s.way_deg, names) for s in synergies]), own]).to(device)
        at = [names.index(name) for name in singles]
        rest = self.rest[at].cpu()
        low, high = joints.low[at].cpu() - rest, joints.high[at].cpu() - rest

        def column(values: Sequence[float], more: Tensor) -> Tensor:
            return torch.cat([torch.tensor(values), more]).to(device)

        self.low = column([s.low for s in synergies], low)
        self.high = column([s.high for s in synergies], high)
        self.step = period * column([s.speed for s in synergies], torch.tensor(list(singles.values())))

    def move(self, values: Tensor, action: Tensor) -> Tensor:
        """Values (nworld, k) after an action (nworld, k) in [-1, 1]."""
        return torch.maximum(torch.minimum(values + action * self.step, self.high), self.low)

    def targets(self, values: Tensor) -> Tensor:
        """Joint targets, (nworld, nu) rad or m, for values (nworld, k)."""
        return self._joints.clip(self.rest + values @ self._ways)


def _angles(angles_deg: Mapping[str, float], names: Sequence[str]) -> Tensor:
    """By the joints' names, (nu,) rad; joints without a motor follow others and are left out."""
    return torch.tensor([math.radians(angles_deg.get(name, 0.0)) for name in names])
