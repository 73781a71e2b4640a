"""One league for several copies of a trainer: each draws from its copy, and one keeper takes in what all have played.

A worker's copy of the league stays as it is for a rollout: opponents are drawn from it with a random stream of the
worker's own, and results are noted. Then the keeper is told all results, takes the snapshots that are due, and
its league is everybody's again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from orchestrator.selfplay.league import League, Taken
from policies.replicas import Replicas

Match = tuple[int, int, float]
"""Places of the first and of the second, and the first one's score."""


@dataclass(frozen=True)
class LeagueState:
    """What a league consists of, see `League.state_dict`."""

    tensors: dict[str, Tensor]
    scalars: dict[str, Any]


@dataclass(frozen=True)
class Round:
    """What a rollout of every learner has brought.

    Attributes:
        steps: environment steps of the whole run by its end, which tell it from every other one.
        learned: those that each learner has learned for.
        matches: that ended in it, in all workers.
    """

    steps: int
    learned: list[int]
    matches: list[Match]


@dataclass(frozen=True)
class Settled:
    """A league after a round.

    Attributes:
        taken: the round's snapshots, in the order of their places.
        state: of the league.
    """

    taken: list[Taken]
    state: LeagueState


class Keeper(Protocol):
    """Keeps the league that counts."""

    def begin(self, state: LeagueState) -> None:
        """Go on from a state, whatever was kept before."""
        ...

    def settle(self, played: Round) -> Settled:
        """Take a round in."""
        ...


class SharedLeague(League):
    """A worker's copy of a kept league; all workers' are equal, but for the stream that draws opponents.

    Args:
        league: as it is at first.
        keeper: asked by the first worker.
        replicas: the workers.
        seed: of this worker's draws.
    """

    def __init__(self, league: League, keeper: Keeper, replicas: Replicas, seed: int) -> None:
        super().__init__(league.config, 0, cooperative=league.cooperative)
        self._keeper, self._replicas = keeper, replicas
        self._draws = torch.Generator().manual_seed(seed)
        self._noted: list[Match] = []
        self.load_state_dict(*league.state_dict())

    def seed(self, seed: int) -> None:
        """Restart the stream that draws opponents."""
        self._draws.manual_seed(seed)

    def draw_opponent(self, learner: int) -> int:
        """See `League`."""
        return self._drawn(learner, self._draws)

    def record(self, first: int, second: int, score: float) -> None:
        """Note a match for the keeper."""
        self._noted.append((first, second, score))

    def settle(self, steps: int, learned: Sequence[int]) -> list[Taken]:
        """Have the keeper settle all workers' matches; see `League`."""
        noted, self._noted = self._replicas.gather(self._noted), []
        settled = None
        if self._replicas.rank == 0:
            if not self._begun:
                self._keeper.begin(LeagueState(*self.state_dict()))
            played = Round(steps, list(learned), [match for own in noted for match in own])
            settled = self._keeper.settle(played)
        settled = self._replicas.gather(settled)[0]
        assert settled is not None
        super().load_state_dict(settled.state.tensors, settled.state.scalars)
        self._begun = True
        return settled.taken

    def load_state_dict(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Go on from `state_dict`, and have the keeper do so, too."""
        super().load_state_dict(tensors, state)
        self._begun = False
