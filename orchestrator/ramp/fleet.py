"""Robots in whole numbers: made, in stock, in use, retired, and who gets them.

Every count is a whole number in a float64, exact up to 2^53: made = in use + retired + in stock to the unit.
"""

import numpy as np

from orchestrator.ramp.config import RampConfig
from orchestrator.ramp.sampling import Values
from orchestrator.ramp.schedule import DAYS_PER_MONTH
from orchestrator.ramp.workspace import Workspace

Array = np.ndarray

ACADEMY, FACTORY, CUSTOMERS = range(3)
"""Where robots are in use: rows of `FleetState.in_use`."""


class FleetState:
    """Counts on n paths.

    Args:
        config: of the projection.
        values: of its quantities.
        workspace: of the block.

    Attributes:
        made: ever, (n,).
        stock: made and not delivered, (n,).
        in_use: by place, (3, n).
        retired: ever, (n,).
        availability: share of the time that a robot is not under repair, (n,).
    """

    def __init__(self, config: RampConfig, values: Values, workspace: Workspace) -> None:
        n, fleet = values.count, config.fleet
        self.made = np.full(n, float(fleet.made_before))
        self.stock = np.zeros(n)
        self.in_use = np.empty((3, n))
        self.in_use[:] = np.array([[fleet.academy], [fleet.factory], [fleet.customers]], dtype=float)
        self.retired = self.made - self.in_use.sum(axis=0)
        self.availability = _availability(config, values)
        self._academy_target = np.floor(values("fleet.academy_target").astype(float))
        self._academy_share = values("fleet.academy_share").astype(float)
        self._factory_share = values("fleet.factory_share").astype(float)
        self._delivered = np.full(n, float(fleet.factory))
        self._factory_retired = np.zeros(n)
        self._deliveries = _Deliveries(config, values, self._delivered, workspace)
        self._cohorts = Cohorts(config, values, self.in_use.sum(axis=0), workspace)

    @property
    def own(self) -> Array:
        """Robots in the academy and in own factories, (n,)."""
        return self.in_use[ACADEMY] + self.in_use[FACTORY]

    def academy_wants(self) -> Array:
        """Robots that the academy lacks, (n,)."""
        return np.maximum(self._academy_target - self.in_use[ACADEMY], 0.0)

    def workers(self, month: int) -> Array:
        """Robots at work in the factories in the middle of a month, (n,)."""
        working = self._deliveries.delayed(month)
        working -= self._factory_retired
        np.maximum(working, 0.0, out=working)
        working *= self.availability
        return working

    def add(self, month: int, made: Array, upto_generation: Array, demand: Array | None) -> Array:
        """Make robots, hand them out, retire the old.

        Args:
            month: index.
            made: whole units, (n,).
            upto_generation: capacity of each generation and the older ones together, (generations, n).
            demand: what customers take at most, (n,); None: everything.

        Returns:
            Units delivered to customers, (n,).
        """
        self.made += made
        academy = np.minimum(np.floor(made * self._academy_share), self.academy_wants())
        factory = np.minimum(np.floor(made * self._factory_share), made - academy)
        ready = self.stock + made
        ready -= academy
        ready -= factory
        sold = ready if demand is None else np.minimum(ready, np.floor(demand))
        self.stock = ready - sold
        self.in_use[ACADEMY] += academy
        self.in_use[FACTORY] += factory
        self.in_use[CUSTOMERS] += sold
        self._delivered += factory
        self._deliveries.add(month, self._delivered)
        if self._cohorts.mortal:
            self._retire(self._cohorts.retire(month, split_whole(made, upto_generation)))
        return sold

    def check_balance(self) -> None:
        """Check that no robot was lost or counted twice.

        Raises:
            ArithmeticError: made is not in use + retired + in stock, or a count is negative.
        """
        rows = np.stack([self.made, self.stock, self.retired, *self.in_use])
        if not (self.made == self.in_use.sum(axis=0) + self.retired + self.stock).all() or rows.min() < 0:
            raise ArithmeticError("made is not in use + retired + in stock")

    def _retire(self, due: Array) -> None:
        """Take whole robots out of use, from each place in proportion to its size, and from `due`, (n,)."""
        own = self.own
        in_use = own + self.in_use[CUSTOMERS]
        count = np.minimum(np.floor(due), in_use)
        due -= count
        self.retired += count
        share = count / np.maximum(in_use, 1.0)
        academy = np.rint(self.in_use[ACADEMY] * share)
        own *= share
        np.rint(own, out=own)
        self.in_use[ACADEMY] -= academy
        self.in_use[CUSTOMERS] -= count - own
        own -= academy
        self.in_use[FACTORY] -= own
        self._factory_retired += own


class _Deliveries:
    """Deliveries to the factories so far, by month's end, read back after the replication delay.

    Between the months' ends deliveries are taken as even; a delay below half a month reaches into this month, whose
    deliveries are guessed to be the last month's.
    """

    def __init__(self, config: RampConfig, values: Values, initial: Array, workspace: Workspace) -> None:
        if config.labour is None:
            self._table = None
            return
        n = values.count
        back = 0.5 - values("labour.replication_delay_months").astype(float)
        whole = np.minimum(np.floor(back), -1.0)
        self._since = back - whole
        # Rows before the first month hold what was there at the start.
        before = int(-whole.min()) + 1
        self._table = workspace.array("deliveries", (before + config.months + 1, n), np.float64)
        self._table[: before + 1] = initial
        self._before = before
        self._at = (before + whole.astype(np.intp)) * n + np.arange(n)

    def add(self, month: int, delivered: Array) -> None:
        """All deliveries up to a month's end, (n,)."""
        if self._table is not None:
            self._table[self._before + month + 1] = delivered

    def delayed(self, month: int) -> Array:
        """Deliveries up to the delay before the middle of a month, (n,)."""
        if self._table is None:
            raise ValueError("no replication delay without labour")
        n, flat = self._table.shape[1], self._table.reshape(-1)
        at = self._at + month * n
        first = flat.take(at)
        after = flat.take(at + n)
        after -= first
        after *= self._since
        after += first
        return after


class Cohorts:
    """Weibull retirement by generation and month of making.

    Args:
        config: of the projection.
        values: of its quantities.
        initial: robots in use at the start, (n,): of the first generation, new.
        workspace: of the block.

    Attributes:
        mortal: whether any generation retires.
    """

    def __init__(self, config: RampConfig, values: Values, initial: Array, workspace: Workspace) -> None:
        n, months = values.count, config.months
        self._initial = initial
        # Ages run backwards in the table: a month's sum is over a window of rows of both tables. Seven digits are
        # plenty for an expectation; what retires is whole and exact.
        ages = np.append(np.arange(months + 1, dtype=np.float32)[::-1] + np.float32(0.5), np.float32(0.0))
        self._hazards: list[Array | None] = []
        for name, generation in config.generations.items():
            if generation.lifetime_months is None:
                self._hazards.append(None)
                continue
            scale = values(f"generations.{name}.lifetime_months").astype(np.float32)
            shape = values(f"generations.{name}.lifetime_shape").astype(np.float32)
            serving = weibull_exponent(ages, scale, shape)
            np.exp(np.negative(serving, out=serving), out=serving)
            hazard = workspace.array(f"hazard of {name}", (months + 1, n))
            self._hazards.append(np.subtract(serving[1:], serving[:-1], out=hazard))
        self.mortal = any(hazard is not None for hazard in self._hazards)
        self._made = [workspace.array(f"made of {name}", (months, n)) for name in config.generations]
        # From the month of a generation's first unit to that of its last: the others are not looked at.
        self._span: list[tuple[int, int] | None] = [None] * len(self._hazards)
        self._due = np.zeros(n)

    def retire(self, month: int, made: Array) -> Array:
        """Robots that are due to retire by this month's end; who takes some away subtracts them.

        Args:
            month: index.
            made: this month by generation, (generations, n).

        Returns:
            (n,), kept from month to month.
        """
        for index, hazard in enumerate(self._hazards):
            if hazard is None:
                continue
            self._made[index][month] = made[index]
            if made[index].any():
                self._span[index] = (self._span[index] or (month, month))[0], month
            if span := self._span[index]:
                first, last = span
                # Age a of the unit made in month s is month - s; in the reversed table that is row -1 - a.
                window = hazard[first - month - 1 : len(hazard) + last - month]
                self._due += np.einsum("sn,sn->n", self._made[index][first : last + 1], window)
            if index == 0:
                self._due += self._initial * hazard[len(hazard) - 1 - month]
        return self._due


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
    logs *= shape
    return np.exp(logs, out=logs)


def split_whole(made: Array, upto: Array) -> Array:
    """Whole units (n,) shared out by capacities that are summed up (g, n), in whole numbers that add up."""
    whole = np.rint(upto * (made / np.maximum(upto[-1], 1e-30)))
    whole[-1] = made
    whole[1:] -= whole[:-1].copy()
    return whole


def _availability(config: RampConfig, values: Values) -> Array:
    if config.fleet.repair is None:
        return np.ones(values.count)
    failures = values("fleet.repair.failures_per_year") / 12
    return 1 / (1 + failures * values("fleet.repair.downtime_days") / DAYS_PER_MONTH)
