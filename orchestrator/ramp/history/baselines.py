"""What a forecast of a ramp has to beat: simple methods, and two well-known libraries where they are installed.

Each method is given as its authors would run it: on units, not on logarithms, with its own 80% band.
"""

import contextlib
import importlib.util
import io
import logging
import warnings
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
from scipy.optimize import curve_fit

from orchestrator.ramp.history.periods import MONTHS_PER, Period

Array = np.ndarray

Z80 = 1.2816
"""Standard deviations on each side that hold 80% of a normal distribution."""

Method = Callable[[Array, int, Period], Array]
"""Units seen (n,), horizon and the first period; gives (3, horizon): p10, median, p90."""


def naive(units: Array, horizon: int, first: Period) -> Array:
    """The last value; errors grow like those of a random walk."""
    sigma = float(np.sqrt(np.mean(np.diff(units) ** 2)))
    return _around(np.full(horizon, units[-1]), sigma * np.sqrt(np.arange(1, horizon + 1)))


def drift(units: Array, horizon: int, first: Period) -> Array:
    """The straight line from the first value through the last."""
    changes, ahead = np.diff(units), np.arange(1, horizon + 1)
    slope = changes.mean()
    sigma = float(np.sqrt(((changes - slope) ** 2).sum() / max(len(changes) - 1, 1)))
    return _around(units[-1] + slope * ahead, sigma * np.sqrt(ahead * (1.0 + ahead / len(changes))))


def logistic(units: Array, horizon: int, first: Period) -> Array:
    """A logistic by least squares of the units; the last value where that does not converge."""
    time = np.arange(len(units), dtype=float)
    top = float(units.max())

    def curve(t: Array, asymptote: float, rate: float, middle: float) -> Array:
        return asymptote / (1.0 + np.exp(np.clip(-rate * (t - middle), -500.0, 500.0)))

    best, least = None, np.inf
    for asymptote, middle in (
        (1.2 * top, len(units) / 2),
        (2.0 * top, float(len(units))),
        (10.0 * top, 2.0 * len(units)),
    ):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found, _ = curve_fit(curve, time, units, p0=(asymptote, 0.4, middle), maxfev=3000)
        except RuntimeError:
            continue
        squares = float(((curve(time, *found) - units) ** 2).sum())
        if np.isfinite(squares) and squares < least:
            best, least = found, squares
    if best is None:
        return naive(units, horizon, first)
    sigma = np.sqrt(least / max(len(units) - 3, 1))
    return _around(curve(len(units) - 1.0 + np.arange(1, horizon + 1), *best), np.full(horizon, sigma))


def auto_ets(units: Array, horizon: int, first: Period) -> Array:
    """Exponential smoothing, the form chosen by the corrected AIC; without seasons."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        best = _best_ets(units)
        if best is None:
            return naive(units, horizon, first)
        # Some forms have no closed form of the band: it is simulated, the same every time.
        ahead = best.get_prediction(
            start=len(units), end=len(units) + horizon - 1, rng=np.random.default_rng(0)
        )
        table = ahead.summary_frame(alpha=0.2)
    columns = [table[name].to_numpy(dtype=float) for name in ("pi_lower", "mean", "pi_upper")]
    return np.stack(columns) if np.all(np.isfinite(columns)) else naive(units, horizon, first)


def _best_ets(units: Array) -> Any:  # noqa: ANN401 - statsmodels', an extra
    import pandas  # pyright: ignore[reportMissingImports] - an extra
    from statsmodels.tsa.exponential_smoothing.ets import (  # pyright: ignore[reportMissingImports] - an extra
        ETSModel,
    )

    best, least = None, np.inf
    for error, (trend, damped) in product(("add", "mul"), ((None, False), ("add", False), ("add", True))):
        if error == "mul" and np.any(units <= 0):
            continue
        model = ETSModel(pandas.Series(units), error=error, trend=trend, damped_trend=damped)
        try:
            found: Any = model.fit(disp=False)
            criterion = float(found.aicc)
        except (ValueError, np.linalg.LinAlgError, ZeroDivisionError):
            continue
        # with too few values for its parameters the corrected AIC is infinite or changes sign
        if len(units) > found.df_model + 2 and criterion < least:
            best, least = found, criterion
    return best


def prophet(units: Array, horizon: int, first: Period) -> Array:
    """Prophet with its defaults, and a band of 80%."""
    import pandas  # pyright: ignore[reportMissingImports] - an extra
    from prophet import Prophet  # pyright: ignore[reportMissingImports] - an extra

    months = MONTHS_PER[first.kind]
    dates = [_month(months * (first.index + step)) for step in range(len(units) + horizon)]
    frame = pandas.DataFrame(
        {"ds": pandas.to_datetime(dates), "y": np.append(units, np.full(horizon, np.nan))}
    )
    for name in ("cmdstanpy", "prophet"):
        logging.getLogger(name).disabled = True  # a level would be set back by the library
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(), _seeded():
        warnings.simplefilter("ignore")
        model = Prophet(interval_width=0.8)
        model.fit(frame.iloc[: len(units)], seed=0)
        made = model.predict(frame[["ds"]].iloc[len(units) :])
    return np.stack([made[name].to_numpy(dtype=float) for name in ("yhat_lower", "yhat", "yhat_upper")])


@contextlib.contextmanager
def _seeded() -> Iterator[None]:
    """NumPy's global generator at a seed of its own, and as it was afterwards: Prophet samples its band with it."""
    before = np.random.get_state()  # noqa: NPY002 - the one that Prophet draws from
    np.random.seed(0)  # noqa: NPY002 - as above
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002 - as above


def available() -> dict[str, Method]:
    """The methods that can run here, by name."""
    methods: dict[str, Method] = {"drift": drift, "naive": naive, "logistic": logistic}
    if importlib.util.find_spec("statsmodels"):
        methods["auto-ets"] = auto_ets
    if importlib.util.find_spec("prophet"):
        methods["prophet"] = prophet
    return methods


def missing() -> tuple[str, ...]:
    """The methods whose library is not installed."""
    return tuple(name for name in ("auto-ets", "prophet") if name not in available())


def _around(middle: Array, sigma: Array) -> Array:
    return np.stack([middle - Z80 * sigma, middle, middle + Z80 * sigma])


def _month(index: int) -> str:
    return f"{index // 12:04d}-{index % 12 + 1:02d}-01"
