"""A recorded episode, from which a referee can step it again."""

from dataclasses import dataclass

import mujoco
import numpy as np


@dataclass(frozen=True)
class Recording:
    """One episode of one world, `n` control steps long.

    Attributes:
        model: that the world ran on, with its own object.
        substeps: physics steps to each control step.
        states: before the first and after every control step, (n + 1, nstate), `mjSTATE_INTEGRATION`; the controls in
            a row are those of the step that led to it.
        drivers: fields of the model that heat changes, by name, (n + 1, ...): row k holds during step k + 1.
        notes: what the task remembered, by name, (n + 1, ...).
    """

    model: mujoco.MjModel
    substeps: int
    states: np.ndarray
    drivers: dict[str, np.ndarray]
    notes: dict[str, np.ndarray]
