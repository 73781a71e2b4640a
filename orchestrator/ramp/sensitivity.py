"""Which inputs matter: a tornado of one at a time, and Sobol's indices of all together."""

from typing import Any

import numpy as np

from orchestrator.ramp.config import RampConfig
from orchestrator.ramp.inputs import Inputs
from orchestrator.ramp.records import Effect, Indices, Sobol
from orchestrator.ramp.sampling import BLOCK, Sampler
from orchestrator.ramp.simulate import simulate

Array = np.ndarray

LOW, HIGH = 0.05, 0.95
"""Percentiles between which a tornado's bar swings."""

VARIED = 8
"""Inputs that Sobol's indices are worked out for."""

_MEDIANS = 0.5


def tornado(config: RampConfig, inputs: Inputs) -> tuple[Effect, ...]:
    """Cumulative units at the end with each input at its 5th and 95th percentile, the others at their medians.

    Correlations do not count here.
    """
    sampler = config.sampler()
    count = len(sampler.names)
    if not count:
        return ()
    uniforms = np.full((2 * count, count), _MEDIANS)
    uniforms[np.arange(count), np.arange(count)] = LOW
    uniforms[count + np.arange(count), np.arange(count)] = HIGH
    results = final_units(config, inputs, sampler, uniforms)
    values = sampler.values(uniforms)
    effects = [
        Effect(
            name=name,
            low_value=float(f"{values(name)[index]:.6g}"),
            high_value=float(f"{values(name)[count + index]:.6g}"),
            low=float(results[index]),
            high=float(results[count + index]),
        )
        for index, name in enumerate(sampler.names)
    ]
    return tuple(sorted(effects, key=lambda effect: -abs(effect.high - effect.low)))


def sobol(config: RampConfig, inputs: Inputs, bars: tuple[Effect, ...]) -> Sobol | None:
    """First-order and total indices of the inputs with the widest bars; None where fewer than two matter."""
    # Imported here: it takes a second, and other commands need none of it.
    from scipy.stats import sobol_indices, uniform

    sampler = config.sampler()
    names = [bar.name for bar in bars[:VARIED] if bar.low != bar.high]
    if len(names) < 2:
        return None
    columns = [sampler.names.index(name) for name in names]

    def result(x: Array) -> Array:
        uniforms = np.full((x.shape[1], len(sampler.names)), _MEDIANS)
        uniforms[:, columns] = np.clip(x.T, 1e-9, 1 - 1e-9)
        return np.log10(1 + final_units(config, inputs, sampler, uniforms))[None]

    found = sobol_indices(
        func=result,
        n=config.sobol_samples,
        dists=[uniform()] * len(names),
        rng=np.random.default_rng([config.seed, 2**31]),
    )
    spread = found.bootstrap(confidence_level=0.95, n_resamples=200)
    first, total = np.ravel(found.first_order), np.ravel(found.total_order)
    return Sobol(
        samples=config.sobol_samples,
        inputs=tuple(
            Indices(
                name=name,
                first=round(float(first[index]), 4),
                total=round(float(total[index]), 4),
                first_ci95=_ends(spread.first_order.confidence_interval, index),
                total_ci95=_ends(spread.total_order.confidence_interval, index),
            )
            for index, name in enumerate(names)
        ),
        correlations_left_out=bool(config.correlations),
    )


def _ends(interval: Any, index: int) -> tuple[float, float]:  # noqa: ANN401 - scipy's, whose type is its own
    low, high = np.ravel(interval.low), np.ravel(interval.high)
    return round(float(low[index]), 4), round(float(high[index]), 4)


def final_units(config: RampConfig, inputs: Inputs, sampler: Sampler, uniforms: Array) -> Array:
    """Cumulative units at the projection's end for given draws (n, quantities), (n,)."""
    return np.concatenate(
        [
            simulate(config, inputs, sampler.values(uniforms[first : first + BLOCK])).monthly["cumulative"][
                -1
            ]
            for first in range(0, len(uniforms), BLOCK)
        ]
    )
