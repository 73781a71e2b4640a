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
from duels import Duel
from matplotlib import pyplot as plt
from seeds import EVALUATION_SEED, RESULTS, Study, report
from torch import Tensor

from envs.agents import RandomAgent
from envs.marks import PALETTE
from envs.tasks.blocks.holdout import read_holdout
from orchestrator.config_files import load_config
from orchestrator.evaluation.archive import read_archive
from orchestrator.evaluation.policy import load_policy, make_env
from orchestrator.evaluation.rollouts import Agent, EpisodeOutcomes, run_episodes
from orchestrator.evaluation.statistics import wilson_interval
from orchestrator.selfplay.goals.past import version_of_bob
from orchestrator.training.config import TrainConfig
from orchestrator.training.run_directory import RunDirectory
from policies.checkpoint import load_checkpoint

CONFIGS = {
    "hand-push": "goal self-play",
    "hand-push-uncloned": "without cloning",
    "hand-push-uniform": "uniform goals",
    "hand-push-adr": "ADR over hand-written goals",
}
"""What each is called in the drawing."""

EPISODES = 256
GAMES = 400
"""Goals that Bob and another are both given."""

EDGES = (0.0, 0.08, 0.12, 0.16, 0.20, 0.40)
"""Of the bins of how far the blocks have to go, mean over blocks, m."""


def rate(success: Tensor) -> dict[str, Any]:
    """Success of some episodes with its interval."""
    solved, count = int(success.sum()), len(success)
    return {
        "episodes": count,
        "success_rate": solved / count,
        "success_ci95": wilson_interval(solved, count),
    }


def beaten(one: EpisodeOutcomes, other: EpisodeOutcomes) -> dict[str, Any]:
    """How often one did better at the same goal: brought it about alone, or sooner; where neither did, ended nearer."""
    solved, theirs = one.figures["success"].bool(), other.figures["success"].bool()
    sooner = one.figures["length"] - other.figures["length"]
    nearer = one.figures["distance/mean"] - other.figures["distance/mean"]
    # below zero: one did better
    lead = torch.where(
        solved & theirs, sooner, torch.where(solved | theirs, theirs.float() - solved.float(), nearer)
    )
    counts = [int(found.sum()) for found in (lead < 0, lead == 0, lead > 0, lead.isnan())]
    return Duel(*counts).figures() | {"others_success_rate": float(theirs.float().mean())}


def against_the_weak(run: str) -> dict[str, Any]:
    """Bob on goals that a random player and his own first snapshot are given, too."""
    policy = load_policy(RunDirectory.open(Path(run)))
    tensors, _ = load_checkpoint(policy.checkpoint)

    def play(agent: Agent) -> EpisodeOutcomes:
        env = make_env(policy.config, worlds=GAMES, seed=EVALUATION_SEED, threads=1)
        return run_episodes(env, agent, GAMES)

    actor = policy.model.actor
    others: dict[str, Agent] = {
        "against_random": RandomAgent(actor.log_std.shape[0], EVALUATION_SEED),
        "against_first_snapshot": version_of_bob(tensors, 0, actor),
    }
    bobs = play(actor)
    return {name: beaten(bobs, play(other)) for name, other in others.items()}


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
        **(against_the_weak(run) if config.goal_play else {}),
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


def pooled(config: str) -> tuple[int, list[tuple[float, int, int]]]:
    """Number of seeds with figures, and of every bin the mean way, m, successes and episodes of all of them."""
    seeds = [json.loads(path.read_text()) for path in sorted((RESULTS / study(config).name).glob("*.json"))]
    bins = []
    for cells in zip(*(seed["curve"] for seed in seeds), strict=True):
        episodes = sum(cell["episodes"] for cell in cells)
        way = sum(cell["mean_way_m"] * cell["episodes"] for cell in cells) / episodes
        bins.append((way, sum(round(cell["success_rate"] * cell["episodes"]) for cell in cells), episodes))
    return len(seeds), bins


def draw(path: Path) -> None:
    """Success against how far the blocks have to go, with 95% intervals, a line for each config that has figures."""
    figure, axes = plt.subplots(figsize=(7.2, 4.0), layout="constrained")
    for index, (config, name) in enumerate(CONFIGS.items()):
        seeds, bins = pooled(config)
        if not bins:
            continue
        ways = [100 * way for way, _, _ in bins]
        rates = [100 * solved / episodes for _, solved, episodes in bins]
        ends = [wilson_interval(solved, episodes) for _, solved, episodes in bins]
        low, high = ([100 * end[side] for end in ends] for side in (0, 1))
        label = f"{name} ({seeds} seed{'s' * (seeds > 1)})"
        axes.plot(ways, rates, color=PALETTE[index], marker="o", markersize=4, label=label)
        axes.fill_between(ways, low, high, color=PALETTE[index], alpha=0.15, linewidth=0)
    axes.set(xlabel="mean way of the blocks to their goals, cm", ylabel="success on held-out goals, %")
    axes.set(xlim=(0, None), ylim=(0, 100))
    axes.grid(color="#e6e8ec")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=2, frameon=False)
    # the same figures give the same file
    with plt.rc_context({"svg.hashsalt": path.stem, "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    plt.close(figure)


def main() -> None:
    """The studies that were named."""
    parser = argparse.ArgumentParser(description="Train goal self-play and what it has to beat.")
    parser.add_argument("configs", nargs="*", default=list(CONFIGS), help=", ".join(CONFIGS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    given = parser.parse_args()
    for count in range(1, len(given.seeds) + 1):
        for config in given.configs:
            report(replace(study(config), seeds=given.seeds[:count]))
            draw(RESULTS / "goal_selfplay.svg")


if __name__ == "__main__":
    main()
