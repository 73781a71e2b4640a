"""Who beat whom: results by seat, and the win rates that matchmaking goes by."""

import torch
from torch import Tensor

from envs.match import DRAWN, LOST, WON

_OUTCOMES = (WON, DRAWN, LOST)


class Payoffs:
    """Results between `n` entrants, of whom there can be more and more.

    Args:
        memory: weight that a match keeps in a win rate with every later match of the same two.
        cooperative: whether a match's score is both players', or what one wins the other loses.

    Attributes:
        results: (n, n, 3) int64: matches that the first, in the first seat, won, drew and lost against the second.
        score: (n, n) float64, the first's scores against the second from either seat, faded by `memory`.
        games: (n, n) float64, matches of the two, faded likewise.
    """

    def __init__(self, memory: float = 1.0, *, cooperative: bool = False) -> None:
        self._memory, self._cooperative = memory, cooperative
        self.results = torch.zeros(0, 0, 3, dtype=torch.int64)
        self.score = torch.zeros(0, 0, dtype=torch.float64)
        self.games = torch.zeros(0, 0, dtype=torch.float64)

    def add_entrant(self) -> None:
        """Make room for one more."""
        self.results = torch.nn.functional.pad(self.results, (0, 0, 0, 1, 0, 1))
        self.score = torch.nn.functional.pad(self.score, (0, 1, 0, 1))
        self.games = torch.nn.functional.pad(self.games, (0, 1, 0, 1))

    def record(self, first: int, second: int, score: float) -> None:
        """Take in a match: `score` of the first, who had the first seat. One against itself says nothing."""
        if first == second and not self._cooperative:
            return
        self.results[first, second, _OUTCOMES.index(score)] += 1
        sides = {(first, second): score, (second, first): partner_score(score, self._cooperative)}
        for pair, own in sides.items():
            self.score[pair] = self._memory * self.score[pair] + own
            self.games[pair] = self._memory * self.games[pair] + 1

    def forget(self, entrant: int) -> None:
        """Start an entrant's win rates again; the results stay."""
        for table in (self.score, self.games):
            table[entrant] = 0
            table[:, entrant] = 0

    def win_rates(self, entrant: int, others: list[int]) -> Tensor:
        """Mean score against each of the others, (len(others),), draws a half; a half where they never met."""
        games = self.games[entrant, others]
        return torch.where(games > 0, self.score[entrant, others] / games.clamp(min=1e-12), 0.5)

    def state_dict(self) -> dict[str, Tensor]:
        """The three tables."""
        return {"results": self.results, "score": self.score, "games": self.games}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from `state_dict`."""
        self.results, self.score, self.games = (state[name].clone() for name in ("results", "score", "games"))


def partner_score(score: float, cooperative: bool) -> float:
    """The second player's score where the first one's is `score`."""
    return score if cooperative else WON - score


def totals(results: Tensor, *, cooperative: bool = False) -> tuple[Tensor, Tensor]:
    """Scores and matches of the first against the second, whichever the seat.

    Args:
        results: (n, n, 3), see `Payoffs`.
        cooperative: see `Payoffs`.

    Returns:
        Two tensors (n, n) float64: the first's summed score, and the number of matches.
    """
    worth = torch.tensor(_OUTCOMES, dtype=torch.float64)
    mine = results.double() @ worth
    theirs = mine if cooperative else results.double() @ worth.flip(0)
    games = results.sum(dim=2).double()
    other = 1 - torch.eye(len(results), dtype=torch.float64)  # matches with oneself are there once
    return mine + other * theirs.T, games + other * games.T


def first_seat_score(results: Tensor) -> tuple[float, int]:
    """Mean score of the first seat over all matches, and how many there were: a half is a fair match."""
    worth = torch.tensor(_OUTCOMES, dtype=torch.float64)
    games = int(results.sum())
    return (float((results.double() @ worth).sum()) / games if games else DRAWN), games
