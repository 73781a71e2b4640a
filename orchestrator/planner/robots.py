"""Which robot does what: a fleet's numbers for a schedule that its size allows."""

import heapq
import math
from collections.abc import Sequence

from orchestrator.planner.domain import Assignment, Mode, Project, Resource, RobotType


def assign_robots(
    project: Project, assignments: Sequence[Assignment], kept: Sequence[Assignment] = (), now: int = 0
) -> list[Assignment]:
    """Give every assignment its robots, those first that have been free for longest: their batteries are full.

    A schedule that keeps to the fleet's size always has enough, as robots work without rests.

    Args:
        project: whose robots they are.
        assignments: of all tasks.
        kept: of tasks that have begun: they keep their robots.
        now: h; the others begin no earlier.
    """
    pools = {r.id: r for r in project.resources if r.robot is not None}
    modes = {(task.id, mode.id): mode for task in project.tasks for mode in task.modes}
    free = {id_: _free(pool, kept, now) for id_, pool in pools.items()}
    done = {a.task: a for a in kept}
    for a in sorted(assignments, key=lambda a: (a.start, a.end)):
        if a.task in done:
            continue
        mode = modes[a.task, a.mode]
        robots: dict[str, tuple[int, ...]] = {}
        swaps = 0
        for id_, pool in pools.items():
            wanted = mode.needs.get(id_, 0)
            if not wanted or pool.robot is None:
                continue
            numbers = tuple(heapq.heappop(free[id_])[1] for _ in range(wanted))
            for number in numbers:
                heapq.heappush(free[id_], (a.end, number))
            robots[id_] = numbers
            swaps = max(swaps, battery_swaps(mode, pool.robot))
        done[a.task] = a.model_copy(update={"robots": robots, "battery_swaps": swaps})
    return [done[a.task] for a in assignments]


def battery_swaps(mode: Mode, robot: RobotType) -> int:
    """Times that a robot changes its battery in a task that it begins with a full one."""
    charge_hours = robot.battery.energy_kwh * 1000 / mode.power_w
    return max(0, math.ceil(mode.hands_on_hours / charge_hours - 1e-9) - 1)


def _free(pool: Resource, kept: Sequence[Assignment], now: int) -> list[tuple[int, int]]:
    """When each robot that is not lost is free, with its number."""
    since = {number: now for number in range(pool.count) if number not in pool.lost}
    for a in kept:
        for number in a.robots.get(pool.id, ()):
            if number in since:
                since[number] = max(since[number], a.end)
    heap = [(hour, number) for number, hour in since.items()]
    heapq.heapify(heap)
    return heap
