"""The tasks by name, known to this project and to Gymnasium."""

from typing import TypeVar

import gymnasium as gym

from envs.task import Task, TaskConfig

_T = TypeVar("_T", bound=Task)

TASKS: dict[str, type[Task]] = {}


def gymnasium_id(task: str) -> str:
    """Gymnasium's name of a task: `hand-reach` is `optimus/HandReach-v0`."""
    camel = "".join(part.capitalize() for part in task.split("-"))
    return f"optimus/{camel}-v0"


def register_task(task: type[_T]) -> type[_T]:
    """Make a task known by its `name`, here and to `gymnasium.make` and `gymnasium.make_vec`; a class decorator.

    Raises:
        ValueError: another task has that name.
    """
    if TASKS.setdefault(task.name, task) is not task:
        raise ValueError(f"task {task.name!r} is registered twice")
    gym.register(
        id=gymnasium_id(task.name),
        entry_point="envs.gym:make_single",
        vector_entry_point="envs.gym:make_vector",
        kwargs={"task": task.name},
    )
    return task


def make_task(name: str, config: TaskConfig | None = None) -> Task:
    """Build a task by name, with its default config unless one is given.

    Raises:
        KeyError: no task has that name.
    """
    kind = TASKS[name]
    return kind(config or kind.config_type())
