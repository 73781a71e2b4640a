"""Robots in whole numbers: made, in stock, in use, retired, and who gets them.

Every count is a whole number in a float64, exact up to 2^53: made = in use + retired + in stock to the unit.
"""

import numpy as np

from orchestrator.ramp.config import RampConfig
from orchestrator.ramp.sampling import Values
from orchestrator.ramp.schedule import DAYS_PER_MONTH

Array = np.ndarray

ACADEMY, FACTORY, CUSTOMERS = range(3)
"""Where robots are in use: rows of `FleetState.in_use`."""


class FleetState:
    """Counts on n paths.

    Args:
        config: of the projection.
        values: of its quantities.

    Attributes:
        made: ever, (n,).
        stock: made and not delivered, (n,).
        in_use: by place, (3, n).
        retired: ever, (n,).
        availability: share of the time that a robot is not under repair, (n,).
    """

    def __init__(self, config: RampConfig, values: Values) -> None:
        n, months, fleet = values.count, config.months, config.fleet
        self._values = values
        self.made = np.full(n, float(fleet.made_before))
        self.stock = np.zeros(n)
        self.in_use = np.empty((3, n))
        self.in_use[:] = np.array([[fleet.academy], [fleet.factory], [fleet.customers]], dtype=float)
        self.retired = self.made - self.in_use.sum(axis=0)
        self.availability = _availability(config, values)
        # Deliveries to the factories by month's end: a robot works there after the replication delay.
        self._deliveries = np.zeros((months + 1, n))
        self._deliveries[0] = fleet.factory
        self._factory_retired = np.zeros(n)
        self._cohorts = Cohorts(config, values, self.in_use.sum(axis=0))

    def workers(self, month: int, delay: Array) -> Array:
        """Robots at work in the factories in the middle of a month, (n,).

        Between the months' ends deliveries are taken as even; a delay below half a month reaches into this month,
        whose deliveries are guessed to be the last month's.
        """
        at = np.maximum(month + 0.5 - delay, 0.0)
        if month == 0:
            delivered = self._deliveries[0]
        else:
            row = np.minimum(at.astype(np.intp), month - 1)
            path = np.arange(len(at))
            before = self._deliveries[row, path]
            delivered = before + (at - row) * (self._deliveries[row + 1, path] - before)
        return np.maximum(delivered - self._factory_retired, 0.0) * self.availability

    def add(self, month: int, made: Array, by_generation: Array, demand: Array | None) -> Array:
        """Make robots, hand them out, retire the old.

        Args:
            month: index.
            made: whole units, (n,).
            by_generation: the same by generation, (generations, n).
            demand: what customers take at most, (n,); None: everything.

        Returns:
            Units delivered to customers, (n,).
        """
        values = self._values
        self.made += made
        wanted = np.maximum(np.floor(values("fleet.academy_target")) - self.in_use[ACADEMY], 0.0)
        academy = np.minimum(np.floor(made * values("fleet.academy_share")), wanted)
        factory = np.minimum(np.floor(made * values("fleet.factory_share")), made - academy)
        ready = self.stock + made - academy - factory
        sold = ready if demand is None else np.minimum(ready, np.floor(demand))
        self.stock = ready - sold
        self.in_use[ACADEMY] += academy
        self.in_use[FACTORY] += factory
        self.in_use[CUSTOMERS] += sold
        self._deliveries[month + 1] = self._deliveries[month] + factory
        if self._cohorts.mortal:
            self._retire(self._cohorts.retire(month, by_generation, self.in_use.sum(axis=0)))
        return sold

    def check_balance(self) -> None:
        """Check that no robot was lost or counted twice.

        Raises:
            ArithmeticError: made is not in use + retired + in stock, or a count is negative.
        """
        rows = np.stack([self.made, self.stock, self.retired, *self.in_use])
        if not (self.made == self.in_use.sum(axis=0) + self.retired + self.stock).all() or rows.min() < 0:
            raise ArithmeticError("made is not in use + retired + in stock")

    def _retire(self, count: Array) -> None:
        """Take robots out of use, from each place in proportion to its size, in whole numbers."""
        self.retired += count
        upto = np.cumsum(self.in_use, axis=0)
        share = count / np.maximum(upto[-1], 1.0)
        taken = np.rint(upto * share)
        taken[-1] = count
        taken[1:] -= taken[:-1].copy()
        self.in_use -= taken
        self._factory_retired += taken[FACTORY]


class Cohorts:
    """Weibull retirement by generation and month of making.

    Args:
        config: of the projection.
        values: of its quantities.
        initial: robots in use at the start, (n,): of the first generation, new.

    Attributes:
        mortal: whether any generation retires.
    """

    def __init__(self, config: RampConfig, values: Values, initial: Array) -> None:
        n, months = values.count, config.months
        self._initial = initial
        self._hazards: list[Array | None] = []
        ages = np.concatenate([[0.0], np.arange(months + 1) + 0.5])
        for name, generation in config.generations.items():
            if generation.lifetime_months is None:
                self._hazards.append(None)
                continue
            scale = values(f"generations.{name}.lifetime_months")
            shape = values(f"generations.{name}.lifetime_shape")
            serving = np.exp(-weibull_exponent(ages, scale, shape))
            self._hazards.append(-np.diff(serving, axis=0).astype(np.float32))
        self.mortal = any(hazard is not None for hazard in self._hazards)
        # Kept newest last, as the ages run: a month's sum is over a window of rows, with the ages reversed.
        # Seven digits are plenty for an expectation; what retires is whole and exact.
        self._made = [np.zeros((months, n), dtype=np.float32) for _ in self._hazards]
        self._hazards = [None if h is None else np.ascontiguousarray(h[::-1]) for h in self._hazards]
        self._first = [months] * len(self._hazards)
        self._last = [-1] * len(self._hazards)
        self._due = np.zeros(n)

    def retire(self, month: int, made: Array, in_use: Array) -> Array:
        """Whole robots that retire this month.

        Args:
            month: index.
            made: this month by generation, (generations, n).
            in_use: robots, (n,): no more than these retire.
        """
        for index, hazard in enumerate(self._hazards):
            if hazard is None:
                continue
            row = made[index]
            if row.any():
                self._made[index][month] = row
                self._first[index] = min(self._first[index], month)
                self._last[index] = month
            first, last = self._first[index], self._last[index] + 1
            if first < last:
                # Age a of the unit made in month s is month - s; in the reversed table that is row top - a.
                top = len(hazard) - 1
                window = hazard[top - month + first : top - month + last]
                self._due += np.einsum("sn,sn->n", self._made[index][first:last], window)
            if index == 0:
                self._due += self._initial * hazard[len(hazard) - 1 - month]
        retired = np.minimum(np.floor(self._due), in_use)
        self._due -= retired
        return retired


def weibull_exponent(age: Array, scale: Array, shape: Array) -> Array:
    """Minus the log of the share that still serves at an age.

    Args:
        age: months, (a,).
        scale: months, (n,).
        shape: (n,).

    Returns:
        (a, n).
    """
    with np.errstate(divide="ignore"):
        logs = np.log(age)[:, None] - np.log(scale)
    return np.exp(shape * logs)


def _availability(config: RampConfig, values: Values) -> Array:
    if config.fleet.repair is None:
        return np.ones(values.count)
    failures = values("fleet.repair.failures_per_year") / 12
    return 1 / (1 + failures * values("fleet.repair.downtime_days") / DAYS_PER_MONTH)
