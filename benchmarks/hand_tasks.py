"""Evaluate trained policies of the hand's tasks on held-out episodes, and have a referee judge them.

    python benchmarks/hand_tasks.py hand-turn runs/hand-turn

Success and the task's metrics are those of `--episodes` held-out episodes at the physics rate of the run, at twice that
rate, and at the rate that the run's config evaluates at. The referee replays the first `--judged` of each.
`benchmarks/results/TASK.json` keeps all of it, with the run's command, config and machine.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import torch

from envs.agents import RandomAgent, ZeroAgent
from envs.env import TaskEnv
from envs.registry import make_task
from envs.task import TaskConfig
from envs.tasks.catalogue import CATALOGUE
from orchestrator.evaluation.judging import judge_episodes
from orchestrator.evaluation.policy import load_policy
from orchestrator.evaluation.rollouts import Agent, EpisodeOutcomes, run_episodes
from orchestrator.evaluation.statistics import wilson_interval
from orchestrator.provenance import this_machine
from orchestrator.training.run_directory import RunDirectory

RESULTS = Path(__file__).parent / "results"
SEED = 1

COUNTED = {
    "hand-turn": "turns",
    "hand-reorient": "goals",
    "hand-reorient-visual": "goals",
    "hand-grasp": "held",
    "hand-grasp-visual": "held",
    "hand-insert": "depth",
}
"""The figure that a task counts, beside success."""


def episodes_of(
    task: str, config: TaskConfig, agent: Agent, episodes: int, judged: int = 0
) -> EpisodeOutcomes:
    """Held-out episodes, the first `judged` of them written down for a referee."""
    env = TaskEnv(make_task(task, config), episodes, seed=SEED, split="heldout", threads=1, autoreset=False)
    return run_episodes(env, agent, episodes, judged=judged)


def summary(outcomes: EpisodeOutcomes) -> dict[str, Any]:
    """Success with its 95% interval, and the means of everything else."""
    figures = outcomes.figures
    successes, count = int(figures["success"].sum()), outcomes.count
    means = {name: round(float(v.double().mean()), 4) for name, v in figures.items() if name != "kind"}
    found = {"episodes": count, "success_ci95": wilson_interval(successes, count)} | means
    if "kind" in figures:
        found["success_by_object"] = {
            thing.name: round(float(figures["success"][figures["kind"] == kind].double().mean()), 3)
            for kind, thing in enumerate(CATALOGUE)
            if (figures["kind"] == kind).any()
        }
    return found


def judgement(task: str, config: TaskConfig, outcomes: EpisodeOutcomes) -> dict[str, Any]:
    """What the referee says of recorded episodes, beside what the task said."""
    found = judge_episodes(task, config, outcomes)
    assert found is not None
    counted = COUNTED[task]
    claimed = float(outcomes.figures[counted][: found.judged].double().mean())
    return found.model_dump() | {f"{counted}_claimed": claimed}


def at(config: TaskConfig, physics_hz: int) -> TaskConfig:
    """A task's config at a physics rate."""
    return config.model_copy(update={"rates": config.rates.model_copy(update={"physics_hz": physics_hz})})


def unseen(config: TaskConfig) -> TaskConfig:
    """A task's config without pictures, for agents that look at nothing: episodes are the same."""
    return config.model_copy(update={"cameras": None})


def judged(task: str, config: TaskConfig, actor: Agent, episodes: int, count: int) -> dict[str, Any]:
    """What came of episodes, and what the referee says of the first of them."""
    outcomes = episodes_of(task, config, actor, episodes, count)
    return {"policy": summary(outcomes), "referee": judgement(task, config, outcomes)}


def main() -> None:
    """Evaluate one run."""
    parser = argparse.ArgumentParser(description="Evaluate a run, and have a referee judge it.")
    parser.add_argument("task", choices=COUNTED)
    parser.add_argument("run", type=Path)
    parser.add_argument("--episodes", type=int, default=200)
    parser.add_argument("--judged", type=int, default=50)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    policy = load_policy(RunDirectory.open(given.run))
    config, actor = policy.config.evaluated, policy.model.actor
    trained = policy.config.task_config.rates.physics_hz
    physics = {hz: at(config, hz) for hz in sorted({trained, 2 * trained, config.rates.physics_hz})}
    size = int(policy.model.actor.log_std.shape[0])
    others: dict[str, Agent] = {"zero": ZeroAgent(size), "random": RandomAgent(size, SEED)}
    result = {
        "command": " ".join(["python", "benchmarks/hand_tasks.py", *sys.argv[1:]]),
        "trained_at_hz": trained,
        "at_physics_hz": {
            hz: judged(given.task, own, actor, given.episodes, given.judged) for hz, own in physics.items()
        },
        "baselines": {
            name: summary(episodes_of(given.task, unseen(physics[trained]), agent, given.episodes))
            for name, agent in others.items()
        },
        "checkpoint": policy.checkpoint.name,
        "machine": this_machine().model_dump(),
        "run": json.loads((given.run / "run.json").read_text()),
        "config": (given.run / "config.yaml").read_text(),
    }
    out = given.out or RESULTS / f"{given.task.replace('-', '_')}.json"
    # wherever the run lies, the record calls it by its task
    out.write_text(json.dumps(result, indent=1).replace(str(given.run), f"runs/{given.task}") + "\n")
    print(json.dumps({k: v for k, v in result.items() if k not in ("config", "run", "machine")}, indent=1))


if __name__ == "__main__":
    main()
