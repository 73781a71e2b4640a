"""Let a trained policy carry its box for ten minutes: power, heat, and which joint's driver derates first.

    .venv/bin/python benchmarks/carrying.py runs/humanoid-carry-seed-0

Robots walk with 20 kg in their arms as commanded, beginning with cold motors; one that falls is counted and left out
from then on. `benchmarks/results/carrying.json` holds the figures.
"""

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from envs.env import TaskEnv
from envs.joints import DrivenJoints
from envs.registry import make_task
from orchestrator.evaluation.policy import LoadedPolicy, load_policy
from orchestrator.provenance import this_machine
from orchestrator.training.run_directory import RunDirectory

RESULT = Path(__file__).parent / "results" / "carrying.json"
SECONDS = 600
REPORTED = (10, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 1200, 1800, 2400, 3000, 3600)
"""Times at which the figures are taken, s."""
SEED = 1
HOTTEST = 6
"""Joints of each row."""
DERATED = 0.99
"""Share of its cold current below which a driver counts as derating."""


class Heat:
    """Follows the motors of robots that carry.

    Args:
        env: at the start of its episodes, with heat.
    """

    def __init__(self, env: TaskEnv) -> None:
        assert env.motors is not None
        self._heat, self._env = env.motors.heat, env
        self.names = DrivenJoints(env.physics.model, env.device).names
        self._cold = self._heat.current_limit()
        # time from which each driver allows less than when it was cold, (nworld, nu) s
        self.since = torch.full_like(self._cold, torch.inf)

    def look(self, seconds: float) -> None:
        """Take in the present moment."""
        derates = self._heat.current_limit() < DERATED * self._cold
        self.since[derates & self.since.isinf()] = seconds

    def row(self, seconds: int, up: Tensor, energy: Tensor) -> dict[str, Any]:
        """Figures of the robots that are `up` (nworld,) and of the energy drawn so far, (nworld,) J."""
        windings = self._heat.winding[up].mean(0)
        least = (self._heat.current_limit() / self._cold)[up].mean(0)
        order = windings.argsort(descending=True)[:HOTTEST].tolist()
        return {
            "seconds": seconds,
            "up": int(up.sum()),
            "watts_so_far": round(float(energy[up].mean()) / seconds, 1),
            "hottest_windings_celsius": {self.names[i]: round(float(windings[i]), 1) for i in order},
            "current_allowed": {self.names[i]: round(float(least[i]), 3) for i in order},
        }

    def first(self, up: Tensor) -> dict[str, Any]:
        """Which joint derated first in the robots that are up to the end, and when."""
        seconds, joint = self.since[up].min(1)
        derated = seconds.isfinite()
        joints = Counter(self.names[i] for i in joint[derated].tolist())
        when = seconds[derated].sort().values
        return {
            "robots": int(up.sum()),
            "that_derate": int(derated.sum()),
            "first_joint": dict(joints.most_common()),
            "seconds_p5_p50_p95": [round(float(when.quantile(q)), 1) for q in (0.05, 0.5, 0.95)]
            if len(when)
            else None,
        }


def carry(policy: LoadedPolicy, robots: int, seconds: int) -> dict[str, Any]:
    """Let robots carry for a while."""
    changes = {"heat": True, "episode_seconds": float(seconds)}
    task = make_task(policy.config.task, policy.config.evaluated.model_copy(update=changes))
    env = TaskEnv(task, robots, seed=SEED, split="heldout", backend="cpu", threads=1, autoreset=False)
    observation = env.reset()
    heat, up = Heat(env), torch.ones(robots, dtype=torch.bool)
    rate = task.config.rates.control_hz
    rows = []
    assert env.motors is not None
    for step in range(1, seconds * rate + 1):
        with torch.no_grad():
            now = env.step(policy.model.actor.act(observation))
        observation = now.observation
        up &= ~now.terminated
        heat.look(step / rate)
        if step % rate == 0 and (step // rate in REPORTED or step == seconds * rate) and up.any():
            rows.append(heat.row(step // rate, up, env.motors.energy))
            print(rows[-1], flush=True)
        if not up.any():
            break
    return {"rows": rows, "first": heat.first(up) if up.any() else None}


def main() -> None:
    """Carry, and write it down."""
    parser = argparse.ArgumentParser(description="Let a policy carry its box.")
    parser.add_argument("run", type=Path)
    parser.add_argument("--robots", type=int, default=64)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    given = parser.parse_args()
    torch.set_num_threads(1)
    policy = load_policy(RunDirectory.open(given.run))
    figures = carry(policy, given.robots, given.seconds)
    result = {
        "command": f"python benchmarks/carrying.py {given.run} --robots {given.robots} --seconds {given.seconds}",
        "checkpoint": policy.checkpoint.name,
        "robots": given.robots,
        "machine": this_machine(1).model_dump(mode="json"),
        "run": json.loads((given.run / "run.json").read_text()),
        **figures,
    }
    RESULT.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
