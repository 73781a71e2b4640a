"""All that does not depend on how a path has gone: capacities over time, on every path.

Output of a month is a curve's value at its middle. Arrays are (months, paths) or (months, rows, paths), in units per
month unless they say otherwise.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from orchestrator.ramp import curves
from orchestrator.ramp.config import RampConfig
from orchestrator.ramp.inputs import Inputs
from orchestrator.ramp.parts import Component, Curve
from orchestrator.ramp.sampling import Values
from orchestrator.ramp.workspace import Workspace

Array = np.ndarray

TILE = 16
"""Months of a curve that are evaluated together."""

HOURS_PER_MONTH = 365.25 * 24 / 12
DAYS_PER_MONTH = 365.25 / 12


@dataclass(frozen=True)
class Schedule:
    """See the module.

    Attributes:
        design: what the lines of each generation and of the older ones can assemble, (months, generations, paths).
        components: sets of good parts that arrive, (months, components, paths).
        demand: of customers before usefulness counts; None without a limit.
        floor_space: what the open sites have room for; None without sites.
        people_hours: hours of people, per month; None without labour.
        construction_hours: of robots, per month, on sites that have a plan.
        training_mw: that the training cluster wants.
        supply_mw: of own sites; None without a limit.
    """

    design: Array
    components: Array
    demand: Array | None
    floor_space: Array | None
    people_hours: Array | None
    construction_hours: Array
    training_mw: Array
    supply_mw: Array | None


def schedule(config: RampConfig, inputs: Inputs, values: Values, workspace: Workspace) -> Schedule:
    """Evaluate all curves of a config; the values are float32."""
    time = np.arange(config.months, dtype=np.float32)[:, None] + np.float32(0.5)
    room, construction = _sites(inputs, values, time)
    return Schedule(
        design=_design(config, values, time, workspace),
        components=_components(config, values, time, workspace),
        demand=None
        if config.demand is None
        else monthly(config.demand.curve, "demand.curve", values, time, 1.0),
        floor_space=room if config.factories else None,
        people_hours=None if config.labour is None else _people_hours(values, time),
        construction_hours=construction,
        training_mw=_training_mw(values, time),
        supply_mw=None
        if config.power.supply_mw is None
        else 12 * monthly(config.power.supply_mw, "power.supply_mw", values, time, 1.0),
    )


def monthly(curve: Curve, key: str, values: Values, time: Array, stretch: Array | float) -> Array:
    """A curve's value per month.

    Args:
        curve: to be evaluated.
        key: where it stands in the config.
        values: of its quantities.
        time: months, (m, 1) or (m, n).
        stretch: of its times, beside its own.

    Returns:
        (m, n): asymptote times share, divided by 12; of the kind of float that `time` is.
    """
    result = np.empty((len(time), values.count), dtype=time.dtype)
    evaluate(curve, key, values, time, stretch, result)
    return result


def evaluate(
    curve: Curve, key: str, values: Values, time: Array, stretch: Array | float, result: Array
) -> None:
    """The same as `monthly`, into an array (m, n)."""

    def value(name: str) -> Array:
        return values(f"{key}.{name}").astype(time.dtype, copy=False)

    start, times, top = value("start"), value("stretch") * stretch, value("asymptote_per_year") / 12
    # In pieces that stay in the cache through all steps of a curve.
    for first in range(0, len(time), TILE):
        rows = slice(first, first + TILE)
        u = time[rows] - start
        u /= times
        share = _share(curve, value, u)
        share *= top
        np.multiply(share, time[rows] >= start, out=result[rows])


def _share(curve: Curve, value: Callable[[str], Array], u: Array) -> Array:
    if curve.kind == "bass":
        return curves.bass(u, value("innovation"), value("imitation"))
    if curve.kind == "piecewise":
        slow, exponential, linear, logarithmic = (value(f"phases.{i}") for i in range(4))
        first, second, third = (value(f"levels.{i}") for i in range(3))
        second = np.maximum(second, first)
        levels = (first, second, np.maximum(third, second))
        return curves.piecewise(u, (slow, exponential, linear, logarithmic), levels)
    midpoint, duration = value("midpoint"), value("duration")
    if curve.kind == "richards":
        return curves.richards(u, midpoint, duration, value("shape"))
    if curve.kind == "sharif_kabir":
        return curves.sharif_kabir(u, midpoint, duration, value("delay"))
    return (curves.gompertz if curve.kind == "gompertz" else curves.logistic)(u, midpoint, duration)


def _design(config: RampConfig, values: Values, time: Array, workspace: Workspace) -> Array:
    names = list(config.generations)
    design = workspace.array("design", (len(time), len(names), values.count))
    for index, (name, generation) in enumerate(config.generations.items()):
        key = f"generations.{name}"
        evaluate(generation.curve, f"{key}.curve", values, time, values("stretch"), design[:, index])
        if generation.conversion is not None:
            taken = f"{key}.conversion"
            # Lines leave the older generation before the newer one starts on them.
            since = time - values(f"{key}.curve.start") + values(f"{taken}.downtime_months")
            progress = np.clip(since / values(f"{taken}.over_months"), 0.0, 1.0)
            design[:, names.index(generation.conversion.of)] *= 1 - values(f"{taken}.share") * progress
    for index in range(1, len(names)):
        design[:, index] += design[:, index - 1]
    return design


def _components(config: RampConfig, values: Values, time: Array, workspace: Workspace) -> Array:
    """Good parts that arrive, as robots' sets.

    What goes into another part arrives after that one's lead time too, and some of it is lost with that one's scrap.
    """
    arrivals = workspace.array("arrivals", (len(time), len(config.components), values.count))
    delayed = workspace.array("delayed", (len(time), values.count))
    leads, yields = total_leads(config.components, values), total_yields(config.components, values)
    stretch = values("stretch")
    for index, (name, component) in enumerate(config.components.items()):
        np.subtract(time, leads[name], out=delayed)
        good = arrivals[:, index]
        evaluate(component.curve, f"components.{name}.curve", values, delayed, stretch, good)
        good *= yields[name]
    return arrivals


def total_leads(components: Mapping[str, Component], values: Values) -> dict[str, Array]:
    """Months from each component's line to the robot: its own lead, and the longest of those that need it."""

    def total(own: Array, later: list[Array]) -> Array:
        return own + np.max(later, axis=0) if later else own

    return _along_parts(components, values, "lead_months", total)


def total_yields(components: Mapping[str, Component], values: Values) -> dict[str, Array]:
    """Share of each component's output that gets into robots: its own yield, and the lowest of those that need it.

    How a component is shared out among several that need it is not known; the lowest yield is on the safe side.
    """

    def total(own: Array, later: list[Array]) -> Array:
        return own * np.min(later, axis=0) if later else own

    return _along_parts(components, values, "yield_share", total)


def _along_parts(
    components: Mapping[str, Component],
    values: Values,
    key: str,
    total: Callable[[Array, list[Array]], Array],
) -> dict[str, Array]:
    """A figure of each component and of all that need it, up to the robot."""
    users: dict[str, list[str]] = {name: [] for name in components}
    for name, component in components.items():
        for needed in component.needs:
            users[needed].append(name)
    totals: dict[str, Array] = {}

    def of(name: str) -> Array:
        if name not in totals:
            totals[name] = total(values(f"components.{name}.{key}"), [of(user) for user in users[name]])
        return totals[name]

    for name in components:
        of(name)
    return totals


def _sites(inputs: Inputs, values: Values, time: Array) -> tuple[Array, Array]:
    """Room on the open sites, units per month, and robots' hours per month on those that are being built."""
    room = np.zeros((len(time), values.count), dtype=time.dtype)
    hours = np.zeros((len(time), values.count), dtype=time.dtype)
    for index, plan in enumerate(inputs.plans):
        key = f"factories.{index}"
        start = values(f"{key}.start")
        days = values(f"{key}.makespan_days") if plan is None else np.float32(plan.makespan_days)
        building = values(f"{key}.overrun") * days / DAYS_PER_MONTH
        # The share of the month in which it is open, and of the work that is done by the month's ends.
        open_share = np.clip(time + 0.5 - start - building, 0.0, 1.0)
        room += open_share * (values(f"{key}.area_m2") * values(f"{key}.units_per_m2_year") / 12)
        if plan is not None and plan.robot_hours:
            before, after = (
                np.clip((time + d - start) / np.maximum(building, 1e-9), 0, 1) for d in (-0.5, 0.5)
            )
            hours += np.float32(plan.robot_hours) * (after - before)
    return room, hours


def _people_hours(values: Values, time: Array) -> Array:
    people = values("labour.people") + values("labour.hires_per_month") * time
    return people * values("labour.hours_per_person_month")


def _training_mw(values: Values, time: Array) -> Array:
    grown = values("power.gpus") * np.exp(values("power.gpus_growth_per_year") * time / 12)
    return np.minimum(grown, values("power.gpus_limit")) * values("power.kw_per_gpu") / 1000
