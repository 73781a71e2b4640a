"""The tasks by name."""

from envs.task import Task, TaskConfig
from envs.tasks.hand_reach import HandReach

TASKS: dict[str, type[Task]] = {}


def register_task(task: type[Task]) -> type[Task]:
    """Make a task known by its `name`; usable as a class decorator.

    Raises:
        ValueError: another task has that name.
    """
    if TASKS.setdefault(task.name, task) is not task:
        raise ValueError(f"task {task.name!r} is registered twice")
    return task


def make_task(name: str, config: TaskConfig | None = None) -> Task:
    """Build a task by name, with its default config unless one is given.

    Raises:
        KeyError: no task has that name.
    """
    kind = TASKS[name]
    return kind(config or kind.config_type())


register_task(HandReach)
