"""What is left of a project in the middle of it: what is over takes nothing any more, what runs goes on."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.planner.domain import Assignment, Calendar, Mode, Project, Task
from orchestrator.planner.robots import assign_robots

_PAST = "past"
"""The mode of a task that is over."""


@dataclass(frozen=True)
class Progress:
    """What is seen on the site.

    Attributes:
        start: of each task, h; -1 where it has not begun.
        finish: of each task, h; -1 where it is not over.
        done: share of each running task that is done, 0 to 1.
        late: day on which each delivery that is late will come, by id.
    """

    start: Sequence[int]
    finish: Sequence[int]
    done: Sequence[float]
    late: dict[str, int]


@dataclass(frozen=True)
class Residual:
    """What is left.

    Attributes:
        project: whose tasks that are over hold nothing.
        assignments: of all tasks: as they were, as they run, and as they were planned.
        begun: numbers of the tasks that are over or go on.
    """

    project: Project
    assignments: list[Assignment]
    begun: set[int]


def residual(project: Project, assignments: Sequence[Assignment], seen: Progress, now: int) -> Residual:
    """What is left of a project at an hour.

    A running task goes on if it fits beside those that began before it; otherwise it is planned again.

    Args:
        project: of the plan.
        assignments: that are carried out.
        seen: so far.
        now: h.
    """
    calendars = {calendar.id: calendar for calendar in project.calendars}
    tasks, planned = list(project.tasks), list(assignments)
    begun: set[int] = set()
    room = _Room(project)
    for i in sorted((i for i, hour in enumerate(seen.start) if hour >= 0), key=lambda i: seen.start[i]):
        task, a = tasks[i], planned[i]
        mode = next(mode for mode in task.modes if mode.id == a.mode)
        if seen.finish[i] >= 0:
            tasks[i], planned[i] = _over(task, a, seen.start[i], seen.finish[i], calendars)
            begun.add(i)
            continue
        week = calendars[mode.calendar]
        # Its past is a fact, in which it may have stood still: what counts is where it stands since its last hour.
        since = _last_worked(week, seen.start[i], now)
        end = _end(week, now, max(1, round(mode.work_hours * (1 - seen.done[i]))))
        if room.fits(task, mode, week, since, end):
            tasks[i] = _running(task, mode, week, since, end)
            planned[i] = a.model_copy(update={"start": since, "end": end})
            begun.add(i)
    over = {task.id for i, task in enumerate(tasks) if seen.finish[i] >= 0}
    for i, task in enumerate(tasks):
        if i not in begun:
            planned[i] = planned[i].model_copy(update={"start": max(now, planned[i].start)})
        else:
            # What has begun waits for nothing any more, and for a start that is made once more least of all.
            kept = tuple(link for link in task.after if link.task in over)
            tasks[i] = task.model_copy(update={"after": kept, "requires": ()})
    deliveries = tuple(
        delivery.model_copy(update={"day": seen.late.get(delivery.id, delivery.day)})
        for delivery in project.deliveries
    )
    changed = project.model_copy(update={"tasks": tuple(tasks), "deliveries": deliveries})
    return Residual(changed, _with_robots(changed, planned, begun), begun)


def _over(
    task: Task, a: Assignment, start: int, finish: int, calendars: dict[str, Calendar]
) -> tuple[Task, Assignment]:
    """A task that is over: a stretch of time in which nothing is held."""
    always = next(id_ for id_, calendar in calendars.items() if all(calendar.week()))
    past = Mode(id=_PAST, work_hours=finish - start, hands_on_hours=0, calendar=always)
    changed = task.model_copy(
        update={"modes": (past,), "deliveries": {}, "payload_kg": 0.0, "reach_m": 0.0, "exclusive": False}
    )
    assignment = Assignment(task=a.task, mode=_PAST, start=start, end=finish)
    return changed, assignment


def _running(task: Task, mode: Mode, calendar: Calendar, start: int, end: int) -> Task:
    """A task that runs: it takes the hours from its start to its expected end."""
    hours = _hours(calendar, start, end)
    changed = mode.model_copy(
        update={"work_hours": hours, "hands_on_hours": min(mode.hands_on_hours, float(hours))}
    )
    # Its robots change batteries all the same: what that takes is part of the hours that are left.
    changed = changed.model_copy(update={"hands_on_hours": 0.0}) if mode.skill else changed
    modes = tuple(changed if other.id == mode.id else other for other in task.modes)
    return task.model_copy(update={"modes": modes, "deliveries": {}})


def _hours(calendar: Calendar, start: int, end: int) -> int:
    week = calendar.week()
    return sum(week[hour % len(week)] for hour in range(start, end))


def _last_worked(calendar: Calendar, start: int, now: int) -> int:
    """The last hour before `now` in which a task that began at `start` worked."""
    week = calendar.week()
    return next((hour for hour in range(now - 1, start, -1) if week[hour % len(week)]), start)


def _end(calendar: Calendar, now: int, left: int) -> int:
    week, hour = calendar.week(), now
    while left:
        left -= week[hour % len(week)]
        hour += 1
    return hour


class _Room:
    """What is free beside the running tasks that have their place."""

    def __init__(self, project: Project) -> None:
        self._kinds = {resource.id: resource.kind for resource in project.resources}
        self._limits = {r.id: r.count - len(r.lost) for r in project.resources}
        self._heads = {zone.id: zone.heads for zone in project.zones}
        self._held: dict[tuple[str, int], int] = defaultdict(int)

    def fits(self, task: Task, mode: Mode, calendar: Calendar, begin: int, end: int) -> bool:
        """Take a place from `begin` to `end`, if there is one."""
        week = calendar.week()
        hours = [hour for hour in range(begin, end) if week[hour % len(week)]]
        present = sum(count for id_, count in mode.needs.items() if self._kinds[id_] != "equipment")
        heads = self._heads[task.zone]
        wanted = [(id_, count, self._limits[id_]) for id_, count in mode.needs.items() if count]
        if present or task.exclusive:
            wanted.append((f"zone {task.zone}", heads if task.exclusive else present, heads))
        for name, count, limit in wanted:
            if any(self._held[name, hour] + count > limit for hour in hours):
                return False
        for name, count, _ in wanted:
            for hour in hours:
                self._held[name, hour] += count
        return True


def _with_robots(project: Project, planned: list[Assignment], begun: set[int]) -> list[Assignment]:
    """The running tasks with robots that no other running task has."""
    mine = sorted(begun)
    named = assign_robots(project, [planned[i] for i in mine])
    for i, a in zip(mine, named, strict=True):
        planned[i] = a
    return planned
