"""The members of the average, and their weights from what they forecast before."""

import numpy as np

from orchestrator.ramp.history import trends
from orchestrator.ramp.history.curves import Family
from orchestrator.ramp.history.posterior import CurvePriors, fit_curves
from orchestrator.ramp.history.priors import MixingPriors, ScalePriors
from orchestrator.ramp.history.trends import TrendPriors

Array = np.ndarray

CURVES: tuple[Family, ...] = ("logistic", "gompertz", "richards", "bass")
MEMBERS = ("flat", "drift", "damped-growth", "steady-growth", "damped-steps", *CURVES)

SCORED_HORIZON = 4
"""Members are scored on forecasts of up to so many periods."""

LARGEST_STEP = 1.0
"""No member may change output by more than this per period, in logarithms: a factor of 2.7."""

FEWEST_FOR_CURVES = 3
"""A curve has three parameters; with fewer periods its members repeat `damped-growth`."""


def trend_paths(log_units: Array, horizon: int, priors: TrendPriors) -> Array:
    """(5, horizon) log output by the members without asymptote, in the order of `MEMBERS`."""
    paths = (
        trends.flat(log_units, horizon),
        trends.drift(log_units, horizon),
        trends.damped_growth(log_units, horizon, priors),
        trends.steady_growth(log_units, horizon, priors),
        trends.damped_steps(log_units, horizon, priors),
    )
    return _bounded(np.stack(paths), log_units[-1])


def curve_paths(log_units: Array, horizon: int, priors: CurvePriors) -> Array | None:
    """(4, horizon) log output by the S-curves, in the order of `CURVES`; None for too short a series."""
    if len(log_units) < FEWEST_FOR_CURVES:
        return None
    posterior = fit_curves(log_units, priors)
    whole = posterior.log_path(horizon)
    parts = (posterior.of(family) for family in CURVES)
    paths = np.stack([whole if part is None else part.log_path(horizon) for part in parts])
    return _bounded(paths, log_units[-1])


def member_paths(trend: Array, curve: Array | None) -> Array:
    """(members, horizon) from both kinds."""
    if curve is None:
        curve = np.repeat(trend[MEMBERS.index("damped-growth")][None, :], len(CURVES), axis=0)
    return np.concatenate([trend, curve])


def _bounded(paths: Array, last: float) -> Array:
    limit = LARGEST_STEP * np.arange(1, paths.shape[-1] + 1)
    return last + np.clip(paths - last, -limit, limit)


def path_errors(log_units: Array, paths: Array, first: int) -> Array:
    """Errors of all paths, where the outcome is known.

    Args:
        log_units: (n,) logarithms of the whole series.
        paths: (origins, members, horizon); the first origin has seen `first` periods, each further one a period more.
        first: see `paths`.

    Returns:
        (origins, members, horizon) log(actual / forecast), NaN where the series ends before.
    """
    origins, _, horizon = paths.shape
    padded = np.concatenate([log_units, np.full(horizon + origins, np.nan)])
    actual = np.stack([padded[first + o : first + o + horizon] for o in range(origins)])
    return actual[:, None, :] - paths


def mixing_weights(errors: Array, origin: int, priors: MixingPriors) -> Array:
    """Weights of the members at one origin, from what was known there.

    A member's loss is its mean absolute error over the earlier origins and horizons whose outcomes lie before this
    one, relative to the mean over members, so that it has no unit. It counts the more, the more has been seen.

    Args:
        errors: (origins, members, horizon) of the whole series; later ones are not looked at.
        origin: number of the origin.
        priors: weights to start from, and how fast to leave them.

    Returns:
        (members,), summing to 1.
    """
    log_weights = np.log(np.array([priors.weights[name] for name in MEMBERS]))
    if origin > 0:
        horizon = min(errors.shape[2], SCORED_HORIZON)
        past = np.abs(errors[:origin, :, :horizon])
        ahead = np.arange(1, horizon + 1)
        # at this origin, forecasts of h periods made fewer than h origins ago are still open
        known = (np.arange(origin)[:, None] + ahead[None, :] <= origin) / np.sqrt(ahead)
        known = known * priors.memory ** (origin - 1 - np.arange(origin))[:, None]
        losses = np.einsum("omh,oh->m", np.where(known[:, None, :] > 0, past, 0.0), known)
        amount = known[:, 0].sum()
        log_weights = log_weights - priors.learning * amount * losses / max(losses.mean(), 1e-12)
    weights = np.exp(log_weights - log_weights.max())
    return weights / weights.sum()


def averages(errors: Array, paths: Array, priors: MixingPriors) -> tuple[Array, Array]:
    """The average of the members at every origin.

    Args:
        errors: (origins, members, horizon), see `path_errors`.
        paths: (origins, members, horizon).
        priors: see `mixing_weights`.

    Returns:
        Log output (origins, horizon), and weights (origins, members).
    """
    weights = np.stack([mixing_weights(errors, origin, priors) for origin in range(len(paths))])
    return np.einsum("om,omh->oh", weights, paths), weights


def scales(one_step_errors: Array, priors: ScalePriors) -> Array:
    """Size of the error to be expected at each origin, from those made before.

    Args:
        one_step_errors: (origins,) of the average, one period ahead; that of the last origin is not known yet.
        priors: from past ramps.

    Returns:
        (origins,) mean absolute error one period ahead, in logarithms.
    """
    found = np.empty(len(one_step_errors))
    total, amount = priors.weight * priors.error, priors.weight
    for origin in range(len(one_step_errors)):
        found[origin] = total / amount
        error = one_step_errors[origin]
        if np.isfinite(error):
            total, amount = priors.memory * total + abs(error), priors.memory * amount + 1.0
    return found
