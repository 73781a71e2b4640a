"""Students that see, taught by a policy that is told: success on held-out episodes, and what it is of the teacher's.

    python benchmarks/vision.py --teacher runs/hand-reach-seed-0 --seeds 0,1,2

trains `hand-reach-student` with each seed and evaluates each on 300 held-out episodes at 20 mm and, in the same ones,
at 10 mm; the teacher likewise, in `hand-reach`. `benchmarks/results/hand_reach_student/` keeps each seed's figures with
its learning curve as soon as they are there, `hand_reach_student.json` the means.

    python benchmarks/vision.py --end-to-end --seeds 0

does the same for PPO from pixels, `hand-reach-visual`, with as many steps and the same cameras.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from seeds import Study, figures_under, report, success_of

from orchestrator.config_files import load_config
from orchestrator.evaluation.curves import Curves
from orchestrator.training.config import TrainConfig
from orchestrator.training.metrics import read_metrics
from orchestrator.training.run_directory import RunDirectory

EPISODES = 300
TOLERANCES_MM = (20, 10)
_CURVES = ("episode/success", "episode/distance/mean", "loss/imitation", "loss/auxiliary")
_POINTS = 50
"""Of a learning curve that are kept."""

AVERAGED = ("success_20mm", "success_10mm", "mean_distance_m", "train_seconds")
COMMAND = " ".join(["python", "benchmarks/vision.py", *sys.argv[1:]])


def success_within(run: str) -> dict[str, Any]:
    """Share of episodes with every fingertip within each tolerance, and its interval."""
    found = {}
    for limit in TOLERANCES_MM:
        share = success_of(figures_under(run, {"tolerance": limit / 1000}, EPISODES))
        found[f"success_{limit}mm"] = share["success_rate"]
        found[f"success_{limit}mm_ci95"] = share["success_ci95"]
    return found


def curve(run: str) -> dict[str, list[float | None]]:
    """The training's success, with exploration noise and the teacher's help, and its losses, over steps."""
    directory = RunDirectory.open(Path(run))
    table, curves = read_metrics(directory.metrics), Curves(read_metrics(directory.metrics))
    stride = max(1, len(curves.steps) // _POINTS)
    kept = {"steps": curves.steps[::stride].tolist(), "seconds": curves.seconds[::stride].round(1).tolist()}
    for name in set(_CURVES) & set(table.column_names):
        values = table.column(name).to_numpy().astype(float)[::stride]
        kept[name] = [round(float(value), 5) if np.isfinite(value) else None for value in values]
    return kept


def student(teacher: str, seeds: Sequence[int], keys: Sequence[str]) -> Study:
    """`hand-reach-student`, and what its success is of its teacher's."""
    told = success_within(teacher)

    def further(run: str, evaluated: dict[str, Any]) -> dict[str, Any]:
        own = seeing(run, evaluated)
        return own | {"of_teachers_20mm": own["success_20mm"] / told["success_20mm"], "teacher": told}

    return Study(
        config="hand-reach-student",
        seeds=seeds,
        episodes=EPISODES,
        command=COMMAND,
        further=further,
        averaged=(*AVERAGED, "of_teachers_20mm"),
        overrides=[f"distillation.teacher={teacher}", *keys],
    )


def end_to_end(seeds: Sequence[int], keys: Sequence[str]) -> Study:
    """`hand-reach-visual`, as long and with the same cameras as the student."""
    taught = load_config("hand-reach-student", ["distillation.teacher=none"], TrainConfig)
    cameras = taught.task_config.model_dump(mode="json")["cameras"]["cameras"]
    return Study(
        config="hand-reach-visual",
        seeds=seeds,
        episodes=EPISODES,
        command=COMMAND,
        further=seeing,
        averaged=AVERAGED,
        overrides=[f"steps={taught.steps}", f"task_config.cameras.cameras={json.dumps(cameras)}", *keys],
    )


def seeing(run: str, evaluated: dict[str, Any]) -> dict[str, Any]:
    """Success at each tolerance, distance, bits and the learning curve."""
    return success_within(run) | {
        "mean_distance_m": evaluated["metrics"]["distance/mean"],
        "bits": evaluated["bits"],
        "curve": curve(run),
    }


def main() -> None:
    """Train and evaluate the seeds that are not there yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--teacher", help="run directory of hand-reach")
    way.add_argument("--end-to-end", action="store_true", help="nobody teaches: PPO")
    parser.add_argument("--seeds", default="0,1,2", help="separated by commas")
    parser.add_argument("--set", dest="keys", action="append", default=[], metavar="KEY=VALUE")
    given = parser.parse_args()
    seeds = [int(seed) for seed in given.seeds.split(",")]
    report(student(given.teacher, seeds, given.keys) if given.teacher else end_to_end(seeds, given.keys))


if __name__ == "__main__":
    main()
