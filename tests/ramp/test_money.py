"""Cost, and what can be paid for."""

import numpy as np
import pytest
from small_ramp import CAPITAL, ramp_config

from orchestrator.ramp.money import Money, UnitCost, wright_exponent


def values_of(config):
    sampler = config.sampler()
    return sampler.values(sampler.uniforms(0, 1, 0))


def money(**capital):
    config = ramp_config(capital=CAPITAL | capital)
    return Money(config, values_of(config))


def test_cost_falls_by_the_learning_rate_down_to_the_materials():
    cost = UnitCost(values_of(ramp_config()))
    rate, made = np.array([1e6 / 12]), np.array([1e6, 2e6])
    at_reference, doubled = cost(np.log(made), rate)
    assert at_reference == pytest.approx(20_000)
    assert doubled - 8000 == pytest.approx(0.85 * 12_000)
    assert cost(np.array([200.0]), rate)[0] == pytest.approx(8000)


def test_wrights_exponent():
    assert 2 ** -wright_exponent(np.array([0.2]))[0] == pytest.approx(0.8)
    assert np.isfinite(wright_exponent(np.array([1.0]))).all()


def limit(one, cost, wants=0.0, own=0.0):
    return one.limit(np.array([cost]), np.array([wants]), np.array([own]))[0]


def test_units_that_cash_pays_for():
    # Each is sold at half of its cost: it takes 10,000 out of the cash.
    one = money(usd=1e6, price_ceiling_usd=10_000)
    assert limit(one, 20_000.0) == pytest.approx(100)
    # Beyond the installed lines it takes new ones too.
    one = money(usd=1e6, price_ceiling_usd=10_000, installed_per_year=120, lines_usd_per_annual_unit=2500)
    assert limit(one, 20_000.0) == pytest.approx(10 + (1e6 - 10 * 10_000) / (10_000 + 12 * 2500))


def test_what_the_academy_takes_is_not_sold():
    config = ramp_config(capital=CAPITAL, fleet={"academy_share": 0.5, "academy_target": 1000})
    one = Money(config, values_of(config))
    # At no margin each robot for the academy costs 20,000: a million pays for fifty of them, half of the output.
    assert limit(one, 20_000.0, wants=1000.0) == pytest.approx(100)
    # It wants no more than ten: these are paid for, and the others pay for themselves.
    assert limit(one, 20_000.0, wants=10.0) >= 1e9 / 12  # all that the installed lines can make
    assert limit(one, 20_000.0) >= 1e9 / 12
