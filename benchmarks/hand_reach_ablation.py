"""What each choice in `hand-reach` is worth: train with one of them undone, for a third of the usual steps.

    .venv/bin/python benchmarks/hand_reach_ablation.py

One seed each, evaluated on 500 held-out targets. Writes `benchmarks/results/hand_reach_ablation.json` after each
variant; a variant that is in it is not trained again.
"""

import json
import time
from pathlib import Path

import torch
from torch import Tensor

from envs.env import TaskEnv
from envs.registry import make_task, register_task
from envs.tasks import HandReach
from orchestrator.config_files import dump_config, load_config
from orchestrator.evaluation.rollouts import run_episodes
from orchestrator.provenance import this_machine
from orchestrator.training.config import TrainConfig
from orchestrator.training.trainer import Trainer

RESULT = Path(__file__).parent / "results" / "hand_reach_ablation.json"
STEPS = 500_000
EPISODES = 500


@register_task
class AbsoluteTargets(HandReach):
    """Actions are joint targets over the whole range instead of moves of them."""

    name = "hand-reach-absolute"

    def control(self, action: Tensor) -> None:
        """Put the joint targets where the action says."""
        self.state["setpoint"][:] = self._joints.low + (action + 1) / 2 * self._span
        self.robot.tell(self.state["setpoint"])


@register_task
class LinearReward(HandReach):
    """The reward is the distance, in units that give it the same mean at the start."""

    name = "hand-reach-linear"

    def reward(self) -> Tensor:
        """-distance / 40 mm, (nworld, 5)."""
        return -self._distance / 0.04


@register_task
class SharedCredit(HandReach):
    """Every joint answers for all five fingertips."""

    name = "hand-reach-shared-credit"

    def credit(self) -> Tensor:
        """All ones."""
        return torch.ones_like(super().credit())


VARIANTS: dict[str, list[str]] = {
    "as shipped": [],
    "absolute joint targets": ["task=hand-reach-absolute"],
    "linear reward": ["task=hand-reach-linear"],
    "every joint credited with all fingers": ["task=hand-reach-shared-credit"],
    "discount 0.9": ["ppo.gamma=0.9"],
    "divergence target 0.01": ["ppo.target_kl=0.01"],
}


def figures(overrides: list[str]) -> dict[str, float]:
    """Train one variant and evaluate it."""
    trainer = Trainer(load_config("hand-reach", overrides, TrainConfig))
    start = time.perf_counter()
    while trainer.steps < STEPS:
        trainer.iterate()
    seconds = time.perf_counter() - start
    config = trainer.config
    env = TaskEnv(
        make_task(config.task, config.task_config), EPISODES, seed=1, split="heldout", autoreset=False
    )
    outcome = run_episodes(env, trainer.model.actor, EPISODES).figures
    return {
        "steps": trainer.steps,
        "seconds": seconds,
        "success_rate": float(outcome["success"].double().mean()),
        "distance_mean_mm": 1000 * float(outcome["distance/mean"].double().mean()),
    }


def main() -> None:
    """All variants, one after the other."""
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    config = dump_config(load_config("hand-reach", [], TrainConfig))
    result = json.loads(RESULT.read_text()) if RESULT.exists() else {"variants": {}, "config": config}
    if result["config"] != config:
        raise SystemExit(f"{RESULT}: made with another config; remove it to train again")
    result |= {"command": "python benchmarks/hand_reach_ablation.py", "machine": this_machine().model_dump()}
    result |= {"seed": 0, "episodes": EPISODES}
    for name, overrides in VARIANTS.items():
        if name not in result["variants"]:
            result["variants"][name] = {"overrides": overrides, **figures(overrides)}
            RESULT.write_text(json.dumps(result, indent=1) + "\n")
            print(name, result["variants"][name], flush=True)


if __name__ == "__main__":
    main()
