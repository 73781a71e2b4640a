"""The policies in play: one forward pass of each serves all worlds and seats that it has."""

from collections.abc import Mapping

import torch
from torch import Tensor

from envs.task import Observation
from policies.networks import Actor


class Players:
    """Actors by their place in the league.

    Attributes:
        actors: the policies.
    """

    def __init__(self) -> None:
        self.actors: dict[int, Actor] = {}

    @torch.no_grad()
    def act(self, observation: Observation, who: Tensor, noise: torch.Generator | None = None) -> Tensor:
        """Actions of several players, each row by its own.

        Args:
            observation: groups, each (n, size).
            who: (n,) int64, place of each row's player.
            noise: source of exploration noise, on the CPU; none takes the most likely actions.

        Returns:
            (n, action size).
        """
        present = torch.unique(who).tolist()
        if len(present) == 1:
            action, std = self._act(present[0], observation)
        else:
            # rows of one player next to each other: one copy there and one back, whatever the number of players
            order = torch.argsort(who, stable=True)
            sizes = torch.bincount(who)[present].tolist()
            read = self.actors[present[0]].reader.groups  # every player's of a run
            parts = {name: observation[name][order].split(sizes) for name in read}
            acted = [self._act(place, {k: v[i] for k, v in parts.items()}) for i, place in enumerate(present)]
            back = torch.argsort(order)
            action, std = (torch.cat(tensors)[back] for tensors in zip(*acted, strict=True))
        if noise is None:
            return action
        return action + std * torch.randn(action.shape, generator=noise).to(action.device)

    def _act(self, place: int, observation: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation, (n, action size) each."""
        mean, std, _ = self.actors[place].step(observation, None)
        return mean, std.expand_as(mean)
