"""What the page needs to compute futures by itself: some paths' inputs, and which of them have sliders."""

from typing import Any

import numpy as np

from orchestrator.ramp.config import RampConfig
from orchestrator.ramp.inputs import Inputs
from orchestrator.ramp.records import Projection
from orchestrator.ramp.sampling import BLOCK, quantities
from orchestrator.ramp.workspace import Workspace

PAGE_PATHS = 100
"""Paths that the page computes: the projection's first ones, unless what is given rules them out."""

PAGE_BLOCKS = 80
"""The most blocks of paths that they are drawn from where something is given."""

SLIDERS = 10
"""Inputs with a slider: the stretch, and the widest of the tornado."""


def slider_keys(projection: Projection) -> list[str]:
    """Keys of the inputs with a slider."""
    widest = [bar.name for bar in projection.tornado if bar.low != bar.high]
    return list(dict.fromkeys(["stretch", *widest]))[:SLIDERS]


def page_model(config: RampConfig, inputs: Inputs) -> dict[str, Any]:
    """The page's model as JSON: the config's structure, and all quantities' values on each of its paths."""
    sampler = config.sampler()
    uniforms = sampler.uniforms(0, PAGE_PATHS, config.seed)
    if config.given:
        uniforms = _fitting(config, inputs)
    values = sampler.values(uniforms)
    known = dict(quantities(config))
    return {
        "config": config.model_dump(mode="json"),
        "factors": list(config.factors),
        "paths": len(uniforms),
        "productivity": inputs.productivity,
        "plans": [None if plan is None else plan.model_dump() for plan in inputs.plans],
        "shares": [key for key, quantity in known.items() if quantity.bounds.high == 1],
        "values": {
            key: [float(f"{value:.7g}") for value in values(key)]
            if quantity.uncertain
            else float(values(key)[0])
            for key, quantity in known.items()
        },
    }


def _fitting(config: RampConfig, inputs: Inputs) -> np.ndarray:
    """Draws of paths that fit what is given: resampled by their weights, from as many blocks as it takes.

    Raises:
        InputError: none is near it.
    """
    from orchestrator.ramp.conditioning import Evidence
    from orchestrator.ramp.simulate import simulate

    sampler, evidence, workspace = config.sampler(), Evidence(config), Workspace()
    drawn: list[np.ndarray] = []
    weights: list[np.ndarray] = []
    while len(drawn) < PAGE_BLOCKS and evidence.effective_paths < PAGE_PATHS:
        drawn.append(sampler.uniforms(len(drawn), BLOCK, config.seed))
        paths = simulate(config, inputs, sampler.values(drawn[-1]), workspace)
        weights.append(evidence.weigh(paths))
    evidence.check()
    everything, likely = np.concatenate(drawn), np.concatenate(weights)
    chosen = np.random.default_rng([config.seed, 2**31 + 1])
    return everything[chosen.choice(len(everything), PAGE_PATHS, p=likely / likely.sum())]
