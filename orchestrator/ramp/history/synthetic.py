"""Beginnings of S-curves with noise: how well is what they end at found?"""

from collections.abc import Iterator

import numpy as np

from orchestrator.ramp.history.curves import Family
from orchestrator.ramp.history.posterior import CurvePriors, fit_curves

Array = np.ndarray

NOISE = 0.1
"""Standard deviation of the noise, in logarithms."""

PERIODS = 40
ASYMPTOTE = 1e6

SEEN_HALF, SEEN_BEFORE_INFLECTION = (0.5, 1.0), (0.2, 0.37)
"""Lowest and highest share of the periods that are seen."""


def s_curve(family: Family, rate: float, middle: float, count: int) -> Array:
    """(count,) units per period of a logistic or a Gompertz curve whose steepest rise is at `middle`."""
    argument = rate * (np.arange(count) - middle)
    fraction = 1 / (1 + np.exp(-argument)) if family == "logistic" else np.exp(-np.exp(-argument))
    return ASYMPTOTE * fraction


def beginnings(count: int, seed: int, seen_share: tuple[float, float]) -> Iterator[Array]:
    """Logarithms of beginnings of curves of 40 periods with 10% noise.

    Four of five are logistic, with the inflection in the middle; the others are Gompertz curves that begin at a
    ten-thousandth of their asymptote, which puts the inflection at 15 to 22 periods.

    Args:
        count: runs.
        seed: of the noise and the curves.
        seen_share: lowest and highest share of the periods that are seen.
    """
    generator = np.random.default_rng(seed)
    for _ in range(count):
        if generator.random() < 0.8:
            whole = s_curve("logistic", generator.uniform(0.25, 0.45), PERIODS / 2, PERIODS)
        else:
            rate = generator.uniform(0.1, 0.15)
            whole = s_curve("gompertz", rate, 2.2 / rate, PERIODS)
        seen = whole[: round(PERIODS * generator.uniform(*seen_share))]
        yield np.log(seen * np.exp(NOISE * generator.normal(size=len(seen))))


def asymptotes(count: int, seed: int, seen_share: tuple[float, float], priors: CurvePriors) -> Array:
    """(count, 3) p10, p50 and p90 of log(asymptote found / true one)."""
    found = [
        fit_curves(series, priors).asymptote_quantiles((0.1, 0.5, 0.9))
        for series in beginnings(count, seed, seen_share)
    ]
    return np.log(np.array(found) / ASYMPTOTE)


def found_within_20_percent(found: Array) -> float:
    """Share of the runs, from `asymptotes`, whose median is less than 20% off."""
    return float((np.abs(np.exp(found[:, 1]) - 1) < 0.2).mean())


def held_by_the_band(found: Array) -> float:
    """Share of the runs, from `asymptotes`, whose 80% band holds the true asymptote."""
    return float(((found[:, 0] <= 0) & (found[:, 2] >= 0)).mean())
