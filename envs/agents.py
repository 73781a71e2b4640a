"""Sanity agents: what a policy that learned nothing does."""

import torch
from torch import Tensor

from envs.task import Observation


class ZeroAgent:
    """Always the middle of the action space.

    Args:
        action_size: number of actions.
    """

    def __init__(self, action_size: int) -> None:
        self.action_size = action_size

    def act(self, observation: Observation, memory: Tensor | None = None) -> Tensor:
        """Zeros, (nworld, action_size)."""
        first = next(iter(observation.values()))
        return torch.zeros(len(first), self.action_size, device=first.device)


class RandomAgent:
    """Uniform over the action space.

    Args:
        action_size: number of actions.
        seed: of the draws.
    """

    def __init__(self, action_size: int, seed: int = 0) -> None:
        self.action_size = action_size
        self.generator = torch.Generator().manual_seed(seed)

    def act(self, observation: Observation, memory: Tensor | None = None) -> Tensor:
        """Uniform in [-1, 1], (nworld, action_size)."""
        first = next(iter(observation.values()))
        draw = torch.rand(len(first), self.action_size, generator=self.generator)
        return (2 * draw - 1).to(first.device)
