"""Matchmaking, snapshots and resets."""

import collections

import pytest
import torch
from pydantic import ValidationError

from orchestrator.selfplay.config import LeagueConfig, SelfPlayConfig
from orchestrator.selfplay.league import League
from orchestrator.selfplay.payoffs import Payoffs, first_seat_score, totals
from orchestrator.selfplay.weighting import opponent_weights

RATES = torch.tensor([0.0, 0.5, 0.9, 1.0], dtype=torch.float64)


def league(**main):
    off = {"count": 0, "opponents": [{"draw": "latest"}]}
    rules = {"snapshot": {"at_least": 10, "at_most": 30}} | main
    return League(
        LeagueConfig.model_validate({"main": rules, "main_exploiter": off, "league_exploiter": off}), seed=0
    )


def drawn(league, learner=0, count=4000):
    names = (league.entrants[league.draw_opponent(learner)].name for _ in range(count))
    return {name: n / count for name, n in collections.Counter(names).items()}


@pytest.mark.parametrize(
    ("weighting", "expected"),
    [
        ("hard", [1, 0.25, 0.01, 0]),
        ("variance", [0, 0.25, 0.09, 0]),
        ("capped", [0.5, 0.5, 0.1, 0]),
        ("even", [1, 1, 1, 1]),
    ],
)
def test_weightings_are_those_published(weighting, expected):
    total = sum(expected)
    found = opponent_weights(RATES, weighting, power=2.0)
    assert found.tolist() == pytest.approx([x / total for x in expected])


def test_opponents_that_are_all_beaten_are_drawn_alike():
    assert opponent_weights(torch.ones(4), "hard").tolist() == [0.25] * 4


def test_prioritized_draws_prefer_those_that_win():
    made = league(opponents=[{"draw": "prioritized"}])
    for version in range(2):
        made.take_snapshot(0, 10 * version, 0)
    for _ in range(30):
        made.record(0, 1, 1.0)
        made.record(0, 2, 0.0)
    assert drawn(made)["main-0:1"] > 0.99


@pytest.mark.parametrize(
    ("delta", "versions"), [(0.0, [0, 1, 2, 3, None]), (0.5, [2, 3, None]), (1.0, [None])]
)
def test_delta_says_how_much_of_the_past_is_played(delta, versions):
    made = league(opponents=[{"draw": "past", "delta": delta}])
    for version in range(4):
        made.take_snapshot(0, version, 0)
    expected = {"main-0" if v is None else f"main-0:{v}" for v in versions}
    found = drawn(made)
    assert set(found) == expected
    assert all(share == pytest.approx(1 / len(expected), abs=0.04) for share in found.values())


def test_shares_are_those_of_the_config_and_an_idle_draw_leaves_its_own_to_the_others():
    rules = [{"draw": "prioritized", "share": 0.5}, {"draw": "latest", "share": 0.35}]
    made = league(opponents=[*rules, {"draw": "forgotten", "share": 0.15}])
    made.take_snapshot(0, 0, 0)
    for _ in range(50):
        made.record(0, 1, 1.0)  # nothing is forgotten
    assert drawn(made)["main-0"] == pytest.approx(0.35 / 0.85, abs=0.03)
    for _ in range(300):
        made.record(0, 1, 0.0)  # now it is
    assert drawn(made)["main-0"] == pytest.approx(0.35, abs=0.03)


def test_an_exploiter_plays_the_main_agent_and_its_past_where_that_is_hopeless():
    made = League(LeagueConfig(), seed=0)
    made.take_snapshot(0, 0, 0)
    assert set(drawn(made, learner=1, count=200)) == {"main-0"}
    for _ in range(40):
        made.record(0, 1, 1.0)
    assert set(drawn(made, learner=1, count=200)) == {"main-0:0"}


def test_a_snapshot_is_taken_when_all_are_beaten_or_after_long_enough():
    made = league(opponents=[{"draw": "prioritized"}])
    made.take_snapshot(0, 0, 0)
    assert not made.snapshot_due(0, 9)
    assert not made.snapshot_due(0, 10)
    assert made.snapshot_due(0, 30)
    for _ in range(20):
        made.record(0, 1, 1.0)
    assert made.snapshot_due(0, 10)


def test_a_reset_forgets_win_rates_and_rating_but_keeps_lineage_of_what_came_before():
    made = league(opponents=[{"draw": "prioritized"}], reset=1.0)
    first = made.take_snapshot(0, 10, 10)
    second = made.take_snapshot(0, 20, 20)
    assert (first.parent, second.parent) == (None, "main-0:0")
    made.record(0, 1, 1.0)
    assert made.draw_reset(0)
    assert made.payoffs.win_rates(0, [1, 2]).tolist() == [0.5, 0.5]
    assert made.take_snapshot(0, 30, 30).parent is None


def test_a_league_goes_on_as_it_would_have_from_its_state():
    made, other = League(LeagueConfig(), seed=0), League(LeagueConfig(), seed=1)
    for step in range(40):
        made.record(0, step % 3, float(step % 2))
        if step % 10 == 0:
            made.take_snapshot(step % 3, step, step)
    other.load_state_dict(*made.state_dict())
    following = [[league.draw_opponent(i % 3) for i in range(50)] for league in (made, other)]
    assert following[0] == following[1]
    assert made.ratings == other.ratings
    assert made.entrants == other.entrants


def test_results_are_kept_by_seat():
    payoffs = Payoffs()
    payoffs.add_entrant()
    payoffs.add_entrant()
    for first, second, score in ((0, 1, 1.0), (1, 0, 1.0), (0, 1, 0.5), (0, 0, 1.0)):
        payoffs.record(first, second, score)
    score, games = totals(payoffs.results)
    assert score.tolist() == [[0, 1.5], [1.5, 0]]
    assert games.tolist() == [[0, 3], [3, 0]]
    assert first_seat_score(payoffs.results) == (2.5 / 3, 3)


@pytest.mark.parametrize(
    ("league", "said"),
    [
        ({"main": {"count": 0, "opponents": [{"draw": "latest"}]}}, "at least one main agent"),
        ({"main": {"opponents": [{"draw": "latst"}]}}, "latst"),
        ({"main": {"opponents": [{"draw": "past", "delta": 2}]}}, "less than or equal to 1"),
        ({"main": {"opponents": []}}, "at least 1"),
        (
            {"main": {"opponents": [{"draw": "latest"}], "snapshot": {"at_least": 9, "at_most": 8}}},
            "at_most",
        ),
    ],
)
def test_rules_that_make_no_sense_are_refused(small_league, league, said):
    with pytest.raises(ValidationError, match=said):
        SelfPlayConfig.model_validate({"task": small_league.task, "league": league})


def test_a_league_needs_a_match():
    with pytest.raises(ValidationError, match="expected a match, got 'hand-reach'"):
        SelfPlayConfig.model_validate({"task": "hand-reach"})
