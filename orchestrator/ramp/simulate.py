"""The month loop: what limits output, what is made of it, what it costs.

All paths of a block go through a month together; every array's last axis is the paths.
"""

from dataclasses import dataclass

import numpy as np

from orchestrator.ramp.config import RampConfig
from orchestrator.ramp.fleet import ACADEMY, CUSTOMERS, FACTORY, FleetState
from orchestrator.ramp.inputs import Inputs
from orchestrator.ramp.money import Money, UnitCost
from orchestrator.ramp.sampling import Values
from orchestrator.ramp.schedule import HOURS_PER_MONTH, Schedule, schedule
from orchestrator.ramp.usefulness import UsefulnessState

Array = np.ndarray

MONTHLY = (
    "output",
    "cumulative",
    "fleet",
    "stock",
    "retired",
    "cost",
    "power",
    "cash",
    "academy",
    "factory",
    "customers",
    "usefulness",
    "price",
    "charging",
    "edge",
)
"""Names of what `Paths.monthly` holds."""

_ENOUGH = 1e15
"""Stands for "no limit": a number that arithmetic is safe with."""


@dataclass(frozen=True)
class Paths:
    """A block of sampled futures.

    Attributes:
        monthly: by `MONTHLY` name, (months, n): units, USD and MW at the months' ends; output is of the month.
        limiting: index into the config's factors, (months, n).
        scalars: one figure per path by name, (n,); NaN where it never came to be.
    """

    monthly: dict[str, Array]
    limiting: Array
    scalars: dict[str, Array]


def simulate(config: RampConfig, inputs: Inputs, values: Values) -> Paths:
    """Run a block of paths.

    Args:
        config: of the projection.
        inputs: the files that it names.
        values: its quantities on each path.
    """
    return _Simulation(config, inputs, values).run()


class _Simulation:
    def __init__(self, config: RampConfig, inputs: Inputs, values: Values) -> None:
        self._config, self._values = config, values
        self._schedule: Schedule = schedule(config, inputs, values)
        self._fleet = FleetState(config, values)
        self._usefulness = UsefulnessState(config, values)
        self._cost = UnitCost(values)
        self._money = Money(config, values)
        n = values.count
        self._inventory = np.zeros((len(config.components), n), dtype=np.float32)
        self._buffer = np.zeros_like(self._inventory)
        for row, name in enumerate(config.components):
            self._buffer[row] = values(f"components.{name}.inventory_months")
        self._carry = np.zeros(n)
        # Capital reckons with the last month's cost, so that cost does not depend on itself.
        self._last_cost = self._cost(self._fleet.made, self._schedule.design[0].sum(axis=0))
        self._rows = {name: index for index, name in enumerate(config.factors)}
        self._limits = np.full((len(config.factors), n), _ENOUGH)
        self._first_component = len(config.factors) - len(config.components)
        self._learning = self._learning_exponent()
        self._productivity = self._robots_productivity(inputs)
        self._robot_mw = values("power.robot_kwh_per_day") / values("power.charging_efficiency") / 24 / 1000
        shape = (config.months, n)
        self._monthly = {name: np.empty(shape) for name in MONTHLY}
        self._limiting = np.empty(shape, dtype=np.int8)

    def run(self) -> Paths:
        for month in range(self._config.months):
            self._month(month)
        self._fleet.check_balance()
        scalars = {
            "cash_low_usd": self._money.low,
            "cash_low_month": self._money.low_month,
            "cost_at_reference_rate_usd": cost_when_reached(
                12 * self._monthly["output"], self._monthly["cost"], self._values("cost.reference_per_year")
            ),
        }
        return Paths(self._monthly, self._limiting, scalars)

    def _month(self, month: int) -> None:
        plan, fleet = self._schedule, self._fleet
        useful = self._usefulness.product()
        demand = self._demand(month, useful)
        design = plan.design[month].sum(axis=0)
        self._fill_limits(month, useful, demand, design)
        best = self._limits.min(axis=0)
        self._limiting[month] = self._limits.argmin(axis=0)
        exact = np.maximum(best, 0.0) + self._carry
        made = np.floor(exact)
        self._carry = exact - made
        cost = self._last_cost = self._cost(fleet.made + made, np.maximum(best, 0.0))
        by_generation = split_whole(made, plan.design[month])
        if len(self._inventory):
            used = made.astype(np.float32)
            self._inventory += plan.components[month]
            self._inventory -= used
            np.clip(self._inventory, 0.0, self._buffer * used, out=self._inventory)
        sold = fleet.add(month, made, by_generation, demand)
        price = self._money.add(month, made, sold, cost, fleet.in_use[ACADEMY] + fleet.in_use[FACTORY])
        self._usefulness.step(fleet.in_use[ACADEMY])
        self._record(month, made, cost, useful, price)

    def _demand(self, month: int, useful: Array) -> Array | None:
        if self._schedule.demand is None:
            return None
        return self._schedule.demand[month] * useful ** self._values("demand.usefulness_elasticity")

    def _fill_limits(self, month: int, useful: Array, demand: Array | None, design: Array) -> None:
        plan, limits, rows = self._schedule, self._limits, self._rows
        limits[rows["design"]] = design
        if demand is not None:
            limits[rows["demand"]] = self._demand_limit(demand)
        if plan.people_hours is not None:
            limits[rows["labour"]] = self._labour_limit(month, plan.people_hours[month], useful)
        if self._config.capital is not None:
            limits[rows["capital"]] = self._money.limit(self._last_cost)
        if plan.floor_space is not None:
            limits[rows["floor_space"]] = plan.floor_space[month]
        if plan.supply_mw is not None:
            limits[rows["power"]] = self._power_limit(month, plan.supply_mw[month])
        if len(self._inventory):
            np.add(self._inventory, plan.components[month], out=limits[self._first_component :])

    def _demand_limit(self, demand: Array) -> Array:
        """Customers' demand and what may go to stock, and the part of the output that does not go to customers."""
        values, fleet = self._values, self._fleet
        room = np.maximum(demand * (1 + values("fleet.stock_months")) - fleet.stock, 0.0)
        wanted = np.maximum(values("fleet.academy_target") - fleet.in_use[ACADEMY], 0.0)
        to_customers = 1 - values("fleet.factory_share")
        # The academy takes its share of the output, but no more than it wants.
        with_academy = _over(room, to_customers - values("fleet.academy_share"))
        return np.minimum(with_academy, _over(room + wanted, to_customers))

    def _labour_limit(self, month: int, people_hours: Array, useful: Array) -> Array:
        values, fleet = self._values, self._fleet
        workers = fleet.workers(month, values("labour.replication_delay_months"))
        hours = workers * values("labour.uptime") * HOURS_PER_MONTH
        hours = np.maximum(hours - self._schedule.construction_hours[month], 0.0)
        worth = np.minimum(self._productivity * useful, values("labour.productivity_limit"))
        doublings = np.log(np.maximum(fleet.made, 1.0) / values("labour.reference_units"))
        learned = values("labour.hours_per_unit") * np.exp(-self._learning * doublings)
        return (people_hours + hours * worth) / np.maximum(learned, values("labour.floor_hours"))

    def _power_limit(self, month: int, supply_mw: Array) -> Array:
        own = self._fleet.in_use[ACADEMY] + self._fleet.in_use[FACTORY]
        spare_mw = supply_mw - self._schedule.training_mw[month] - own * self._robot_mw
        per_unit = np.maximum(self._values("power.factory_kwh_per_unit"), 1e-9)
        return np.maximum(spare_mw, 0.0) * 1000 * HOURS_PER_MONTH / per_unit

    def _record(self, month: int, made: Array, cost: Array, useful: Array, price: Array) -> None:
        fleet, values, monthly = self._fleet, self._values, self._monthly
        in_use = fleet.in_use.sum(axis=0)
        charging = in_use * self._robot_mw
        factory = made * values("power.factory_kwh_per_unit") / HOURS_PER_MONTH / 1000
        figures = {
            "output": made,
            "cumulative": fleet.made,
            "fleet": in_use,
            "stock": fleet.stock,
            "retired": fleet.retired,
            "cost": cost,
            "power": charging + factory + self._schedule.training_mw[month],
            "cash": self._money.cash,
            "academy": fleet.in_use[ACADEMY],
            "factory": fleet.in_use[FACTORY],
            "customers": fleet.in_use[CUSTOMERS],
            "usefulness": useful,
            "price": price,
            "charging": charging,
            "edge": in_use * values("power.night_share") * values("power.edge_kw") / 1000,
        }
        for name, figure in figures.items():
            monthly[name][month] = figure

    def _learning_exponent(self) -> Array:
        if self._config.labour is None:
            return np.zeros(self._values.count)
        return wright_exponent(self._values("labour.learning_rate"))

    def _robots_productivity(self, inputs: Inputs) -> Array:
        if self._config.labour is None:
            return np.zeros(self._values.count)
        if inputs.productivity is not None:
            return np.full(self._values.count, inputs.productivity)
        return self._values("labour.productivity")


def _over(room: Array, share: Array) -> Array:
    """Output whose share fills the room; without limit where there is no share."""
    return np.where(share > 1e-9, room / np.maximum(share, 1e-9), _ENOUGH)


def wright_exponent(learning_rate: Array) -> Array:
    """Exponent b of Wright's law, y ~ x^-b, from the share that each doubling of x saves."""
    return -np.log2(1 - np.minimum(learning_rate, 1 - 1e-12))


def split_whole(made: Array, capacity: Array) -> Array:
    """Whole units (n,) shared out in proportion to capacities (g, n), in whole numbers that add up."""
    upto = np.cumsum(capacity, axis=0)
    whole = np.rint(made * (upto / np.maximum(upto[-1], 1e-300)))
    whole[-1] = made
    whole[1:] -= whole[:-1].copy()
    return whole


def cost_when_reached(rate: Array, cost: Array, reference: Array) -> Array:
    """Cost in the first month whose rate is at the reference, (n,); NaN where none is."""
    reached = rate >= reference
    first = reached.argmax(axis=0)
    path = np.arange(rate.shape[1])
    return np.where(reached.any(axis=0), cost[first, path], np.nan)
