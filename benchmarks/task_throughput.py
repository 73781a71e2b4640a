"""Control steps per second of one core, for every task's config and for the bodies that walk, resets included.

    python benchmarks/task_throughput.py

Random actions, as many worlds as the config trains with but at most 256. Figures are per second of the process's own
time, so that a busy machine shows little; `benchmarks/results/task_throughput.json` holds them.
"""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from envs.agents import RandomAgent
from envs.env import TaskEnv
from envs.humanoid import HumanoidConfig
from envs.registry import make_task
from hand_model import HandConfig
from orchestrator.config_files import load_config
from orchestrator.provenance import origin
from orchestrator.training.config import TrainConfig

RESULT = Path(__file__).parent / "results" / "task_throughput.json"
MOST_WORLDS = 256
SECONDS = 8.0
"""Of the process's time that each is measured for, at least."""

WARM_UP = 5
"""Control steps before that."""


@dataclass(frozen=True)
class Case:
    """A config's task, or a change of it.

    Attributes:
        config: its name.
        variant: what is changed, in words.
        changes: of the task's config.
    """

    config: str
    variant: str = ""
    changes: dict[str, Any] = field(default_factory=dict)


CASES = (
    *(Case(f"hand-{name}") for name in ("reach", "turn", "reorient", "grasp", "insert", "push")),
    *(
        Case(f"humanoid-{name}")
        for name in ("stand", "walk", "walk-rough", "carry", "place", "lift-beam", "rearrange")
    ),
    Case("humanoid-walk", "with heat", {"heat": True}),
    Case("humanoid-walk", "hands locked", {"robot": HumanoidConfig(hands="locked")}),
    Case(
        "humanoid-walk",
        "coupled hands",
        {"robot": HumanoidConfig(hand=HandConfig(transmission="coupled"))},
    ),
    Case("humanoid-walk", "all 78 actuators", {"robot": HumanoidConfig()}),
)


def measure(case: Case) -> dict[str, Any]:
    """Control steps per second of one core."""
    config = load_config(case.config, [], TrainConfig)
    task = make_task(config.task, config.task_config.model_copy(update=case.changes))
    worlds = min(config.worlds, MOST_WORLDS)
    env = TaskEnv(task, worlds, threads=1, backend="cpu")
    agent, observation = RandomAgent(env.action_size), env.reset()
    rates = task.config.rates
    for _ in range(WARM_UP):
        observation = env.step(agent.act(observation)).observation
    steps, start = 0, time.process_time()
    while time.process_time() - start < SECONDS:
        observation = env.step(agent.act(observation)).observation
        steps += worlds
    return {
        "config": case.config,
        "variant": case.variant,
        "worlds": worlds,
        "physics_hz": rates.physics_hz,
        "control_hz": rates.control_hz,
        "steps_per_cpu_second": round(steps / (time.process_time() - start)),
    }


def main() -> None:
    """Measure all cases, and write them down as they come."""
    torch.set_num_threads(1)
    rows: list[dict[str, Any]] = []
    for case in CASES:
        rows.append(measure(case))
        print(rows[-1], flush=True)
        result = origin(1) | {"seconds": SECONDS, "rows": rows}
        RESULT.write_text(json.dumps(result, indent=1, default=str) + "\n")


if __name__ == "__main__":
    main()
