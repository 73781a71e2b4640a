"""Rolling-origin backtests: what would have been forecast, beside what was made, beside what simple methods say."""

from collections.abc import Callable, Sequence

import numpy as np

from orchestrator.errors import InputError
from orchestrator.ramp.history import baselines
from orchestrator.ramp.history.bands import ErrorPool
from orchestrator.ramp.history.priors import Priors
from orchestrator.ramp.history.rolling import Rolling
from orchestrator.ramp.history.series import Series
from orchestrator.records import Interval, Record

Array = np.ndarray

FEWEST_SEEN = 6
"""The first origin has seen so many periods."""

RESAMPLES = 2000
"""Of the block bootstrap."""


class Score(Record):
    """Figures of one method.

    Attributes:
        mase: mean absolute error over the mean absolute one-step change of the part seen; mean over origins.
        smape: symmetric mean absolute percentage error, 0 to 200; mean over origins.
        coverage80: share of outcomes inside the 80% band.
    """

    mase: float
    smape: float
    coverage80: float


class SeriesScore(Score):
    """Figures of one series.

    Attributes:
        origins: forecasts made.
        horizon: periods ahead of each.
        coverage80_ci95: 95% interval of the coverage, by a block bootstrap over origins.
        prior_series: past ramps whose lessons were used.
        left_out: past ramps that were not.
        baselines: the same three figures of each baseline.
    """

    origins: int
    horizon: int
    coverage80_ci95: Interval
    prior_series: tuple[str, ...]
    left_out: tuple[str, ...]
    baselines: dict[str, Score]


class MeanScore(Score):
    """Means over series of the means over origins.

    Attributes:
        origins: forecasts made, over all series.
        mase_ci95: 95% interval, by a block bootstrap over the origins of each series.
        smape_ci95: likewise.
        coverage80_ci95: likewise.
    """

    origins: int
    mase_ci95: Interval
    smape_ci95: Interval
    coverage80_ci95: Interval


class Difference(Record):
    """The forecasts' figures less those of a baseline, on the same origins; below zero, the forecasts are better.

    Attributes:
        mase: difference.
        mase_ci95: its 95% interval, by a block bootstrap over the origins of each series.
        smape: difference.
        smape_ci95: likewise.
    """

    mase: float
    mase_ci95: Interval
    smape: float
    smape_ci95: Interval


class Backtest(Record):
    """What `optimus ramp backtest --json` prints.

    Attributes:
        series: figures of the forecasts, by the series' name.
        baselines: figures of each baseline, means over series of the means over origins.
        mean: the forecasts' own.
        differences: the forecasts' from each baseline's.
        missing: baselines that could not run, because their library is not installed.
    """

    series: dict[str, SeriesScore]
    baselines: dict[str, MeanScore]
    mean: MeanScore
    differences: dict[str, Difference]
    missing: tuple[str, ...]


def backtest(
    series: Sequence[Series], horizons: Sequence[int], priors: Sequence[Priors], seed: int = 0
) -> Backtest:
    """Forecast every series from every origin that leaves the whole horizon to be compared.

    Args:
        series: with different names.
        horizons: periods ahead, for each series.
        priors: for each series, without the series itself.
        seed: of the bootstrap.

    Raises:
        InputError: a series is too short for one origin, or its first periods are all the same.
    """
    methods = baselines.available()
    tables: dict[str, list[Array]] = {name: [] for name in ("ours", *methods)}
    scores = {}
    for one, horizon, known in zip(series, horizons, priors, strict=True):
        needed = FEWEST_SEEN + horizon
        if len(one) < needed:
            raise InputError(
                one.name, f"expected at least {needed} periods for a horizon of {horizon}, got {len(one)}"
            )
        if not np.any(np.diff(one.units[:FEWEST_SEEN])):
            raise InputError(
                one.name,
                f"the first {FEWEST_SEEN} periods do not change, and MASE divides by their changes: leave some out",
            )
        rolling, pool = Rolling(one.units, horizon, known.hyperparameters), ErrorPool(known.past)
        # seen periods are one more than the origin's number
        ours = _figures(one, horizon, lambda seen, r=rolling, p=pool: r.quantiles(seen - 1, p))
        tables["ours"].append(ours)
        for name, method in methods.items():
            tables[name].append(
                _figures(one, horizon, lambda seen, m=method, s=one, h=horizon: m(s.units[:seen], h, s.first))
            )
        low, high = _interval([ours], seed, horizon)[:, 2]
        mase, smape, coverage = ours.mean(0)
        scores[one.name] = SeriesScore(
            mase=mase,
            smape=smape,
            coverage80=coverage,
            origins=len(ours),
            horizon=horizon,
            coverage80_ci95=(low, high),
            prior_series=known.prior_series,
            left_out=known.left_out,
            baselines={name: _score(tables[name][-1]) for name in methods},
        )
    block = max(horizons)
    return Backtest(
        series=scores,
        baselines={name: _mean(tables[name], seed, block) for name in methods},
        mean=_mean(tables["ours"], seed, block),
        differences={name: _difference(tables["ours"], tables[name], seed, block) for name in methods},
        missing=baselines.missing(),
    )


def _figures(series: Series, horizon: int, forecast: Callable[[int], Array]) -> Array:
    """(origins, 3) MASE, sMAPE and coverage of one method."""
    rows = []
    for seen in range(FEWEST_SEEN, len(series) - horizon + 1):
        past, actual = series.units[:seen], series.units[seen : seen + horizon]
        low, middle, high = forecast(seen)
        scale = float(np.abs(np.diff(past)).mean())
        size = np.maximum(np.abs(actual) + np.abs(middle), 1e-12)
        rows.append(
            (
                np.abs(actual - middle).mean() / scale,
                (200.0 * np.abs(actual - middle) / size).mean(),
                ((low <= actual) & (actual <= high)).mean(),
            )
        )
    return np.array(rows)


def _score(table: Array) -> Score:
    mase, smape, coverage = table.mean(0)
    return Score(mase=mase, smape=smape, coverage80=coverage)


def _mean(tables: Sequence[Array], seed: int, block: int) -> MeanScore:
    mase, smape, coverage = np.mean([table.mean(0) for table in tables], axis=0)
    low, high = _interval(tables, seed, block)
    return MeanScore(
        mase=mase,
        smape=smape,
        coverage80=coverage,
        origins=sum(map(len, tables)),
        mase_ci95=(low[0], high[0]),
        smape_ci95=(low[1], high[1]),
        coverage80_ci95=(low[2], high[2]),
    )


def _difference(ours: Sequence[Array], theirs: Sequence[Array], seed: int, block: int) -> Difference:
    apart = [one - other for one, other in zip(ours, theirs, strict=True)]
    mase, smape, _ = np.mean([table.mean(0) for table in apart], axis=0)
    low, high = _interval(apart, seed, block)
    return Difference(mase=mase, mase_ci95=(low[0], high[0]), smape=smape, smape_ci95=(low[1], high[1]))


def _interval(tables: Sequence[Array], seed: int, block: int) -> Array:
    """(2, figures) 95% interval of the mean over series of the mean over origins.

    A circular block bootstrap: origins overlap in what they forecast, so that blocks as long as the horizon are drawn.
    """
    generator = np.random.default_rng(seed)
    means = []
    for table in tables:
        count = len(table)
        length = min(block, count)
        starts = generator.integers(0, count, (RESAMPLES, -(-count // length)))
        rows = (starts[:, :, None] + np.arange(length)) % count
        means.append(table[rows.reshape(RESAMPLES, -1)[:, :count]].mean(1))
    return np.quantile(np.mean(means, axis=0), (0.025, 0.975), axis=0)
