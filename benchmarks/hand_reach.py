"""Train `hand-reach` with three seeds, evaluate each on 1,000 held-out targets, and write the figures down.

    .venv/bin/python benchmarks/hand_reach.py

`benchmarks/results/hand_reach/seed_N.json` holds each seed's figures, `benchmarks/results/hand_reach.json` all of them
and their means.
"""

from pathlib import Path
from typing import Any

from seeds import EVALUATION_SEED, Study, report

from envs.env import TaskEnv
from envs.rates import Rates
from envs.registry import make_task
from orchestrator.evaluation.policy import load_policy
from orchestrator.evaluation.rollouts import run_episodes
from orchestrator.training.run_directory import RunDirectory

EPISODES = 1000
OTHER_RATES_HZ = (180, 360)
"""Physics rates that a policy trained at its config's rate is evaluated at as well."""


def success_at(run: str, physics_hz: int) -> float:
    """Success rate of a run's policy where physics runs at another rate, on the same held-out targets."""
    policy = load_policy(RunDirectory.open(Path(run)))
    config = policy.config.task_config.model_copy(update={"rates": Rates(physics_hz=physics_hz)})
    task = make_task(policy.config.task, config)
    env = TaskEnv(task, EPISODES, seed=EVALUATION_SEED, split="heldout", autoreset=False)
    return float(run_episodes(env, policy.model.actor, EPISODES).figures["success"].double().mean())


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
