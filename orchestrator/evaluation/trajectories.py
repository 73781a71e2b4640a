"""The states that episodes passed through: enough to draw them afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from envs.env import TaskEnv


@dataclass(frozen=True)
class Trajectories:
    """States at every control step, the start included, of `E` episodes of at most `T` steps.

    After an episode's end its last state is repeated.

    Attributes:
        qpos: (E, T+1, nq) float32, m or rad.
        goals: (E, T+1, n, 3) float32 m, the task's goal points, in the order of `Task.goal_points`.
        length: (E,) int64, control steps in the episode.
    """

    qpos: Tensor
    goals: Tensor
    length: Tensor

    def states(self, episode: int) -> tuple[Tensor, Tensor]:
        """`qpos` (length+1, nq) and `goals` (length+1, n, 3) of one episode."""
        stop = int(self.length[episode]) + 1
        return self.qpos[episode, :stop], self.goals[episode, :stop]

    def tensors(self) -> dict[str, Tensor]:
        """Named, for a file."""
        return {"qpos": self.qpos, "goals": self.goals, "length": self.length}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> Trajectories:
        """What `tensors` returned."""
        return cls(tensors["qpos"], tensors["goals"], tensors["length"])

    @classmethod
    def join(cls, parts: Sequence[Trajectories], count: int) -> Trajectories:
        """One after the other, cut to `count` episodes; shorter ones stay at their last state."""
        steps = max(part.qpos.shape[1] for part in parts)
        qpos = torch.cat([_extended(part.qpos, steps) for part in parts])[:count]
        goals = torch.cat([_extended(part.goals, steps) for part in parts])[:count]
        return cls(qpos, goals, torch.cat([part.length for part in parts])[:count])


class Recorder:
    """Keeps the state of every world, step by step.

    Args:
        env: at the start of its episodes.
    """

    def __init__(self, env: TaskEnv) -> None:
        self._env = env
        self._rows = [self._row()]

    def add(self, moving: Tensor) -> None:
        """Take the present state of the `moving` worlds (nworld,) bool; the others stay as they were."""
        kept = moving[:, None]
        before_qpos, before_goals = self._rows[-1]
        qpos, goals = self._row()
        self._rows.append(
            (torch.where(kept, qpos, before_qpos), torch.where(kept[..., None], goals, before_goals))
        )

    def trajectories(self, length: Tensor) -> Trajectories:
        """Everything kept, on the CPU; `length` (nworld,) is that of each episode in control steps."""
        qpos, goals = (torch.stack(rows, dim=1).cpu() for rows in zip(*self._rows, strict=True))
        return Trajectories(qpos, goals, length.cpu())

    def _row(self) -> tuple[Tensor, Tensor]:
        qpos = self._env.physics.field("qpos").to(torch.float32, copy=True)
        points = [p.to(torch.float32, copy=True) for p in self._env.task.goal_points().values()]
        goals = torch.stack(points, dim=1) if points else qpos.new_zeros(len(qpos), 0, 3)
        return qpos, goals


def _extended(states: Tensor, steps: int) -> Tensor:
    missing = steps - states.shape[1]
    return torch.cat([states, states[:, -1:].expand(-1, missing, *states.shape[2:])], dim=1)
