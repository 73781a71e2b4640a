"""The month loop: whole robots, the limit that is named, learning, money and power."""

import numpy as np
import pytest
from small_ramp import CAPITAL, LABOUR, component, flat, limits, medians, merged, ramp_config, run

SITE = {"makespan_days": 0, "start": -12, "area_m2": 100, "units_per_m2_year": 60}
SUPPLY = {"power": {"supply_mw": flat(1.0), "factory_kwh_per_unit": 10_000}}


def test_mass_balance_is_exact_on_every_path(uneven):
    monthly = run(uneven).monthly
    assert (monthly["cumulative"] == monthly["fleet"] + monthly["stock"] + monthly["retired"]).all()
    assert (monthly["fleet"] == monthly["academy"] + monthly["factory"] + monthly["customers"]).all()
    assert (np.diff(monthly["cumulative"], axis=0) == monthly["output"][1:]).all()
    for name in ("output", "fleet", "stock", "retired", "academy", "factory", "customers"):
        assert (monthly[name] == np.floor(monthly[name])).all(), name
        assert monthly[name].min() >= 0, name
    assert monthly["retired"].max() > 1000
    assert monthly["stock"].max() > 100


@pytest.mark.parametrize(
    ("changes", "factor", "per_month"),
    [
        ({}, "design", 1000),
        ({"components": {"hands": component(6000), "cells": component(9000)}}, "hands", 500),
        ({"labour": LABOUR | {"people": 50}}, "labour", 800),
        ({"demand": {"curve": flat(3600)}}, "demand", 300),
        (
            {"factories": [{"makespan_days": 0, "start": -12, "area_m2": 100, "units_per_m2_year": 60}]},
            "floor_space",
            500,
        ),
        (SUPPLY, "power", 73.05),
        ({"capital": CAPITAL | {"price_ceiling_usd": 1e4}}, "capital", None),
    ],
)
def test_the_limit_is_named(changes, factor, per_month):
    config = ramp_config(**changes)
    assert limits(config)[0] == factor
    if per_month:
        assert run(config).monthly["output"][:6, 0].sum() == pytest.approx(6 * per_month, abs=6)


def test_one_limit_follows_another():
    config = ramp_config(
        components={"hands": component(6000), "cells": component(3000)},
        generations={"v1": {"curve": flat(12_000, start=4)}},
    )
    names = limits(merge_component(config, "cells", start=10))
    assert names[:4] == ["design"] * 4
    assert names[4:10] == ["cells"] * 6
    names = limits(config)
    assert set(names[4:]) == {"cells"}


def merge_component(config, name, **curve):
    data = config.model_dump(mode="json")
    return type(config).model_validate(merged(data, {"components": {name: {"curve": curve}}}))


def test_lead_times_add_up_along_the_parts():
    parts = {
        "hands": component(1e6, lead_months=2, needs=["motors"]),
        "motors": component(1e6, lead_months=3, needs=["magnets"]),
        "magnets": component(1e6, lead_months=1),
    }
    output = run(ramp_config(components=parts)).monthly["output"][:, 0]
    assert (output > 0).argmax() == 6
    assert limits(ramp_config(components=parts))[5] == "magnets"


def test_yield_and_inventory():
    assert run(ramp_config(components={"hands": component(6000, yield_share=0.8)})).monthly["output"][
        5, 0
    ] == pytest.approx(400, abs=1)
    # What is in store helps when the robots' lines outgrow the parts'.
    late = {"v1": {"curve": flat(2400)}, "v2": {"curve": flat(9600, start=12)}}
    stored = component(4800, inventory_months=2)
    output = run(ramp_config(components={"hands": stored}, generations=late)).monthly["output"][:, 0]
    bare = component(4800, inventory_months=0)
    without = run(ramp_config(components={"hands": bare}, generations=late)).monthly["output"][:, 0]
    assert output[:12] == pytest.approx(without[:12])
    assert output[12:].sum() == pytest.approx(without[12:].sum() + 400, abs=2)


def test_lines_are_converted():
    generations = {
        "v1": {"curve": flat(12_000)},
        "v2": {
            "curve": flat(24_000, start=12),
            "conversion": {"of": "v1", "share": 1, "over_months": 4, "downtime_months": 3},
        },
    }
    output = run(ramp_config(generations=generations)).monthly["output"][:, 0]
    assert output[:9] == pytest.approx(1000)
    assert output[9:12] == pytest.approx(
        [875, 625, 375], abs=1
    )  # lines stand still before the new one starts
    assert output[13:] == pytest.approx(2000, abs=1)


def test_hours_follow_wrights_law():
    config = ramp_config(
        generations={"v1": {"curve": flat(1e9)}}, months=60, labour=LABOUR | {"learning_rate": 0.2}
    )
    monthly = run(config).monthly
    made, output = monthly["cumulative"][:, 0], monthly["output"][:, 0]
    hours = 100 * 160 / output[1:]
    exponent = np.polyfit(np.log(made[:-1]), np.log(hours), 1)[0]
    assert 1 - 2**exponent == pytest.approx(0.2, abs=0.002)


def test_people_are_hired_and_robots_help():
    alone = run(
        ramp_config(generations={"v1": {"curve": flat(1e9)}}, labour=LABOUR | {"hires_per_month": 10})
    )
    assert alone.monthly["output"][10, 0] == pytest.approx((100 + 105) * 16, rel=0.001)
    repair = {"failures_per_year": 12, "downtime_days": 30.4375, "cost_usd": 0}
    helped = ramp_config(
        generations={"v1": {"curve": flat(1e9)}},
        labour=LABOUR | {"uptime": 0.5, "productivity": 0.4},
        fleet={
            "factory": 1000,
            "made_before": 1000,
            "repair": repair,
        },
    )
    # 1,000 robots, half of them under repair, half of the hours, at 0.4 of a person.
    wanted = (16_000 + 1000 * 0.5 * 0.5 * 730.5 * 0.4) / 10
    assert run(helped).monthly["output"][0, 0] == pytest.approx(wanted, abs=1)


def test_usefulness_is_a_product_with_three_limits():
    usefulness = {
        "digital_intelligence": {"per_year": 1, "saturation": 4},
        "chip_capability": {"per_year": 2, "saturation": 3},
        "dexterity": {"per_year": 0, "saturation": 5},
    }
    useful = run(ramp_config(usefulness=usefulness, months=240)).monthly["usefulness"][:, 0]
    assert useful[0] == 1
    assert useful[1] == pytest.approx(np.exp(3 / 12), rel=0.03)
    assert useful[-1] == pytest.approx(12, rel=0.001)


def test_the_academy_teaches():
    def after(academy):
        growth = {"per_year": 1, "saturation": 10}
        config = ramp_config(
            usefulness={
                "digital_intelligence": growth,
                "chip_capability": {"per_year": 0, "saturation": 2},
                "dexterity": growth | {"academy_feedback": 1},
            },
            fleet={"made_before": academy, "academy": academy, "academy_target": 10_000},
        )
        return run(config).monthly["usefulness"][12, 0]

    assert after(0) < after(5000) < after(10_000)


def test_robots_go_where_they_are_wanted():
    config = ramp_config(
        months=40,
        fleet={"academy_target": 3000, "academy_share": 0.3, "factory_share": 0.2, "stock_months": 0.5},
        demand={"curve": flat(2400)},
    )
    monthly = run(config).monthly
    assert monthly["academy"][-1, 0] == 3000
    assert monthly["customers"][-1, 0] == pytest.approx(40 * 200, abs=2)
    assert monthly["stock"].max() <= 100 + 1
    # Customers take 200 a month of what is left when the factories have a fifth.
    assert monthly["output"][-1, 0] == pytest.approx(250, abs=2)


def test_weibull_retirement():
    config = ramp_config(
        months=60,
        generations={"v1": {"curve": flat(12e6), "lifetime_months": 24, "lifetime_shape": 2}},
    )
    monthly = run(config).monthly
    ages = np.arange(60)[::-1] + 0.5
    expected = 1e6 * np.exp(-((ages / 24) ** 2)).sum()
    assert monthly["fleet"][-1, 0] == pytest.approx(expected, rel=0.002)


def test_cost_is_what_the_owner_says_at_a_million_a_year():
    paths = run(ramp_config(generations={"v1": {"curve": flat(1e6)}}, months=13))
    assert medians(paths.monthly["cost"])[11] == pytest.approx(20_000, rel=0.001)
    cheaper = run(ramp_config(generations={"v1": {"curve": flat(1e7)}}, months=13)).monthly["cost"]
    assert 8000 < cheaper[-1, 0] < 20_000


def test_cash_and_its_low_point():
    capital = CAPITAL | {
        "usd": 5e8,
        "operating_usd_per_month": 1e7,
        "margin": 0.2,
        "lines_usd_per_annual_unit": 100,
    }
    config = ramp_config(capital=capital, generations={"v1": {"curve": flat(12_000, start=6)}})
    paths = run(config)
    cash, month = paths.monthly["cash"][:, 0], int(paths.scalars["cash_low_month"][0])
    assert cash[:6] == pytest.approx(5e8 - 1e7 * np.arange(1, 7))
    assert paths.scalars["cash_low_usd"][0] == cash.min() == cash[month]
    assert cash[-1] > cash[month]


def test_power_of_fleet_cluster_and_factory():
    power = {"gpus": 110_000, "gpus_limit": 110_000, "kw_per_gpu": 2.73, "factory_kwh_per_unit": 730.5}
    monthly = run(ramp_config(power=power)).monthly
    robots = monthly["fleet"][-1, 0]
    charging, edge = robots * 0.1 / 1000, robots * 0.5 * 0.2 / 1000 * 8 / 24
    assert monthly["charging"][-1, 0] == pytest.approx(charging)
    assert monthly["edge"][-1, 0] == pytest.approx(edge)
    # The owner's: 110,000 GB300 take about 300 MW.
    assert monthly["power"][-1, 0] == pytest.approx(300.3 + charging + edge + 1000 / 1000, rel=1e-3)


@pytest.mark.parametrize(("night_from", "night_to", "hours"), [(22, 6, 8), (1, 5, 4), (3, 3, 0)])
def test_by_night_and_by_day_the_fleet_draws_what_it_charges(night_from, night_to, hours):
    power = {"night_from": night_from, "night_to": night_to, "night_share": 0.6}
    paths = run(ramp_config(power=power))
    night, day = paths.scalars["fleet_night_mw"][0], paths.scalars["fleet_day_mw"][0]
    mean = paths.monthly["charging"][-1, 0] + paths.monthly["edge"][-1, 0]
    assert night * hours + day * (24 - hours) == pytest.approx(24 * mean)
    if hours:
        robots = paths.monthly["fleet"][-1, 0]
        assert night == pytest.approx(robots * (2.4 * 0.6 / hours + 0.6 * 0.2) / 1000)
    else:
        assert night == 0


def test_the_cluster_leaves_power_to_the_factories():
    """A cluster that wants more than there is gets what charging and making leave."""
    power = SUPPLY["power"] | {"gpus": 1e6, "gpus_limit": 1e6, "supply_mw": flat(20.0)}
    paths = run(ramp_config(power=power))
    monthly = paths.monthly
    assert monthly["output"][:, 0] == pytest.approx(1000)
    factory = 1000 * 10_000 / 730.5 / 1000
    assert monthly["training"][5, 0] == pytest.approx(20 - factory, rel=1e-3)
    assert monthly["power"][5, 0] == pytest.approx(
        20 + monthly["charging"][5, 0] + monthly["edge"][5, 0], rel=1e-3
    )


def test_scrap_of_a_part_takes_what_went_into_it():
    parts = {
        "hands": component(1e9, yield_share=0.5, needs=["motors"]),
        "motors": component(12_000, yield_share=0.8, needs=["magnets"]),
        "magnets": component(1e9),
    }
    assert run(ramp_config(components=parts)).monthly["output"][5, 0] == pytest.approx(400, abs=1)


def test_sales_pay_for_what_is_made_when_the_cash_is_gone():
    """Without money in hand a robot that sells above its cost is still made; one that does not is not."""
    broke = CAPITAL | {"usd": 0}
    assert run(ramp_config(capital=broke | {"margin": 0.2})).monthly["output"][:, 0] == pytest.approx(1000)
    assert run(ramp_config(capital=broke | {"price_ceiling_usd": 1e4})).monthly["output"].max() == 0


def test_no_cash_beyond_the_credit():
    """A company that loses on every robot cuts operations and repairs; nobody lends it more."""
    losing = CAPITAL | {
        "usd": 1e7,
        "credit_usd": 5e6,
        "operating_usd_per_month": 1e6,
        "funding_usd_per_month": 1e5,
        "price_ceiling_usd": 1e4,
    }
    repair = {"failures_per_year": 12, "downtime_days": 1, "cost_usd": 5000}
    fleet = {"repair": repair, "factory": 500, "made_before": 500, "factory_share": 0.5}
    monthly = run(ramp_config(capital=losing, fleet=fleet, months=60)).monthly
    assert monthly["cash"].min() == pytest.approx(-5e6, rel=0.01)
    assert monthly["output"][-1, 0] == 0
