"""Checks of a task graph before anything is scheduled: meaning first, then physics.

Nothing here trusts who proposed the graph, and nothing here is shared with the scheduler.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from orchestrator.planner.domain import Mode, Project, RobotType, Task
from orchestrator.planner.findings import Finding

SHORTEST_CHARGE_HOURS = 0.5
"""Work for which a full battery must last at the least: below, a robot would do little but swap. Estimate."""


def check_project(project: Project) -> list[Finding]:
    """Everything that is wrong with a task graph; physics only where its meaning is clear."""
    return list(_meaning(project)) or list(_physics(project))


def _meaning(project: Project) -> Iterator[Finding]:
    for kind, ids in (
        ("task", [task.id for task in project.tasks]),
        ("resource", [resource.id for resource in project.resources]),
        ("zone", [zone.id for zone in project.zones]),
        ("calendar", [calendar.id for calendar in project.calendars]),
        ("delivery", [delivery.id for delivery in project.deliveries]),
    ):
        for id_, count in Counter(ids).items():
            if count > 1:
                yield Finding(code="duplicate-id", subject=id_, message=f"{count} {kind}s have this id")
    found = list(_references(project))
    yield from found
    if not found:
        yield from _graph(project)


def _references(project: Project) -> Iterator[Finding]:
    tasks = {task.id for task in project.tasks}
    zones = {zone.id for zone in project.zones}
    deliveries = {delivery.id for delivery in project.deliveries}
    for task in project.tasks:
        yield from _unknown(task, "unknown-task", (link.task for link in task.after), tasks)
        yield from _unknown(task, "unknown-zone", [task.zone], zones)
        yield from _unknown(task, "unknown-delivery", task.deliveries, deliveries)
        for id_, count in Counter(mode.id for mode in task.modes).items():
            if count > 1:
                yield Finding(code="duplicate-id", subject=task.id, message=f"{count} modes {id_!r}")
        for mode in task.modes:
            calendars = {calendar.id for calendar in project.calendars}
            resources = {resource.id for resource in project.resources}
            yield from _unknown(task, "unknown-calendar", [mode.calendar], calendars)
            yield from _unknown(task, "unknown-resource", mode.needs, resources)


def _unknown(task: Task, code: str, names: Iterable[str], known: set[str]) -> Iterator[Finding]:
    for name in names:
        if name not in known:
            yield Finding(code=code, subject=task.id, message=f"there is no {name!r}")


def _graph(project: Project) -> Iterator[Finding]:
    before = {task.id: {link.task for link in task.after} for task in project.tasks}
    left = dict(before)
    given: dict[str, frozenset[str]] = {}
    gives = {task.id: task.gives for task in project.tasks}
    requires = {task.id: task.requires for task in project.tasks}
    produced: set[str] = set()
    while left:
        ready = [id_ for id_, waits in left.items() if waits <= given.keys()]
        if not ready:
            yield Finding(code="cycle", subject=min(left), message=f"{len(left)} tasks wait for each other")
            return
        for id_ in ready:
            del left[id_]
            known = frozenset().union(*(given[other] for other in before[id_]))
            for condition in requires[id_]:
                if condition not in known:
                    yield Finding(
                        code="unmet-condition", subject=id_, message=f"no task before it gives {condition!r}"
                    )
            given[id_] = known | frozenset(gives[id_])
            produced |= set(gives[id_])
    if project.goal not in produced:
        yield Finding(code="unreachable-goal", subject=project.goal, message="no task gives it")


def _physics(project: Project) -> Iterator[Finding]:
    count = {resource.id: resource.count for resource in project.resources}
    robots = {resource.id: resource.robot for resource in project.resources if resource.robot}
    people = {resource.id for resource in project.resources if resource.kind == "people"}
    heads = {zone.id: zone.heads for zone in project.zones}
    for task in project.tasks:
        for mode in task.modes:
            yield from _mode(task, mode, count)
            present = sum(number for id_, number in mode.needs.items() if id_ in people or id_ in robots)
            if present > heads[task.zone]:
                message = f"mode {mode.id!r} brings {present} heads, {task.zone!r} holds {heads[task.zone]}"
                yield Finding(code="zone", subject=task.id, message=message)
            for id_, number in mode.needs.items():
                if number > 0 and id_ in robots:
                    yield from _robot(task, mode, robots[id_])
    yield from _materials(project)


def _mode(task: Task, mode: Mode, count: dict[str, int]) -> Iterator[Finding]:
    for id_, number in mode.needs.items():
        if not 0 <= number <= count[id_]:
            message = f"mode {mode.id!r} needs {number} {id_!r} of {count[id_]}"
            yield Finding(code="capacity", subject=task.id, message=message)
    if mode.work_hours < mode.hands_on_hours - 1e-6:
        message = f"mode {mode.id!r} takes {mode.work_hours} h for {mode.hands_on_hours} h of work"
        yield Finding(code="duration", subject=task.id, message=message)


def _robot(task: Task, mode: Mode, robot: RobotType) -> Iterator[Finding]:
    if task.payload_kg > robot.payload_kg:
        message = f"{task.payload_kg} kg, and the robot carries {robot.payload_kg} kg"
        yield Finding(code="payload", subject=task.id, message=message)
    if task.reach_m > robot.reach_m:
        message = f"{task.reach_m} m, and the robot reaches {robot.reach_m} m"
        yield Finding(code="reach", subject=task.id, message=message)
    if mode.skill is None or mode.skill not in robot.skills:
        message = f"mode {mode.id!r} asks robots for the skill {mode.skill!r}, which they do not have"
        yield Finding(code="skill", subject=task.id, message=message)
    if mode.power_w <= 0:
        yield Finding(code="energy", subject=task.id, message=f"mode {mode.id!r} says no power")
        return
    charge = robot.battery.energy_kwh * 1000 / mode.power_w
    if charge < SHORTEST_CHARGE_HOURS:
        message = f"mode {mode.id!r} empties a battery in {charge:.2f} h"
        yield Finding(code="energy", subject=task.id, message=message)
    swaps = max(0, math.ceil(mode.hands_on_hours / charge - 1e-9) - 1)
    needed = mode.hands_on_hours + swaps * robot.battery.swap_hours
    if mode.work_hours < needed - 1e-6:
        message = f"mode {mode.id!r} leaves no time for {swaps} battery swaps"
        yield Finding(code="energy", subject=task.id, message=message)


def _materials(project: Project) -> Iterator[Finding]:
    taken: dict[str, float] = defaultdict(float)
    for task in project.tasks:
        for id_, quantity in task.deliveries.items():
            if quantity <= 0:
                yield Finding(code="material", subject=task.id, message=f"takes {quantity} of {id_!r}")
            taken[id_] += quantity
    for delivery in project.deliveries:
        if taken[delivery.id] > delivery.quantity * (1 + 1e-9):
            message = f"{taken[delivery.id]} are taken of {delivery.quantity}"
            yield Finding(code="material", subject=delivery.id, message=message)
