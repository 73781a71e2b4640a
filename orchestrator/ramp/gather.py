"""Samples gathered: blocks of paths go in, bands, means and figures come out, in bounded memory."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from orchestrator.ramp.bands import EXACT_PATHS, HistogramBands, bands, quantiles
from orchestrator.ramp.conditioning import Evidence
from orchestrator.ramp.config import RampConfig
from orchestrator.ramp.records import BANDS, Figure
from orchestrator.ramp.simulate import MONTHLY, Paths

Array = np.ndarray

MOST_THREADS = 4
"""More wait for each other: between NumPy's calls only one runs."""

MEANS = tuple(name for name in MONTHLY if name not in BANDS.values())
"""Figures of which only the mean is kept."""


class Gathered:
    """What blocks of paths add up to.

    Args:
        config: of the projection.

    Attributes:
        quantiles: (7, months) by figure.
        means: (months,) by figure.
        limiting: share of the paths that each factor limits, (factors, months).
        figures: one per path.
        paths: that were counted.
        evidence: how well they fit what is given.
    """

    def __init__(self, config: RampConfig) -> None:
        self._config = config
        self.paths, self.evidence = 0, Evidence(config)
        self._bands = {name: bands(config.months, config.paths) for name in BANDS.values()}
        self._sums = {name: np.zeros(config.months) for name in MEANS}
        self._limiting = np.zeros((len(config.factors), config.months))
        self._scalars: dict[str, Scalars] = {}

    def add(self, paths: Paths) -> None:
        """Count a block."""
        weights = self.evidence.weigh(paths)
        self.paths += len(weights)
        for name, collector in self._bands.items():
            collector.add(paths.monthly[name], weights)
        single = weights.astype(np.float32)
        for name, total in self._sums.items():
            total += paths.monthly[name] @ single
        self._limiting += limited_weight(paths.limiting, weights, len(self._limiting))
        for name, values in paths.scalars.items():
            self._scalars.setdefault(name, Scalars(self._config.paths)).add(values, weights)

    def finish(self) -> "Gathered":
        """Divide by the weights' sum.

        Raises:
            InputError: no path fits what is given.
        """
        self.evidence.check()
        total = self.evidence.total
        with ThreadPoolExecutor(threads()) as pool:  # sorting lets other threads run
            found = pool.map(lambda collector: collector.quantiles(), self._bands.values())
            self.quantiles = dict(zip(self._bands, found, strict=True))
        self.means = {name: sums / total for name, sums in self._sums.items()}
        self.limiting = self._limiting / total
        self.figures = {name: scalars.figure(total) for name, scalars in self._scalars.items()}
        return self


def threads() -> int:
    """Threads that a projection runs in."""
    return min(os.cpu_count() or 1, MOST_THREADS)


def limited_weight(limiting: Array, weights: Array, factors: int) -> Array:
    """Weight of the paths that each factor limits, (factors, months), from the factors' numbers (months, n)."""
    months = len(limiting)
    cells = limiting + factors * np.arange(months)[:, None]
    counts = np.bincount(cells.ravel(), np.broadcast_to(weights, limiting.shape).ravel(), factors * months)
    return counts.reshape(months, factors).T


class Scalars:
    """One figure of every path: kept for some thousands, counted in bins beyond.

    Args:
        paths: that there will be.
    """

    def __init__(self, paths: int) -> None:
        self._parts: list[tuple[Array, Array]] = []
        self._bins = HistogramBands(1) if paths > EXACT_PATHS else None
        self._known = 0.0

    def add(self, values: Array, weights: Array) -> None:
        """Count a block: values (n,), NaN where a path has none, and weights (n,)."""
        known = np.isfinite(values) & (weights > 0)
        values, weights = values[known], weights[known]
        self._known += float(weights.sum())
        if self._bins is not None:
            self._bins.add(values[None], weights)
        else:
            self._parts.append((values, weights))

    def figure(self, total: float) -> Figure:
        """Percentiles over the paths that have it, from the weight of all paths."""
        share = round(self._known / total, 6)
        if not self._known:
            return Figure(share=share, p5=None, p50=None, p95=None)
        if self._bins is not None:
            found = self._bins.quantiles()
        else:
            values, weights = (np.concatenate(column) for column in zip(*self._parts, strict=True))
            found = quantiles(values[None], weights)
        low, middle, high = (seven_digits(found[index, 0]) for index in (0, 3, 6))
        return Figure(share=share, p5=low, p50=middle, p95=high)


def seven_digits(value: float) -> float:
    """What is beyond seven digits is noise, and pages stay small."""
    return float(f"{float(value):.7g}")
