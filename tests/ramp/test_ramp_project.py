"""A projection as a whole: bands, conditioning, sensitivity, the loop's analysis."""

import math

import numpy as np
import pytest
from small_ramp import LABOUR, component, flat, ramp_config, ramp_data

from orchestrator.errors import InputError
from orchestrator.ramp import project as module
from orchestrator.ramp.config import RampConfig
from orchestrator.ramp.inputs import Inputs
from orchestrator.ramp.project import project

NOTHING = Inputs(None, ())


def made(projection):
    band = projection.cumulative_units
    return band.p5[-1], band.p50[-1], band.p95[-1]


def test_bands_are_the_inputs_distribution_where_output_is_proportional_to_it():
    config = ramp_config(paths=20_000, generations={"v1": {"curve": flat("6000 to 24000")}})
    result = project(config, NOTHING)
    assert made(result) == pytest.approx((12_000, 24_000, 48_000), rel=0.03)
    assert result.months[0] == "2026-01"
    assert result.months[-1] == "2027-12"
    assert set(result.limiting_factor) == {"design"}
    assert result.effective_paths == 20_000


def test_paths_come_in_blocks_that_do_not_show(uneven, monkeypatch):
    few = project(uneven.model_copy(update={"paths": 1500}), NOTHING)
    again = project(uneven.model_copy(update={"paths": 1500}), NOTHING)
    assert few.model_copy(update={"seconds": 0.0}) == again.model_copy(update={"seconds": 0.0})
    monkeypatch.setattr("orchestrator.ramp.bands.EXACT_PATHS", 100)
    counted = project(uneven.model_copy(update={"paths": 1500}), NOTHING)
    assert made(counted) == pytest.approx(made(few), rel=0.02)


def test_the_ribbon_adds_up(uneven):
    result = project(uneven, NOTHING)
    total = np.sum(list(result.limiting_share.values()), axis=0)
    assert total == pytest.approx(1)
    assert set(result.limiting_share) == {"demand", "design", "hands"}
    for month, name in enumerate(result.limiting_factor):
        assert result.limiting_share[name][month] == max(s[month] for s in result.limiting_share.values())


def test_what_is_given_narrows_the_bands():
    """Lognormal prior times lognormal likelihood, nearly: the posterior is known in closed form."""
    data = ramp_data(paths=20_000, generations={"v1": {"curve": flat("10000 to 90000")}})
    seen = {"what": "output", "months": 12, "value": 40_000, "tolerance": 0.1}
    result = project(RampConfig.model_validate(data | {"given": [seen]}), NOTHING)
    prior_sd, seen_sd = math.log(9) / 2 / 1.6449, 0.1
    weight = 1 / seen_sd**2 / (1 / seen_sd**2 + 1 / prior_sd**2)
    wanted = math.exp(weight * math.log(40_000) + (1 - weight) * math.log(30_000))
    assert result.output_per_month.p50[-1] * 12 == pytest.approx(wanted, rel=0.03)
    low, _, high = made(result)
    assert math.log(high / low) == pytest.approx(
        2 * 1.6449 / math.sqrt(1 / seen_sd**2 + 1 / prior_sd**2), rel=0.1
    )
    assert result.effective_paths < 10_000


def test_few_fitting_paths_are_said_and_none_is_wrong_input():
    data = ramp_data(paths=500, generations={"v1": {"curve": flat("10000 to 20000")}})
    seen = {"what": "output", "months": 12, "value": 30_000, "tolerance": 0.02}
    result = project(RampConfig.model_validate(data | {"given": [seen]}), NOTHING)
    assert "effective paths" in result.warnings[0]
    seen = {"what": "fleet", "months": 12, "value": 1e9, "tolerance": 0.01}
    with pytest.raises(
        InputError, match=r"given.0.value: no sampled path is near 1e\+09: theirs are [0-9,]+ to"
    ):
        project(RampConfig.model_validate(data | {"given": [seen]}), NOTHING)


def test_the_tornado_puts_what_matters_first():
    config = ramp_config(
        generations={"v1": {"curve": flat("6000 to 24000")}},
        components={"hands": component("20000 to 30000"), "cells": component("1e6 to 2e6")},
    )
    bars = project(config, NOTHING).tornado
    assert bars[0].name == "generations.v1.curve.asymptote_per_year"
    assert (bars[0].low_value, bars[0].high_value) == pytest.approx((6000, 24_000))
    assert (bars[0].low, bars[0].high) == pytest.approx((12_000, 48_000), rel=0.03)
    assert bars[-1].low == bars[-1].high


def test_sobol_indices_of_a_product():
    """Output is a yield times a capacity: log output is a sum, so that indices are shares of its variance."""
    parts = {"hands": component("6000 to 24000", yield_share={"uniform": [0.3, 0.9]})}
    config = ramp_config(generations={"v1": {"curve": flat(1e9)}}, components=parts, sobol_samples=512)
    found = project(config, NOTHING).sobol
    assert found is not None
    shares = {row.name.rpartition(".")[2]: row for row in found.inputs}
    capacity = (math.log(4) / 2 / 1.6449) ** 2
    u = np.linspace(0.3, 0.9, 100_001)
    wanted = capacity / (capacity + np.log(u).var())
    assert shares["asymptote_per_year"].first == pytest.approx(wanted, abs=0.08)
    assert shares["asymptote_per_year"].total == pytest.approx(wanted, abs=0.05)
    assert shares["yield_share"].total == pytest.approx(1 - wanted, abs=0.05)


def test_the_loop_is_analysed():
    labour = LABOUR | {
        "uptime": 1,
        "productivity": 0.1,
        "hours_per_unit": 73.05,
        "replication_delay_months": 2,
    }
    config = ramp_config(labour=labour, fleet={"factory_share": 0.5})
    (first, _) = project(config, NOTHING).recursion
    assert first.build_rate == pytest.approx(1)
    assert first.loop_gain is None
    rate = first.growth_per_month
    assert rate == pytest.approx(0.5 * math.exp(-2 * rate))
    assert first.doubling_months == pytest.approx(math.log(2) / rate)


def test_certain_inputs_are_said():
    result = project(ramp_config(), NOTHING)
    assert result.warnings == ("no quantity is uncertain: all paths are the same",)
    assert result.tornado == ()
    assert module.month_names(ramp_config(start="1999-11", months=3)) == ("1999-11", "1999-12", "2000-01")


def test_more_paths_are_drawn_where_few_fit():
    data = ramp_data(paths=2500, generations={"v1": {"curve": flat("10000 to 90000")}})
    seen = {"what": "output", "months": 12, "value": 40_000, "tolerance": 0.02}
    result = project(RampConfig.model_validate(data | {"given": [seen]}), NOTHING)
    assert 2500 < result.paths < 50_000
    assert result.effective_paths >= 1000
    assert result.warnings == ()
    assert result.output_per_month.p50[-1] * 12 == pytest.approx(40_000, rel=0.01)
