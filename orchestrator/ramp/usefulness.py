"""Usefulness: the product of three exponentials, each with a saturation of its own."""

import numpy as np

from orchestrator.ramp.config import RampConfig
from orchestrator.ramp.sampling import Values

Array = np.ndarray

FACTORS = ("digital_intelligence", "chip_capability", "dexterity")
"""Keys of `usefulness`."""


class UsefulnessState:
    """Usefulness on n paths, 1 at the start.

    A factor grows by df/dt = r f (1 - f/s) / (1 - 1/s): exponentially with rate r at first, to its saturation s. Its
    rate is multiplied with (academy / target)^feedback: robots in the academy are what teaches the others.
    """

    def __init__(self, config: RampConfig, values: Values) -> None:
        self._factors = np.ones((3, values.count))
        self._rates: Array | None = None
        self._feedback: Array | None = None
        if config.usefulness is None:
            return
        keys = [f"usefulness.{name}" for name in FACTORS]
        self._limits = np.maximum([values(f"{key}.saturation") for key in keys], 1 + 1e-9)
        self._rates = np.array([values(f"{key}.per_year") for key in keys]) / 12 / (1 - 1 / self._limits)
        feedback = np.array([values(f"{key}.academy_feedback") for key in keys])
        if feedback.any():
            self._taught = np.flatnonzero(feedback.any(axis=1))
            self._feedback = feedback[self._taught]
            self._target = np.maximum(values("fleet.academy_target"), 1.0)

    def product(self) -> Array:
        """(n,)."""
        return self._factors.prod(axis=0)

    def step(self, academy: Array) -> None:
        """Go on by a month with so many robots in the academy, (n,)."""
        if self._rates is None:
            return
        rates = self._rates
        if self._feedback is not None:
            taught = np.log(np.clip(academy / self._target, 1e-9, 1.0))
            rates = rates.copy()
            rates[self._taught] *= np.exp(self._feedback * taught)
        # The logistic equation's exact step.
        self._factors = self._limits / (1 + (self._limits / self._factors - 1) * np.exp(-rates))
