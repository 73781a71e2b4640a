"""One random history: everything that the world does to a plan, drawn before it is carried out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestrator.planner.compile import resource_names
from orchestrator.planner.domain import HOURS_PER_DAY, Mode, Project
from orchestrator.planner.execution.world import Shock, World
from orchestrator.planner.template import SITE

_CRANES = "crane"
"""The resource of which a shock takes half."""


@dataclass(frozen=True)
class History:
    """What happens, whatever the plan is: n tasks, R resources, T hours.

    Attributes:
        people: actual hours of each task by planned hours, if people do it, (n,).
        robots: likewise if robots do it, (n,).
        waits: likewise if nobody does it, (n,).
        rework: share of its hours that each task must do again, (n,).
        arrival: hour of each delivery, by id.
        rain: hours in which nobody works outdoors, (T,).
        capacity: of each resource, (R, T).
        closed: hours in which nobody works at all, (T,).
        seed: of the robots' failures.
        world: that it comes from.
    """

    people: NDArray[np.float64]
    robots: NDArray[np.float64]
    waits: NDArray[np.float64]
    rework: NDArray[np.float64]
    arrival: dict[str, int]
    rain: NDArray[np.uint8]
    capacity: NDArray[np.int32]
    closed: NDArray[np.uint8]
    seed: int
    world: World


def draw_history(
    project: Project, world: World, rng: np.random.Generator, hours: int, shock: Shock | None = None
) -> History:
    """A history.

    Args:
        project: that is carried out.
        world: to draw from.
        rng: of everything random.
        hours: that it tells about, h.
        shock: that comes on top.
    """
    count = len(project.tasks)
    pace = rng.normal(0.0, world.pace_spread, 2)
    # Mean 1, so that a spread alone makes nothing longer.
    own = rng.normal(-(world.task_spread**2) / 2, world.task_spread, count)
    people = world.people_pace * np.exp(pace[0] + own)
    robots = world.robot_pace * np.exp(pace[1] + own)
    waiting = rng.normal(-(world.wait_spread**2) / 2, world.wait_spread, count)
    # Bays wait for concrete; the site as a whole waits for people elsewhere.
    natural = np.array([task.zone != SITE for task in project.tasks])
    waits = np.where(natural, 1.0, world.wait_pace * np.exp(waiting))
    again = (rng.random(count) < world.rework) * world.rework_part * rng.random(count)
    late = rng.random(len(project.deliveries)) < world.late_deliveries
    delays = np.ceil(late * rng.exponential(world.delay_days, len(late))).astype(int)
    arrival = {
        delivery.id: HOURS_PER_DAY * (delivery.day + int(delay))
        for delivery, delay in zip(project.deliveries, delays, strict=True)
    }
    capacity, closed = _shocked(project, hours, shock)
    return History(
        people,
        robots,
        waits,
        again,
        arrival,
        _rain(world, rng, hours),
        capacity,
        closed,
        int(rng.integers(2**31)),
        world,
    )


def planned_hours(mode: Mode, history: History, i: int, robot: bool) -> int:
    """Hours that task `i` really takes in a mode, rework included."""
    if not mode.needs:
        return max(1, int(np.ceil(mode.work_hours * history.waits[i])))
    factor = history.robots[i] if robot else history.people[i]
    return max(1, int(np.ceil(mode.work_hours * factor * (1 + history.rework[i]))))


def _rain(world: World, rng: np.random.Generator, hours: int) -> NDArray[np.uint8]:
    """Days of bad weather, a Markov chain, as hours."""
    days = -(-hours // HOURS_PER_DAY)
    stop = 1 / world.bad_weather_days
    begin = min(1.0, stop * world.bad_weather / (1 - world.bad_weather))
    draws, bad = rng.random(days), rng.random() < world.bad_weather
    rain = np.zeros(days, np.uint8)
    for day in range(days):
        rain[day] = bad
        bad = draws[day] >= stop if bad else draws[day] < begin
    return np.repeat(rain, HOURS_PER_DAY)[:hours]


def _shocked(
    project: Project, hours: int, shock: Shock | None
) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    counts = [r.count - len(r.lost) for r in project.resources] + [zone.heads for zone in project.zones]
    capacity = np.repeat(np.array(counts, np.int32)[:, None], hours, axis=1)
    closed = np.zeros(hours, np.uint8)
    if shock is None:
        return capacity, closed
    span = slice(shock.begin, shock.begin + shock.hours)
    if shock.kind == "closure":
        closed[span] = 1
    hit = {r.id for r in project.resources if r.robot is not None} if shock.kind == "robots" else {_CRANES}
    if shock.kind != "closure":
        for row, name in enumerate(resource_names(project)):
            if name in hit:
                capacity[row, span] //= 2
    return capacity, closed
