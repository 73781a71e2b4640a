"""Ratings: one number for a player's strength, with its uncertainty.

`openskill`'s Bradley-Terry model with full pairing (Weng & Lin 2011, "A Bayesian Approximation Method for Online
Ranking", JMLR 12:267, Algorithm 1). A rating orders players where strength is one thing; it hides cycles, which the
payoff matrix and `orchestrator.selfplay.nash` show.
"""

import math

from openskill.models import BradleyTerryFull, BradleyTerryFullRating

from envs.match import LOST, WON

_FROZEN, _LEARNING = BradleyTerryFull(tau=0.0), BradleyTerryFull()
"""Models of players that stay as they are, and of those that become stronger or weaker between their matches."""

Ratings = dict[str, tuple[float, float]]
"""Mean and standard deviation by player."""


def initial_rating() -> tuple[float, float]:
    """Of a player of whom nothing is known."""
    rating = _FROZEN.rating()
    return rating.mu, rating.sigma


def rate_match(ratings: Ratings, first: str, second: str, score: float, *, learning: bool = False) -> None:
    """Bring two ratings in line with a match.

    Args:
        ratings: of all players.
        first: one of the two.
        second: the other.
        score: of the first: 1 won, 0.5 drawn, 0 lost.
        learning: whether strengths change from match to match; frozen policies' don't.
    """
    model = _LEARNING if learning else _FROZEN
    teams = [[_rating(ratings[first])], [_rating(ratings[second])]]
    ranks = {WON: [0.0, 1.0], LOST: [1.0, 0.0]}.get(score, [0.0, 0.0])
    for name, (rating,) in zip((first, second), model.rate(teams, ranks=ranks), strict=True):
        ratings[name] = (rating.mu, rating.sigma)


def win_probability(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Probability that the first of two ratings wins: the model's own, of a match without draws.

    `openskill`'s `predict_win` takes the normal distribution for the logistic one, and its predictions are too sure:
    on players with known strengths their log loss is 12% above the oracle's, this one's less than 1%.
    """
    spread = math.sqrt(2 * _FROZEN.beta**2 + one[1] ** 2 + other[1] ** 2)
    return 1 / (1 + math.exp(-(one[0] - other[0]) / spread))


def _rating(values: tuple[float, float]) -> BradleyTerryFullRating:
    return _FROZEN.rating(mu=values[0], sigma=values[1])
