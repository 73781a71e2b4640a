"""Which robot does what: a fleet's numbers for a schedule that its size allows."""

import heapq
import math

from orchestrator.planner.domain import Assignment, Mode, Project, RobotType


def assign_robots(project: Project, assignments: list[Assignment]) -> list[Assignment]:
    """Give every assignment its robots, those first that have been free for longest: their batteries are full.

    A schedule that keeps to the fleet's size always has enough, as robots work without rests.
    """
    pools = {r.id: r for r in project.resources if r.robot is not None}
    modes = {(task.id, mode.id): mode for task in project.tasks for mode in task.modes}
    free = {id_: [(0, number) for number in range(pool.count)] for id_, pool in pools.items()}
    done: dict[str, Assignment] = {}
    for a in sorted(assignments, key=lambda a: (a.start, a.end)):
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
