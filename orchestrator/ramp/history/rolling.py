"""Forecasts of one series from each of its periods on, each from what was known then."""

import numpy as np

from orchestrator.ramp.history import ensemble
from orchestrator.ramp.history.bands import ErrorPool, band
from orchestrator.ramp.history.ensemble import SCORED_HORIZON
from orchestrator.ramp.history.priors import Hyperparameters

Array = np.ndarray


def logarithms(units: Array) -> Array:
    """Logarithms of the units; a period without output counts as half the smallest one with any."""
    positive = units[units > 0]
    return np.log(np.maximum(units, 0.5 * positive.min()))


class Rolling:
    """Members, average and scale at every origin of a series.

    Args:
        units: (n,) per period.
        horizon: periods ahead.
        priors: hyperparameters that have not seen the series.
        curves: (origins, curves, horizon) where they have been computed before.

    Attributes:
        log_units: (n,).
        paths: (n, members, horizon) log output; number o has seen o+1 periods.
        weights: (n, members).
        medians: (n, horizon) log output by the average.
        scales: (n,) errors to be expected one period ahead, in logarithms.
        errors: (n, horizon) log(actual / median) in units of the scale; NaN where the series ends before.
    """

    def __init__(
        self, units: Array, horizon: int, priors: Hyperparameters, curves: Array | None = None
    ) -> None:
        self.horizon = horizon
        self.log_units = logarithms(units)
        reach = max(horizon, SCORED_HORIZON)
        if curves is None:
            curves = all_curve_paths(self.log_units, reach, priors)
        self.paths = np.stack(
            [
                ensemble.member_paths(
                    ensemble.trend_paths(self.log_units[:seen], reach, priors.trends),
                    None if np.isnan(curves[seen - 1, 0, 0]) else curves[seen - 1],
                )
                for seen in range(1, len(units) + 1)
            ]
        )
        errors = ensemble.path_errors(self.log_units, self.paths, first=1)
        averages, self.weights = ensemble.averages(errors, self.paths, priors.mixing)
        self.medians = averages[:, :horizon]
        raw = ensemble.path_errors(self.log_units, self.medians[:, None, :], first=1)[:, 0]
        self.scales = ensemble.scales(raw[:, 0], priors.scale)
        self.errors = raw / self.scales[:, None]

    def known_errors(self, origin: int) -> Array:
        """(origins, horizon) errors whose outcomes lie before an origin; the rest NaN."""
        ahead = np.arange(1, self.horizon + 1)
        known = np.arange(len(self.errors))[:, None] + ahead[None, :] <= origin
        return np.where(known, self.errors, np.nan)

    def quantiles(self, origin: int, pool: ErrorPool) -> Array:
        """(3, horizon) p10, p50 and p90 of the units, from one origin."""
        low, high = band(pool, self.known_errors(origin), origin + 1, self.horizon)
        median, scale = self.medians[origin], self.scales[origin]
        return np.exp(np.stack([median + scale * low, median, median + scale * high]))


def all_curve_paths(log_units: Array, horizon: int, priors: Hyperparameters) -> Array:
    """(n, curves, horizon) log output by the S-curves from every origin, NaN where there are too few periods."""
    none = np.full((len(ensemble.CURVES), horizon), np.nan)
    paths = (
        ensemble.curve_paths(log_units[:seen], horizon, priors.curves)
        for seen in range(1, len(log_units) + 1)
    )
    return np.stack([none if path is None else path for path in paths])
