"""Forecasts and fits of a production series, with bands."""

import numpy as np

from orchestrator.ramp.history.bands import SHORT, ErrorPool
from orchestrator.ramp.history.curves import SHAPES, log_fraction
from orchestrator.ramp.history.ensemble import MEMBERS
from orchestrator.ramp.history.posterior import Posterior, fit_curves, weighted_quantiles
from orchestrator.ramp.history.priors import Priors
from orchestrator.ramp.history.rolling import Rolling, logarithms
from orchestrator.ramp.history.series import Series
from orchestrator.records import Record

Array = np.ndarray

PROBABILITIES = (0.1, 0.5, 0.9)


class Quantiles(Record):
    """p10, p50 and p90 of one figure."""

    p10: float
    p50: float
    p90: float


class Forecast(Record):
    """What `optimus ramp forecast --json` prints.

    Attributes:
        series: name of the series.
        period: labels of the periods ahead.
        p10: units per period; one of ten outcomes should be lower.
        p50: the median.
        p90: one of ten outcomes should be higher.
        seen: periods that it was made from.
        asymptote: units per period that an S-curve through the series ends at.
        weights: of the averaged members.
        prior_series: past ramps whose lessons were used.
        left_out: past ramps that were not, because the series is one of them or of their group.
        warnings: what a reader should know, in plain words.
    """

    series: str
    period: tuple[str, ...]
    p10: tuple[float, ...]
    p50: tuple[float, ...]
    p90: tuple[float, ...]
    seen: int
    asymptote: Quantiles
    weights: dict[str, float]
    prior_series: tuple[str, ...]
    left_out: tuple[str, ...]
    warnings: tuple[str, ...]


class Fit(Record):
    """What `optimus ramp fit --json` prints.

    Attributes:
        series: name of the series.
        first: label of the first period.
        last: label of the last one.
        seen: periods.
        asymptote: units per period at the curve's end.
        share_of_asymptote: of the last period's output on the curve.
        inflection: label of the period with the steepest rise of the most likely curve, seen or to come.
        rate: of the curve, per period.
        noise: of single periods around the curve, in logarithms.
        families: posterior probability of each family of curves.
        learning_rate: fall of the unit cost with each doubling of the cumulative output, and its standard error; null
            without a column of costs.
        learning_rate_se: see `learning_rate`.
        prior_series: past ramps whose lessons were used.
        left_out: past ramps that were not.
        warnings: what a reader should know, in plain words.
    """

    series: str
    first: str
    last: str
    seen: int
    asymptote: Quantiles
    share_of_asymptote: Quantiles
    inflection: str
    rate: Quantiles
    noise: float
    families: dict[str, float]
    learning_rate: float | None = None
    learning_rate_se: float | None = None
    prior_series: tuple[str, ...]
    left_out: tuple[str, ...]
    warnings: tuple[str, ...]


def forecast(series: Series, horizon: int, priors: Priors) -> Forecast:
    """Median and 80% band of the next periods.

    Args:
        series: at least one period.
        horizon: periods ahead.
        priors: that have not seen the series.
    """
    rolling = Rolling(series.units, horizon, priors.hyperparameters)
    low, median, high = rolling.quantiles(len(series) - 1, ErrorPool(priors.past))
    posterior = fit_curves(rolling.log_units, priors.hyperparameters.curves)
    return Forecast(
        series=series.name,
        period=tuple(series.labels(len(series), horizon)),
        p10=tuple(low.tolist()),
        p50=tuple(median.tolist()),
        p90=tuple(high.tolist()),
        seen=len(series),
        asymptote=_quantiles(posterior.asymptote_quantiles(PROBABILITIES)),
        weights=dict(zip(MEMBERS, rolling.weights[-1].tolist(), strict=True)),
        prior_series=priors.prior_series,
        left_out=priors.left_out,
        warnings=_warnings(series, horizon),
    )


def fit(series: Series, priors: Priors, learning_rate: tuple[float, float] | None = None) -> Fit:
    """The S-curves that could have made a series.

    Args:
        series: at least one period.
        priors: that have not seen the series.
        learning_rate: of the unit cost, and its standard error, see `wright.py`.
    """
    log_units = logarithms(series.units)
    posterior = fit_curves(log_units, priors.hyperparameters.curves)
    level = log_units[-1] - posterior.residual
    share = np.exp(level - posterior.log_asymptote)
    return Fit(
        series=series.name,
        first=series.first.label(),
        last=series.labels(len(series) - 1, 1)[0],
        seen=len(series),
        asymptote=_quantiles(posterior.asymptote_quantiles(PROBABILITIES)),
        share_of_asymptote=_quantiles(_spread(posterior, share)),
        inflection=series.first.shifted(len(series) - 1 + _periods_to_inflection(posterior)).label(),
        rate=_quantiles(_spread(posterior, posterior.rate)),
        noise=float(posterior.weight @ posterior.noise),
        families=posterior.family_weights(),
        learning_rate=None if learning_rate is None else learning_rate[0],
        learning_rate_se=None if learning_rate is None else learning_rate[1],
        prior_series=priors.prior_series,
        left_out=priors.left_out,
        warnings=_warnings(series, 0),
    )


def _periods_to_inflection(posterior: Posterior) -> int:
    """From the last period seen to the most likely curve's steepest rise; negative where that is over."""
    best = np.argmax(posterior.weight)
    shape, rate, stage = SHAPES[posterior.shapes[best]], posterior.rate[[best]], posterior.stage[[best]]
    age = np.arange(-posterior.seen - 400.0, 401.0)
    age = age[age >= -(posterior.seen - 1.0)] if shape.family == "bass" else age
    rise = np.diff(np.exp(log_fraction(shape, rate, stage, age)[0]))
    return int(age[1 + int(np.argmax(rise))])


def _spread(posterior: Posterior, values: Array) -> Array:
    return weighted_quantiles(values, posterior.weight, PROBABILITIES)


def _quantiles(values: Array) -> Quantiles:
    low, middle, high = (float(value) for value in values)
    return Quantiles(p10=low, p50=middle, p90=high)


def _warnings(series: Series, horizon: int) -> tuple[str, ...]:
    found = list(series.notes)
    if len(series) < SHORT:
        found.append(
            f"only {_periods(len(series))} seen, too few to say much: the band is what past ramps did when they were "
            "as young, not what this one shows"
        )
    if horizon > len(series):
        found.append(f"{_periods(horizon)} ahead from {len(series)} seen: the band there is an extrapolation")
    silent = int((series.units == 0).sum())
    if silent:
        found.append(f"{_periods(silent)} without output: taken as half the smallest output")
    return tuple(found)


def _periods(count: int) -> str:
    return "1 period" if count == 1 else f"{count} periods"
