"""The policies in play: one forward pass serves all worlds and seats."""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor

from envs.task import Observation
from policies.grouped import act_grouped
from policies.networks import Actor, GaussianActor


class Players:
    """Actors by their place in the league, all of one network config.

    Attributes:
        actors: the policies.
    """

    def __init__(self) -> None:
        self.actors: dict[int, Actor] = {}

    @torch.no_grad()
    def act(
        self,
        observation: Observation,
        who: Tensor,
        noise: torch.Generator | None = None,
        memory: Tensor | None = None,
    ) -> Tensor:
        """Actions of several players, each row by its own.

        Args:
            observation: groups, each (n, ...).
            who: (n,) int64, place of each row's player.
            noise: source of exploration noise, on the CPU; none takes the most likely actions.
            memory: of players that see, (n, size), brought up to date in place.

        Returns:
            (n, action size).
        """
        present, which = torch.unique(who, return_inverse=True)
        actors = [self.actors[place] for place in present.tolist()]
        if len(actors) == 1:
            action, std, after = actors[0].step(observation, memory)
            if memory is not None and after is not None:
                memory.copy_(after)
        elif memory is None:
            action, std = act_grouped(cast("Sequence[GaussianActor]", actors), observation, which)
        else:
            action, std = _act_each(actors, observation, which, memory)
        if noise is None:
            return action
        return action + std * torch.randn(action.shape, generator=noise).to(action.device)


def _act_each(
    actors: Sequence[Actor], observation: Observation, which: Tensor, memory: Tensor
) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation, (n, action size) each, of actors that see, one after the other."""
    std = torch.stack([actor.std() for actor in actors])[which]
    mean = torch.empty_like(std)
    for index, actor in enumerate(actors):
        rows = (which == index).nonzero().squeeze(1)
        seen = {name: group[rows] for name, group in observation.items()}
        mean[rows], _, after = actor.step(seen, memory[rows])
        assert after is not None
        memory[rows] = after
    return mean, std
