"""Registration of the tasks with Gymnasium."""

from typing import Any

import gymnasium as gym

from envs.gym.single import TaskGymEnv
from envs.gym.vector import TaskVectorEnv
from envs.registry import TASKS, make_task

NAMESPACE = "optimus"


def gymnasium_id(task: str) -> str:
    """Gymnasium's name of a task: `hand-reach` is `optimus/HandReach-v0`."""
    camel = "".join(part.capitalize() for part in task.split("-"))
    return f"{NAMESPACE}/{camel}-v0"


def register_gymnasium(task: str) -> None:
    """Make a registered task known to `gymnasium.make` and `gymnasium.make_vec`."""

    def single(**kwargs: Any) -> TaskGymEnv:  # noqa: ANN401 - passed through to the face
        return TaskGymEnv(make_task(task, kwargs.pop("config", None)), **kwargs)

    def vector(num_envs: int, **kwargs: Any) -> TaskVectorEnv:  # noqa: ANN401
        return TaskVectorEnv(make_task(task, kwargs.pop("config", None)), num_envs, **kwargs)

    gym.register(id=gymnasium_id(task), entry_point=single, vector_entry_point=vector)


def register_all() -> None:
    """Register every task that is not registered yet."""
    for name in TASKS:
        if gymnasium_id(name) not in gym.registry:
            register_gymnasium(name)
