"""Electric power: what limits making, and who draws how much.

Own robots' charging and the factories come first, as a robot's worth is far above that of the power in it; the training
cluster takes what is left, up to what it wants. Customers' robots charge elsewhere.
"""

import numpy as np

from orchestrator.ramp.config import RampConfig
from orchestrator.ramp.sampling import Values
from orchestrator.ramp.schedule import HOURS_PER_MONTH

Array = np.ndarray


class PowerState:
    """Power on n paths.

    Args:
        config: of the projection.
        values: of its quantities.
    """

    def __init__(self, config: RampConfig, values: Values) -> None:
        nights = len(config.power.night)
        self._charging_mw = charging_mw(values)
        self._edge_mw = edge_mw(values) * (nights / 24)
        self._robot_mw = self._charging_mw + self._edge_mw
        self._unit_mw = values("power.factory_kwh_per_unit") / HOURS_PER_MONTH / 1000

    def limit(self, supply_mw: Array, own: Array) -> Array:
        """Units that can be made this month.

        Args:
            supply_mw: of own sites, (n,).
            own: robots in the academy and in own factories, (n,).

        Returns:
            (n,).
        """
        return np.maximum(supply_mw - own * self._robot_mw, 0.0) / np.maximum(self._unit_mw, 1e-12)

    def draws(
        self, in_use: Array, own: Array, made: Array, wanted_mw: Array, supply_mw: Array | None
    ) -> dict[str, Array]:
        """Mean power of a month by name, MW, (n,) each.

        `charging` and `edge` computing are all robots', `training` is the cluster's, and `power` is everything,
        factories included.

        Args:
            in_use: all robots, (n,).
            own: those in the academy and in own factories, (n,).
            made: units of the month, (n,).
            wanted_mw: of the training cluster, (n,).
            supply_mw: of own sites; None without a limit.
        """
        factory, training = made * self._unit_mw, wanted_mw
        if supply_mw is not None:
            left = supply_mw - own * self._robot_mw
            left -= factory
            training = np.clip(left, 0.0, wanted_mw)
        charging, edge = in_use * self._charging_mw, in_use * self._edge_mw
        return {
            "charging": charging,
            "edge": edge,
            "training": training,
            "power": charging + edge + factory + training,
        }


def charging_mw(values: Values) -> Array:
    """Mean power that charging a robot takes from the grid, MW, (n,)."""
    return values("power.robot_kwh_per_day") / values("power.charging_efficiency") / 24 / 1000


def edge_mw(values: Values) -> Array:
    """Power that a robot's computer draws by night for others, MW, (n,): a mean over all robots."""
    return values("power.night_share") * values("power.edge_kw") / 1000


def fleet_by_hour(config: RampConfig, values: Values, in_use: Array) -> tuple[Array, Array]:
    """The fleet's power, charging and edge computing together, MW: in an hour of the night and in one of the day.

    Args:
        config: of the projection.
        values: of its quantities.
        in_use: robots, (n,).

    Returns:
        (n,) each.
    """
    nights, by_night = len(config.power.night), values("power.night_share")
    if nights == 0:
        by_night = np.zeros_like(by_night)
    a_day = in_use * charging_mw(values) * 24
    night = a_day * by_night / max(nights, 1) + in_use * edge_mw(values) * (nights > 0)
    return night, a_day * (1 - by_night) / (24 - nights)
