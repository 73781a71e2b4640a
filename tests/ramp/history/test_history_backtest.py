"""Backtests: the figures mean what their names say, and baselines stand beside them."""

import os
from pathlib import Path

import numpy as np
import pytest

from orchestrator.errors import InputError
from orchestrator.ramp.history import baselines
from orchestrator.ramp.history.backtest import _figures, _interval, backtest
from orchestrator.ramp.history.periods import parse_period
from orchestrator.ramp.history.priors import past_ramps, priors_for
from orchestrator.ramp.history.reading import read_series
from orchestrator.ramp.history.series import Series

RAMPS = Path(
    os.environ.get("OPTIMUS_RAMPS", Path(__file__).resolve().parents[4] / "shared" / "data" / "ramps")
)
FIRST = parse_period("2000")


def series(units, name="plant"):
    return Series(name, FIRST, np.asarray(units, dtype=float))


def test_figures_are_those_of_the_definitions():
    one = series([1, 3, 2, 5, 4, 6, 8, 9])
    table = _figures(one, 2, lambda seen: np.array([[7.0, 7.0], [8.0, 8.0], [8.5, 8.5]]))
    scale = np.mean([2, 1, 3, 1, 2])
    assert table.shape == (1, 3)
    assert table[0, 0] == pytest.approx((0 + 1) / 2 / scale)
    assert table[0, 1] == pytest.approx(200 * (0 / 16 + 1 / 17) / 2)
    assert table[0, 2] == 0.5


def test_naive_and_drift_of_a_straight_line():
    units = np.arange(1.0, 11.0)
    np.testing.assert_allclose(baselines.drift(units, 3, FIRST)[1], [11, 12, 13])
    np.testing.assert_allclose(baselines.naive(units, 3, FIRST)[1], [10, 10, 10])


def test_the_plain_logistic_finds_a_logistic():
    time = np.arange(24)
    units = 1000 / (1 + np.exp(-0.5 * (time - 10)))
    found = baselines.logistic(units[:20], 4, FIRST)
    np.testing.assert_allclose(found[1], units[20:], rtol=1e-3)


@pytest.mark.parametrize("name", sorted(baselines.available()))
def test_every_baseline_gives_a_band_around_its_middle(name):
    units = 100 * 1.2 ** np.arange(12) * np.exp(0.05 * np.random.default_rng(0).normal(size=12))
    low, middle, high = baselines.available()[name](units, 3, FIRST)
    assert np.all((low <= middle) & (middle <= high))
    assert np.all(np.isfinite(middle))
    np.testing.assert_array_equal(baselines.available()[name](units, 3, FIRST), (low, middle, high))


def test_the_normal_band_of_a_random_walk_holds_80_percent():
    generator = np.random.default_rng(0)
    hits = []
    for _ in range(400):
        walk = 1000 + np.cumsum(generator.normal(size=44))
        low, _, high = baselines.naive(walk[:40], 4, FIRST)
        hits.append(((low <= walk[40:]) & (walk[40:] <= high)).mean())
    assert np.mean(hits) == pytest.approx(0.8, abs=0.05)


def test_a_backtest_has_the_keys_that_programs_rely_on():
    # Prophet takes a minute for series without noise.
    wobble = 1 + 0.1 * np.random.default_rng(3).normal(size=13)
    one, two = (
        series(100 * 1.15 ** np.arange(12) * wobble[:12], "one"),
        series(np.linspace(50, 90, 13) * wobble, "two"),
    )
    found = backtest([one, two], [3, 3], [priors_for(one), priors_for(two)])
    data = found.model_dump()
    for entry in (*data["series"].values(), *data["baselines"].values()):
        assert {"mase", "smape", "coverage80"} <= set(entry)
    assert {"drift", "naive", "logistic"} <= set(data["baselines"])
    assert data["series"]["one"]["origins"] == 4
    assert data["mean"]["mase"] == pytest.approx(np.mean([data["series"][n]["mase"] for n in ("one", "two")]))
    for name, apart in found.differences.items():
        assert apart.mase == pytest.approx(found.mean.mase - found.baselines[name].mase)
        assert apart.mase_ci95[0] <= apart.mase <= apart.mase_ci95[1]
    assert set(found.baselines) | set(found.missing) == {"drift", "naive", "logistic", "auto-ets", "prophet"}


def test_a_series_too_short_is_refused():
    one = series(np.arange(1.0, 9.0))
    with pytest.raises(InputError, match="expected at least 9 periods for a horizon of 3, got 8"):
        backtest([one], [3], [priors_for(one)])


def test_a_series_without_any_change_is_refused():
    one = series(np.full(12, 100.0))
    with pytest.raises(InputError, match="the first 6 periods do not change"):
        backtest([one], [3], [priors_for(one)])


def test_the_bootstrap_interval_holds_the_mean_and_narrows_with_origins():
    generator = np.random.default_rng(0)
    short, long = ([generator.random((count, 3))] for count in (12, 300))
    for tables in (short, long):
        low, high = _interval(tables, 0, 4)
        assert np.all((low < tables[0].mean(0)) & (tables[0].mean(0) < high))
    assert np.all(np.diff(_interval(long, 0, 4), axis=0) < np.diff(_interval(short, 0, 4), axis=0))


def test_past_ramps_are_forecast_better_than_by_their_last_value_and_with_wider_bands():
    """Each without its own group; these are the ramps that the members were chosen on."""
    chosen = [r.series() for r in past_ramps() if r.name in ("wind-world", "toyota-1960s", "ford-model-t")]
    found = backtest(chosen, [3] * len(chosen), [priors_for(one) for one in chosen])
    assert all(score.left_out for score in found.series.values())
    assert found.mean.smape < found.baselines["naive"].smape
    assert 0.6 < found.mean.coverage80 <= 1.0


@pytest.mark.slow
@pytest.mark.skipif(not RAMPS.exists(), reason="needs the data folder; OPTIMUS_RAMPS names it")
def test_the_ramps_of_the_data_folder():
    data = [read_series(path) for path in sorted(RAMPS.glob("*.csv"))]
    found = backtest(
        data, [4 if one.first.kind == "quarter" else 3 for one in data], [priors_for(o) for o in data]
    )
    for name, baseline in found.baselines.items():
        assert found.mean.mase < baseline.mase, name
        assert found.mean.smape < baseline.smape, name
    assert 0.70 <= found.mean.coverage80 <= 0.90
