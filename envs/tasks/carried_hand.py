"""What tasks share in which a hand is carried about, palm down, and told by synergies what to do."""

import math
from collections.abc import Mapping, Sequence

import mujoco
import torch
from pydantic import Field
from torch import Tensor

from envs.carrier import build_carried_hand
from envs.physics import Physics
from envs.tasks.hand import HandTask, HandTaskConfig
from envs.tasks.objects import stiffen
from envs.tasks.synergies import Synergies, Synergy

TOOL_HEIGHT = 0.10
"""Of the carrier's tool centre in the world with its joints at zero, m."""

_IMPRATIO = 10.0
"""Friction is this many times stiffer than the contact: soft friction creeps, and what is held for seconds would slide
out of the hand."""


class CarriedHandConfig(HandTaskConfig):
    """What the configs of these tasks have.

    Attributes:
        lead: furthest that the target of a digit's joint may be from the joint, rad: it bounds how hard digits press.
    """

    lead: float = Field(default=0.15, gt=0)


class CarriedHandTask(HandTask):
    """A task of a hand on a carrier.

    Actions move synergies of the digits and single joints, of the wrist and of the carrier; `state["values"]` holds
    what they have come to, (nworld, action_size), and `state["action"]` the last action.

    Attributes:
        rest_deg: the posture in which all synergies are zero, degrees.
        moves: the synergies.
        singles: joints that are told themselves, with the largest change of their targets, m/s or rad/s.
    """

    rest_deg: Mapping[str, float]
    moves: Sequence[Synergy]
    singles: Mapping[str, float]
    config: CarriedHandConfig

    def build_scene(self) -> mujoco.MjSpec:
        """The hand over nothing, its tool centre over the world's origin."""
        spec = build_carried_hand(self.config.hand, (0.0, 0.0, TOOL_HEIGHT))
        stiffen(spec, self.config.rates.timestep)
        spec.option.impratio = _IMPRATIO
        return spec

    def bind(self, physics: Physics, generator: torch.Generator) -> None:
        """Look up the joints that synergies move."""
        super().bind(physics, generator)
        period = self.config.rates.control_period
        self._synergies = Synergies(self._joints, self.rest_deg, self.moves, self.singles, period)
        digits = [not name.startswith(("carrier_", "wrist_")) for name in self._joints.names]
        lead = torch.where(torch.tensor(digits), self.config.lead, math.inf)
        self._lead = lead.to(physics.device)
        for name in ("values", "action"):
            self.state[name] = torch.zeros(physics.nworld, self.action_size, device=physics.device)

    @property
    def action_size(self) -> int:
        """One for each synergy and each joint that is told itself."""
        return len(self._synergies.names)

    def start_with(self, worlds: Tensor, values: Tensor) -> None:
        """Begin at rest with values (n, action_size), the joint targets on the joints."""
        self.start_at(worlds, self._synergies.targets(values))
        self.state["values"][worlds] = values
        self.state["action"][worlds] = 0.0

    def control(self, action: Tensor) -> None:
        """Move synergies and single joints by at most their speeds; remember the action."""
        self.state["action"][:] = action
        self.state["values"][:] = self._synergies.move(self.state["values"], action)
        at = self.physics.field("qpos")[:, self._joints.position].float()
        targets = self._synergies.targets(self.state["values"])
        self.state["setpoint"][:] = torch.clamp(targets, at - self._lead, at + self._lead)
        self.robot.tell(self.state["setpoint"])
