"""S-curves are recovered from noisy beginnings of them, and their bands hold what they promise."""

import numpy as np
import pytest

from orchestrator.ramp.history.curves import SHAPES, log_fraction
from orchestrator.ramp.history.posterior import fit_curves, weighted_quantiles
from orchestrator.ramp.history.priors import load_prior_file

NOISE = 0.1


def s_curve(family, rate, middle, count, asymptote=1e6):
    """(count,) units per period of a curve whose steepest rise is at `middle`."""
    argument = rate * (np.arange(count) - middle)
    fraction = 1 / (1 + np.exp(-argument)) if family == "logistic" else np.exp(-np.exp(-argument))
    return asymptote * fraction


def runs(count, seed, seen_share):
    """Beginnings of curves of 40 periods with 10% noise, and their common asymptote.

    The logistic ones have their inflection in the middle; the Gompertz ones begin at a ten-thousandth of their
    asymptote, which puts it at 15 to 22 periods.

    Args:
        count: runs.
        seed: of the noise and the curves.
        seen_share: lowest and highest share of the periods that are seen.
    """
    generator = np.random.default_rng(seed)
    for _ in range(count):
        if generator.random() < 0.8:
            whole = s_curve("logistic", generator.uniform(0.25, 0.45), 20.0, 40)
        else:
            rate = generator.uniform(0.1, 0.15)
            whole = s_curve("gompertz", rate, 2.2 / rate, 40)
        seen = whole[: round(40 * generator.uniform(*seen_share))]
        yield np.log(seen * np.exp(NOISE * generator.normal(size=len(seen)))), np.log(1e6)


def asymptotes(count, seed, seen_share):
    """(count, 3) p10, p50 and p90 of log(asymptote found / true one)."""
    priors = load_prior_file().everything.curves
    return np.stack(
        [
            np.log(fit_curves(series, priors).asymptote_quantiles((0.1, 0.5, 0.9))) - truth
            for series, truth in runs(count, seed, seen_share)
        ]
    )


def error_below_20_percent(found):
    return float((np.abs(np.exp(found[:, 1]) - 1) < 0.2).mean())


def band_holds(found):
    return float(((found[:, 0] <= 0) & (found[:, 2] >= 0)).mean())


def test_seen_at_least_half_the_asymptote_is_found():
    assert (
        error_below_20_percent(asymptotes(100, 1, (0.5, 1.0))) >= 0.85
    )  # of 100 runs; the goal is 0.90 of 500


def test_seen_before_the_inflection_the_band_holds_the_asymptote():
    assert band_holds(asymptotes(100, 2, (0.2, 0.37))) >= 0.75


@pytest.mark.slow
def test_five_hundred_runs():
    assert error_below_20_percent(asymptotes(500, 3, (0.5, 1.0))) >= 0.90
    assert band_holds(asymptotes(500, 4, (0.2, 0.37))) >= 0.75


def test_without_noise_the_curve_itself_is_found():
    priors = load_prior_file().everything.curves
    posterior = fit_curves(np.log(s_curve("logistic", 0.4, 12.0, 30)), priors)
    assert posterior.asymptote_quantiles((0.5,))[0] == pytest.approx(1e6, rel=0.02)
    assert posterior.weight @ posterior.rate == pytest.approx(0.4, rel=0.02)
    assert posterior.family_weights()["logistic"] > 0.5


def test_a_gompertz_curve_is_told_from_a_logistic():
    priors = load_prior_file().everything.curves
    posterior = fit_curves(np.log(s_curve("gompertz", 0.2, 11.0, 40)), priors)
    assert posterior.family_weights()["gompertz"] > 0.8


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape.family}-{shape.value}")
def test_every_curve_rises_from_nothing_to_its_asymptote(shape):
    age = np.arange(-80.0, 81.0)
    logs = log_fraction(shape, np.array([0.3]), np.array([0.0]), age)[0]
    assert np.all(np.diff(logs) >= -1e-12)
    assert np.exp(logs[0]) < 1e-3
    assert np.exp(logs[-1]) == pytest.approx(1.0, abs=1e-3)


def test_richards_with_shape_one_is_the_logistic():
    logs = log_fraction(SHAPES[0], np.array([0.3]), np.array([0.7]), np.arange(-5.0, 6.0))[0]
    np.testing.assert_allclose(np.exp(logs), 1 / (1 + np.exp(-(0.7 + 0.3 * np.arange(-5.0, 6.0)))))


def test_units_of_the_series_do_not_matter():
    priors = load_prior_file().everything.curves
    series = np.log(s_curve("logistic", 0.4, 12.0, 20))
    one, thousand = fit_curves(series, priors), fit_curves(series + np.log(1000.0), priors)
    np.testing.assert_allclose(
        thousand.asymptote_quantiles((0.1, 0.5, 0.9)),
        1000 * one.asymptote_quantiles((0.1, 0.5, 0.9)),
        rtol=1e-6,
    )


def test_weighted_quantiles_of_equal_weights_are_those_of_the_sample():
    values = np.random.default_rng(0).normal(size=2001)
    found = weighted_quantiles(values, np.ones(2001), (0.1, 0.5, 0.9))
    np.testing.assert_allclose(found, np.quantile(values, (0.1, 0.5, 0.9)), atol=0.01)
