"""Figures over episodes: rates with their intervals, and distributions."""

import torch
from scipy import stats
from torch import Tensor

from orchestrator.records import Distribution


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """95% confidence interval of a success rate (Wilson 1927).

    Raises:
        ValueError: fewer than one trial, or successes outside 0 to trials.
    """
    interval = stats.binomtest(successes, trials).proportion_ci(confidence_level=0.95, method="wilson")
    return float(interval.low), float(interval.high)


def quantile(values: Tensor, q: float) -> float | None:
    """The `q` quantile (0 to 1) of the values that are finite; None if there is none."""
    finite = values[values.isfinite()].double()
    return float(torch.quantile(finite, q)) if len(finite) else None


def mean(values: Tensor) -> float | None:
    """Mean of the values that are finite; None if there is none."""
    finite = values[values.isfinite()].double()
    return float(finite.mean()) if len(finite) else None


def share_below(values: Tensor, limit: float) -> float:
    """Share of all the values (n,) that are below `limit`; one that is not finite is not."""
    return float((values < limit).double().mean())


def distribution(values: Tensor) -> Distribution | None:
    """The shape of the values that are finite; None if there is none."""
    finite = values[values.isfinite()].double()
    if not len(finite):
        return None
    levels = torch.tensor((0.05, 0.25, 0.5, 0.75, 0.95), dtype=torch.float64)
    p5, p25, p50, p75, p95 = torch.quantile(finite, levels).tolist()
    return Distribution(
        count=len(finite), mean=float(finite.mean()), p5=p5, p25=p25, p50=p50, p75=p75, p95=p95
    )
