"""Labour: people's hours and robots', and what a robot takes of them."""

import numpy as np

from orchestrator.ramp.config import RampConfig
from orchestrator.ramp.inputs import Inputs
from orchestrator.ramp.money import wright_exponent
from orchestrator.ramp.sampling import Values
from orchestrator.ramp.schedule import HOURS_PER_MONTH

Array = np.ndarray


class LabourState:
    """Robots that the hours of people and robots allow for.

    Args:
        config: of the projection, with `labour`.
        inputs: skill cards replace `labour.productivity`.
        values: of the quantities.
    """

    def __init__(self, config: RampConfig, inputs: Inputs, values: Values) -> None:
        self._robot_hours = values("labour.uptime") * np.float32(HOURS_PER_MONTH)
        self._worth = (
            values("labour.productivity")
            if inputs.productivity is None
            else np.full(values.count, inputs.productivity, dtype=np.float32)
        )
        self._most_worth = values("labour.productivity_limit")
        self._floor = values("labour.floor_hours")
        self._learning = -wright_exponent(values("labour.learning_rate"))
        self._log_hours = np.log(values("labour.hours_per_unit"))
        self._log_hours -= self._learning * np.log(values("labour.reference_units"))

    def limit(
        self, people_hours: Array, construction_hours: Array, workers: Array, useful: Array, log_made: Array
    ) -> Array:
        """Units of a month.

        Args:
            people_hours: of people, (n,).
            construction_hours: of robots, on sites that are being built, (n,).
            workers: robots in the factories, (n,).
            useful: usefulness, (n,).
            log_made: logarithm of the units ever made, (n,).

        Returns:
            (n,).
        """
        hours = np.maximum(workers * self._robot_hours - construction_hours, 0.0)
        hours *= np.minimum(self._worth * useful, self._most_worth)
        hours += people_hours
        each = np.exp(self._log_hours + self._learning * log_made)
        return hours / np.maximum(each, self._floor)
