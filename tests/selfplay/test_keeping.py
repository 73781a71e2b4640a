"""A league that several workers have in common: a keeper that may be lost at any moment, and their copies of it."""

import threading

import pytest
import torch

from orchestrator.selfplay.config import SelfPlayConfig
from orchestrator.selfplay.keeping import LeagueState, Round, SharedLeague
from orchestrator.selfplay.league import League
from orchestrator.selfplay.scale_out import LeagueBooks
from orchestrator.selfplay.trainer import LeagueTrainer

ITERATION = 8 * 8 * 3
"""Environment steps in one rollout of all three learners."""


class Talking:
    """One of two copies of a trainer in threads of one process: what they say to each other, without gradients."""

    def __init__(self, rank, shared):
        self.rank, self.count = rank, 2
        self._barrier, self._said = shared

    def gather(self, thing):
        self._said[self.rank] = thing
        self._barrier.wait(60)
        found = list(self._said)
        self._barrier.wait(60)
        return found

    def wrap(self, network):
        return network

    def mean(self, values):
        return torch.stack(self.gather(values)).mean(0)

    def moments(self, batch):
        whole = torch.cat(self.gather(batch))
        variance, mean = torch.var_mean(whole, dim=0, correction=0)
        return variance, mean, float(len(whole))


def two(config, keeper):
    """Two copies; both have to be built, and to iterate, at the same time."""
    shared = threading.Barrier(2), [None, None]
    return together(
        lambda rank: LeagueTrainer(config, Talking(rank, shared), keeper if rank == 0 else Nobody())
    )


class Nobody:
    """Only the first copy speaks with the keeper."""


def together(work):
    """What two threads return."""
    found = [None, None]

    def run(rank):
        found[rank] = work(rank)

    threads = [threading.Thread(target=run, args=(rank,)) for rank in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert None not in found
    return found


class Forgetful:
    """A keeper that is started anew before every call, and whose every answer is lost once."""

    def __init__(self, config, folder):
        self._given = config, folder

    def begin(self, state):
        LeagueBooks(*self._given).begin(state)

    def settle(self, played):
        LeagueBooks(*self._given).settle(played)
        return LeagueBooks(*self._given).settle(played)


@pytest.fixture
def shared(small_league):
    return SelfPlayConfig.model_validate(small_league.model_dump() | {"workers": 2})


def test_copies_have_one_league_and_it_has_the_matches_of_both(shared, tmp_path, monkeypatch):
    played, note = [], SharedLeague.record
    monkeypatch.setattr(SharedLeague, "record", lambda own, *match: (played.append(match), note(own, *match)))
    copies = two(shared, LeagueBooks(shared, tmp_path))
    for _ in range(3):
        together(lambda rank: copies[rank].iterate())
    one, other = (copy.league for copy in copies)
    assert one.entrants == other.entrants
    assert one.ratings == other.ratings
    assert torch.equal(one.payoffs.results, other.payoffs.results)
    assert len(one.snapshots) >= 4
    assert set(copies[0].players.actors) == set(range(len(one.entrants)))
    # a match against oneself says nothing
    assert int(one.payoffs.results.sum()) == sum(first != second for first, second, _ in played)
    # each has opponents of its own
    seats = [torch.cat([t.env._opponent for t in copy.trainers]) for copy in copies]
    assert not torch.equal(*seats)


def test_a_keeper_that_is_lost_between_any_two_words_keeps_the_same_league(shared, tmp_path):
    leagues = []
    for keeper in (LeagueBooks(shared, tmp_path / "one"), Forgetful(shared, tmp_path / "other")):
        copies = two(shared, keeper)
        for _ in range(3):
            together(lambda rank, copies=copies: copies[rank].iterate())
        leagues.append(copies[0].league)
    whole, lost = (league.state_dict() for league in leagues)
    assert whole[1] == lost[1]
    assert all(torch.equal(whole[0][name], lost[0][name]) for name in whole[0])


def test_a_group_that_goes_back_to_a_checkpoint_takes_the_league_back(shared, tmp_path):
    books = LeagueBooks(shared, tmp_path)
    copies = two(shared, books)
    together(lambda rank: copies[rank].iterate())
    saved = copies[0].state()
    for _ in range(3):
        together(lambda rank: copies[rank].iterate())
    again = two(shared, books)
    together(lambda rank: (again[rank].load_state(*saved), 1))
    assert again[0].steps == ITERATION
    together(lambda rank: again[rank].iterate())
    assert again[0].steps == 2 * ITERATION
    assert len(again[0].league.snapshots) < len(copies[0].league.snapshots)


def test_a_round_that_is_told_twice_counts_once(shared, tmp_path):
    books = LeagueBooks(shared, tmp_path)
    league = League(shared.league, 0)
    league.take_snapshot(0, 0, 0)
    books.begin(LeagueState(*league.state_dict()))
    played = Round(64, [64, 0, 0], [(0, 3, 1.0)])
    first = books.settle(played)
    assert books.settle(played).state.scalars == first.state.scalars
    assert int(first.state.tensors["payoffs.results"].sum()) == 1
