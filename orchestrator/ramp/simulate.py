"""The month loop: what limits output, what is made of it, what it costs.

All paths of a block go through a month together; every array's last axis is the paths. Counts and money are float64,
and counts are whole; capacities, costs, usefulness and what is recorded are float32, whose seven digits are plenty.
"""

from dataclasses import dataclass

import numpy as np

from orchestrator.ramp.config import RampConfig
from orchestrator.ramp.fleet import ACADEMY, CUSTOMERS, FACTORY, FleetState
from orchestrator.ramp.inputs import Inputs
from orchestrator.ramp.labour import LabourState
from orchestrator.ramp.money import ENOUGH, Money, UnitCost
from orchestrator.ramp.power import PowerState, fleet_by_hour
from orchestrator.ramp.sampling import Values
from orchestrator.ramp.schedule import Schedule, schedule
from orchestrator.ramp.usefulness import UsefulnessState
from orchestrator.ramp.workspace import Workspace

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
    "training",
)
"""Names of what `Paths.monthly` holds."""


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


def simulate(config: RampConfig, inputs: Inputs, values: Values, workspace: Workspace | None = None) -> Paths:
    """Run a block of paths.

    Args:
        config: of the projection.
        inputs: the files that it names.
        values: its quantities on each path.
        workspace: of an earlier block, whose `Paths` are overwritten.
    """
    return _Simulation(config, inputs, values, workspace or Workspace()).run()


class _Simulation:
    def __init__(self, config: RampConfig, inputs: Inputs, values: Values, workspace: Workspace) -> None:
        single, n = values.single(), values.count
        self._config, self._values = config, values
        self._schedule: Schedule = schedule(config, inputs, single, workspace)
        self._fleet = FleetState(config, values, workspace)
        self._usefulness = UsefulnessState(config, single)
        self._power = PowerState(config, values)
        self._cost, self._money = UnitCost(single), Money(config, values)
        self._labour = None if config.labour is None else LabourState(config, inputs, single)
        self._demand = None if config.demand is None else _DemandState(values)
        self._inventory = np.zeros((len(config.components), n), dtype=np.float32)
        self._buffer = np.zeros_like(self._inventory)
        for row, name in enumerate(config.components):
            self._buffer[row] = values(f"components.{name}.inventory_months")
        self._carry = np.zeros(n)
        self._log_made = _log(self._fleet.made)
        # Capital reckons with the last month's cost, so that cost does not depend on itself.
        self._last_cost = self._cost(self._log_made, self._schedule.design[0, -1]).astype(float)
        self._rows = {name: index for index, name in enumerate(config.factors)}
        self._limits = np.full((len(config.factors), n), ENOUGH, dtype=np.float32)
        self._first_component = len(config.factors) - len(config.components)
        shape = (config.months, n)
        self._monthly = {name: workspace.array(name, shape) for name in MONTHLY}
        self._limiting = workspace.array("limiting", shape, np.int16)

    def run(self) -> Paths:
        for month in range(self._config.months):
            self._month(month)
        self._fleet.check_balance()
        night, day = fleet_by_hour(self._config, self._values, self._monthly["fleet"][-1])
        scalars = {
            "fleet_night_mw": night,
            "fleet_day_mw": day,
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
        demand = None if plan.demand is None else self._demanded(plan.demand[month], useful)
        self._fill_limits(month, useful, demand)
        best = self._least(month)
        exact = best + self._carry
        made = np.floor(exact)
        self._carry = np.subtract(exact, made, out=exact)
        if len(self._inventory):
            self._use_components(made.astype(np.float32))
        sold = fleet.add(month, made, plan.design[month], demand)
        self._log_made = _log(fleet.made)
        cost = self._last_cost = self._cost(self._log_made, best).astype(float)
        price = self._money.add(month, made, sold, cost, fleet.own)
        self._usefulness.step(fleet.in_use[ACADEMY])
        self._record(month, made, cost, useful, price)

    def _least(self, month: int) -> Array:
        """The smallest of the limits, and a note of which it is: the first, where several are."""
        least = self._limits.min(axis=0)
        # Quicker than argmin along the first axis.
        same = self._limits == least
        for row in range(len(same) - 1, -1, -1):
            np.copyto(self._limiting[month], row, where=same[row])
        return np.maximum(least, 0.0, out=least)

    def _demanded(self, demand: Array, useful: Array) -> Array:
        elasticity = self._values("demand.usefulness_elasticity")
        return demand * useful**elasticity if elasticity.any() else demand

    def _fill_limits(self, month: int, useful: Array, demand: Array | None) -> None:
        """Fill in the most that each factor allows for; the components' were begun with what is in store."""
        plan, fleet, limits, rows = self._schedule, self._fleet, self._limits, self._rows
        limits[rows["design"]] = plan.design[month, -1]
        if self._demand is not None and demand is not None:
            limits[rows["demand"]] = self._demand.limit(demand, fleet)
        if self._labour is not None and plan.people_hours is not None:
            limits[rows["labour"]] = self._labour.limit(
                plan.people_hours[month],
                plan.construction_hours[month],
                fleet.workers(month),
                useful,
                self._log_made,
            )
        if self._config.capital is not None:
            limits[rows["capital"]] = self._money.limit(self._last_cost, fleet.academy_wants(), fleet.own)
        if plan.floor_space is not None:
            limits[rows["floor_space"]] = plan.floor_space[month]
        if plan.supply_mw is not None:
            limits[rows["power"]] = self._power.limit(plan.supply_mw[month], fleet.own)
        if len(self._inventory):
            np.add(self._inventory, plan.components[month], out=limits[self._first_component :])

    def _use_components(self, used: Array) -> None:
        """Keep what is left of what was there, up to the most that is kept in store."""
        np.subtract(self._limits[self._first_component :], used, out=self._inventory)
        np.maximum(self._inventory, 0.0, out=self._inventory)
        np.minimum(self._inventory, self._buffer * used, out=self._inventory)

    def _record(self, month: int, made: Array, cost: Array, useful: Array, price: Array) -> None:
        fleet, monthly, plan = self._fleet, self._monthly, self._schedule
        own = fleet.own
        in_use = own + fleet.in_use[CUSTOMERS]
        supply = None if plan.supply_mw is None else plan.supply_mw[month]
        figures = {
            "output": made,
            "cumulative": fleet.made,
            "fleet": in_use,
            "stock": fleet.stock,
            "retired": fleet.retired,
            "cost": cost,
            "cash": self._money.cash,
            "academy": fleet.in_use[ACADEMY],
            "factory": fleet.in_use[FACTORY],
            "customers": fleet.in_use[CUSTOMERS],
            "usefulness": useful,
            "price": price,
            **self._power.draws(in_use, own, made, plan.training_mw[month], supply),
        }
        for name, figure in figures.items():
            monthly[name][month] = figure


class _DemandState:
    """What demand allows for: customers, what may go to stock, academy and own factories."""

    def __init__(self, values: Values) -> None:
        self._stocked = 1 + values("fleet.stock_months")
        # The output that does not go to own factories; the academy takes its share, but no more than it wants.
        self._rest = 1 - values("fleet.factory_share")
        self._rest_of_both = self._rest - values("fleet.academy_share")

    def limit(self, demand: Array, fleet: FleetState) -> Array:
        """Units, (n,), from what customers take this month, (n,)."""
        room = np.maximum(demand * self._stocked - fleet.stock, 0.0)
        with_academy = _over(room, self._rest_of_both)
        return np.minimum(with_academy, _over(room + fleet.academy_wants(), self._rest))


def _over(room: Array, share: Array) -> Array:
    """Output whose share fills the room; without limit where there is no share."""
    return np.where(share > 1e-9, room / np.maximum(share, 1e-9), ENOUGH)


def _log(made: Array) -> Array:
    """Logarithm of a count, of 1 where there is none yet, in float32."""
    return np.log(np.maximum(made, 1.0).astype(np.float32))


def cost_when_reached(rate: Array, cost: Array, reference: Array) -> Array:
    """Cost in the first month whose rate is at the reference, (n,); NaN where none is."""
    reached = rate >= reference
    first = reached.argmax(axis=0)
    path = np.arange(rate.shape[1])
    return np.where(reached.any(axis=0), cost[first, path], np.nan)
