"""A projection: samples in blocks, gathered into bands."""

import contextlib
import time
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np

from orchestrator.ramp.bands import EXACT_PATHS, PROBABILITIES
from orchestrator.ramp.conditioning import FEW, MOST_TIMES
from orchestrator.ramp.config import RampConfig
from orchestrator.ramp.gather import Gathered, seven_digits, threads
from orchestrator.ramp.inputs import Inputs
from orchestrator.ramp.loop import recursions
from orchestrator.ramp.records import BANDS, Band, Input, Projection
from orchestrator.ramp.sampling import BLOCK, quantities
from orchestrator.ramp.sensitivity import sobol, tornado
from orchestrator.ramp.simulate import Paths, simulate
from orchestrator.ramp.workspace import Workspace

Array = np.ndarray


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
        night=config.power.night,
        figures=gathered.figures,
        recursion=recursions(config, inputs),
        tornado=bars,
        sobol=sobol(config, inputs, bars) if config.sobol_samples else None,
        inputs=tuple(
            Input(name=key, value=str(quantity), source=quantity.source)
            for key, quantity in quantities(config)
        ),
        paths=gathered.paths,
        effective_paths=round(gathered.evidence.effective_paths, 1),
        seed=config.seed,
        seconds=round(seconds, 3),
        warnings=_warnings(config, gathered),
    )


def gather(
    config: RampConfig, inputs: Inputs, progress: Callable[[float], None] = lambda _: None
) -> Gathered:
    """Simulate a config's paths, a block at a time; more than it asks for, where few fit what is given."""
    gathered = Gathered(config)
    most = config.paths * MOST_TIMES if config.given else config.paths
    with contextlib.closing(blocks(config, inputs, most)) as drawn:
        for paths in drawn:
            gathered.add(paths)
            if most > EXACT_PATHS:  # fewer take seconds
                progress(gathered.paths / most)
            if gathered.paths >= config.paths and (gathered.evidence.enough or gathered.evidence.hopeless):
                break
    return gathered.finish()


def blocks(config: RampConfig, inputs: Inputs, paths: int) -> Generator[Paths]:
    """So many of a config's paths, `BLOCK` at a time and in order, from a thread per core.

    A block's arrays are used again for a later one once the next is asked for.
    """
    sampler = config.sampler()

    def block(number: int, workspace: Workspace) -> tuple[Paths, Workspace]:
        count = min(BLOCK, paths - number * BLOCK)
        values = sampler.values(sampler.uniforms(number, count, config.seed))
        return simulate(config, inputs, values, workspace), workspace

    numbers = iter(range(-(-paths // BLOCK)))
    with ThreadPoolExecutor(threads()) as pool:
        # One more than there are threads, for the block that is being counted; no more are in memory.
        ahead = deque(pool.submit(block, number, Workspace()) for number in islice(numbers, threads() + 1))
        while ahead:
            block_of_paths, workspace = ahead.popleft().result()
            yield block_of_paths
            ahead.extend(pool.submit(block, number, workspace) for number in islice(numbers, 1))


def month_names(config: RampConfig) -> tuple[str, ...]:
    """YYYY-MM of every month."""
    year, month = (int(part) for part in config.start.split("-"))
    counts = range(12 * year + month - 1, 12 * year + month - 1 + config.months)
    return tuple(f"{count // 12:04d}-{count % 12 + 1:02d}" for count in counts)


def _warnings(config: RampConfig, gathered: Gathered) -> tuple[str, ...]:
    found = []
    if config.given and gathered.evidence.effective_paths < FEW:
        found.append(
            f"what is given leaves {gathered.evidence.effective_paths:.0f} effective paths of {gathered.paths:,}: "
            "bands are coarse; take more paths"
        )
    if not config.sampler().names:
        found.append("no quantity is uncertain: all paths are the same")
    return tuple(found)


def _band(values: Array) -> Band:
    return Band(**{f"p{round(100 * p)}": _plain(row) for p, row in zip(PROBABILITIES, values, strict=True)})


def _plain(values: Array) -> tuple[float, ...]:
    return tuple(seven_digits(value) for value in values)
