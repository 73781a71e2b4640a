"""Whether two workers learn as one does: the same task with equal worlds, three seeds each, trained live.

    python benchmarks/live_equivalence.py

writes benchmarks/results/live_equivalence.json: every run's learning curve, its success on held-out targets, and
Welch's t-tests of their differences. With three seeds a test can find large differences only; the confidence interval
of the difference says how large one could still be.
"""

import json
import statistics
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from scipy import stats
from seeds import EVALUATION_SEED, RESULTS, optimus

from orchestrator.config_files import dump_config, load_config
from orchestrator.provenance import origin
from orchestrator.training.config import TrainConfig

CONFIG, STEPS, SEEDS, EPISODES = "hand-reach", 600_000, (0, 1, 2), 1000
POINTS = 12
"""Of a learning curve: means over equal parts of the run."""


def keys(workers: int, seed: int) -> list[str]:
    """Changes of the config: a thread for each worker."""
    return [f"seed={seed}", f"steps={STEPS}", f"workers={workers}", "threads=1"]


def learned(workers: int, seed: int) -> dict[str, Any]:
    """Train one run and evaluate it."""
    run = f"runs/{CONFIG}-{workers}-workers-seed-{seed}"
    settings = [word for key in keys(workers, seed) for word in ("--set", key)]
    optimus("train", CONFIG, "--run-dir", run, *settings, "--overwrite")
    evaluated = optimus("evaluate", run, "--episodes", str(EPISODES), "--seed", str(EVALUATION_SEED))
    table = pq.read_table(Path(run, "metrics.parquet"))
    curves = {
        name: [float(np.nanmean(part)) for part in np.array_split(table.column(column).to_numpy(), POINTS)]
        for name, column in (("success", "episode/success"), ("return", "episode/return"))
    }
    return {
        "workers": workers,
        "seed": seed,
        "steps": int(table.column("step")[-1].as_py()),
        "curves": curves,
        "area": {name: statistics.mean(points) for name, points in curves.items()},
        "heldout_success": evaluated["success_rate"],
    }


def compared(ones: list[float], twos: list[float]) -> dict[str, Any]:
    """Means of both, and Welch's t-test of their difference (two less one)."""
    test = stats.ttest_ind(twos, ones, equal_var=False)
    interval = test.confidence_interval(0.95)
    return {
        "one_worker": statistics.mean(ones),
        "two_workers": statistics.mean(twos),
        "difference_ci95": [float(interval.low), float(interval.high)],
        "p": float(test.pvalue),  # pyright: ignore[reportAttributeAccessIssue]
    }


def main() -> None:
    """Train all and write the comparison."""
    runs = {workers: [learned(workers, seed) for seed in SEEDS] for workers in (1, 2)}

    def of(measure: str) -> dict[str, Any]:
        return compared(*([run["area"][measure] for run in runs[workers]] for workers in (1, 2)))

    held = compared(*([run["heldout_success"] for run in runs[workers]] for workers in (1, 2)))
    report = {
        "name": "live_equivalence",
        "config": dump_config(load_config(CONFIG, keys(2, SEEDS[0]), TrainConfig)),
        "episodes": EPISODES,
        "compared": {"success_in_training": of("success"), "return": of("return"), "heldout_success": held},
        "runs": [*runs[1], *runs[2]],
    }
    (RESULTS / "live_equivalence.json").write_text(json.dumps(report | origin(1), indent=1) + "\n")
    print(json.dumps(report["compared"], indent=1))


if __name__ == "__main__":
    main()
