"""Cost, price and cash. USD of the start."""

import numpy as np

from orchestrator.ramp.config import RampConfig
from orchestrator.ramp.sampling import Values

Array = np.ndarray


ENOUGH = 1e15
"""Stands for "no limit": a number that arithmetic is safe with."""


class UnitCost:
    """Cost of the next unit: a floor of materials, and a rest that falls with learning and with scale.

    Args:
        values: of the quantities under `cost`.
    """

    def __init__(self, values: Values) -> None:
        usd = values("cost.usd")
        self._floor = np.minimum(values("cost.materials_usd"), usd)
        self._learning = -wright_exponent(values("cost.learning_rate"))
        self._scale = -values("cost.scale_exponent")
        self._ceiling = values("cost.ceiling_usd")
        with np.errstate(divide="ignore"):  # a cost of materials only has a rest of zero
            self._log_rest = np.log(usd - self._floor)
        self._log_rest -= self._learning * np.log(values("cost.reference_units"))
        self._log_rest -= self._scale * np.log(values("cost.reference_per_year") / 12)

    def __call__(self, log_made: Array, rate: Array) -> Array:
        """Cost of a unit.

        Args:
            log_made: logarithm of the units ever made, (n,).
            rate: of output, units per month, (n,).

        Returns:
            USD, (n,).
        """
        logs = self._learning * log_made
        logs += self._scale * np.log(np.maximum(rate, 1.0))
        logs += self._log_rest
        cost = np.exp(logs, out=logs)
        cost += self._floor
        return np.minimum(cost, self._ceiling, out=cost)


class Money:
    """Cash on n paths; without `capital` in the config there is none and nothing is limited.

    Customers pay on delivery and suppliers are paid at the month's end: a month's sales help to pay for its units.
    Where neither cash nor credit covers operations and repairs, these are cut.

    Attributes:
        cash: USD, (n,).
        low: the lowest that it has been, (n,).
        low_month: when, (n,).
    """

    def __init__(self, config: RampConfig, values: Values) -> None:
        n = values.count
        self._counts = config.capital is not None
        self.cash, self.low, self.low_month = np.zeros(n), np.zeros(n), np.zeros(n)
        if not self._counts:
            return
        self.cash += values("capital.usd")
        self.low += self.cash
        self._installed = values("capital.installed_per_year") / 12
        self._lines = 12 * values("capital.lines_usd_per_annual_unit")
        self._markup, self._ceiling = 1 + values("capital.margin"), values("capital.price_ceiling_usd")
        self._credit, self._funding = values("capital.credit_usd"), values("capital.funding_usd_per_month")
        self._sold = 1 - values("fleet.factory_share")
        self._sold_with_academy = self._sold - values("fleet.academy_share")
        self._operating, self._repair = values("capital.operating_usd_per_month"), None
        if config.fleet.repair is not None:
            self._repair = values("fleet.repair.failures_per_year") / 12 * values("fleet.repair.cost_usd")

    def _running(self, own: Array) -> Array:
        """Costs of a month that do not depend on its output: operations, and repairs of own robots, (n,)."""
        return self._operating if self._repair is None else self._operating + own * self._repair

    def limit(self, cost: Array, academy_wants: Array, own: Array) -> Array:
        """Units that can be paid for this month, with the lines that they need beyond the installed ones.

        Args:
            cost: of a unit, USD, (n,).
            academy_wants: robots that the academy lacks, (n,).
            own: robots in the academy and in own factories, (n,).

        Returns:
            (n,).
        """
        price = self._price(cost)
        funds = self.cash + self._credit + self._funding - self._running(own)
        # Of what is not for own factories the academy takes its share, or all that it wants where that is less.
        if not academy_wants.any():
            return self._payable(funds, cost - self._sold * price)
        shared = self._payable(funds, cost - self._sold_with_academy * price)
        left, net = funds - academy_wants * price, cost - self._sold * price
        # Who earns on every robot may go beyond the credit by what the academy takes, and soon earns it back.
        whole = np.where((left >= 0) | (net < 0), self._payable(left, net), 0.0)
        return np.maximum(shared, whole)

    def _payable(self, funds: Array, net: Array) -> Array:
        """Units from money and what each takes out of it; none, where the sold ones pay for the others too."""
        funds = np.maximum(funds, 0.0)
        within = _ratio(funds, net)
        beyond = _ratio(funds + self._lines * self._installed, net + self._lines)
        return np.where(within <= self._installed, within, beyond)

    def _price(self, cost: Array) -> Array:
        return np.minimum(cost * self._markup, self._ceiling)

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
        price = self._price(cost)
        running = self._running(own)
        cash = self.cash
        cash += self._funding + sold * price - made * cost
        cash -= self._lines * np.maximum(made - self._installed, 0.0)
        self._installed = np.maximum(self._installed, made)
        cash -= np.clip(cash + self._credit, 0.0, running)
        lower = cash < self.low
        np.copyto(self.low, cash, where=lower)
        np.copyto(self.low_month, month, where=lower)
        return price


def wright_exponent(learning_rate: Array) -> Array:
    """Exponent b of Wright's law, y ~ x^-b, from the share that each doubling of x saves."""
    return -np.log2(1 - np.minimum(learning_rate, 1 - 1e-6))


def _ratio(funds: Array, each: Array) -> Array:
    """Funds over what each takes; without limit where it takes nothing."""
    return np.where(each > 0, funds / np.maximum(each, 1e-9), ENOUGH)
