"""Bands over time from weighted samples: exact for some thousands of paths, histograms in bounded memory beyond."""

from typing import Protocol

import numpy as np

Array = np.ndarray

PROBABILITIES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
"""Of a band's lines."""

EXACT_PATHS = 20_000
"""Up to so many paths, samples are kept; beyond, they are counted in bins."""

LIGHTEST = 1e-9
"""Weight below which a sample is left out; 1 is that of a path that fits what is given exactly."""

_SMALLEST, _LARGEST, _RATIO = 1e-2, 1e15, 1.01
"""Bins are in geometric progression: a quantile is within half a percent."""


class Bands(Protocol):
    """Collects blocks of samples; one of the two below."""

    def add(self, samples: Array, weights: Array) -> None:
        """Count a block: samples (months, n), weights (n,)."""
        ...

    def quantiles(self) -> Array:
        """Values at `PROBABILITIES`, (7, months)."""
        ...


def bands(months: int, paths: int) -> Bands:
    """A collector for so many paths."""
    return ExactBands(months, paths) if paths <= EXACT_PATHS else HistogramBands(months)


class ExactBands:
    """Keeps every sample that has a weight, in float32; room for `paths` of them, and for more where they come."""

    def __init__(self, months: int, paths: int) -> None:
        self._samples = np.empty((months, paths), dtype=np.float32)
        self._weights = np.empty(paths)
        self._count = 0

    def add(self, samples: Array, weights: Array) -> None:
        """See `Bands`."""
        kept = weights > LIGHTEST
        if not kept.all():
            samples, weights = samples[:, kept], weights[kept]
        end = self._count + len(weights)
        if end > len(self._weights):
            more = max(end, 2 * len(self._weights)) - self._count
            room = np.empty((len(samples), more), dtype=np.float32)
            self._samples = np.concatenate([self._samples[:, : self._count], room], axis=1)
            self._weights = np.concatenate([self._weights[: self._count], np.empty(more)])
        self._samples[:, self._count : end] = samples
        self._weights[self._count : end] = weights
        self._count = end

    def quantiles(self) -> Array:
        """See `Bands`."""
        return quantiles(self._samples[:, : self._count], self._weights[: self._count])


class HistogramBands:
    """Counts samples in bins of equal ratio, negative ones too."""

    def __init__(self, months: int) -> None:
        self._log_ratio = np.log(_RATIO)
        self._half = int(np.ceil(np.log(_LARGEST / _SMALLEST) / self._log_ratio))
        self._width = 2 * self._half + 1
        self._counts = np.zeros(months * self._width)
        self._months = months

    def add(self, samples: Array, weights: Array) -> None:
        """See `Bands`."""
        size = np.abs(samples)
        np.maximum(size, _SMALLEST, out=size)
        size *= 1 / _SMALLEST
        np.log(size, out=size)
        size *= 1 / self._log_ratio
        np.ceil(size, out=size)
        np.minimum(size, self._half, out=size)
        bins = np.copysign(size, samples, out=size).astype(np.int64)
        bins += (self._half + self._width * np.arange(self._months))[:, None]
        # Counting is quicker than adding.
        spread = None if (weights == 1).all() else np.broadcast_to(weights, samples.shape).ravel()
        self._counts += np.bincount(bins.ravel(), spread, minlength=len(self._counts))

    def quantiles(self) -> Array:
        """See `Bands`."""
        cumulative = self._counts.reshape(self._months, self._width).cumsum(axis=1)
        order = np.arange(-self._half, self._half + 1)
        # The middle of a bin, by ratio; the bin in the middle is what is smaller than any bin.
        values = np.sign(order) * _SMALLEST * np.exp((np.abs(order) - 0.5) * self._log_ratio)
        total = cumulative[:, -1:]
        found = [(cumulative < p * total).sum(axis=1) for p in PROBABILITIES]
        return values[np.minimum(found, self._width - 1)]


def quantiles(samples: Array, weights: Array) -> Array:
    """Weighted quantiles along the last axis, (7, months).

    Args:
        samples: (months, n), without NaN.
        weights: (n,); where all are equal, quantiles are NumPy's default.
    """
    if (weights == weights[0]).all():
        ordered = np.sort(samples, axis=1)
        at = np.array(PROBABILITIES) * (samples.shape[1] - 1)
        low = at.astype(int)
        high = np.minimum(low + 1, samples.shape[1] - 1)
        below, above = ordered[:, low].astype(float), ordered[:, high].astype(float)
        return (below + (at - low) * (above - below)).T
    order = samples.argsort(axis=1)
    ordered = np.take_along_axis(samples, order, axis=1)
    reached = weights[order].cumsum(axis=1)
    total = reached[:, -1:]
    found = [np.minimum((reached < p * total).sum(axis=1), samples.shape[1] - 1) for p in PROBABILITIES]
    rows = np.arange(len(samples))
    return np.array([ordered[rows, index].astype(float) for index in found])
