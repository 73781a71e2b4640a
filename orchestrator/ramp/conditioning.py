"""What is known: paths are weighted by how well they fit observations."""

import numpy as np

from orchestrator.errors import InputError
from orchestrator.ramp.config import Observation, RampConfig
from orchestrator.ramp.simulate import Paths

Array = np.ndarray

FEW = 100
"""Below so many effective paths, a result says that it is coarse."""

PLENTY, MOST_TIMES = 1000, 20
"""Where something is given, more paths are drawn until they are worth so many, or all that were asked for where these
are fewer, up to so many times the paths asked for. Both are choices: a 90% band of 1,000 paths is good to 3%."""


HOPELESS = 4e-6
"""Weight of a path that is five standard deviations away."""


class Evidence:
    """How well paths fit what is given.

    Args:
        config: of the projection.

    Attributes:
        total: sum of the weights so far.
        squares: sum of their squares.
    """

    def __init__(self, config: RampConfig) -> None:
        self._given = config.given
        self._wanted = min(config.paths, PLENTY)
        self._ranges = [(np.inf, -np.inf)] * len(config.given)
        self.total = self.squares = 0.0

    def weigh(self, paths: Paths) -> Array:
        """Likelihood of the observations on each path, (n,): 1 where it fits them exactly."""
        logs = np.zeros(paths.limiting.shape[1])
        for index, seen in enumerate(self._given):
            value = observed(seen, paths)
            low, high = self._ranges[index]
            self._ranges[index] = min(low, float(value.min())), max(high, float(value.max()))
            error = (value - seen.value) / (seen.tolerance * seen.value)
            logs -= 0.5 * error * error
        weights = np.exp(logs)
        self.total += float(weights.sum())
        self.squares += float(weights @ weights)
        return weights

    @property
    def effective_paths(self) -> float:
        """Kish's effective number of samples."""
        return self.total * self.total / self.squares if self.squares > 0 else 0.0

    @property
    def enough(self) -> bool:
        """Whether no more paths are needed than were asked for."""
        return not self._given or self.effective_paths >= self._wanted

    @property
    def hopeless(self) -> bool:
        """Whether not even one path is near what is given: within five standard deviations."""
        return self.total < HOPELESS

    def check(self) -> None:
        """Check that some path is near what is given.

        Raises:
            InputError: none is.
        """
        if not self.hopeless:
            return
        worst = max(range(len(self._given)), key=lambda index: self._distance(index))
        seen, (low, high) = self._given[worst], self._ranges[worst]
        raise InputError(
            f"given.{worst}.value",
            f"no sampled path is near {seen.value:,.6g}: theirs are {low:,.4g} to {high:,.4g}; "
            "check the value, or widen the quantities",
        )

    def _distance(self, index: int) -> float:
        """From an observation to the nearest path, as a share of its value."""
        value, (low, high) = self._given[index].value, self._ranges[index]
        return max(low - value, value - high, 0.0) / value


def observed(seen: Observation, paths: Paths) -> Array:
    """What an observation is of, on each path, (n,)."""
    end = seen.first_month + seen.months
    if seen.what == "output":
        return paths.monthly["output"][seen.first_month : end].sum(axis=0)
    name = "cumulative" if seen.what == "cumulative_units" else "fleet"
    return paths.monthly[name][end - 1]
