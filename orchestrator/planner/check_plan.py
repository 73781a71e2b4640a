"""The independent checker of a plan: every assignment against the project, from first principles.

It shares no code with the scheduler, nor with the code that assigns robots; keep it so. Together with `check_project`
it decides whether a plan is valid.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from orchestrator.planner.check_project import check_project
from orchestrator.planner.domain import Assignment, Calendar, Mode, Project, Resource, Task
from orchestrator.planner.findings import Finding

Change = tuple[int, int, str, int]
"""Hour, 0 for a release and 1 for a taking, resource, number."""


def check_plan(project: Project, assignments: Sequence[Assignment]) -> list[Finding]:
    """Everything that is wrong with a plan; nothing where it is valid."""
    found = check_project(project) or list(_complete(project, assignments))
    if found:
        return found
    tasks = {task.id: task for task in project.tasks}
    modes = {(task.id, mode.id): mode for task in project.tasks for mode in task.modes}
    chosen = [(tasks[a.task], modes[a.task, a.mode], a) for a in assignments]
    spans = {a.task: list(_worked(_calendar(project, mode), a)) for _, mode, a in chosen}
    for _, mode, a in chosen:
        found += _time(mode, a, spans[a.task])
    found += _order(assignments, tasks)
    found += _deliveries(project, assignments, tasks)
    found += _capacities(project, chosen, spans)
    found += _robots(project, chosen)
    return found


def _complete(project: Project, assignments: Sequence[Assignment]) -> Iterator[Finding]:
    modes = {task.id: {mode.id for mode in task.modes} for task in project.tasks}
    seen: set[str] = set()
    for a in assignments:
        if a.task not in modes or a.task in seen:
            yield Finding(code="assignment", subject=a.task, message="unknown, or assigned twice")
        elif a.mode not in modes[a.task]:
            yield Finding(code="assignment", subject=a.task, message=f"it has no mode {a.mode!r}")
        seen.add(a.task)
    for id_ in modes.keys() - seen:
        yield Finding(code="assignment", subject=id_, message="not in the plan")


def _calendar(project: Project, mode: Mode) -> Calendar:
    return next(calendar for calendar in project.calendars if calendar.id == mode.calendar)


def _worked(calendar: Calendar, a: Assignment) -> Iterator[tuple[int, int]]:
    """Stretches between start and end in which the calendar works."""
    for day in range(a.start // 24, -(-a.end // 24)):
        begin = max(a.start, 24 * day + calendar.begin)
        end = min(a.end, 24 * day + calendar.end)
        if day % 7 < calendar.days and begin < end:
            yield begin, end


def _time(mode: Mode, a: Assignment, spans: list[tuple[int, int]]) -> Iterator[Finding]:
    if a.start < 0 or a.end < a.start:
        yield Finding(code="duration", subject=a.task, message=f"runs from {a.start} h to {a.end} h")
    hours = sum(end - begin for begin, end in spans)
    if hours != mode.work_hours:
        message = f"{hours} worked hours between start and end, {mode.work_hours} expected"
        yield Finding(code="calendar", subject=a.task, message=message)
    elif spans and (spans[0][0] != a.start or spans[-1][1] != a.end):
        yield Finding(code="calendar", subject=a.task, message="starts or ends while its calendar rests")


def _order(assignments: Sequence[Assignment], tasks: dict[str, Task]) -> Iterator[Finding]:
    times = {a.task: (a.start, a.end) for a in assignments}
    for a in assignments:
        for link in tasks[a.task].after:
            start, end = times[link.task]
            if a.start < (end if link.kind == "FS" else start) + link.lag_hours:
                message = f"starts at {a.start} h, too early for {link.task!r}"
                yield Finding(code="precedence", subject=a.task, message=message)


def _deliveries(
    project: Project, assignments: Sequence[Assignment], tasks: dict[str, Task]
) -> Iterator[Finding]:
    day = {delivery.id: delivery.day for delivery in project.deliveries}
    for a in assignments:
        for id_ in tasks[a.task].deliveries:
            if a.start < 24 * day[id_]:
                yield Finding(code="material", subject=a.task, message=f"starts before {id_!r} is there")


def _capacities(
    project: Project, chosen: list[tuple[Task, Mode, Assignment]], spans: dict[str, list[tuple[int, int]]]
) -> Iterator[Finding]:
    """Resources and zones in worked hours, by a sweep over takings and releases."""
    kinds = {resource.id: resource.kind for resource in project.resources}
    heads = {f"zone {zone.id}": zone.heads for zone in project.zones}
    limits = {resource.id: resource.count for resource in project.resources} | heads
    changes: list[Change] = []
    for task, mode, a in chosen:
        needs = dict(mode.needs)
        zone = f"zone {task.zone}"
        present = sum(number for id_, number in needs.items() if kinds[id_] != "equipment")
        needs[zone] = heads[zone] if task.exclusive else present
        for begin, end in spans[a.task]:
            for id_, number in needs.items():
                changes += [(begin, 1, id_, number), (end, 0, id_, number)]
    held: dict[str, int] = defaultdict(int)
    told: set[str] = set()
    for hour, taking, id_, number in sorted(changes):
        held[id_] += number if taking else -number
        if held[id_] > limits[id_] and id_ not in told:
            told.add(id_)
            code = "exclusion" if id_.startswith("zone ") else "capacity"
            message = f"{held[id_]} of {limits[id_]} taken at {hour} h"
            yield Finding(code=code, subject=id_, message=message)


def _robots(project: Project, chosen: list[tuple[Task, Mode, Assignment]]) -> Iterator[Finding]:
    pools = {resource.id: resource for resource in project.resources if resource.robot}
    busy: dict[tuple[str, int], list[tuple[int, int, str]]] = defaultdict(list)
    for task, mode, a in chosen:
        for id_, pool in pools.items():
            numbers = a.robots.get(id_, ())
            if len(set(numbers)) != mode.needs.get(id_, 0) or len(numbers) != len(set(numbers)):
                message = f"{len(numbers)} robots of {id_!r} assigned, {mode.needs.get(id_, 0)} needed"
                yield Finding(code="robots", subject=task.id, message=message)
            for number in numbers:
                busy[id_, number].append((a.start, a.end, task.id))
            if numbers:
                yield from _numbers(numbers, a, pool)
                yield from _swaps(mode, a, pool)
    for (id_, number), spans in busy.items():
        spans.sort()
        for (_, end, _), (start, _, task_id) in pairwise(spans):
            if start < end:
                message = f"robot {number} of {id_!r} is still busy"
                yield Finding(code="robots", subject=task_id, message=message)


def _numbers(numbers: Sequence[int], a: Assignment, pool: Resource) -> Iterator[Finding]:
    for number in numbers:
        if not 0 <= number < pool.count:
            yield Finding(code="robots", subject=a.task, message=f"no robot {number} in {pool.id!r}")
        elif pool.lost.get(number, a.end) < a.end:
            yield Finding(code="robots", subject=a.task, message=f"robot {number} is lost by then")


def _swaps(mode: Mode, a: Assignment, pool: Resource) -> Iterator[Finding]:
    assert pool.robot is not None
    charge = pool.robot.battery.energy_kwh * 1000 / mode.power_w
    needed = max(0, math.ceil(mode.hands_on_hours / charge - 1e-9) - 1)
    if a.battery_swaps < needed:
        message = f"{a.battery_swaps} battery swaps planned, {needed} needed"
        yield Finding(code="energy", subject=a.task, message=message)
