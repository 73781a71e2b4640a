"""Growth curves as fractions of their asymptote: logistic, Gompertz, Richards, Bass.

Each is a family in two parameters, the rate per period and the stage, plus a shape. The stage is the curve's argument
at the last period seen, so that a grid over rate and stage covers every curve that the data could come from:
a negative stage is before the inflection, a large one near the asymptote.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Array = np.ndarray
Family = Literal["logistic", "gompertz", "richards", "bass"]

SMALLEST_LOG = -300.0
"""Logarithms of fractions below this are cut: a curve that has hardly begun."""


@dataclass(frozen=True)
class Shape:
    """One family with its shape fixed.

    Attributes:
        family: name.
        value: of Richards' family (1 + v·exp(-u))^(-1/v): 1 is the logistic, 0 in the limit Gompertz. Unused by Bass.
        stages: lowest and highest stage of the coarse grid.
        rates: lowest and highest rate per period of the coarse grid.
    """

    family: Family
    value: float
    stages: tuple[float, float] = (-6.0, 7.0)
    rates: tuple[float, float] = (0.02, 3.0)


SHAPES = (
    Shape("logistic", 1.0),
    Shape("gompertz", 0.0, stages=(-2.2, 7.0)),
    Shape("richards", 0.5),
    Shape("richards", 2.0),
    # Bass: the stage is log(q/p) less the time since the launch, in units of the rate p+q
    Shape("bass", 1.0, stages=(-7.0, 7.0)),
)


def log_fraction(shape: Shape, rate: Array, stage: Array, age: Array) -> Array:
    """Logarithm of the fraction of the asymptote.

    Args:
        shape: the curve.
        rate: (m,) per period.
        stage: (m,) the curve's argument at age 0.
        age: (n,) periods after the last one seen; negative for those seen.

    Returns:
        (m, n), at most 0.
    """
    argument = stage[:, None] + rate[:, None] * age[None, :]
    if shape.family == "gompertz":
        logs = -np.exp(-np.maximum(argument, -6.0))
    elif shape.family == "bass":
        # F = (1 - exp(-s)) / (1 + (q/p)·exp(-s)) with s the rate times the time since launch, one period before the
        # first; and (q/p)·exp(-s) = exp(-argument)
        since = rate[:, None] * (age - age.min() + 1.0 if age.min() < 0 else age + 1.0)[None, :]
        logs = np.log(-np.expm1(-since)) - np.logaddexp(0.0, -argument)
    else:
        logs = -np.logaddexp(0.0, np.log(shape.value) - argument) / shape.value
    return np.maximum(logs, SMALLEST_LOG)
