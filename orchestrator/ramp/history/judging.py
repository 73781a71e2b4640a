"""How good a member's forecasts of a past ramp are, for learning.

Forecasts are judged relative to the straight line through the first and the last period, by the mean of the logarithms
of two ratios, of MASE and of sMAPE, so that no ramp decides by its size or by its wildness.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from orchestrator.ramp.history import trends
from orchestrator.ramp.history.ensemble import SCORED_HORIZON
from orchestrator.ramp.history.priors import PastRamp
from orchestrator.ramp.history.rolling import logarithms
from orchestrator.ramp.history.trends import TrendPriors

Array = np.ndarray

FEWEST_SEEN = 4
"""Forecasts are judged from this many periods on."""


@dataclass(frozen=True)
class JudgedRamp:
    """A past ramp, prepared for judging forecasts of it.

    Attributes:
        weight: in every mean over ramps.
        log_units: (n,).
        actual: (origins, horizon) units, NaN beyond the end; the first origin has seen `FEWEST_SEEN` periods.
        change: (origins,) mean absolute one-step change of the part seen.
        straight: (2,) MASE and sMAPE of the straight line.
    """

    weight: float
    log_units: Array
    actual: Array
    change: Array
    straight: Array

    @classmethod
    def of(cls, ramp: PastRamp, group_size: int) -> "JudgedRamp":
        """Prepare a ramp that shares its group with `group_size` - 1 others."""
        units = ramp.series().units
        padded = np.append(units, np.full(SCORED_HORIZON, np.nan))
        seen = range(FEWEST_SEEN, len(units))
        actual = np.stack([padded[count : count + SCORED_HORIZON] for count in seen])
        change = np.array([np.abs(np.diff(units[:count])).mean() for count in seen])
        bare = cls(group_size**-0.5, logarithms(units), actual, change, np.ones(2))
        return replace(bare, straight=bare._figures(each_origin(bare.log_units, trends.drift)))

    def score(self, paths: Array) -> float:
        """Log of MASE and sMAPE relative to the straight line's, mean of the two.

        Args:
            paths: (n, horizon) log output; the first origin has seen one period.
        """
        ratios = np.log(self._figures(paths) / self.straight)
        return float(np.clip(ratios, -1.5, 1.5).mean())

    def _figures(self, paths: Array) -> Array:
        made = np.exp(paths[FEWEST_SEEN - 1 : -1])
        error = np.abs(made - self.actual)
        scaled = np.nanmean(error, axis=1) / self.change
        percent = np.nanmean(2.0 * error / (made + self.actual), axis=1)
        return np.array([scaled.mean(), percent.mean()])


def each_origin(log_units: Array, path: Callable[..., Array], *priors: TrendPriors) -> Array:
    """(n, horizon) paths from every origin."""
    return np.stack(
        [path(log_units[:seen], SCORED_HORIZON, *priors) for seen in range(1, len(log_units) + 1)]
    )
