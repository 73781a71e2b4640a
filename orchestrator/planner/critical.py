"""The chain of tasks that sets a plan's end, each with what let it begin."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orchestrator.planner.domain import HOURS_PER_DAY, Assignment, Mode, Project, Task

START = "the start"
"""What the first task of a chain begins with, if nothing else."""


@dataclass(frozen=True)
class Step:
    """One task of the chain.

    Attributes:
        task: its id.
        cause: what it waited for last: another task, a resource or zone that another task gave back, a delivery.
    """

    task: str
    cause: str


@dataclass(frozen=True)
class _Cause:
    """Something that a task waited for until an hour; `task` goes before it in the chain."""

    hour: int
    text: str
    task: str | None


class _Site:
    """A plan, looked at from its tasks."""

    def __init__(self, project: Project, assignments: Sequence[Assignment]) -> None:
        self.tasks = {task.id: task for task in project.tasks}
        self.at = {a.task: a for a in assignments}
        self.by_end = sorted(assignments, key=lambda a: a.end, reverse=True)
        modes = {(task.id, mode.id): mode for task in project.tasks for mode in task.modes}
        self.mode = {a.task: modes[a.task, a.mode] for a in assignments}
        self._heads = {zone.id: zone.heads for zone in project.zones}
        self._count = {r.id: r.count - len(r.lost) for r in project.resources}
        self._machines = {r.id for r in project.resources if r.kind == "equipment"}
        self._week = {calendar.id: calendar.week() for calendar in project.calendars}
        self._day = {delivery.id: delivery.day for delivery in project.deliveries}

    def causes(self, a: Assignment) -> Iterator[_Cause]:
        """What let a task begin, in the order in which one believes it."""
        task = self.tasks[a.task]
        waits = [
            _Cause(
                (self.at[k.task].end if k.kind == "FS" else self.at[k.task].start) + k.lag_hours,
                f"{k.task} {'ends' if k.kind == 'FS' else 'begins'}"
                + (f" and {k.lag_hours} h pass" if k.lag_hours else ""),
                k.task,
            )
            for k in task.after
        ]
        last = max(waits, key=lambda cause: cause.hour, default=None)
        if last is not None:
            yield last
        for id_ in task.deliveries:
            yield _Cause(HOURS_PER_DAY * self._day[id_], f"{id_} is delivered", None)
        yield from self._freed(a, last.hour if last else 0)

    def _freed(self, a: Assignment, since: int) -> Iterator[_Cause]:
        """The last task that gave back something of which there was too little for this one."""
        wanted = self._holds(a.task)
        for other in self.by_end:
            if other.end <= since:
                return
            if other.end > a.start or other.start == other.end:
                continue
            for name in sorted(wanted.keys() & self._holds(other.task).keys()):
                if self._free(name, other.end - 1) < wanted[name]:
                    yield _Cause(other.end, f"{other.task} gives {name} back", other.task)
                    return

    def _holds(self, id_: str) -> dict[str, int]:
        """Of each resource, and of the zone."""
        task, mode = self.tasks[id_], self.mode[id_]
        held = {name: count for name, count in mode.needs.items() if count}
        if present := self._present(task, mode):
            held[f"zone {task.zone}"] = present
        return held

    def _present(self, task: Task, mode: Mode) -> int:
        heads = sum(count for name, count in mode.needs.items() if name not in self._machines)
        return self._heads[task.zone] if task.exclusive else heads

    def _free(self, name: str, hour: int) -> int:
        """What is left of a resource or zone in an hour."""
        left = self._heads[name.removeprefix("zone ")] if name.startswith("zone ") else self._count[name]
        for a in self.by_end:
            if a.end <= hour:
                break
            week = self._week[self.mode[a.task].calendar]
            if a.start <= hour and week[hour % len(week)]:
                left -= self._holds(a.task).get(name, 0)
        return left


def critical_chain(project: Project, assignments: Sequence[Assignment]) -> list[Step]:
    """A chain of tasks that sets the end, first to last: each begins when its cause lets it.

    Args:
        project: of the plan.
        assignments: of all its tasks.
    """
    site = _Site(project, assignments)
    current = site.by_end[0]
    chain: list[Step] = []
    seen: set[str] = set()
    while True:
        # Of causes of the same hour the first counts: precedence, deliveries, resources.
        cause = max(site.causes(current), key=lambda c: c.hour, default=_Cause(0, START, None))
        cause = cause if cause.hour > 0 else _Cause(0, START, None)
        chain.append(Step(current.task, cause.text))
        seen.add(current.task)
        if cause.task is None or cause.task in seen:
            return chain[::-1]
        current = site.at[cause.task]
