"""The states that episodes passed through: enough to draw them afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from envs.env import TaskEnv
from envs.task import Task


@dataclass(frozen=True)
class Trajectories:
    """States at every control step, the start included, of `E` episodes of at most `T` steps.

    After an episode's end its last state is repeated.

    Attributes:
        qpos: (E, T+1, nq) float32, m or rad.
        mocap: (E, T+1, n, 7) float32, places in m and attitudes as quaternions of what is seen but does not move by
            physics: the scene's mocap bodies, and after them the task's goal points, in the order of
            `Task.goal_points`.
        length: (E,) int64, control steps in the episode.
    """

    qpos: Tensor
    mocap: Tensor
    length: Tensor

    def states(self, episode: int) -> tuple[Tensor, Tensor]:
        """`qpos` (length+1, nq) and `mocap` (length+1, n, 7) of one episode."""
        stop = int(self.length[episode]) + 1
        return self.qpos[episode, :stop], self.mocap[episode, :stop]

    def tensors(self) -> dict[str, Tensor]:
        """Named, for a file."""
        return {"qpos": self.qpos, "mocap": self.mocap, "length": self.length}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> Trajectories:
        """What `tensors` returned."""
        return cls(tensors["qpos"], tensors["mocap"], tensors["length"])

    @classmethod
    def join(cls, parts: Sequence[Trajectories], count: int) -> Trajectories:
        """One after the other, cut to `count` episodes; shorter ones stay at their last state."""
        steps = max(part.qpos.shape[1] for part in parts)
        qpos = torch.cat([_extended(part.qpos, steps) for part in parts])[:count]
        mocap = torch.cat([_extended(part.mocap, steps) for part in parts])[:count]
        return cls(qpos, mocap, torch.cat([part.length for part in parts])[:count])


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
        before_qpos, before_mocap = self._rows[-1]
        qpos, mocap = self._row()
        self._rows.append(
            (torch.where(kept, qpos, before_qpos), torch.where(kept[..., None], mocap, before_mocap))
        )

    def trajectories(self, length: Tensor) -> Trajectories:
        """Everything kept, on the CPU; `length` (nworld,) is that of each episode in control steps."""
        qpos, mocap = (torch.stack(rows, dim=1).cpu() for rows in zip(*self._rows, strict=True))
        return Trajectories(qpos, mocap, length.cpu())

    def _row(self) -> tuple[Tensor, Tensor]:
        qpos = self._env.physics.field("qpos").to(torch.float32, copy=True)
        return qpos, mocap_poses(self._env.task)


def mocap_poses(task: Task) -> Tensor:
    """Poses (nworld, n, 7) float32 of a bound task's mocap bodies, then of its goal points, which are not turned."""
    physics = task.physics
    own = (
        [physics.field(name).float() for name in ("mocap_pos", "mocap_quat")] if physics.model.nmocap else []
    )
    points = [point.float() for point in task.goal_points().values()]
    goals = torch.stack(points, dim=1) if points else torch.zeros(physics.nworld, 0, 3, device=physics.device)
    level = torch.tensor([1.0, 0.0, 0.0, 0.0], device=goals.device).expand(*goals.shape[:2], 4)
    parts = [torch.cat(own, dim=2)] if own else []
    return torch.cat([*parts, torch.cat([goals, level], dim=2)], dim=1)


def _extended(states: Tensor, steps: int) -> Tensor:
    missing = steps - states.shape[1]
    return torch.cat([states, states[:, -1:].expand(-1, missing, *states.shape[2:])], dim=1)
