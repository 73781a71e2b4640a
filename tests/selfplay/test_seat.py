"""A learner's seat in matches, and the policies in the others."""

import pytest
import torch
from rope import Rope, RopeConfig

from envs.env import TaskEnv
from envs.registry import make_task
from orchestrator.selfplay.config import LeagueConfig
from orchestrator.selfplay.league import League
from orchestrator.selfplay.players import Players
from orchestrator.selfplay.seat import Annealing, SeatWorlds
from policies.networks import GaussianActor, NetworkConfig

SIZES = {"proprioception": 2, "privileged": 2}


def puller(strength):
    """A policy that pulls as it is told, whatever it sees."""
    actor = GaussianActor(NetworkConfig(actor_groups=("proprioception",), actor_hidden=(4,)), SIZES, 1)
    for parameter in actor.net.parameters():
        torch.nn.init.zeros_(parameter)
    torch.nn.init.constant_(actor.net[-1].bias, strength)
    torch.nn.init.constant_(actor.log_std, -20.0)
    return actor


def seated(annealing=None, worlds=6):
    """A learner that pulls, against a snapshot that lets go."""
    rules = {"opponents": [{"draw": "prioritized"}]}
    off = {"count": 0, "opponents": [{"draw": "latest"}]}
    config = LeagueConfig.model_validate({"main": rules, "main_exploiter": off, "league_exploiter": off})
    league = League(config, 0)
    league.take_snapshot(0, 0, 0)
    players = Players()
    players.actors = {0: puller(1.0), 1: puller(-1.0)}
    env = TaskEnv(Rope(RopeConfig()), worlds, backend="cpu", threads=1)
    return SeatWorlds(env, league, players, 0, annealing or Annealing(0.0), seed=0)


def play(seat, steps):
    ended = []
    observation = seat.reset()
    for _ in range(steps):
        step = seat.step(torch.ones(seat.nworld, 1))
        assert observation.keys() == step.observation.keys()
        if step.episode:
            ended.append(step)
    return ended


def test_the_learner_wins_from_either_seat_and_the_league_hears_of_it():
    seat = seated()
    ended = play(seat, 40)
    scores = torch.cat([step.episode["score"] for step in ended])
    assert len(scores) >= 6
    assert (scores == 1).all()
    assert all((step.reward[step.ended, 0] == 1).all() for step in ended)
    results = seat.league.payoffs.results
    assert results[0, 1, 0] > 0
    assert results[1, 0, 2] > 0
    assert abs(int(results[0, 1].sum()) - int(results[1, 0].sum())) <= seat.nworld
    assert results[0, 1, 1:].sum() == 0
    assert results[1, 0, :2].sum() == 0
    assert seat.league.ratings["main-0"][0] > seat.league.ratings["main-0:0"][0]


def test_exploration_terms_fade_out_and_the_outcome_fades_in():
    annealing = Annealing(1.0)
    seat = seated(annealing)
    early = play(seat, 40)
    assert all((step.reward[step.ended, 0] == 0).all() for step in early)
    assert all((step.reward[step.ended, 1] > 0).all() for step in early)
    annealing.exploration = 0.25
    late = play(seat, 40)
    assert all((step.reward[step.ended, 0] == 0.75).all() for step in late)


def test_a_world_that_diverges_is_no_result():
    seat = seated()
    seat.reset()
    action = torch.zeros(seat.nworld, 1)
    action[2] = torch.nan
    step = seat.step(action)
    assert step.ended.tolist() == [2]
    assert int(seat.league.payoffs.results.sum()) == 0


def test_what_ended_is_seen_from_the_seat_that_the_learner_had():
    seat = seated()
    for step in play(seat, 40):
        # the cart is on the learner's side
        assert (step.final_observation["privileged"][:, 0] > 0).all()


def test_rows_are_acted_by_their_own_players():
    players = Players()
    players.actors = {place: puller(0.1 * place) for place in range(5)}
    who = torch.tensor([4, 0, 2, 2, 1, 0, 4])
    observation = {name: torch.randn(7, size) for name, size in SIZES.items()}
    acted = players.act(observation, who)
    assert acted.squeeze(1).tolist() == pytest.approx((0.1 * who).tolist())


def test_a_league_refuses_a_task_of_one_player():
    env = TaskEnv(make_task("hand-reach"), 1, backend="cpu", threads=1)
    with pytest.raises(ValueError, match="expected a match of 2 players"):
        SeatWorlds(env, League(LeagueConfig(), 0), Players(), 0, Annealing(), 0)
