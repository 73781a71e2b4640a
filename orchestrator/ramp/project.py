"""A projection: samples in blocks, gathered into bands."""

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np

from orchestrator.ramp.bands import EXACT_PATHS, PROBABILITIES, bands
from orchestrator.ramp.conditioning import FEW, effective_paths, path_weights
from orchestrator.ramp.config import RampConfig
from orchestrator.ramp.inputs import Inputs
from orchestrator.ramp.loop import recursions
from orchestrator.ramp.records import BANDS, Band, Figure, Input, Projection
from orchestrator.ramp.sampling import BLOCK, quantities
from orchestrator.ramp.sensitivity import sobol, tornado
from orchestrator.ramp.simulate import MONTHLY, Paths, simulate

Array = np.ndarray

MEANS = tuple(name for name in MONTHLY if name not in BANDS.values())
"""Figures of which only the mean is kept."""

MOST_THREADS = 4
"""More wait for each other: between NumPy's calls only one runs."""


def project(
    config: RampConfig, inputs: Inputs, *, name: str = "", progress: Callable[[float], None] = lambda _: None
) -> Projection:
    """Sample a config's futures.

    Args:
        config: of the projection.
        inputs: the files that it names.
        name: of the config, for the record.
        progress: is told which share of the work is done, where there is much.

    Raises:
        InputError: no path fits what is given.
    """
    began = time.perf_counter()
    gathered = gather(config, inputs, progress)
    seconds = time.perf_counter() - began
    bars = tornado(config, inputs)
    return Projection(
        title=config.title,
        config=name,
        months=month_names(config),
        **{key: _band(gathered.quantiles[figure]) for key, figure in BANDS.items()},
        limiting_factor=tuple(config.factors[row] for row in gathered.limiting.argmax(axis=0)),
        limiting_share={
            factor: _plain(share) for factor, share in zip(config.factors, gathered.limiting, strict=True)
        },
        means={key: _plain(mean) for key, mean in gathered.means.items()},
        figures=gathered.figures,
        recursion=recursions(config, inputs),
        tornado=bars,
        sobol=sobol(config, inputs, bars) if config.sobol_samples else None,
        inputs=tuple(
            Input(name=key, value=str(quantity), source=quantity.source)
            for key, quantity in quantities(config)
        ),
        paths=config.paths,
        effective_paths=round(gathered.effective_paths, 1),
        seed=config.seed,
        seconds=round(seconds, 3),
        warnings=_warnings(config, gathered),
    )


class Gathered:
    """What blocks of paths add up to.

    Args:
        config: of the projection.

    Attributes:
        quantiles: (7, months) by figure.
        means: (months,) by figure.
        limiting: share of the paths that each factor limits, (factors, months).
        figures: one per path.
        effective_paths: that the weighted paths are worth.
    """

    def __init__(self, config: RampConfig) -> None:
        self._config = config
        self._bands = {name: bands(config.months, config.paths) for name in BANDS.values()}
        self._sums = {name: np.zeros(config.months) for name in MEANS}
        self._limiting = np.zeros((len(config.factors), config.months))
        self._scalars: dict[str, list[Array]] = {}
        self._weights: list[Array] = []

    def add(self, paths: Paths) -> None:
        """Count a block."""
        weights = path_weights(self._config, paths)
        for name, collector in self._bands.items():
            collector.add(paths.monthly[name], weights)
        for name, total in self._sums.items():
            total += paths.monthly[name] @ weights
        self._limiting += limited_weight(paths.limiting, weights, len(self._limiting))
        for name, values in paths.scalars.items():
            self._scalars.setdefault(name, []).append(values)
        self._weights.append(weights)

    def finish(self) -> "Gathered":
        """Divide by the weights' sum.

        Raises:
            InputError: no path fits what is given.
        """
        weights = np.concatenate(self._weights)
        total = float(weights.sum())
        self.effective_paths = effective_paths(total, float(weights @ weights))
        self.quantiles = {name: collector.quantiles() for name, collector in self._bands.items()}
        self.means = {name: sums / total for name, sums in self._sums.items()}
        self.limiting = self._limiting / total
        self.figures = {name: figure(np.concatenate(parts), weights) for name, parts in self._scalars.items()}
        return self


def limited_weight(limiting: Array, weights: Array, factors: int) -> Array:
    """Weight of the paths that each factor limits, (factors, months), from the factors' numbers (months, n)."""
    months = len(limiting)
    cells = limiting + factors * np.arange(months)[:, None]
    counts = np.bincount(cells.ravel(), np.broadcast_to(weights, limiting.shape).ravel(), factors * months)
    return counts.reshape(months, factors).T


def gather(
    config: RampConfig, inputs: Inputs, progress: Callable[[float], None] = lambda _: None
) -> Gathered:
    """Simulate all of a config's paths, a block at a time."""
    gathered = Gathered(config)
    done = 0
    for paths in blocks(config, inputs):
        gathered.add(paths)
        done += paths.limiting.shape[1]
        if config.paths > EXACT_PATHS:  # fewer take seconds
            progress(done / config.paths)
    return gathered.finish()


def blocks(config: RampConfig, inputs: Inputs) -> Iterator[Paths]:
    """The config's paths, `BLOCK` at a time and in order, from a thread per core."""
    sampler = config.sampler()

    def block(number: int) -> Paths:
        count = min(BLOCK, config.paths - number * BLOCK)
        return simulate(config, inputs, sampler.values(sampler.uniforms(number, count, config.seed)))

    numbers = iter(range(-(-config.paths // BLOCK)))
    threads = min(os.cpu_count() or 1, MOST_THREADS)
    with ThreadPoolExecutor(threads) as pool:
        # No more than these are in memory.
        ahead = deque(pool.submit(block, number) for number in islice(numbers, threads))
        while ahead:
            done = ahead.popleft().result()
            ahead.extend(pool.submit(block, number) for number in islice(numbers, 1))
            yield done


def figure(values: Array, weights: Array) -> Figure:
    """Percentiles of a figure over the paths that have it; NaN where a path has not."""
    known = np.isfinite(values) & (weights > 0)
    share = float(weights[known].sum() / weights.sum())
    if not known.any():
        return Figure(share=0.0, p5=None, p50=None, p95=None)
    order = values[known].argsort()
    reached = weights[known][order].cumsum()
    at = [min(int((reached < p * reached[-1]).sum()), len(order) - 1) for p in (0.05, 0.5, 0.95)]
    low, middle, high = (_round(values[known][order][index]) for index in at)
    return Figure(share=round(share, 6), p5=low, p50=middle, p95=high)


def month_names(config: RampConfig) -> tuple[str, ...]:
    """YYYY-MM of every month."""
    year, month = (int(part) for part in config.start.split("-"))
    counts = range(12 * year + month - 1, 12 * year + month - 1 + config.months)
    return tuple(f"{count // 12:04d}-{count % 12 + 1:02d}" for count in counts)


def _warnings(config: RampConfig, gathered: Gathered) -> tuple[str, ...]:
    found = []
    if config.given and gathered.effective_paths < FEW:
        found.append(
            f"what is given leaves {gathered.effective_paths:.0f} effective paths of {config.paths:,}: "
            "bands are coarse; take more paths"
        )
    if not config.sampler().names:
        found.append("no quantity is uncertain: all paths are the same")
    return tuple(found)


def _band(values: Array) -> Band:
    return Band(**{f"p{round(100 * p)}": _plain(row) for p, row in zip(PROBABILITIES, values, strict=True)})


def _plain(values: Array) -> tuple[float, ...]:
    return tuple(_round(value) for value in values)


def _round(value: float) -> float:
    """To seven digits: what is beyond is noise, and pages stay small."""
    return float(f"{float(value):.7g}")
