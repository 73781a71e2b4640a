"""Usefulness: the product of three exponentials, each with a saturation of its own."""

import numpy as np

from orchestrator.ramp.config import RampConfig
from orchestrator.ramp.sampling import Values

Array = np.ndarray

FACTORS = ("digital_intelligence", "chip_capability", "dexterity")
"""Keys of `usefulness`."""


class UsefulnessState:
    """Usefulness on n paths, 1 at the start; in float32, as seven digits are plenty.

    A factor grows by df/dt = r f (1 - f/s) / (1 - 1/s): exponentially with rate r at first, to its saturation s. Its
    rate is multiplied with (academy / target)^feedback: robots in the academy are what teaches the others.
    """

    def __init__(self, config: RampConfig, values: Values) -> None:
        self._product = np.ones(values.count, dtype=np.float32)
        self._grows = config.usefulness is not None
        if not self._grows:
            return
        keys = [f"usefulness.{name}" for name in FACTORS]
        limits = np.maximum([values(f"{key}.saturation") for key in keys], np.float32(1 + 1e-6))
        rates = np.array([values(f"{key}.per_year") for key in keys]) / (12 * (1 - 1 / limits))
        feedback = np.array([values(f"{key}.academy_feedback") for key in keys])
        # The logistic equation's exact step: s/f - 1 decays exponentially.
        self._room = (limits - 1).astype(np.float32)
        self._decay = np.exp(-rates).astype(np.float32)
        self._most = limits.prod(axis=0, dtype=np.float32)
        self._taught = np.flatnonzero(feedback.any(axis=1))
        self._feedback = feedback[self._taught].astype(np.float32)
        self._taught_rates = -rates[self._taught].astype(np.float32)
        self._target = np.maximum(values("fleet.academy_target"), 1.0)

    def product(self) -> Array:
        """(n,)."""
        return self._product

    def step(self, academy: Array) -> None:
        """Go on by a month with so many robots in the academy, (n,)."""
        if not self._grows:
            return
        if len(self._taught):
            share = np.log(np.clip(academy / self._target, 1e-9, 1.0, dtype=np.float32))
            self._decay[self._taught] = np.exp(self._taught_rates * np.exp(self._feedback * share))
        self._room *= self._decay
        self._product = self._most / (1 + self._room).prod(axis=0)
