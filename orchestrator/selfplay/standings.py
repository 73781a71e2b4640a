"""Standings: ratings, payoffs and Nash averages of a league's players, side by side."""

from collections.abc import Sequence

import torch
from torch import Tensor

from orchestrator.evaluation.statistics import wilson_interval
from orchestrator.records import Interval, Judgement, Record
from orchestrator.selfplay.entrants import Entrant
from orchestrator.selfplay.nash import log_odds, nash_averages
from orchestrator.selfplay.payoffs import first_seat_score, totals
from orchestrator.selfplay.ratings import Ratings


class Standing(Record):
    """A player's place.

    Attributes:
        name: of the learner or snapshot.
        kind: of the learner.
        steps: environment steps of the run when the snapshot was taken; null of a learner as it is.
        parent: snapshot that it comes from, or null.
        rating: mean of its rating.
        rating_sd: standard deviation of its rating.
        nash_share: weight in the maximum-entropy Nash equilibrium of the league.
        nash_average: log-odds of winning against that equilibrium.
        score: mean over its matches, draws a half; null without any.
        matches: that it played, against others.
    """

    name: str
    kind: str
    steps: int | None
    parent: str | None
    rating: float
    rating_sd: float
    nash_share: float
    nash_average: float
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
        standings: best Nash average first, then best rating.
        payoffs: mean score of the row's player against the column's, in the order of `standings`; null where they
            never met.
        first_seat_score: mean score of the first seat; a half is a fair match.
        first_seat_ci95: its 95% interval, draws counted as half a win.
        matches: in all.
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
    referee: Judgement | None = None


def rank(
    entrants: Sequence[Entrant], results: Tensor, ratings: Ratings
) -> tuple[list[Standing], list[list[float | None]]]:
    """Standings and payoffs, best first.

    Args:
        entrants: the players.
        results: (n, n, 3) between them, see `Payoffs`.
        ratings: by name.
    """
    score, games = totals(results)
    shares, averages = nash_averages(log_odds(score.numpy(), games.numpy()))
    order = sorted(
        range(len(entrants)), key=lambda i: (-round(averages[i], 6), -ratings[entrants[i].name][0])
    )
    standings = []
    for i in order:
        entrant, met = entrants[i], int(games[i].sum())
        standings.append(
            Standing(
                name=entrant.name,
                kind=entrant.kind,
                steps=None if entrant.version is None else entrant.steps,
                parent=entrant.parent,
                rating=ratings[entrant.name][0],
                rating_sd=ratings[entrant.name][1],
                nash_share=float(shares[i]),
                nash_average=float(averages[i]),
                score=float(score[i].sum()) / met if met else None,
                matches=met,
            )
        )
    means = torch.where(games > 0, score / games.clamp(min=1), torch.nan)[order][:, order]
    return standings, [[None if value != value else value for value in row] for row in means.tolist()]


def seat_fairness(results: Tensor) -> tuple[float, Interval, int]:
    """Mean score of the first seat, its 95% interval, and the number of matches."""
    score, games = first_seat_score(results)
    return score, wilson_interval(round(score * games), games) if games else (0.0, 1.0), games
