"""The loop of robots that build robots, at a projection's medians: gain, growth, doubling time."""

import math
from collections.abc import Callable

import numpy as np

from orchestrator.ramp.config import RampConfig
from orchestrator.ramp.inputs import Inputs
from orchestrator.ramp.money import wright_exponent
from orchestrator.ramp.records import Recursion
from orchestrator.ramp.recursion import (
    doubling_months,
    growth_rate,
    growth_rate_with_retirement,
    loop_gain,
)
from orchestrator.ramp.sampling import Values
from orchestrator.ramp.schedule import HOURS_PER_MONTH
from orchestrator.ramp.simulate import simulate


def recursions(config: RampConfig, inputs: Inputs) -> tuple[Recursion, ...]:
    """The loop at the start of each year, with learning and usefulness as they are then on the median path."""
    if config.labour is None:
        return ()
    sampler = config.sampler()
    values = sampler.values(np.full((1, len(sampler.names)), 0.5))
    paths = simulate(config, inputs, values)
    return tuple(
        _at(
            config,
            inputs,
            values,
            month,
            float(paths.monthly["cumulative"][month, 0]),
            float(paths.monthly["usefulness"][month, 0]),
        )
        for month in range(0, config.months, 12)
    )


def _at(
    config: RampConfig, inputs: Inputs, values: Values, month: int, made: float, useful: float
) -> Recursion:
    def value(key: str) -> float:
        return float(values(key)[0])

    productivity = value("labour.productivity") if inputs.productivity is None else inputs.productivity
    worth = min(productivity * useful, value("labour.productivity_limit"))
    exponent = float(wright_exponent(values("labour.learning_rate"))[0])
    hours = value("labour.hours_per_unit") * (max(made, 1.0) / value("labour.reference_units")) ** -exponent
    hours = max(hours, value("labour.floor_hours"))
    build_rate = value("labour.uptime") * HOURS_PER_MONTH * worth / hours * _availability(config, value)
    closed = build_rate * value("fleet.factory_share")
    delay = value("labour.replication_delay_months")
    # The generation whose lines are the newest that run by then.
    name = [key for key in config.generations if value(f"generations.{key}.curve.start") <= month] or list(
        config.generations
    )
    generation = config.generations[name[-1]]
    if generation.lifetime_months is None or closed <= 0:
        rate = growth_rate(closed, delay)
        gain = None
    else:
        scale = value(f"generations.{name[-1]}.lifetime_months")
        shape = value(f"generations.{name[-1]}.lifetime_shape")
        rate = growth_rate_with_retirement(closed, delay, scale, shape)
        gain = loop_gain(closed, delay, scale, shape)
    doubling = doubling_months(rate)
    return Recursion(
        month=month,
        build_rate=build_rate,
        loop_gain=gain,
        growth_per_month=rate,
        doubling_months=doubling if math.isfinite(doubling) else None,
    )


def _availability(config: RampConfig, value: Callable[[str], float]) -> float:
    if config.fleet.repair is None:
        return 1.0
    lost = value("fleet.repair.failures_per_year") * value("fleet.repair.downtime_days") / 365.25
    return 1 / (1 + lost)
