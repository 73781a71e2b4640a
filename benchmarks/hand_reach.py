"""Train `hand-reach` with three seeds, evaluate each on 1,000 held-out targets, and write the figures down.

    .venv/bin/python benchmarks/hand_reach.py

`benchmarks/results/hand_reach/seed_N.json` holds each seed's figures, `benchmarks/results/hand_reach.json` all of them
and their means.
"""

from typing import Any

from seeds import Study, figures_under, report

from envs.rates import Rates

EPISODES = 1000
OTHER_RATES_HZ = (180, 360)
"""Physics rates that a policy trained at its config's rate is evaluated at as well."""


def success_at(run: str, physics_hz: int) -> float:
    """Success rate of a run's policy where physics runs at another rate, on the same held-out targets."""
    figures = figures_under(run, {"rates": Rates(physics_hz=physics_hz)}, EPISODES)
    return float(figures["success"].double().mean())


def further(run: str, evaluated: dict[str, Any]) -> dict[str, Any]:
    """Distances, fingers and other rates."""
    return {
        "distance_mean_mm": 1000 * evaluated["metrics"]["distance/mean"],
        "fingers_within_tolerance": {k: v["within_tolerance"] for k, v in evaluated["fingers"].items()},
        "cycle_time_s": evaluated["cycle_time_s"],
        "success_rate_at_physics_hz": {str(hz): success_at(run, hz) for hz in OTHER_RATES_HZ},
    }


STUDY = Study(
    config="hand-reach",
    seeds=(0, 1, 2),
    episodes=EPISODES,
    command="python benchmarks/hand_reach.py",
    further=further,
    averaged=(
        "success_rate",
        "distance_mean_mm",
        "train_seconds",
        "zero_success_rate",
        "random_success_rate",
    ),
)

if __name__ == "__main__":
    report(STUDY)
