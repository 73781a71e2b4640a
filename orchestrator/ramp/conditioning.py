"""What is known: paths are weighted by how well they fit observations."""

import numpy as np

from orchestrator.errors import InputError
from orchestrator.ramp.config import Observation, RampConfig
from orchestrator.ramp.simulate import Paths

Array = np.ndarray

FEW = 100
"""Below so many effective paths, a result says that it is coarse."""


def path_weights(config: RampConfig, paths: Paths) -> Array:
    """Likelihood of the config's observations on each path, (n,): 1 where it fits them exactly."""
    logs = np.zeros(paths.limiting.shape[1])
    for seen in config.given:
        error = (observed(seen, paths) - seen.value) / (seen.tolerance * seen.value)
        logs -= 0.5 * error * error
    return np.exp(logs)


def observed(seen: Observation, paths: Paths) -> Array:
    """What an observation is of, on each path, (n,)."""
    end = seen.first_month + seen.months
    if seen.what == "output":
        return paths.monthly["output"][seen.first_month : end].sum(axis=0)
    name = "cumulative" if seen.what == "cumulative_units" else "fleet"
    return paths.monthly[name][end - 1]


def effective_paths(total: float, squares: float) -> float:
    """Kish's effective number of samples, from the sums of weights and of their squares.

    Raises:
        InputError: no path is near what is given.
    """
    if not total > 0 or not squares > 0:
        raise InputError("given", "no sampled path is near this: check the values, or widen the quantities")
    return total * total / squares
