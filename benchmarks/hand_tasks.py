"""Evaluate trained policies of the hand's tasks on held-out episodes, and have a referee judge them.

    python benchmarks/hand_tasks.py hand-turn runs/hand-turn

Success and the task's metrics are those of `--episodes` held-out episodes at the physics rate of the run, and again at
twice that rate. The referee replays the first `--judged` of them. `benchmarks/results/TASK.json` keeps all of it, with
the run's command, config and machine.
"""

import argparse
import json
import math
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from envs.agents import RandomAgent, ZeroAgent
from envs.env import TaskEnv
from envs.referees.grasp import judge_grasp
from envs.referees.insert import judge_insert
from envs.referees.recorder import Recorder
from envs.referees.recording import Recording
from envs.referees.reorient import judge_reorient
from envs.referees.replay import Findings
from envs.referees.turn import judge_turn
from envs.registry import make_task
from envs.task import TaskConfig
from envs.tasks.catalogue import CATALOGUE
from orchestrator.evaluation.policy import load_policy
from orchestrator.evaluation.rollouts import Agent
from orchestrator.evaluation.statistics import wilson_interval
from orchestrator.provenance import this_machine
from orchestrator.training.run_directory import RunDirectory

RESULTS = Path(__file__).parent / "results"
SEED = 1

Judge = Callable[[Recording], Findings]
JUDGES: dict[str, tuple[Judge, str, str]] = {
    "hand-turn": (judge_turn, "turned", "turns"),
    "hand-reorient": (judge_reorient, "reached", "goals"),
    "hand-grasp": (judge_grasp, "lifted", "held"),
    "hand-insert": (judge_insert, "inserted", "depth"),
}
"""Who judges a task, what his verdict of success is called, and the figure that he counts."""


def episodes_of(
    task: str, config: TaskConfig, agent: Agent, episodes: int, judged: int
) -> tuple[dict[str, torch.Tensor], list[Recording]]:
    """Figures of held-out episodes, each (episodes,), and recordings of the first `judged` of them."""
    env = TaskEnv(make_task(task, config), episodes, seed=SEED, split="heldout", threads=1, autoreset=False)
    observation = env.reset()
    recorder = Recorder(env, range(judged))
    figures: dict[str, torch.Tensor] = {}
    alive = torch.ones(episodes, dtype=torch.bool)
    while alive.any():
        with torch.no_grad():
            step = env.step(agent.act(observation))
        observation = step.observation
        recorder.note()
        first = alive[step.ended]
        for name, values in step.episode.items():
            column = figures.setdefault(name, torch.full((episodes,), math.nan))
            column[step.ended[first]] = values[first].float()
        alive[step.ended] = False
    lengths = figures["length"].int().tolist()
    return figures, [recorder.recording(i, lengths[i]) for i in range(judged)]


def summary(figures: dict[str, torch.Tensor]) -> dict[str, Any]:
    """Success with its 95% interval, and the means of everything else."""
    successes, count = int(figures["success"].sum()), len(figures["success"])
    means = {name: round(float(values.mean()), 4) for name, values in figures.items() if name != "kind"}
    found = {"episodes": count, "success_ci95": wilson_interval(successes, count)} | means
    if "kind" in figures:
        found["success_by_object"] = {
            thing.name: round(float(figures["success"][figures["kind"] == kind].mean()), 3)
            for kind, thing in enumerate(CATALOGUE)
            if (figures["kind"] == kind).any()
        }
    return found


def judgement(task: str, figures: dict[str, torch.Tensor], recordings: list[Recording]) -> dict[str, Any]:
    """What the referee says of recorded episodes, beside what the task said."""
    judge, verdict, counted = JUDGES[task]
    found = [judge(recording) for recording in recordings]
    claimed = figures["success"][: len(found)].bool().tolist()
    real = [bool(getattr(f, verdict)) for f in found]
    depths = sorted(f.penetration for f in found)
    faults = [fault for f in found for fault in f.faults]
    return {
        "judged": len(found),
        "claimed": sum(claimed),
        "confirmed": sum(c and r for c, r in zip(claimed, real, strict=True)),
        f"{counted}_mean": statistics.mean(getattr(f, counted) for f in found),
        f"{counted}_mean_claimed": float(figures[counted][: len(found)].mean()),
        "penetration_mm": {"median": 1000 * depths[len(depths) // 2], "most": 1000 * depths[-1]},
        "faults": {text: faults.count(text) for text in sorted(set(faults))},
    }


def main() -> None:
    """Evaluate one run."""
    parser = argparse.ArgumentParser(description="Evaluate a run, and have a referee judge it.")
    parser.add_argument("task", choices=JUDGES)
    parser.add_argument("run", type=Path)
    parser.add_argument("--episodes", type=int, default=200)
    parser.add_argument("--judged", type=int, default=50)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    policy = load_policy(RunDirectory.open(given.run))
    config, actor = policy.config.task_config, policy.model.actor
    figures, recordings = episodes_of(given.task, config, actor, given.episodes, given.judged)
    rates = config.rates
    finer = config.model_copy(update={"rates": rates.model_copy(update={"physics_hz": 2 * rates.physics_hz})})
    size = int(policy.model.actor.log_std.shape[0])
    others: dict[str, Agent] = {"zero": ZeroAgent(size), "random": RandomAgent(size, SEED)}
    result = {
        "command": " ".join(["python", "benchmarks/hand_tasks.py", *sys.argv[1:]]),
        "policy": summary(figures),
        "referee": judgement(given.task, figures, recordings),
        f"policy_at_{2 * rates.physics_hz}_hz": summary(
            episodes_of(given.task, finer, actor, given.episodes, 0)[0]
        ),
        "baselines": {
            name: summary(episodes_of(given.task, config, agent, given.episodes, 0)[0])
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
