"""`TaskGymEnv`: one world behind `gymnasium.Env`."""

from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from numpy.typing import NDArray

from envs.env import TaskEnv
from envs.gym.spaces import action_space, deployable, observation_space, seed_or_fresh
from envs.physics import Backend
from envs.task import Observation, Task

Array = NDArray[Any]


class TaskGymEnv(gym.Env[Any, Array]):
    """One world of a task, for those who want a plain Gymnasium environment.

    Args:
        task: the task, not yet bound to a world.
        groups: observation groups to return; by default those that a robot has.
        seed: of the episodes, until `reset(seed=...)` gives another; by default it is drawn from the system.
        backend: physics backend.
    """

    metadata = {"render_modes": []}  # noqa: RUF012 - Gymnasium's own convention

    def __init__(
        self,
        task: Task,
        *,
        groups: Sequence[str] | None = None,
        seed: int | None = None,
        backend: Backend = "auto",
    ) -> None:
        self.env = TaskEnv(task, 1, seed=seed_or_fresh(seed), backend=backend, threads=1, autoreset=False)
        self.groups = tuple(groups or deployable(self.env.groups))
        self.observation_space = observation_space(self.env.observe(), self.groups)
        self.action_space = action_space(self.env.action_size)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Array], dict[str, Any]]:
        """Start a new episode."""
        super().reset(seed=seed, options=options)
        if seed is not None:
            self.env.seed(seed)
        return self._arrays(self.env.reset()), {}

    def step(self, action: Array) -> tuple[dict[str, Array], float, bool, bool, dict[str, Any]]:
        """Advance by one control period with an action (action_size,) in [-1, 1]."""
        row = torch.as_tensor(np.asarray(action, dtype=np.float32)).unsqueeze(0)
        step = self.env.step(row.to(self.env.device))
        info = {name: value[0].item() for name, value in step.episode.items()}
        terminated, truncated = bool(step.terminated[0]), bool(step.truncated[0])
        return self._arrays(step.observation), float(step.reward.sum()), terminated, truncated, info

    def _arrays(self, observation: Observation) -> dict[str, Array]:
        return {name: observation[name][0].cpu().numpy() for name in self.groups}
