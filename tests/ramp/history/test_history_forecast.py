"""Forecasts: their bands, their honesty about short series, and that they look at nothing but the past."""

import numpy as np
import pytest

from orchestrator.ramp.history.bands import ErrorPool, adapted_level, band
from orchestrator.ramp.history.ensemble import MEMBERS, mixing_weights, scales
from orchestrator.ramp.history.forecast import fit, forecast
from orchestrator.ramp.history.periods import parse_period
from orchestrator.ramp.history.priors import (
    MixingPriors,
    PastErrors,
    ScalePriors,
    load_prior_file,
    priors_for,
)
from orchestrator.ramp.history.rolling import Rolling
from orchestrator.ramp.history.series import Series


def series(units, first="2010", name="plant"):
    return Series(name, parse_period(first), np.asarray(units, dtype=float))


def ramp(count, seed=0, rate=0.4, middle=8.0, noise=0.1):
    time = np.arange(count)
    return (
        1e5
        / (1 + np.exp(-rate * (time - middle)))
        * np.exp(noise * np.random.default_rng(seed).normal(size=count))
    )


def made(units, horizon=4):
    one = series(units)
    return forecast(one, horizon, priors_for(one))


def test_quantiles_are_ordered_labelled_and_above_zero():
    found = made(ramp(14), 6)
    low, middle, high = (np.array(values) for values in (found.p10, found.p50, found.p90))
    assert found.period == ("2024", "2025", "2026", "2027", "2028", "2029")
    assert np.all(low > 0)
    assert np.all(low <= middle)
    assert np.all(middle <= high)


def test_the_band_widens_with_the_horizon():
    found = made(ramp(14), 10)
    assert np.all(np.diff(np.log(found.p90) - np.log(found.p10)) >= -1e-9)


def test_a_series_that_follows_its_curve_gets_a_narrow_band_and_a_wild_one_a_wide_one():
    calm, wild = made(ramp(16, noise=0.01)), made(ramp(16, noise=0.6))
    assert np.log(wild.p90[0] / wild.p10[0]) > 1.5 * np.log(calm.p90[0] / calm.p10[0])


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_a_series_too_short_gets_a_wide_band_and_says_so(count):
    found = made(ramp(20)[:count])
    assert found.p90[-1] / found.p10[-1] > 2.0
    long = made(ramp(20, noise=0.05))
    assert found.p90[-1] / found.p10[-1] > 1.5 * long.p90[-1] / long.p10[-1]
    assert any(f"only {count} period" in warning for warning in found.warnings)


def test_a_long_series_needs_no_warning():
    assert made(ramp(20)).warnings == ()


def test_a_fall_at_the_end_is_followed_though_no_curve_falls():
    units = np.concatenate([ramp(14, noise=0.02), 1e5 * 0.8 ** np.arange(1, 6)])
    assert made(units).p50[-1] < units[-6]


def test_periods_without_output_are_survived_and_named():
    units = ramp(14)
    units[6] = 0.0
    found = made(units)
    assert np.all(np.isfinite(found.p50))
    assert any("without output" in warning for warning in found.warnings)


def test_a_constant_series_goes_on():
    found = made(np.full(12, 500.0))
    assert found.p50[0] == pytest.approx(500.0, rel=0.1)
    assert found.p10[0] < 500.0 < found.p90[0]


def test_units_of_the_series_scale_the_forecast():
    one, other = made(ramp(14)), made(1000 * ramp(14))
    np.testing.assert_allclose(np.array(other.p90), 1000 * np.array(one.p90), rtol=1e-6)


def test_a_rolling_forecast_equals_one_made_then():
    units, priors = ramp(18), load_prior_file().everything
    whole, then = Rolling(units, 4, priors), Rolling(units[:11], 4, priors)
    pool = ErrorPool(load_prior_file().past)
    np.testing.assert_allclose(whole.quantiles(10, pool), then.quantiles(10, pool), rtol=1e-9)


def test_what_comes_later_changes_nothing_before():
    units, priors = ramp(18), load_prior_file().everything
    other = units.copy()
    other[12:] *= 7.0
    pool = ErrorPool(load_prior_file().past)
    one, two = (Rolling(values, 4, priors).quantiles(11, pool) for values in (units, other))
    np.testing.assert_allclose(one, two, rtol=1e-9)


def test_a_member_that_was_wrong_loses_weight():
    priors = MixingPriors(weights={name: 1 / len(MEMBERS) for name in MEMBERS}, learning=0.5, memory=1.0)
    errors = np.full((8, len(MEMBERS), 4), 0.1)
    errors[:, 0] = 1.0
    before, after = mixing_weights(errors, 0, priors), mixing_weights(errors, 7, priors)
    assert before[0] == pytest.approx(1 / len(MEMBERS))
    assert after[0] < 0.2 * before[0]
    assert after.sum() == pytest.approx(1.0)


def test_weights_do_not_see_open_forecasts():
    priors = MixingPriors(weights={name: 1 / len(MEMBERS) for name in MEMBERS}, learning=0.5, memory=0.9)
    errors = np.abs(np.random.default_rng(0).normal(size=(9, len(MEMBERS), 4)))
    hidden = errors.copy()
    for origin in range(9):
        for ahead in range(4):
            if origin + ahead + 1 > 5:
                hidden[origin, :, ahead] = np.nan
    np.testing.assert_allclose(mixing_weights(errors, 5, priors), mixing_weights(hidden, 5, priors))


def test_the_scale_starts_at_past_ramps_and_moves_to_the_series():
    found = scales(np.full(60, 0.05), ScalePriors(error=0.3, weight=2.0, memory=0.9))
    assert found[0] == pytest.approx(0.3)
    assert np.all(np.diff(found) < 0)
    assert 0.05 < found[-1] < 0.12


def pool_of(values):
    return ErrorPool(
        (
            PastErrors(
                name="a", group="a", seen=tuple(range(6, 6 + len(values))), errors=tuple((v,) for v in values)
            ),
        )
    )


def test_bands_are_the_quantiles_of_past_errors():
    values = np.random.default_rng(0).normal(size=3000).tolist()
    found = band(pool_of(values), np.zeros((0, 1)), seen=10, horizon=1)
    np.testing.assert_allclose(found[:, 0], [-1.28, 1.28], atol=0.06)


def test_own_errors_take_over():
    values = np.random.default_rng(0).normal(size=500).tolist()
    own = 3 * np.random.default_rng(1).normal(size=(200, 1))
    alone = band(pool_of(values), np.zeros((0, 1)), seen=10, horizon=1)
    joined = band(pool_of(values), own, seen=210, horizon=1)
    assert np.all(np.abs(joined) > 2 * np.abs(alone))


def test_misses_raise_the_level_and_hits_lower_it():
    values, weights = np.linspace(-1, 1, 101), np.ones(101)
    assert adapted_level(values, weights, np.full(5, 9.0), (0.1, 0.9)) > 0.8
    assert adapted_level(values, weights, np.zeros(20), (0.1, 0.9)) < 0.8


def test_a_fit_says_where_on_its_curve_a_series_is():
    one = series(1e5 / (1 + np.exp(-0.5 * (np.arange(20) - 9.0))))
    found = fit(one, priors_for(one))
    assert found.asymptote.p50 == pytest.approx(1e5, rel=0.05)
    assert found.share_of_asymptote.p50 == pytest.approx(1 / (1 + np.exp(-5.0)), abs=0.03)
    assert abs(int(found.inflection) - 2019) <= 1
    assert found.asymptote.p10 <= found.asymptote.p50 <= found.asymptote.p90


def test_a_fit_of_one_period_is_as_wide_as_the_prior():
    one = series([10.0])
    found = fit(one, priors_for(one))
    assert found.asymptote.p90 / found.asymptote.p10 > 3.0
    assert found.warnings
