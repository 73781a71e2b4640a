"""Train `hand-reach` with three seeds, evaluate each on 1,000 held-out targets, and write the figures down.

    .venv/bin/python benchmarks/hand_reach.py

Each seed's figures are written to `benchmarks/results/hand_reach/seed_N.json` as soon as they are there, and a seed
that has them is not trained again: remove its file for that. `benchmarks/results/hand_reach.json` holds all of them and
their means.
"""

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from envs.env import TaskEnv
from envs.rates import Rates
from envs.registry import make_task
from orchestrator.config_files import dump_config, load_config
from orchestrator.errors import InputError
from orchestrator.evaluation.policy import load_policy
from orchestrator.evaluation.rollouts import run_episodes
from orchestrator.training.config import TrainConfig
from orchestrator.training.run_directory import RunDirectory

RESULTS = Path(__file__).parent / "results"
CONFIG = "hand-reach"
SEEDS = (0, 1, 2)
EPISODES = 1000
EVALUATION_SEED = 1
OTHER_RATES_HZ = (180, 360)
"""Physics rates that a policy trained at its config's rate is evaluated at as well."""


def optimus(*arguments: str) -> dict[str, Any]:
    """Run a command of the project; returns what it prints with `--json`."""
    command = [sys.executable, "-c", "from orchestrator.cli.main import main; raise SystemExit(main())"]
    done = subprocess.run([*command, *arguments, "--json"], check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def success_at(run: str, physics_hz: int) -> float:
    """Success rate of a run's policy where physics runs at another rate, on the same held-out targets."""
    policy = load_policy(RunDirectory.open(Path(run)))
    config = policy.config.task_config.model_copy(update={"rates": Rates(physics_hz=physics_hz)})
    task = make_task(policy.config.task, config)
    env = TaskEnv(task, EPISODES, seed=EVALUATION_SEED, split="heldout", autoreset=False)
    return float(run_episodes(env, policy.model.actor, EPISODES).figures["success"].double().mean())


def earlier(seed: int) -> dict[str, Any] | None:
    """What an earlier call found.

    Raises:
        InputError: the config has changed since.
    """
    path = result_path(seed)
    if not path.exists():
        return None
    figures = json.loads(path.read_text())
    if figures["config"] != dump_config(load_config(CONFIG, [f"seed={seed}"], TrainConfig)):
        raise InputError(path, f"is of another config than {CONFIG} is now; remove the file to train again")
    return figures


def result_path(seed: int) -> Path:
    """Where a seed's figures are."""
    return RESULTS / "hand_reach" / f"seed_{seed}.json"


def one_seed(seed: int) -> dict[str, Any]:
    """Train and evaluate one seed, and write its figures down."""
    path = result_path(seed)
    run = f"runs/hand-reach-seed-{seed}"
    trained = optimus("train", CONFIG, "--run-dir", run, "--set", f"seed={seed}", "--overwrite")
    evaluated = optimus("evaluate", run, "--episodes", str(EPISODES), "--seed", str(EVALUATION_SEED))
    baselines = evaluated.get("baselines", {})
    figures = {
        "seed": seed,
        "steps": trained["steps"],
        "train_seconds": trained["seconds"],
        "weights_sha256": trained["weights_sha256"],
        "success_rate": evaluated["success_rate"],
        "success_ci95": evaluated["success_ci95"],
        "distance_mean_mm": 1000 * evaluated["metrics"]["distance/mean"],
        "fingers_within_tolerance": {k: v["within_tolerance"] for k, v in evaluated["fingers"].items()},
        "cycle_time_s": evaluated["cycle_time_s"],
        "zero_success_rate": baselines["zero"]["success_rate"],
        "random_success_rate": baselines["random"]["success_rate"],
        "success_rate_at_physics_hz": {str(hz): success_at(run, hz) for hz in OTHER_RATES_HZ},
        "run": json.loads(Path(run, "run.json").read_text()),
        "config": Path(run, "config.yaml").read_text(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=1) + "\n")
    return figures


def main() -> None:
    """All seeds, one after the other."""
    try:
        found = {seed: earlier(seed) for seed in SEEDS}
    except InputError as error:
        sys.exit(str(error))
    seeds = [found[seed] or one_seed(seed) for seed in SEEDS]
    summary: dict[str, Any] = {
        name: statistics.mean(seed[name] for seed in seeds)
        for name in (
            "success_rate",
            "distance_mean_mm",
            "train_seconds",
            "zero_success_rate",
            "random_success_rate",
        )
    }
    result = {
        "command": "python benchmarks/hand_reach.py",
        "episodes": EPISODES,
        "mean": summary,
        "seeds": seeds,
    }
    (RESULTS / "hand_reach.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(summary, indent=1))


if __name__ == "__main__":
    main()
