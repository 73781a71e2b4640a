"""Local forecasts: what the last few periods say, without an asymptote.

In the last decade of a ramp a straight line beats a fitted S-curve, and in its first years nothing but the recent
growth is known; so these stand beside the curves.
"""

from dataclasses import dataclass

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class TrendPriors:
    """How recent growth goes on, learned from past ramps.

    Attributes:
        growth_memory: weight of a change relative to the one after it, in the mean of log changes.
        growth_mean: log change per period that growth returns to in the long run.
        growth_weight: how many observed changes the mean over past ramps is worth.
        growth_damping: share of the growth's distance from `growth_mean` that remains after each period.
        step_memory: as `growth_memory`, for the mean of changes in units.
        step_damping: share of the change in units that remains after each period.
    """

    growth_memory: float
    growth_mean: float
    growth_weight: float
    growth_damping: float
    step_memory: float
    step_damping: float


def flat(log_units: Array, horizon: int) -> Array:
    """(horizon,) log output as it is now."""
    return np.full(horizon, log_units[-1])


def drift(log_units: Array, horizon: int) -> Array:
    """(horizon,) the straight line from the first period through the last; it does not fall below a tenth."""
    units = np.exp(log_units)
    slope = (units[-1] - units[0]) / max(len(units) - 1, 1)
    return _bounded_logs(units[-1] + slope * np.arange(1, horizon + 1), units[-1])


def damped_growth(log_units: Array, horizon: int, priors: TrendPriors) -> Array:
    """(horizon,) recent log growth, shrunk to that of past ramps and returning to it."""
    changes = np.diff(log_units)
    weights = priors.growth_memory ** np.arange(len(changes))[::-1]
    growth = (weights @ changes + priors.growth_weight * priors.growth_mean) / (
        weights.sum() + priors.growth_weight
    )
    damping = priors.growth_damping ** np.arange(1, horizon + 1)
    return log_units[-1] + np.cumsum(priors.growth_mean + (growth - priors.growth_mean) * damping)


def steady_growth(log_units: Array, horizon: int, priors: TrendPriors) -> Array:
    """(horizon,) the mean log growth of all periods seen, shrunk to that of past ramps, without damping."""
    changes = np.diff(log_units)
    # a median would ignore the launch's explosive first steps altogether; a mean of clipped ones hardly feels them
    clipped = np.clip(changes, -1.0, 1.0)
    growth = (clipped.sum() + priors.growth_weight * priors.growth_mean) / (
        len(changes) + priors.growth_weight
    )
    return log_units[-1] + growth * np.arange(1, horizon + 1)


def damped_steps(log_units: Array, horizon: int, priors: TrendPriors) -> Array:
    """(horizon,) recent change in units, fading."""
    units = np.exp(log_units)
    changes = np.diff(units)
    if len(changes) == 0:
        return flat(log_units, horizon)
    weights = priors.step_memory ** np.arange(len(changes))[::-1]
    step = weights @ changes / weights.sum()
    path = units[-1] + step * np.cumsum(priors.step_damping ** np.arange(1, horizon + 1))
    return _bounded_logs(path, units[-1])


def _bounded_logs(path: Array, last: float) -> Array:
    return np.log(np.maximum(path, 0.1 * last))
