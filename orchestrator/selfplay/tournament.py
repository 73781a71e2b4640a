"""A tournament: everybody against everybody, sides swapped, each start played from both seats."""

import itertools
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from pydantic import ValidationError
from torch import Tensor

from envs.referees.judges import MATCH_JUDGES
from orchestrator.errors import InputError
from orchestrator.records import Judgement, Record
from orchestrator.selfplay.config import SelfPlayConfig
from orchestrator.selfplay.entrants import Entrant
from orchestrator.selfplay.judging import judge_matches
from orchestrator.selfplay.payoffs import Payoffs
from orchestrator.selfplay.play import Actors, Fixture, PlayedMatch, play_matches
from orchestrator.selfplay.ratings import Ratings, initial_rating, rate_match
from orchestrator.training.run_directory import RunDirectory


class Tournament(Record):
    """`tournament.json`: the matches, from which all figures follow.

    Attributes:
        checkpoint: name of that which the players come from.
        players: their names.
        seed: of the starts.
        matches: in the order in which ratings take them in.
        referee: what a referee said of the first of them.
    """

    checkpoint: str
    players: list[str]
    seed: int
    matches: list[PlayedMatch]
    referee: Judgement | None = None


def fixtures_of(names: Sequence[str], games: int, seed: int, *, with_oneself: bool = False) -> list[Fixture]:
    """`games` matches, an even number, of every pair, half in each seat from the same starts; shuffled.

    Args:
        names: of the players.
        games: of each pair.
        seed: of the starts and of the order.
        with_oneself: whether each plays with itself as well, as many matches from as many starts.

    Raises:
        ValueError: `games` is odd.
    """
    if games % 2:
        raise ValueError(f"games: expected an even number, so that sides can be swapped, got {games}")
    fixtures = []
    pairs = [*itertools.combinations(names, 2), *((name, name) for name in names if with_oneself)]
    for number, (one, other) in enumerate(pairs):
        seats = [(one, other), (other, one)] if one != other else [(one, one)]
        words = np.random.SeedSequence([seed, number]).generate_state(games // len(seats))
        fixtures += [Fixture(*pair, word) for word in words.tolist() for pair in seats]
    random.Random(seed).shuffle(fixtures)
    return fixtures


def play_tournament(
    config: SelfPlayConfig,
    players: Actors,
    games: int,
    seed: int,
    *,
    checkpoint: str,
    judged: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Tournament:
    """Play a tournament.

    Args:
        config: of the run.
        players: everybody.
        games: of each pair.
        seed: of the starts and of the order.
        checkpoint: name of that which the players come from.
        judged: matches that the referee judges, where the match has one; at most one batch.
        progress: called with the share of the matches that is done.
    """
    fixtures = fixtures_of(list(players), games, seed, with_oneself=config.cooperative)
    recorded = judged if config.task in MATCH_JUDGES else 0
    matches, recordings = play_matches(config, players, fixtures, recorded=recorded, progress=progress)
    return Tournament(
        checkpoint=checkpoint,
        players=list(players),
        seed=seed,
        matches=matches,
        referee=judge_matches(config, matches, recordings),
    )


def tabulate(
    entrants: Sequence[Entrant], matches: Sequence[PlayedMatch], *, cooperative: bool = False
) -> tuple[Tensor, Ratings]:
    """Results, (n, n, 3), and ratings of matches between `entrants`; void matches are left out.

    Who wins together is not rated.
    """
    place = {entrant.name: i for i, entrant in enumerate(entrants)}
    payoffs, ratings = Payoffs(cooperative=cooperative), {name: initial_rating() for name in place}
    for _ in entrants:
        payoffs.add_entrant()
    for match in matches:
        if match.score is not None:
            payoffs.record(place[match.first], place[match.second], match.score)
            if not cooperative:
                rate_match(ratings, match.first, match.second, match.score)
    return payoffs.results, ratings


def tournament_path(run: RunDirectory) -> Path:
    """Where a run keeps its tournament."""
    return run.path / "tournament.json"


def read_tournament(run: RunDirectory) -> Tournament | None:
    """The run's latest tournament; none where there is none.

    Raises:
        InputError: the file is damaged.
    """
    path = tournament_path(run)
    if not path.is_file():
        return None
    try:
        return Tournament.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise InputError(path, "is damaged: it does not hold a tournament") from error
