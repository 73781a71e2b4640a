"""Bands from the errors that were really made: by past ramps, and by the series itself so far.

Split conformal prediction on errors in units of the scale expected at their origin. Errors of past ramps come first;
each of the series' own rolling errors joins them as its outcome becomes known, and weighs more. The level adapts to
the series' own misses (adaptive conformal inference, Gibbs and Candès 2021).
"""

import numpy as np

from orchestrator.ramp.history.posterior import weighted_quantiles
from orchestrator.ramp.history.priors import PastErrors

Array = np.ndarray

LOW, HIGH = 0.1, 0.9
"""The band's quantiles: it should hold 80% of the outcomes."""

SHORT = 6
"""A series with fewer periods is compared with past ramps when they were as short."""

PAST_WEIGHT = 20.0
"""How many of the series' own errors the errors of all past ramps are worth. An assumption: with fewer than twenty own
errors an 80% band cannot be read off them."""

ADAPTATION = 0.02
"""Step of the level after each own outcome, assumption; Gibbs and Candès use 0.005 for long series."""


class ErrorPool:
    """Errors of past ramps, by horizon, for series of about the same age.

    Args:
        past: errors of past ramps.
    """

    def __init__(self, past: tuple[PastErrors, ...]) -> None:
        tables = [(np.array(ramp.seen), ramp.table()) for ramp in past]
        self.horizon = max((table.shape[1] for _, table in tables), default=1)
        self._pools = {short: self._pool(tables, short) for short in (False, True)}

    @staticmethod
    def _pool(tables: list[tuple[Array, Array]], short: bool) -> list[tuple[Array, Array]]:
        """Values and weights for each horizon; every ramp weighs as much as the square root of its errors."""
        horizon = max((table.shape[1] for _, table in tables), default=1)
        pools = []
        for ahead in range(horizon):
            values, weights = [], []
            for seen, table in tables:
                rows = (seen < SHORT) == short
                found = table[rows, ahead]
                found = found[np.isfinite(found)]
                if len(found):
                    values.append(found)
                    weights.append(np.full(len(found), len(found) ** -0.5))
            pools.append(
                (np.concatenate(values), np.concatenate(weights)) if values else (np.zeros(0), np.zeros(0))
            )
        return pools

    def sample(self, ahead: int, seen: int) -> tuple[Array, Array]:
        """Errors `ahead` (from 0) of ramps about as long as `seen`, with weights that sum to `PAST_WEIGHT`."""
        values, weights = self._pools[seen < SHORT][min(ahead, self.horizon - 1)]
        if not len(values):
            values, weights = self._pools[False][min(ahead, self.horizon - 1)]
        return values, PAST_WEIGHT * weights / weights.sum()


def band(
    pool: ErrorPool,
    own_errors: Array,
    seen: int,
    horizon: int,
    probabilities: tuple[float, float] = (LOW, HIGH),
) -> Array:
    """Quantiles of the error, in units of the scale.

    Args:
        pool: errors of past ramps.
        own_errors: (origins, horizon) of the series' own earlier forecasts in units of their scales, NaN where the
            outcome was not yet known.
        seen: periods seen.
        horizon: periods ahead.
        probabilities: of the two quantiles.

    Returns:
        (2, horizon); the band never becomes narrower further ahead.
    """
    found = np.empty((2, horizon))
    for ahead in range(horizon):
        values, weights = pool.sample(ahead, seen)
        # beyond the horizon of past errors, errors grow like those of a random walk
        stretch = max((ahead + 1) / pool.horizon, 1.0) ** 0.5
        values = values * stretch
        own = own_errors[:, ahead] if ahead < own_errors.shape[1] else np.zeros(0)
        own = own[np.isfinite(own)]
        level = adapted_level(values, weights, own, probabilities)
        tails = (1.0 - level) * np.array(probabilities[0]) / (probabilities[0] + 1.0 - probabilities[1])
        sample = np.concatenate([values, own])
        mass = np.concatenate([weights, np.ones(len(own))])
        found[:, ahead] = weighted_quantiles(sample, mass, (float(tails), float(tails) + level))
    found[0] = np.minimum.accumulate(np.minimum(found[0], 0.0))
    found[1] = np.maximum.accumulate(np.maximum(found[1], 0.0))
    return found


def adapted_level(values: Array, weights: Array, own: Array, probabilities: tuple[float, float]) -> float:
    """The level to aim at, after the series' own hits and misses in their order."""
    target = probabilities[1] - probabilities[0]
    level = target
    for error in own:
        tail = (1.0 - level) / 2
        low, high = weighted_quantiles(values, weights, (tail, 1.0 - tail))
        missed = not low <= error <= high
        level += ADAPTATION * (float(missed) - (1.0 - target))
    return float(np.clip(level, 0.6, 0.96))
