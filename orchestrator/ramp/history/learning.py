"""Learn the priors from the past ramps: `python -m orchestrator.ramp.history.learning` writes `priors.yaml`.

Everything is learned once from all ramps and once without each group of them. A ramp counts with the inverse square
root of its group's size: ramps of one group share shocks, but say more than one ramp.
"""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product

import numpy as np
import yaml
from scipy.optimize import minimize

from orchestrator.ramp.history import ensemble, trends
from orchestrator.ramp.history.ensemble import MEMBERS, SCORED_HORIZON
from orchestrator.ramp.history.judging import JudgedRamp, each_origin
from orchestrator.ramp.history.posterior import CurvePriors, fit_curves
from orchestrator.ramp.history.priors import (
    PRIORS,
    Hyperparameters,
    MixingPriors,
    PastErrors,
    PastRamp,
    PriorFile,
    ScalePriors,
    past_ramps,
)
from orchestrator.ramp.history.rolling import Rolling
from orchestrator.ramp.history.trends import TrendPriors

Array = np.ndarray

ERROR_HORIZON = 8
"""Errors for the bands are kept up to so many periods ahead."""

VAGUE = CurvePriors(log_rate_mean=float(np.log(0.4)), log_rate_sd=1.0, headroom=1.5, noise=0.2)
"""To fit the past ramps with, before anything is learned. An assumption: rates of 15% to 110% per period."""

TEMPERATURES, LEARNING, MEMORIES = (2.0, 5.0, 10.0, 20.0), (0.1, 0.3, 0.6, 1.0, 2.0), (0.8, 0.9, 1.0)
SCALE_WEIGHTS, SCALE_MEMORIES = (1.0, 2.0, 4.0, 8.0), (0.8, 0.9, 0.95, 1.0)


def learn(ramps: Sequence[PastRamp]) -> Hyperparameters:
    """Hyperparameters from past ramps."""
    sizes = Counter(ramp.group for ramp in ramps)
    prepared = [JudgedRamp.of(ramp, sizes[ramp.group]) for ramp in ramps]
    trend, curve = _learn_trends(prepared), _learn_curves(prepared)
    paths = [_member_paths(ramp, trend, curve) for ramp in prepared]
    mixing = _learn_mixing(prepared, paths)
    return Hyperparameters(
        trends=trend, curves=curve, mixing=mixing, scale=_learn_scale(prepared, paths, mixing)
    )


def _weighted(prepared: Sequence[JudgedRamp], values: Sequence[float]) -> float:
    return float(np.average(values, weights=[ramp.weight for ramp in prepared]))


def _learn_curves(prepared: Sequence[JudgedRamp]) -> CurvePriors:
    """Moments over the ramps of what is fitted to each."""
    log_rates, noises, headroom, ended = [], [], 0.0, 0.0
    for ramp in prepared:
        posterior = fit_curves(ramp.log_units, VAGUE)
        log_rates.append(float(posterior.weight @ np.log(posterior.rate)))
        noises.append(float(posterior.weight @ posterior.noise))
        # an exponential's mean with censoring: the ramps that still rise at their end have more room than was seen
        peak = int(np.argmax(ramp.log_units))
        rooms = ramp.log_units[peak] - ramp.log_units[1:peak]
        headroom += ramp.weight * float(rooms.sum()) / max(len(rooms), 1)
        ended += ramp.weight * (1.0 if peak < len(ramp.log_units) - 2 else 0.5)
    mean = _weighted(prepared, log_rates)
    spread = _weighted(prepared, [(rate - mean) ** 2 for rate in log_rates]) ** 0.5
    return CurvePriors(
        log_rate_mean=_rounded(mean),
        log_rate_sd=_rounded(max(spread, 0.3)),
        headroom=_rounded(headroom / ended),
        noise=_rounded(_weighted(prepared, noises)),
    )


def _learn_trends(prepared: Sequence[JudgedRamp]) -> TrendPriors:
    """By the score of the members that use them, each on its own."""

    def growth(x: Array) -> TrendPriors:
        memory, damping = 1 / (1 + np.exp(-x[0])), 1 / (1 + np.exp(-x[3]))
        return TrendPriors(memory, float(np.clip(x[1], -0.2, 0.4)), float(np.exp(x[2])), damping, 0.7, 0.7)

    def growth_loss(x: Array) -> float:
        priors = growth(x)
        scores = [ramp.score(each_origin(ramp.log_units, trends.damped_growth, priors)) for ramp in prepared]
        return _weighted(prepared, scores) + 0.002 * float((x[[0, 2, 3]] ** 2).sum())

    def steps_loss(x: Array) -> float:
        priors = TrendPriors(0.7, 0.1, 1.0, 0.8, *(1 / (1 + np.exp(-x))))
        scores = [ramp.score(each_origin(ramp.log_units, trends.damped_steps, priors)) for ramp in prepared]
        return _weighted(prepared, scores) + 0.002 * float((x**2).sum())

    options = {"maxfev": 250, "xatol": 0.02, "fatol": 1e-4}
    best = minimize(growth_loss, np.array([0.8, 0.05, 0.5, 1.0]), method="Nelder-Mead", options=options).x
    steps = minimize(steps_loss, np.array([0.8, 0.8]), method="Nelder-Mead", options=options).x
    found = growth(best)
    return TrendPriors(
        growth_memory=_rounded(found.growth_memory),
        growth_mean=_rounded(found.growth_mean),
        growth_weight=_rounded(found.growth_weight),
        growth_damping=_rounded(found.growth_damping),
        step_memory=_rounded(1 / (1 + np.exp(-steps[0]))),
        step_damping=_rounded(1 / (1 + np.exp(-steps[1]))),
    )


def _member_paths(ramp: JudgedRamp, trend: TrendPriors, curve: CurvePriors) -> Array:
    """(n, members, horizon) from every origin."""
    return np.stack(
        [
            ensemble.member_paths(
                ensemble.trend_paths(ramp.log_units[:seen], SCORED_HORIZON, trend),
                ensemble.curve_paths(ramp.log_units[:seen], SCORED_HORIZON, curve),
            )
            for seen in range(1, len(ramp.log_units) + 1)
        ]
    )


def _learn_mixing(prepared: Sequence[JudgedRamp], paths: Sequence[Array]) -> MixingPriors:
    """Starting weights from each member's own score, and how fast to leave them, by the average's score."""
    scores = np.array(
        [
            _weighted(
                prepared, [ramp.score(path[:, member]) for ramp, path in zip(prepared, paths, strict=True)]
            )
            for member in range(len(MEMBERS))
        ]
    )
    errors = [
        ensemble.path_errors(r.log_units, path, first=1) for r, path in zip(prepared, paths, strict=True)
    ]

    def candidate(temperature: float, learning: float, memory: float) -> MixingPriors:
        weights = np.exp(-temperature * (scores - scores.min()))
        weights /= weights.sum()
        named = {name: _rounded(float(weight)) for name, weight in zip(MEMBERS, weights, strict=True)}
        return MixingPriors(weights=named, learning=learning, memory=memory)

    def loss(mixing: MixingPriors) -> float:
        averages = (
            ensemble.averages(error, path, mixing)[0] for error, path in zip(errors, paths, strict=True)
        )
        return _weighted(
            prepared, [ramp.score(average) for ramp, average in zip(prepared, averages, strict=True)]
        )

    return min((candidate(*values) for values in product(TEMPERATURES, LEARNING, MEMORIES)), key=loss)


def _learn_scale(prepared: Sequence[JudgedRamp], paths: Sequence[Array], mixing: MixingPriors) -> ScalePriors:
    """By the likelihood of one-step errors under a Laplace distribution."""
    one_step = []
    for ramp, path in zip(prepared, paths, strict=True):
        errors = ensemble.path_errors(ramp.log_units, path, first=1)
        average = ensemble.averages(errors, path, mixing)[0]
        one_step.append(ensemble.path_errors(ramp.log_units, average[:, None, :], first=1)[:, 0, 0])
    typical = _weighted(prepared, [float(np.nanmean(np.abs(errors))) for errors in one_step])

    def loss(scale: ScalePriors) -> float:
        costs = []
        for errors in one_step:
            expected = ensemble.scales(errors, scale)
            costs.append(float(np.nanmean(np.log(expected) + np.abs(errors) / expected)))
        return _weighted(prepared, costs)

    candidates = (
        ScalePriors(error=_rounded(typical), weight=weight, memory=memory)
        for weight, memory in product(SCALE_WEIGHTS, SCALE_MEMORIES)
    )
    return min(candidates, key=loss)


def past_errors(ramp: PastRamp, priors: Hyperparameters) -> PastErrors:
    """Errors of rolling forecasts of one ramp.

    Args:
        ramp: to be forecast.
        priors: that have not seen its group.
    """
    rolling = Rolling(ramp.series().units, ERROR_HORIZON, priors)
    origins = range(1, len(rolling.errors) - 1)
    return PastErrors(
        name=ramp.name,
        group=ramp.group,
        seen=tuple(origin + 1 for origin in origins),
        errors=tuple(
            tuple(None if np.isnan(e) else _rounded(float(e)) for e in rolling.errors[origin])
            for origin in origins
        ),
    )


def _rounded(value: float) -> float:
    """To four digits: more would pretend to be known."""
    return float(f"{value:.4g}")


def main() -> None:
    """Learn everything, and write it."""
    ramps = past_ramps()
    groups = list(dict.fromkeys(ramp.group for ramp in ramps))
    with ProcessPoolExecutor() as pool:
        sets = [ramps, *([ramp for ramp in ramps if ramp.group != group] for group in groups)]
        everything, *others = pool.map(learn, sets)
        without = dict(zip(groups, others, strict=True))
        past = tuple(pool.map(past_errors, ramps, [without[ramp.group] for ramp in ramps]))
    file = PriorFile(
        prior_series=tuple(ramp.name for ramp in ramps),
        everything=everything,
        without=without,
        past=past,
    )
    text = yaml.safe_dump(file.model_dump(mode="json"), sort_keys=False, default_flow_style=None, width=118)
    header = "# Written by `python -m orchestrator.ramp.history.learning` from past_ramps.yaml. Not to be edited.\n"
    PRIORS.write_text(header + text, encoding="utf-8")


if __name__ == "__main__":
    main()
