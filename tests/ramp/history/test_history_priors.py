"""Past ramps: each has a source, none is a series of the backtests, and a series under test is left out."""

import numpy as np
import pytest

from orchestrator.errors import InputError
from orchestrator.ramp.history.learning import learn, past_errors
from orchestrator.ramp.history.periods import parse_period
from orchestrator.ramp.history.priors import load_prior_file, past_ramps, priors_for, same_series
from orchestrator.ramp.history.series import Series

TESLA = np.array(
    [260, 2425, 9766, 28578, 53239, 61394, 62975, 72531, 79837, 86958, 87282, 75946, 128044], dtype=float
)
ROBOTS = np.array(
    [120600, 166000, 159300, 178100, 220600, 253700, 304000, 400000, 423000, 387000], dtype=float
)


def named(name, units, first="2000"):
    return Series(name, parse_period(first), np.asarray(units, dtype=float))


@pytest.mark.parametrize("ramp", past_ramps(), ids=lambda ramp: ramp.name)
def test_every_past_ramp_has_a_source_and_a_series(ramp):
    assert len(ramp.source) > 10
    assert len(ramp.what) > 10
    series = ramp.series()
    assert len(series) >= 7
    assert np.all(series.units >= 0)
    assert np.all(np.isfinite(series.units))


def test_the_shipped_priors_name_what_they_come_from():
    file = load_prior_file()
    assert file.prior_series == tuple(ramp.name for ramp in past_ramps())
    assert set(file.without) == {ramp.group for ramp in past_ramps()}
    assert sum(file.everything.mixing.weights.values()) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("units", [TESLA, ROBOTS])
def test_the_series_of_the_backtests_are_not_among_them(units):
    assert not any(same_series(units, ramp.series().units) for ramp in past_ramps())


def test_a_past_ramp_is_left_out_with_its_group_when_it_is_tested():
    priors = priors_for(named("wind-china", [1.0, 2.0]))
    assert "wind-world" in priors.left_out
    assert not any(name.startswith("wind") for name in priors.prior_series)
    assert priors.hyperparameters == load_prior_file().without["wind"]
    assert not any(past.group == "wind" for past in priors.past)


def test_it_is_recognized_under_another_name_in_other_units_and_in_part():
    model_t = next(ramp for ramp in past_ramps() if ramp.name == "ford-model-t").series().units
    for units in (model_t / 1000, model_t[3:15], np.append(model_t[:12], 1e6)):
        assert priors_for(named("secret", units)).left_out == ("ford-model-t",)


def test_it_is_recognized_by_the_year_where_it_is_known_by_the_quarter():
    iphone = next(ramp for ramp in past_ramps() if ramp.name == "iphone").series().units
    for first in (0, 2):
        years = iphone[first : first + 40].reshape(10, 4).sum(axis=1)
        assert "iphone" in priors_for(named("phones", years)).left_out


def test_another_series_leaves_nothing_out():
    assert priors_for(named("robots", ROBOTS)).left_out == ()
    assert priors_for(named("steady", 100 * 1.3 ** np.arange(20))).left_out == ()


def test_a_ramp_or_a_group_can_be_left_out_by_name():
    series = named("robots", ROBOTS)
    assert priors_for(series, "iphone").left_out == priors_for(series, "apple").left_out == ("iphone", "ipad")
    with pytest.raises(InputError, match="no such past ramp or group; nearest: 'apple'"):
        priors_for(series, "aple")


def test_learning_is_repeatable():
    """From some of the past ramps, so that it takes seconds."""
    few = [ramp for ramp in past_ramps() if ramp.group in ("war-aircraft", "ford", "nissan-leaf")]
    one, two = learn(few), learn(few)
    assert one == two
    assert 0 < one.trends.growth_memory < 1
    assert 0 < one.trends.growth_damping < 1
    assert one.curves.log_rate_sd > 0
    assert sum(one.mixing.weights.values()) == pytest.approx(1.0, abs=0.01)


def test_the_errors_that_ship_are_those_of_priors_that_had_not_seen_the_ramp():
    file = load_prior_file()
    ramp = next(ramp for ramp in past_ramps() if ramp.name == "toyota-1960s")
    shipped = next(past for past in file.past if past.name == "toyota-1960s")
    made = past_errors(ramp, file.without["japan-cars"])
    np.testing.assert_allclose(shipped.table(), made.table(), rtol=1e-2, atol=1e-2)
