"""Nash averaging: how strong players are against the whole league, cycles included.

Balduzzi et al. 2018, "Re-evaluating Evaluation" (NeurIPS): the players' log-odds of winning are an
antisymmetric game; its Nash equilibrium of maximum entropy is unique and weighs players by how much they matter, and a
player's Nash average is what it makes of that mixture. Copies of a player change nothing, and three that beat each
other in a circle get a third each.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog, minimize

Array = NDArray[Any]

_SLACK = 1e-9
"""How far the game's value may be missed."""


def log_odds(score: Array, games: Array) -> Array:
    """Antisymmetric log-odds of winning, (n, n), with half a match won and lost added to what was played.

    Args:
        score: (n, n) of the first against the second, draws a half.
        games: (n, n) matches; where there are none, the odds are even.
    """
    rate = (score + 0.5) / (games + 1)
    odds = np.log(rate / (1 - rate))
    return (odds - odds.T) / 2


def max_entropy_nash(game: Array) -> Array:
    """The maximum-entropy Nash equilibrium of an antisymmetric game.

    Args:
        game: (n, n), what the row player wins from the column player.

    Returns:
        (n,) probabilities.

    Raises:
        ValueError: the game is not antisymmetric.
    """
    if not np.allclose(game, -game.T, atol=1e-9):
        raise ValueError("expected an antisymmetric game")
    scale = max(1.0, float(np.abs(game).max()))
    game = game / scale
    support = _support(game)
    inner = game[:, support]
    # The dual: p is proportional to exp(-inner.T @ l) with multipliers l >= 0 of "nobody wins against p".

    def dual(multipliers: Array) -> tuple[float, Array]:
        exponent = -inner.T @ multipliers
        top = exponent.max()
        weights = np.exp(exponent - top)
        total = weights.sum()
        return float(top + np.log(total)), -inner @ (weights / total)

    count = len(game)
    bounds = [(0, None)] * count
    options = {"maxiter": 20_000, "maxfun": 50_000, "ftol": 1e-15, "gtol": 1e-10}
    found = minimize(dual, np.zeros(count), jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    exponent = -inner.T @ found.x
    weights = np.exp(exponent - exponent.max())
    mixture = np.zeros(count)
    mixture[support] = weights / weights.sum()
    return mixture


def nash_averages(game: Array) -> tuple[Array, Array]:
    """The equilibrium, (n,), and each player's payoff against it, (n,): 0 inside, negative for dominated players."""
    mixture = max_entropy_nash(game)
    return mixture, game @ mixture


def _support(game: Array) -> Array:
    """Players that some equilibrium plays: those that a linear program can give some weight, (k,) int."""
    count = len(game)
    shared = {
        "A_ub": game,
        "b_ub": np.full(count, _SLACK),
        "A_eq": np.ones((1, count)),
        "b_eq": [1.0],
        "bounds": (0, 1),
    }
    most = [-linprog(-np.eye(count)[player], **shared).fun for player in range(count)]
    return np.flatnonzero(np.array(most) > 1e-6)
