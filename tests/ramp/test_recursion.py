"""Robots that build robots: closed forms, and the simulation against them."""

import math

import numpy as np
import pytest
from small_ramp import LABOUR, flat, ramp_config, run

from orchestrator.ramp.recursion import (
    doubling_months,
    freitas_growth,
    growth_rate,
    growth_rate_with_retirement,
    loop_gain,
    staged_growth,
)
from orchestrator.ramp.schedule import HOURS_PER_MONTH


@pytest.mark.parametrize(("stages", "factor"), [(1, 2), (2, 2.25), (3, 2.37), (4, 2.44)])
def test_freitas_growth_factors(stages, factor):
    assert freitas_growth(stages) == pytest.approx(factor, abs=0.01)
    assert staged_growth(stages, periods=3) == pytest.approx(freitas_growth(stages), rel=1e-12)


def closed_loop(build_rate, delay, months, **generation):
    """Only robots work, and all that they make works with them."""
    hours = 1000.0
    return ramp_config(
        months=months,
        paths=1,
        generations={"v1": {"curve": flat(1e14), **generation}},
        fleet={"made_before": 100_000, "factory": 100_000, "factory_share": 1},
        labour=LABOUR
        | {
            "people": 0,
            "uptime": 1,
            "productivity": build_rate * hours / HOURS_PER_MONTH,
            "hours_per_unit": hours,
            "replication_delay_months": delay,
        },
    )


@pytest.mark.parametrize("build_rate", [0.02, 0.1])
@pytest.mark.parametrize("delay", [0, 0.3, 1, 3.5, 12])
def test_doubling_time_without_retirement(build_rate, delay):
    made = run(closed_loop(build_rate, delay, 200)).monthly["cumulative"][:, 0]
    measured = math.log(2) / np.log(made[-1] / made[-61]) * 60
    assert measured == pytest.approx(doubling_months(growth_rate(build_rate, delay)), rel=0.01)


def test_growth_with_retirement():
    config = closed_loop(0.1, 3, 240, lifetime_months=36, lifetime_shape=2)
    made = run(config).monthly["cumulative"][:, 0]
    measured = np.log(made[-1] / made[-61]) / 60
    assert measured == pytest.approx(growth_rate_with_retirement(0.1, 3, 36, 2), rel=0.02)


def test_the_gain_says_whether_the_fleet_grows():
    for build_rate in (0.02, 0.05, 0.2):
        gain = loop_gain(build_rate, 2, 30, 1.5)
        rate = growth_rate_with_retirement(build_rate, 2, 30, 1.5)
        assert (gain > 1) == (rate > 0), (build_rate, gain, rate)
    # Without wear and delay the life's mean is the scale.
    assert loop_gain(0.1, 0, 30, 1) == pytest.approx(3, rel=1e-3)
    assert doubling_months(-0.01) == math.inf
