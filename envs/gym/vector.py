"""`TaskVectorEnv`: many worlds behind `gymnasium.vector.VectorEnv`."""

from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from envs.env import Step, TaskEnv
from envs.gym.spaces import action_space, deployable, observation_space, seed_or_fresh
from envs.physics import Backend
from envs.task import Observation, Task

Array = NDArray[Any]


class TaskVectorEnv(gym.vector.VectorEnv[dict[str, Array], Array, Array]):
    """A task's worlds as a Gymnasium vector environment with same-step automatic reset.

    Observations are dicts of float32 arrays (num_envs, size), one per group, and bytes for `pixels`; rewards are
    summed over the task's terms. Where an episode ended, `infos["final_obs"]` and `infos["final_info"]` hold its last
    observation and figures.

    Args:
        task: the task, not yet bound to worlds.
        num_envs: number of worlds.
        groups: observation groups to return; by default those that a robot has.
        seed: of the episodes, until `reset(seed=...)` gives another; by default it is drawn from the system.
        backend: physics backend.
        threads: CPU threads of the physics; 0 takes all.
    """

    def __init__(
        self,
        task: Task,
        num_envs: int,
        *,
        groups: Sequence[str] | None = None,
        seed: int | None = None,
        backend: Backend = "auto",
        threads: int = 0,
    ) -> None:
        self.env = TaskEnv(task, num_envs, seed=seed_or_fresh(seed), backend=backend, threads=threads)
        self.num_envs = num_envs
        self.groups = tuple(groups or deployable(self.env.groups))
        self.metadata = {
            "autoreset_mode": AutoresetMode.SAME_STEP,
            "render_modes": [],
            "render_fps": task.config.rates.control_hz,
        }
        self.single_observation_space = observation_space(self.env.observe(), self.groups)
        self.single_action_space = action_space(self.env.action_size)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Array], dict[str, Any]]:
        """Start every world anew; an integer seed restarts the episodes' random stream."""
        if isinstance(seed, list):
            raise ValueError("seed: one integer seeds all worlds; a list of seeds is not supported")
        super().reset(seed=seed, options=options)
        if seed is not None:
            self.env.seed(seed)
        return self._arrays(self.env.reset()), {}

    def step(self, actions: Array) -> tuple[dict[str, Array], Array, Array, Array, dict[str, Any]]:
        """Advance every world by one control period with actions (num_envs, action_size) in [-1, 1]."""
        action = torch.as_tensor(np.asarray(actions, dtype=np.float32), device=self.env.device)
        step = self.env.step(action)
        return (
            self._arrays(step.observation),
            step.reward.sum(dim=1).double().cpu().numpy(),
            step.terminated.cpu().numpy(),
            step.truncated.cpu().numpy(),
            self._infos(step) if len(step.ended) else {},
        )

    def _arrays(self, observation: Observation) -> dict[str, Array]:
        return {name: observation[name].cpu().numpy() for name in self.groups}

    def _infos(self, step: Step) -> dict[str, Any]:
        """Last observations and figures of the ended episodes, in Gymnasium's layout with `_key` masks."""
        ended = step.ended.cpu().numpy()
        mask = np.zeros(self.num_envs, dtype=bool)
        mask[ended] = True
        final = self._arrays(step.final_observation)
        rows = np.full(self.num_envs, None, dtype=object)
        for row, world in enumerate(ended):
            rows[world] = {name: group[row] for name, group in final.items()}
        info: dict[str, Any] = {}
        for name, tensor in step.episode.items():
            values = tensor.cpu().numpy()
            # as Gymnasium keeps Python's own numbers
            column = np.zeros(self.num_envs, np.float64 if values.dtype.kind == "f" else values.dtype)
            column[ended] = values
            info |= {name: column, f"_{name}": mask}
        return {"final_obs": rows, "_final_obs": mask, "final_info": info, "_final_info": mask}
