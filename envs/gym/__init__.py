"""Gymnasium faces of the tasks."""

from typing import Any

from envs.gym.single import TaskGymEnv
from envs.gym.vector import TaskVectorEnv
from envs.registry import make_task
from envs.task import TaskConfig


def make_single(task: str, config: TaskConfig | None = None, **options: Any) -> TaskGymEnv:  # noqa: ANN401
    """Entry point of `gymnasium.make`; `options` go to `TaskGymEnv`."""
    return TaskGymEnv(make_task(task, config), **options)


def make_vector(
    task: str,
    num_envs: int,
    config: TaskConfig | None = None,
    **options: Any,  # noqa: ANN401
) -> TaskVectorEnv:
    """Entry point of `gymnasium.make_vec`; `options` go to `TaskVectorEnv`."""
    return TaskVectorEnv(make_task(task, config), num_envs, **options)


__all__ = ["TaskGymEnv", "TaskVectorEnv", "make_single", "make_vector"]
