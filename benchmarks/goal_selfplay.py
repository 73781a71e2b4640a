"""Goal self-play beside what it has to beat, at equal environment steps: Bob's success on fixed, held-out goals.

    .venv/bin/python benchmarks/goal_selfplay.py --seeds 0
    .venv/bin/python benchmarks/goal_selfplay.py hand-push-uniform --seeds 0 1 2

Each config is trained and evaluated on the fixed goals of `configs/goals/hand-push.yaml`, and its figures are written
as they finish: `benchmarks/results/CONFIG/seed_N.json`, underscores in the config's name. `goal_selfplay.svg` beside
them draws success against how far the blocks have to go, of all that there is by then.
"""

import argparse
import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from seeds import RESULTS, Study, report
from torch import Tensor

from envs.marks import PALETTE
from envs.tasks.blocks.holdout import read_holdout
from orchestrator.config_files import load_config
from orchestrator.evaluation.archive import read_archive
from orchestrator.evaluation.statistics import wilson_interval
from orchestrator.training.config import TrainConfig
from orchestrator.training.run_directory import RunDirectory

CONFIGS = {
    "hand-push": "goal self-play",
    "hand-push-uncloned": "without cloning",
    "hand-push-uniform": "uniform goals",
    "hand-push-adr": "ADR over hand-written goals",
}
"""What each is called in the drawing."""

EPISODES = 256
EDGES = (0.0, 0.08, 0.12, 0.16, 0.20, 0.40)
"""Of the bins of how far the blocks have to go, mean over blocks, m."""

_WIDE, _HIGH, _PAD = 560, 320, 48


def rate(success: Tensor) -> dict[str, Any]:
    """Success of some episodes with its interval."""
    solved, count = int(success.sum()), len(success)
    return {
        "episodes": count,
        "success_rate": solved / count,
        "success_ci95": wilson_interval(solved, count),
    }


def further(run: str, evaluated: dict[str, Any]) -> dict[str, Any]:
    """Success by family and by how far the blocks have to go, and what the task measured."""
    directory = RunDirectory.open(Path(run))
    archive = read_archive(directory)
    assert archive is not None
    config = load_config(directory.config_path, [], TrainConfig)
    holdout = read_holdout(config.task, config.task_config.model_dump()["blocks"], torch.device("cpu"))
    figures = archive.figures("policy")
    number, success = figures["number"].long(), figures["success"].bool()
    families = [holdout.family[i] for i in number.tolist()]
    way = (holdout.goal - holdout.start)[..., :2].norm(dim=2).mean(dim=1)[number]
    by_family = {
        name: rate(success[torch.tensor([family == name for family in families])])
        for name in dict.fromkeys(holdout.family)
    }
    curve = []
    for low, high in pairwise(EDGES):
        inside = (way >= low) & (way < high)
        if inside.any():
            curve.append({"mean_way_m": float(way[inside].mean())} | rate(success[inside]))
    return {
        "families": by_family,
        "curve": curve,
        "at_goal": evaluated["metrics"]["at_goal"],
        "distance_mean_m": evaluated["metrics"]["distance/mean"],
        "referee": evaluated.get("referee"),
    }


def study(config: str) -> Study:
    """Of one config."""
    return Study(
        config=config,
        seeds=(0, 1, 2),
        episodes=EPISODES,
        command=f"python benchmarks/goal_selfplay.py {config}",
        further=further,
        averaged=("success_rate", "train_seconds", "zero_success_rate", "random_success_rate"),
    )


def draw() -> str:
    """Success against how far the blocks have to go, a line for each config that has figures, as SVG."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDE}" height="{_HIGH}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="white"/>'
    ]
    for share in (0, 0.25, 0.5, 0.75, 1):
        x, y = _at(0.0, share)
        parts.append(
            f'<path d="M{x} {y}H{_WIDE - 10}" stroke="#e6e8ec"/><text x="8" y="{y + 4}">{share:.0%}</text>'
        )
    for way in (0.0, 0.1, 0.2):
        x, y = _at(way, 0.0)
        parts.append(f'<text x="{x}" y="{y + 18}" text-anchor="middle">{100 * way:.0f} cm</text>')
    parts.append(
        f'<text x="{_WIDE / 2}" y="{_HIGH - 6}" text-anchor="middle">way of a block to its goal</text>'
    )
    for index, (config, name) in enumerate(CONFIGS.items()):
        seeds = [
            json.loads(path.read_text()) for path in sorted((RESULTS / study(config).name).glob("*.json"))
        ]
        if not seeds:
            continue
        colour, label = PALETTE[index], f"{name} ({len(seeds)} seed{'s' * (len(seeds) > 1)})"
        columns = zip(*(seed["curve"] for seed in seeds), strict=True)
        points = [
            _at(cells[0]["mean_way_m"], sum(cell["success_rate"] for cell in cells) / len(cells))
            for cells in columns
        ]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{_WIDE - 230}" y="{20 + 16 * index}" fill="{colour}">{label}</text>')
    return "\n".join([*parts, "</svg>\n"])


def _at(way: float, share: float) -> tuple[float, float]:
    """Where a point is drawn, pixels."""
    return _PAD + way / 0.24 * (_WIDE - _PAD - 20), _HIGH - 44 - share * (_HIGH - 64)


def main() -> None:
    """The studies that were named."""
    parser = argparse.ArgumentParser(description="Train goal self-play and what it has to beat.")
    parser.add_argument("configs", nargs="*", default=list(CONFIGS), help=", ".join(CONFIGS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    given = parser.parse_args()
    for seed in given.seeds:
        for config in given.configs:
            report(replace(study(config), seeds=[seed]))
            (RESULTS / "goal_selfplay.svg").write_text(draw())


if __name__ == "__main__":
    main()
