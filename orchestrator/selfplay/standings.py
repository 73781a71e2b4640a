"""Standings: ratings, payoffs and Nash averages of a league's players, side by side."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from orchestrator.evaluation.statistics import wilson_interval
from orchestrator.records import Interval, Judgement, Record
from orchestrator.selfplay.entrants import Entrant
from orchestrator.selfplay.nash import log_odds, nash_averages
from orchestrator.selfplay.payoffs import first_seat_score, totals
from orchestrator.selfplay.ratings import Ratings

Table = list[list[float | None]]
"""Mean scores, row by row; none where the two never met."""


class Standing(Record):
    """A player's place.

    Attributes:
        name: of the learner or snapshot.
        kind: of the learner.
        steps: environment steps of the run when the snapshot was taken; null of a learner as it is.
        parent: snapshot that it comes from, or null.
        rating: mean of its rating; this and the next three are null where players win together.
        rating_sd: standard deviation of its rating.
        nash_share: weight in the maximum-entropy Nash equilibrium of the league.
        nash_average: log-odds of winning against that equilibrium.
        score: mean over its matches with others, draws a half; null without any.
        matches: that it played, with others.
    """

    name: str
    kind: str
    steps: int | None
    parent: str | None
    rating: float | None
    rating_sd: float | None
    nash_share: float | None
    nash_average: float | None
    score: float | None
    matches: int


class LeagueResult(Record):
    """What `optimus league --json` prints.

    Attributes:
        run: the run directory.
        task: name of the match.
        checkpoint: name of that which the players come from.
        steps: environment steps of the run by then.
        source: `training`: results of training, with exploration noise; `tournament`: all against all, without.
        standings: best Nash average first, then best rating; best score first where players win together.
        payoffs: mean score of the row's player against the column's, or with it, in the order of `standings`; null
            where they never met.
        first_seat_score: mean score of the first seat; a half is a fair match.
        first_seat_ci95: its 95% interval, draws counted as half a win.
        matches: in all.
        cross_play: where players win together, mean score of those that did not learn as one: of different learners.
        self_play: likewise of learners and snapshots with themselves.
        referee: what a referee outside the training code said of a tournament's first matches, or null.
    """

    run: str
    task: str
    checkpoint: str
    steps: int
    source: str
    standings: list[Standing]
    payoffs: list[list[float | None]]
    first_seat_score: float
    first_seat_ci95: Interval
    matches: int
    cross_play: float | None = None
    self_play: float | None = None
    referee: Judgement | None = None


def rank(entrants: Sequence[Entrant], results: Tensor, ratings: Ratings) -> tuple[list[Standing], Table]:
    """Standings and payoffs of opponents, best first.

    Args:
        entrants: the players.
        results: (n, n, 3) between them, see `Payoffs`.
        ratings: by name.
    """
    score, games = totals(results)
    shares, averages = nash_averages(log_odds(score.numpy(), games.numpy()))
    standings = []
    for i, entrant in enumerate(entrants):
        rating, spread = ratings[entrant.name]
        compared = {"rating": rating, "rating_sd": spread}
        compared |= {"nash_share": float(shares[i]), "nash_average": float(averages[i])}
        standings.append(_standing(entrant, score[i], games[i], compared))
    order = sorted(
        range(len(entrants)), key=lambda i: (-round(averages[i], 6), -ratings[entrants[i].name][0])
    )
    return [standings[i] for i in order], _payoffs(score, games, order)


def rank_partners(entrants: Sequence[Entrant], results: Tensor) -> tuple[list[Standing], Table]:
    """Standings and payoffs of players that win together, best score with others first.

    Args:
        entrants: the players.
        results: (n, n, 3) between them, see `Payoffs`.
    """
    score, games = totals(results, cooperative=True)
    others = 1 - torch.eye(len(entrants), dtype=torch.float64)
    compared: dict[str, float | None] = {
        name: None for name in ("rating", "rating_sd", "nash_share", "nash_average")
    }
    standings = [
        _standing(entrant, own, met, compared)
        for entrant, own, met in zip(entrants, score * others, games * others, strict=True)
    ]
    order = sorted(range(len(entrants)), key=lambda i: -(standings[i].score or 0.0))
    return [standings[i] for i in order], _payoffs(score, games, order)


def partnerships(entrants: Sequence[Entrant], results: Tensor) -> tuple[float | None, float | None]:
    """Mean scores with partners of other learners, and with oneself; none without such matches."""
    score, games = totals(results, cooperative=True)
    learners = [entrant.learner for entrant in entrants]
    strangers = torch.tensor([[one != other for other in learners] for one in learners], dtype=torch.bool)
    alike = torch.eye(len(entrants), dtype=torch.bool)

    def mean(where: Tensor) -> float | None:
        count = float(games[where].sum())
        return float(score[where].sum()) / count if count else None

    return mean(strangers), mean(alike)


def _standing(
    entrant: Entrant, score: Tensor, games: Tensor, compared: Mapping[str, float | None]
) -> Standing:
    """A player's place, from its summed scores and matches with everybody, (n,) each."""
    met = int(games.sum())
    return Standing(
        name=entrant.name,
        kind=entrant.kind,
        steps=None if entrant.version is None else entrant.steps,
        parent=entrant.parent,
        score=float(score.sum()) / met if met else None,
        matches=met,
        **compared,
    )


def _payoffs(score: Tensor, games: Tensor, order: Sequence[int]) -> Table:
    means = torch.where(games > 0, score / games.clamp(min=1), torch.nan)[order][:, order]
    return [[None if value != value else value for value in row] for row in means.tolist()]


def seat_fairness(results: Tensor) -> tuple[float, Interval, int]:
    """Mean score of the first seat, its 95% interval, and the number of matches."""
    score, games = first_seat_score(results)
    return score, wilson_interval(round(score * games), games) if games else (0.0, 1.0), games
