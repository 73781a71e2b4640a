"""What a learner needs of the worlds that it learns in."""

from typing import Protocol

import torch
from torch import Tensor

from envs.env import Step
from envs.task import Observation, Task


class Worlds(Protocol):
    """Worlds stepped together, with automatic reset: a `TaskEnv`, or a seat in matches.

    Attributes:
        nworld: number of worlds.
        nterm: number of reward terms.
        action_size: number of the learner's action dimensions.
        device: of every tensor.
    """

    nworld: int
    nterm: int
    action_size: int
    device: torch.device

    @property
    def task(self) -> Task:
        """What is played or learned in them."""
        ...

    @property
    def reward_terms(self) -> tuple[str, ...]:
        """Names of the reward's columns."""
        ...

    def observe(self) -> Observation:
        """Observation groups of every world as it stands."""
        ...

    def seed(self, seed: int) -> None:
        """Restart the random stream of the episodes."""
        ...

    @property
    def diverged_total(self) -> int:
        """Worlds that diverged so far."""
        ...

    def credit(self) -> Tensor:
        """Which reward terms an action dimension can influence, (nterm, action_size) bool."""
        ...

    def reset(self) -> Observation:
        """Start a new episode in every world."""
        ...

    def stagger(self) -> None:
        """Spread the worlds' clocks evenly over an episode."""
        ...

    def step(self, action: Tensor) -> Step:
        """Advance every world by one control period."""
        ...

    def state_dict(self) -> dict[str, Tensor]:
        """Everything that the next step depends on."""
        ...

    def load_state_dict(self, state: dict[str, Tensor]) -> Observation:
        """Go on from `state_dict`; returns the observation at that moment."""
        ...
