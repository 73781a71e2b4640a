"""Robots that build robots: growth rates in closed form.

A robot builds `build_rate` robots per month, from `delay` months after its own making until it retires. Growth at
the rate r per month solves the Euler-Lotka equation: 1 = build_rate ∫ exp(-r a) S(a) da over ages a beyond the delay,
S(a) being the share that still serves.
"""

import math

import numpy as np


def freitas_growth(stages: int) -> float:
    """Growth in one replication time where each of k stages of it adds its part at once: (1 + 1/k)^k.

    One stage doubles, and infinitely many make e (Freitas).
    """
    return (1 + 1 / stages) ** stages


def staged_growth(stages: int, periods: int = 1) -> float:
    """The same, counted: the work done in a stage joins in from the next one on.

    Args:
        stages: of a replication time.
        periods: replication times.

    Returns:
        The population's mean growth per replication time.
    """
    population = 1.0
    for _ in range(stages * periods):
        population += population / stages
    return population ** (1 / periods)


def growth_rate(build_rate: float, delay: float) -> float:
    """Rate of growth per month without retirement: r = build_rate exp(-r delay), by Lambert's W."""
    if delay == 0:
        return build_rate
    from scipy.special import lambertw

    return float(lambertw(build_rate * delay).real) / delay


def doubling_months(rate: float) -> float:
    """Time to double at a rate of growth; infinite where there is none."""
    return math.log(2) / rate if rate > 0 else math.inf


def loop_gain(build_rate: float, delay: float, scale: float | None = None, shape: float = 1.0) -> float:
    """Robots that a robot builds in its life: above 1 the fleet grows by itself, below it dies out.

    Args:
        build_rate: robots per robot and month.
        delay: months.
        scale: of the Weibull distribution of the service life, months; None: robots last for ever.
        shape: of that distribution.
    """
    if scale is None:
        return math.inf if build_rate > 0 else 0.0
    return build_rate * _discounted_life(0.0, delay, scale, shape)


def growth_rate_with_retirement(build_rate: float, delay: float, scale: float, shape: float) -> float:
    """Root of the Euler-Lotka equation, per month; negative where the fleet dies out.

    Args:
        build_rate: robots per robot and month, above 0.
        delay: months.
        scale: of the Weibull distribution of the service life, months.
        shape: of that distribution.
    """

    def excess(rate: float) -> float:
        return build_rate * _discounted_life(rate, delay, scale, shape) - 1

    low, high = -1.0, 1.0
    while excess(high) > 0:
        high *= 2
    # A tail heavier than an exponential has no finite discounted life at a negative rate; -1 per month is ruin.
    if not excess(low) > 0:
        return low
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return 0.5 * (low + high)


def _discounted_life(rate: float, delay: float, scale: float, shape: float) -> float:
    """∫ exp(-rate a) S(a) da from the delay on, by the trapezoid rule on a grid that is dense at first."""
    span = delay + scale * 8 ** (1 / shape) * 4
    age = delay + (span - delay) * np.linspace(0, 1, 4001) ** 2
    with np.errstate(over="ignore", under="ignore"):
        value = np.exp(np.minimum(-rate * age - (age / scale) ** shape, 700.0))
    return float(np.trapezoid(value, age))
