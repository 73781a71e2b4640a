"""Ratings and Nash averages on players whose strengths are known."""

import numpy as np
import pytest

from orchestrator.selfplay.nash import log_odds, max_entropy_nash, nash_averages
from orchestrator.selfplay.ratings import initial_rating, rate_match, win_probability

STRENGTHS = np.linspace(-2.0, 2.0, 6)
"""Log-odds."""

PLAYERS = range(len(STRENGTHS))


def chance(i, j):
    return 1 / (1 + np.exp(STRENGTHS[j] - STRENGTHS[i]))


def draw_games(count, rng):
    first = rng.integers(len(STRENGTHS), size=count)
    second = (first + rng.integers(1, len(STRENGTHS), size=count)) % len(STRENGTHS)
    return first, second, rng.random(count) < chance(first, second)


def log_loss(predicted, won):
    return -np.mean(np.log(np.where(won, predicted, 1 - predicted)))


@pytest.mark.parametrize("learning", [False, True])
def test_ratings_recover_known_strengths_and_predict_wins_as_the_oracle_does(learning):
    rng = np.random.default_rng(0)
    ratings = {str(i): initial_rating() for i in range(len(STRENGTHS))}
    for i, j, won in zip(*draw_games(3000, rng), strict=True):
        rate_match(ratings, str(i), str(j), float(won), learning=learning)
    means = [ratings[str(i)][0] for i in range(len(STRENGTHS))]
    assert means == sorted(means)
    table = np.array([[win_probability(ratings[str(i)], ratings[str(j)]) for j in PLAYERS] for i in PLAYERS])
    first, second, won = draw_games(50_000, rng)
    oracle = log_loss(chance(first, second), won)
    assert log_loss(table[first, second], won) < 1.02 * oracle


def test_a_draw_brings_ratings_together():
    ratings = {"strong": (30.0, 3.0), "weak": (20.0, 3.0)}
    rate_match(ratings, "strong", "weak", 0.5)
    assert ratings["strong"][0] < 30
    assert ratings["weak"][0] > 20


def test_rock_paper_scissors_is_a_cycle_not_a_ladder():
    beats = np.array([[0.5, 0.1, 0.9], [0.9, 0.5, 0.1], [0.1, 0.9, 0.5]])
    games = np.full((3, 3), 1000.0) * (1 - np.eye(3))
    mixture, averages = nash_averages(log_odds(beats * games, games))
    assert mixture == pytest.approx([1 / 3] * 3, abs=1e-3)
    assert averages == pytest.approx([0] * 3, abs=1e-3)
    # ratings see nothing but equals
    ratings = {str(i): initial_rating() for i in range(3)}
    rng = np.random.default_rng(1)
    for i, j in rng.integers(3, size=(900, 2)):
        if i != j:
            rate_match(ratings, str(i), str(j), float(rng.random() < beats[i, j]))
    predicted = win_probability(ratings["1"], ratings["0"])
    assert abs(predicted - 0.5) < 0.15 < beats[1, 0] - 0.5


def test_nash_of_a_ladder_is_its_top():
    strength = np.array([0.0, 1.0, 2.0])
    mixture, averages = nash_averages(strength[:, None] - strength[None])
    assert mixture == pytest.approx([0, 0, 1], abs=1e-6)
    assert averages == pytest.approx([-2, -1, 0], abs=1e-6)


def test_a_copy_of_a_player_shares_its_weight_and_changes_no_average():
    # rock twice, paper, scissors
    game = np.array([[0, 0, -1, 1], [0, 0, -1, 1], [1, 1, 0, -1], [-1, -1, 1, 0]], dtype=float)
    mixture, averages = nash_averages(game)
    assert mixture == pytest.approx([1 / 6, 1 / 6, 1 / 3, 1 / 3], abs=1e-4)
    assert averages == pytest.approx([0] * 4, abs=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_nobody_wins_against_the_equilibrium(seed):
    rng = np.random.default_rng(seed)
    half = rng.normal(size=(12, 12))
    mixture, averages = nash_averages(half - half.T)
    assert mixture.sum() == pytest.approx(1)
    assert averages.max() < 1e-4


def test_a_game_that_is_not_antisymmetric_is_refused():
    with pytest.raises(ValueError, match="antisymmetric"):
        max_entropy_nash(np.ones((2, 2)))
