"""Matches: tasks in which several players share one world.

A match is a `Task` like any other: `TaskEnv` steps it, and to the engine its players are one action and one
observation. What belongs to whom is a matter of views: every group, action and reward has the players side by side in
its second axis, `view` splits it, and nothing is copied. All players of a match see groups of the same sizes and have
the same actions, so that any policy can take any seat. Where players see, a config names as many cameras for each
of them, all of the first player's before the second one's.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from envs.task import Observation, Task

WON, DRAWN, LOST = 1.0, 0.5, 0.0
"""Scores of a match."""

_VIDEO = 6
"""Dimensions of the group `pixels`."""

SCORE = "score/"
"""Begins the names of the figures that say how an ended match ended for each player."""


def duel_scores(first: Tensor, second: Tensor) -> Tensor:
    """Scores of a duel, (nworld, 2) float32: whoever won alone.

    Args:
        first: whether the first player has what wins, (nworld,) bool.
        second: whether the second one has; where both have, or neither, the match is drawn.
    """
    won = (first.float() - second.float()) / 2 + DRAWN
    return torch.stack([won, WON - won], dim=1)


def split(tensor: Tensor, players: int) -> Tensor:
    """What the players have side by side, as a view by player.

    Args:
        tensor: (n, players * size), or video, (n, frames, players * cameras, 3, height, width).
        players: how many.

    Returns:
        (n, players, size), or (n, players, frames, cameras, 3, height, width).
    """
    if tensor.dim() == _VIDEO:
        return tensor.unflatten(2, (players, -1)).movedim(2, 1)
    return tensor.unflatten(1, (players, -1))


class MatchTask(Task):
    """A task of several players in each world.

    A subclass sets `players` and `player_terms` and implements `observe_players`, `reward_players`,
    `control_players`, `scores` and `player_action_size`. What differs between matches it draws in `reset`, nothing in
    `bind`: a match's seed has to say everything about it.

    Attributes:
        players: names of the seats, in the order of every tensor's second axis.
        player_terms: names of the columns of each player's reward.
        exploration_terms: those of them that only help at the start, and that training anneals away.
        cooperative: whether the players win and lose together; otherwise what one wins the other loses.
    """

    players: ClassVar[tuple[str, ...]]
    player_terms: ClassVar[tuple[str, ...]] = ("outcome",)
    exploration_terms: ClassVar[tuple[str, ...]] = ()
    cooperative: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:  # noqa: ANN401 - as the base class has it
        """Name the reward's columns: each player's terms after the other's."""
        super().__init_subclass__(**kwargs)
        cls.reward_terms = tuple(f"{player}/{term}" for player in cls.players for term in cls.player_terms)

    @property
    @abstractmethod
    def player_action_size(self) -> int:
        """Number of one player's action dimensions."""

    @abstractmethod
    def observe_players(self) -> Observation:
        """Observation groups of every player, each (nworld, players, size) float32, as seen from its own seat."""

    @abstractmethod
    def reward_players(self) -> Tensor:
        """Reward of the step just made, (nworld, players, len(player_terms)) float32."""

    @abstractmethod
    def control_players(self, action: Tensor) -> None:
        """Write `ctrl` from actions (nworld, players, player_action_size) in [-1, 1]."""

    @abstractmethod
    def scores(self) -> Tensor:
        """Each player's score if the match ended now, (nworld, players): `WON`, `DRAWN` or `LOST`."""

    def match_metrics(self) -> Mapping[str, Tensor]:
        """Further figures of the present moment, by name, each (nworld,)."""
        return {}

    @property
    def action_size(self) -> int:
        """All players' actions together."""
        return len(self.players) * self.player_action_size

    def control(self, action: Tensor) -> None:
        """Write `ctrl` from all players' actions, (nworld, action_size)."""
        self.control_players(split(action, len(self.players)))

    def observe(self) -> Observation:
        """The players' groups side by side, each (nworld, players * size)."""
        return {name: group.flatten(1) for name, group in self.observe_players().items()}

    def reward(self) -> Tensor:
        """The players' rewards side by side, (nworld, players * len(player_terms))."""
        return self.reward_players().flatten(1)

    def credit(self) -> Tensor:
        """Every player answers for its own terms only, (len(reward_terms), action_size) bool."""
        own = torch.ones(len(self.player_terms), self.player_action_size, dtype=torch.bool)
        return torch.block_diag(*[own] * len(self.players)).bool()

    def metrics(self) -> dict[str, Tensor]:
        """Every player's score, and the match's own figures."""
        scores = zip(self.players, self.scores().unbind(1), strict=True)
        return {SCORE + player: score for player, score in scores} | dict(self.match_metrics())
