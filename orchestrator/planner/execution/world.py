"""The world in which a plan is carried out, as far as it is random; `configs/planner/world.yaml` is the belief."""

from functools import cache
from typing import Literal

import numpy as np
from pydantic import Field

from orchestrator.config_files import load_config
from orchestrator.planner.catalogue import PLANNER_CONFIGS
from orchestrator.records import Record


class World(Record):
    """Rates of everything random.

    Attributes:
        people_pace: actual hours of people's work by planned hours, mean over sites.
        robot_pace: likewise of robots' work.
        wait_pace: likewise of what offices, utilities and trials take; concrete cures as it must.
        pace_spread: standard deviation of the logarithm of a site's own pace around these.
        task_spread: standard deviation of the logarithm of one task's hours.
        wait_spread: likewise of one wait's.
        rework: share of tasks of which a part must be done again.
        rework_part: of their hours, at the most.
        robot_failures_per_1000_hours: of work, of one robot.
        robot_repair_hours: that a robot which failed is away, h.
        robot_exchange_hours: that its task stands still, h.
        late_deliveries: share of the deliveries that come late.
        delay_days: of a late delivery, mean of an exponential distribution, d.
        bad_weather: share of days on which nobody works outdoors.
        bad_weather_days: in a row, mean, d.
        source: of these figures.
    """

    people_pace: float = Field(gt=0)
    robot_pace: float = Field(gt=0)
    wait_pace: float = Field(gt=0)
    pace_spread: float = Field(ge=0)
    task_spread: float = Field(ge=0)
    wait_spread: float = Field(ge=0)
    rework: float = Field(ge=0, le=1)
    rework_part: float = Field(ge=0, le=1)
    robot_failures_per_1000_hours: float = Field(ge=0)
    robot_repair_hours: int = Field(ge=0)
    robot_exchange_hours: int = Field(ge=0)
    late_deliveries: float = Field(ge=0, le=1)
    delay_days: float = Field(ge=0)
    bad_weather: float = Field(ge=0, lt=1)
    bad_weather_days: float = Field(ge=1)
    source: str


RATES = (
    "people_pace",
    "robot_pace",
    "wait_pace",
    "rework",
    "robot_failures_per_1000_hours",
    "late_deliveries",
    "delay_days",
    "bad_weather",
)
"""What a world may have more or less of than another."""


class Shock(Record):
    """Something that no rate tells about.

    Attributes:
        kind: all work stops; half of the robots, or of the cranes, are away.
        begin: h since the project's start.
        hours: that it lasts, h.
    """

    kind: Literal["closure", "robots", "cranes"]
    begin: int = Field(ge=0)
    hours: int = Field(ge=0)


@cache
def believed_world() -> World:
    """What the planner believes."""
    return load_config(PLANNER_CONFIGS / "world.yaml", [], World)


def other_world(world: World, rng: np.random.Generator, spread: float) -> World:
    """A world whose every rate is off by up to `spread`, each by itself, as in 0.2."""
    factors = rng.uniform(1 - spread, 1 + spread, len(RATES))
    changed = {name: getattr(world, name) * factor for name, factor in zip(RATES, factors, strict=True)}
    for share in ("rework", "late_deliveries", "bad_weather"):
        changed[share] = min(changed[share], 0.99)
    return world.model_copy(update=changed)


def random_shock(rng: np.random.Generator, makespan: int) -> Shock:
    """A shock of 3 to 14 days that begins within the plan.

    Args:
        rng: of everything random.
        makespan: of the plan, h.
    """
    kinds: tuple[Literal["closure", "robots", "cranes"], ...] = ("closure", "robots", "cranes")
    return Shock(
        kind=kinds[int(rng.integers(3))],
        begin=int(rng.integers(max(1, makespan))),
        hours=int(24 * rng.integers(3, 15)),
    )
