"""What limits a schedule: the chain of tasks that sets its end, and what more of each resource would save."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from orchestrator.planner.domain import Assignment, Project, Task
from orchestrator.planner.scheduling.genetic import Effort, Island
from orchestrator.planner.scheduling.problem import Problem, Schedule

PRECEDENCE = "precedence"
"""The limit where no resource is one."""

ZONES = "zones"
"""All zones together."""

_TRIES = 12
"""Schedules that are built to see what a resource more would save."""


@dataclass(frozen=True)
class Limits:
    """What more resources would save.

    Attributes:
        limiting: the resource whose plenty would save most, `zones`, or `precedence`.
        saved_hours: by one more of each resource, h.
    """

    limiting: str
    saved_hours: dict[str, int]


def find_limits(
    problem: Problem, schedule: Schedule, pools: Sequence[str], seconds: float, seed: int
) -> Limits:
    """Search a little with one more, and with plenty, of each resource that is ever used up.

    The search begins with the schedule. What it saves with nothing more is no saving.

    Args:
        problem: whose capacities are pools first, then zones.
        schedule: to be shortened.
        pools: names of the first capacities.
        seconds: that each search may take.
        seed: of everything random.
    """

    def searched(capacity: tuple[int, ...]) -> int:
        effort = Effort(time.monotonic() + seconds, _TRIES)
        island = Island(replace(problem, capacity=capacity), effort, seed)
        island.continue_from(schedule, _TRIES // 2)
        while not effort.over:
            island.work()
        return min(schedule.makespan, island.best.makespan if island.best else schedule.makespan)

    peaks = _peaks(problem, schedule)
    base = searched(problem.capacity)
    saved, plenty = dict.fromkeys(pools, 0), dict.fromkeys([*pools, ZONES], 0)
    for r, name in enumerate(pools):
        if peaks[r] >= problem.capacity[r] > 0:
            more = list(problem.capacity)
            more[r] += 1
            saved[name] = max(0, base - searched(tuple(more)))
            more[r] = 1000 * problem.capacity[r]
            plenty[name] = max(saved[name], base - searched(tuple(more)))
    some = len(pools)
    zones = (*problem.capacity[:some], *(1000 * c for c in problem.capacity[some:]))
    plenty[ZONES] = base - searched(zones)
    limiting = max(plenty, key=lambda name: plenty[name])
    return Limits(limiting if plenty[limiting] > 0 else PRECEDENCE, saved)


def critical_chain(project: Project, assignments: Sequence[Assignment]) -> list[str]:
    """A chain of tasks that sets the end, first to last: each begins when the one before it lets it.

    What a task waited for last is a task that it comes after, or one that held a resource or zone of its.
    """
    tasks = {task.id: task for task in project.tasks}
    held = {a.task: _held(tasks[a.task], a) for a in assignments}
    by_id = {a.task: a for a in assignments}
    by_end = sorted(assignments, key=lambda a: a.end)
    current = by_end[-1]
    chain = [current.task]
    while current.start > 0:
        waits = [
            (_release(by_id[link.task], link.kind) + link.lag_hours, link.task)
            for link in tasks[current.task].after
        ]
        freed = [
            (a.end, a.task)
            for a in by_end
            if a.end <= current.start and a.start < a.end and held[a.task] & held[current.task]
        ]
        last = max(waits, default=None)
        if freed and (last is None or max(freed)[0] > last[0]):
            last = max(freed)
        if last is None or last[1] in chain:
            break
        current = by_id[last[1]]
        chain.append(current.task)
    return chain[::-1]


def slack_hours(project: Project, assignments: Sequence[Assignment]) -> dict[str, int]:
    """By how much each task can move right before, by precedence alone, the end moves; h."""
    times = {a.task: (a.start, a.end) for a in assignments}
    end = max(finish for _, finish in times.values())
    slack = {id_: end - finish for id_, (_, finish) in times.items()}
    tasks = {task.id: task for task in project.tasks}
    for a in sorted(assignments, key=lambda a: (a.start, a.end), reverse=True):
        for link in tasks[a.task].after:
            start, finish = times[link.task]
            let = (finish if link.kind == "FS" else start) + link.lag_hours
            slack[link.task] = min(slack[link.task], slack[a.task] + a.start - let)
    return slack


def _release(a: Assignment, kind: str) -> int:
    return a.end if kind == "FS" else a.start


def _held(task: Task, a: Assignment) -> set[str]:
    mode = next(mode for mode in task.modes if mode.id == a.mode)
    return {id_ for id_, count in mode.needs.items() if count} | ({task.zone} if mode.needs else set())


def _peaks(problem: Problem, schedule: Schedule) -> list[int]:
    """The most that is taken of each resource at a time, rests of calendars counted as work."""
    changes: list[list[tuple[int, int]]] = [[] for _ in problem.capacity]
    for i, start in enumerate(schedule.start):
        mode = problem.modes[i][schedule.mode[i]]
        week = problem.calendars[mode.calendar]
        end = start + -(-mode.duration * len(week) // sum(week))
        for r, amount in enumerate(mode.demand):
            if amount:
                changes[r] += [(start, amount), (end, -amount)]
    peaks: list[int] = []
    for steps in changes:
        held = peak = 0
        for _, amount in sorted(steps):
            held += amount
            peak = max(peak, held)
        peaks.append(peak)
    return peaks
