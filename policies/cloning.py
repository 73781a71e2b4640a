"""Behavioral cloning beside PPO, no faster than PPO itself learns.

Alice behavioral cloning of asymmetric self-play (OpenAI et al. 2021, arXiv 2101.04882, section 3.2): the loss is minus
the mean ratio of an action's probability to what it was before the update, clipped, so that demonstrations pull the
policy no further in one update than PPO lets it go.
"""

from dataclasses import dataclass

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from policies.networks import Actor


class CloningConfig(BaseModel):
    """Hyperparameters.

    Attributes:
        weight: of the loss beside PPO's.
        clip: of the probability ratio.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    weight: float = Field(default=0.5, gt=0)
    clip: float = Field(default=0.2, gt=0)


@dataclass(frozen=True)
class Demonstrations:
    """Steps to be imitated.

    Attributes:
        actor_input: (n, actor size), not normalized.
        action: (n, A).
    """

    actor_input: Tensor
    action: Tensor


def clipped_cloning_loss(log_prob: Tensor, old_log_prob: Tensor, clip: float) -> Tensor:
    """-E[clip(π/π_old, 1 - clip, 1 + clip)] of log-probabilities (n,) now and before the update, ()."""
    return -(log_prob - old_log_prob).exp().clamp(1 - clip, 1 + clip).mean()


class Cloner:
    """The cloning loss of one update, part by part.

    Args:
        actor: as it is before the update.
        demonstrations: at least `parts`.
        config: hyperparameters.
        parts: that a pass over the demonstrations is cut into: one for each of PPO's minibatches.
        generator: of their shuffling.
    """

    def __init__(
        self,
        actor: Actor,
        demonstrations: Demonstrations,
        config: CloningConfig,
        parts: int,
        generator: torch.Generator,
    ) -> None:
        self._actor, self._given, self._config = actor, demonstrations, config
        self._parts, self._generator = parts, generator
        self._left: list[Tensor] = []
        with torch.no_grad():
            self._old = self._log_prob(torch.arange(len(demonstrations.action)))

    def __call__(self) -> Tensor:
        """The loss of the next part, ()."""
        if not self._left:
            count = len(self._given.action)
            order = torch.randperm(count, generator=self._generator)
            self._left = list(order.split(count // self._parts)[: self._parts])
        part = self._left.pop()
        loss = clipped_cloning_loss(self._log_prob(part), self._old[part], self._config.clip)
        return self._config.weight * loss

    def _log_prob(self, part: Tensor) -> Tensor:
        """Of the demonstrated actions, (n,), up to a constant."""
        mean, std = self._actor(self._given.actor_input[part])
        return (-0.5 * ((self._given.action[part] - mean) / std).square() - std.log()).sum(dim=1)
