"""How a learner's opponents are drawn; after the pseudocode that goes with Vinyals et al. 2019."""

from collections.abc import Sequence
from functools import singledispatch

import torch

from orchestrator.selfplay.config import Draw, Forgotten, Latest, Past, Prioritized
from orchestrator.selfplay.entrants import Entrant
from orchestrator.selfplay.payoffs import Payoffs
from orchestrator.selfplay.weighting import Weighting, opponent_weights

Odds = dict[int, float]
"""Probability of each opponent, by its place; empty where a draw has nobody to offer."""


@singledispatch
def opponent_odds(draw: Draw, entrants: Sequence[Entrant], learner: int, payoffs: Payoffs) -> Odds:
    """Whom a draw can give a learner, and how likely.

    Args:
        draw: the rule.
        entrants: of the league.
        learner: place of the learner among them.
        payoffs: between them.
    """
    raise TypeError(f"no such draw: {draw!r}")


def choose(odds: Sequence[tuple[float, Odds]], generator: torch.Generator, fallback: int) -> int:
    """Draw an opponent from several draws, each with its share; those that offer nobody leave theirs to the others.

    Args:
        odds: share and odds of each draw.
        generator: of the draw.
        fallback: whom to play where no draw offers anybody.
    """
    total: Odds = {}
    for share, offered in odds:
        for place, chance in offered.items():
            total[place] = total.get(place, 0.0) + share * chance
    if not total:
        return fallback
    places = sorted(total)
    weights = torch.tensor([total[place] for place in places], dtype=torch.float64)
    return places[int(torch.multinomial(weights, 1, generator=generator))]


@opponent_odds.register
def _latest(draw: Latest, entrants: Sequence[Entrant], learner: int, payoffs: Payoffs) -> Odds:
    """One of the main agents; where that is hopeless, its past by variance."""
    mains = [i for i, entrant in enumerate(entrants) if entrant.kind == "main" and entrant.version is None]
    if learner in mains:
        mains = [learner]
    odds: Odds = {}
    for main in mains:
        past = [i for i, entrant in enumerate(entrants) if _version_of(entrant, entrants[main].name)]
        hopeless = main != learner and float(payoffs.win_rates(learner, [main])) < draw.hopeless
        offered = _weighted(learner, past, payoffs, "variance") if hopeless and past else {main: 1.0}
        for place, chance in offered.items():
            odds[place] = odds.get(place, 0.0) + chance / len(mains)
    return odds


@opponent_odds.register
def _past(draw: Past, entrants: Sequence[Entrant], learner: int, payoffs: Payoffs) -> Odds:
    """Own versions in (δv, v), the newest being the learner as it is."""
    versions = [i for i, entrant in enumerate(entrants) if _version_of(entrant, entrants[learner].name)]
    versions.append(learner)
    newest = len(versions) - 1
    kept = [place for version, place in enumerate(versions) if version >= draw.delta * newest]
    return {place: 1 / len(kept) for place in kept}


@opponent_odds.register
def _prioritized(draw: Prioritized, entrants: Sequence[Entrant], learner: int, payoffs: Payoffs) -> Odds:
    """Snapshots by win rate."""
    places = [
        i for i, entrant in enumerate(entrants) if entrant.version is not None and entrant.kind in draw.kinds
    ]
    return _weighted(learner, places, payoffs, draw.weighting, draw.power)


@opponent_odds.register
def _forgotten(draw: Forgotten, entrants: Sequence[Entrant], learner: int, payoffs: Payoffs) -> Odds:
    """Main exploiters that beat the learner, or else main agents' snapshots that it has lost its hold over."""
    for kind, below in (("main_exploiter", draw.exploiters_below), ("main", draw.mains_below)):
        places = [i for i, e in enumerate(entrants) if e.version is not None and e.kind == kind]
        if places and float(payoffs.win_rates(learner, places).min()) < below:
            return _weighted(learner, places, payoffs, "hard", draw.power)
    return {}


def _weighted(
    learner: int, places: list[int], payoffs: Payoffs, weighting: Weighting, power: float = 2.0
) -> Odds:
    if not places:
        return {}
    chances = opponent_weights(payoffs.win_rates(learner, places), weighting, power)
    return dict(zip(places, chances.tolist(), strict=True))


def _version_of(entrant: Entrant, learner: str) -> bool:
    return entrant.learner == learner and entrant.version is not None
