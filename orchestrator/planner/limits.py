"""What limits a schedule: what more of each resource would save, and how far tasks can move."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from orchestrator.planner.domain import Assignment, Project
from orchestrator.planner.scheduling.genetic import Effort, Island
from orchestrator.planner.scheduling.problem import Problem, Schedule

PRECEDENCE = "precedence"
"""The limit where no resource is one."""

ZONES = "zones"
"""All zones together."""

_PLENTY = 1000
"""Times what there is."""

_TRIES = 12
"""Schedules that are built to see what a resource more would save."""


@dataclass(frozen=True)
class Limits:
    """What more resources would save.

    Attributes:
        limiting: the resource whose plenty would save most, or `zones`; where no single one would, those that are used
            up, if plenty of all of them would; otherwise `precedence`.
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

    def saved_by(amounts: dict[int, int]) -> int:
        capacity = tuple(amounts.get(r, amount) for r, amount in enumerate(problem.capacity))
        return max(0, base - searched(capacity))

    base = searched(problem.capacity)
    peaks = _peaks(problem, schedule)
    tight = [r for r, amount in enumerate(problem.capacity) if peaks[r] >= amount > 0]
    lots = {r: _PLENTY * problem.capacity[r] for r in tight}
    saved, plenty = dict.fromkeys(pools, 0), {}
    for r, name in enumerate(pools):
        if r in lots:
            saved[name] = saved_by({r: problem.capacity[r] + 1})
            plenty[name] = max(saved[name], saved_by({r: lots[r]}))
    if tight and tight[-1] >= len(pools):
        plenty[ZONES] = saved_by({r: amount for r, amount in lots.items() if r >= len(pools)})
    if not plenty:
        return Limits(PRECEDENCE, saved)
    limiting = max(plenty, key=lambda name: plenty[name])
    if plenty[limiting] == 0:
        limiting = " and ".join(plenty) if saved_by(lots) else PRECEDENCE
    return Limits(limiting, saved)


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
