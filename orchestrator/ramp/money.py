"""Cost, price and cash. USD of the start."""

import numpy as np

from orchestrator.ramp.config import RampConfig
from orchestrator.ramp.sampling import Values

Array = np.ndarray


class UnitCost:
    """Cost of the next unit: a floor of materials, and a rest that falls with learning and with scale.

    Args:
        values: of the quantities under `cost`.
    """

    def __init__(self, values: Values) -> None:
        usd = values("cost.usd")
        self._floor = np.minimum(values("cost.materials_usd"), usd)
        self._rest = usd - self._floor
        self._units = values("cost.reference_units")
        self._rate = values("cost.reference_per_year") / 12
        self._learning = -np.log2(1 - np.minimum(values("cost.learning_rate"), 1 - 1e-12))
        self._scale = values("cost.scale_exponent")
        self._ceiling = values("cost.ceiling_usd")

    def __call__(self, made: Array, rate: Array) -> Array:
        """Cost of a unit.

        Args:
            made: units ever, (n,).
            rate: of output, units per month, (n,).

        Returns:
            USD, (n,).
        """
        learned = -self._learning * np.log(np.maximum(made, 1.0) / self._units)
        scaled = -self._scale * np.log(np.maximum(rate, 1.0) / self._rate)
        return np.minimum(self._floor + self._rest * np.exp(learned + scaled), self._ceiling)


class Money:
    """Cash on n paths; without `capital` in the config there is none and nothing is limited.

    Attributes:
        cash: USD, (n,).
        low: the lowest that it has been, (n,).
        low_month: when, (n,).
    """

    def __init__(self, config: RampConfig, values: Values) -> None:
        n = values.count
        self._counts = config.capital is not None
        self._repairs = config.fleet.repair is not None
        self._values = values
        self.cash = values("capital.usd").copy() if self._counts else np.zeros(n)
        self.low, self.low_month = self.cash.copy(), np.zeros(n)
        if self._counts:
            self._installed = values("capital.installed_per_year") / 12
            self._lines = 12 * values("capital.lines_usd_per_annual_unit")

    def limit(self, cost: Array) -> Array:
        """Units that can be paid for this month, with the lines that they need beyond the installed ones, (n,)."""
        values = self._values
        funds = self.cash + values("capital.credit_usd") + values("capital.funding_usd_per_month")
        funds = np.maximum(funds - values("capital.operating_usd_per_month"), 0.0)
        within = funds / cost
        beyond = (funds + self._lines * self._installed) / (cost + self._lines)
        return np.where(within <= self._installed, within, beyond)

    def add(self, month: int, made: Array, sold: Array, cost: Array, own: Array) -> Array:
        """Book a month.

        Args:
            month: index.
            made: units.
            sold: units.
            cost: of a unit, USD.
            own: robots in the academy and in own factories, whose repair is paid for; customers pay for theirs.

        Returns:
            The price of a unit, USD, (n,); its cost where there is no `capital`.
        """
        if not self._counts:
            return cost
        values = self._values
        price = np.minimum(cost * (1 + values("capital.margin")), values("capital.price_ceiling_usd"))
        lines = self._lines * np.maximum(made - self._installed, 0.0)
        self._installed = np.maximum(self._installed, made)
        spent = made * cost + lines + values("capital.operating_usd_per_month")
        if self._repairs:
            failures = own * values("fleet.repair.failures_per_year") / 12
            spent += failures * values("fleet.repair.cost_usd")
        self.cash = self.cash + values("capital.funding_usd_per_month") + sold * price - spent
        lower = self.cash < self.low
        self.low = np.where(lower, self.cash, self.low)
        self.low_month = np.where(lower, float(month), self.low_month)
        return price
