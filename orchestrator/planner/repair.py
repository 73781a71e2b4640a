"""Repair: what has not begun is planned again, near the old plan; what runs goes on, what is done stays."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from orchestrator.planner.check_plan import check_plan
from orchestrator.planner.compile import assignments_of, problem_of
from orchestrator.planner.domain import HOURS_PER_DAY, Assignment, Delivery, Project, Resource
from orchestrator.planner.findings import Finding
from orchestrator.planner.robots import assign_robots
from orchestrator.planner.scheduling.problem import Schedule
from orchestrator.planner.scheduling.solve import Solution, solve
from orchestrator.records import Record


class TaskFailed(Record):
    """A running task came to nothing and must be done again from its beginning."""

    task: str


class RobotsLost(Record):
    """Robots that will not work again; the tasks that they are in must be done again.

    Attributes:
        pool: resource.
        robots: their numbers.
    """

    pool: str
    robots: tuple[int, ...] = Field(min_length=1)


class DeliveryLate(Record):
    """A delivery will come on another day, no earlier than today.

    Attributes:
        delivery: its id.
        day: since the project's start, d.
    """

    delivery: str
    day: int


Event = TaskFailed | RobotsLost | DeliveryLate


@dataclass(frozen=True)
class Repaired:
    """A plan after a repair.

    Attributes:
        project: with what changed: robots lost, deliveries' days.
        assignments: of all tasks.
        solution: of the scheduler.
        restarted: tasks that ran and are done again.
        moved_hours: by which tasks that had not begun moved, summed, h.
        seconds: that it took.
    """

    project: Project
    assignments: list[Assignment]
    solution: Solution
    restarted: tuple[str, ...]
    moved_hours: int
    seconds: float


class RepairError(ValueError):
    """An event that cannot be, or a repair that the checker refuses."""


def repair(
    project: Project,
    assignments: Sequence[Assignment],
    events: Sequence[Event],
    now: int,
    *,
    seconds: float,
    schedules: int | None = None,
    threads: int = 2,
    seed: int = 0,
    from_scratch: bool = False,
) -> Repaired:
    """Plan what has not begun again.

    Args:
        project: of the plan.
        assignments: valid, of all tasks.
        events: that have just happened.
        now: h since the project's start.
        seconds: that the search may take.
        schedules: that it may build; see `solve`.
        threads: to use.
        seed: of everything random.
        from_scratch: forget the old order instead of beginning with it.

    Raises:
        RepairError: an event names what does not exist or has not begun.
        NoScheduleError: what is left cannot be done with what is left.
    """
    clock = time.monotonic()
    restarted = _restarted(assignments, events, now)
    changed = _changed(project, assignments, events, now, restarted)
    begun = [a for a in assignments if a.start < now and a.task not in restarted]
    kept = {a.task: (a.start, a.mode) for a in begun}
    problem = problem_of(changed, kept, now, {a.task for a in begun if a.end <= now})
    old = {a.task: a for a in assignments}
    begin = None
    if not from_scratch:
        begin = Schedule(
            start=tuple(now if t.id in restarted else old[t.id].start for t in changed.tasks),
            mode=tuple(
                0 if t.id in kept else [m.id for m in t.modes].index(old[t.id].mode) for t in changed.tasks
            ),
            makespan=max(a.end for a in assignments),
        )
    solution = solve(problem, seconds, threads=threads, seed=seed, schedules=schedules, begin=begin)
    planned = assignments_of(changed, problem, solution.schedule, kept)
    result = assign_robots(changed, planned, begun, now)
    findings: list[Finding] = check_plan(changed, result)
    if findings:
        raise RepairError(f"the checker refuses the repair: {findings[0]}")
    moved = sum(abs(a.start - old[a.task].start) for a in result if a.task not in kept)
    return Repaired(changed, result, solution, tuple(sorted(restarted)), moved, time.monotonic() - clock)


def _restarted(assignments: Sequence[Assignment], events: Sequence[Event], now: int) -> set[str]:
    """Tasks that run now and must begin again."""
    running = {a.task: a for a in assignments if a.start < now < a.end}
    failed: set[str] = set()
    for event in events:
        if isinstance(event, TaskFailed):
            if event.task not in running:
                raise RepairError(f"task {event.task!r} does not run at {now} h")
            failed.add(event.task)
        elif isinstance(event, RobotsLost):
            gone = set(event.robots)
            failed |= {id_ for id_, a in running.items() if gone & set(a.robots.get(event.pool, ()))}
    return failed


def _changed(
    project: Project,
    assignments: Sequence[Assignment],
    events: Sequence[Event],
    now: int,
    restarted: set[str],
) -> Project:
    resources = {resource.id: resource for resource in project.resources}
    deliveries = {delivery.id: delivery for delivery in project.deliveries}
    for event in events:
        if isinstance(event, RobotsLost):
            resources[event.pool] = _without(resources.get(event.pool), event, now)
        elif isinstance(event, DeliveryLate):
            takers = {task.id for task in project.tasks if event.delivery in task.deliveries}
            begun = [a.task for a in assignments if a.task in takers and a.start < now]
            deliveries[event.delivery] = _later(deliveries.get(event.delivery), event, now, begun)
    begun_ids = {a.task for a in assignments if a.start < now} - restarted
    tasks = tuple(
        # What has begun no longer waits for a start that is made once more.
        task.model_copy(update={"after": tuple(link for link in task.after if link.task not in restarted)})
        if task.id in begun_ids
        else task
        for task in project.tasks
    )
    return project.model_copy(
        update={
            "resources": tuple(resources.values()),
            "deliveries": tuple(deliveries.values()),
            "tasks": tasks,
        }
    )


def _without(resource: Resource | None, event: RobotsLost, now: int) -> Resource:
    if resource is None or resource.robot is None:
        raise RepairError(f"there is no pool of robots {event.pool!r}")
    wrong = [number for number in event.robots if not 0 <= number < resource.count or number in resource.lost]
    if wrong:
        raise RepairError(f"there is no robot {wrong[0]} in {event.pool!r}")
    return resource.model_copy(update={"lost": {**resource.lost, **dict.fromkeys(event.robots, now)}})


def _later(delivery: Delivery | None, event: DeliveryLate, now: int, begun: list[str]) -> Delivery:
    if delivery is None:
        raise RepairError(f"there is no delivery {event.delivery!r}")
    if begun or event.day * HOURS_PER_DAY < now:
        raise RepairError(
            f"delivery {event.delivery!r} cannot move to day {event.day}: it is used, or in the past"
        )
    return delivery.model_copy(update={"day": event.day})
