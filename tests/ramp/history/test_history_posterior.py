"""S-curves are recovered from noisy beginnings of them, and their bands hold what they promise."""

import numpy as np
import pytest

from orchestrator.ramp.history.curves import SHAPES, log_fraction
from orchestrator.ramp.history.posterior import fit_curves, weighted_quantiles
from orchestrator.ramp.history.priors import load_prior_file
from orchestrator.ramp.history.synthetic import (
    SEEN_BEFORE_INFLECTION,
    SEEN_HALF,
    asymptotes,
    found_within_20_percent,
    held_by_the_band,
    s_curve,
)


def test_seen_at_least_half_the_asymptote_is_found():
    priors = load_prior_file().everything.curves
    found = asymptotes(60, 1, SEEN_HALF, priors)
    assert found_within_20_percent(found) >= 0.85  # of 60 runs; the goal is 0.90 of 500


def test_seen_before_the_inflection_the_band_holds_the_asymptote():
    priors = load_prior_file().everything.curves
    assert held_by_the_band(asymptotes(60, 2, SEEN_BEFORE_INFLECTION, priors)) >= 0.75


@pytest.mark.slow
def test_five_hundred_runs():
    priors = load_prior_file().everything.curves
    assert found_within_20_percent(asymptotes(500, 3, SEEN_HALF, priors)) >= 0.90
    assert held_by_the_band(asymptotes(500, 4, SEEN_BEFORE_INFLECTION, priors)) >= 0.75


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
