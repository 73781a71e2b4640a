"""The planner's vocabulary: resources, zones, calendars, deliveries, and the tasks of a project.

Times of a plan are whole hours since the project's start, which is a Monday, 0:00.
"""

from typing import Literal

from pydantic import Field

from orchestrator.records import Record

HOURS_PER_DAY, DAYS_PER_WEEK = 24, 7


class Calendar(Record):
    """When work goes on, the same every week.

    Attributes:
        id: of the calendar.
        days: of the week, from Monday on.
        begin: hour of the day at which work begins.
        end: hour of the day at which it ends.
    """

    id: str
    days: int = Field(default=7, ge=1, le=7)
    begin: int = Field(default=0, ge=0, le=23)
    end: int = Field(default=24, ge=1, le=24)

    def week(self) -> tuple[bool, ...]:
        """Whether each hour of a week is worked, (168,)."""
        return tuple(
            day < self.days and self.begin <= hour < self.end
            for day in range(DAYS_PER_WEEK)
            for hour in range(HOURS_PER_DAY)
        )


class Battery(Record):
    """What a robot carries.

    Attributes:
        energy_kwh: usable, kWh.
        swap_hours: to change it for a full one, h.
        recharge_hours: outside of the robot, h.
    """

    energy_kwh: float = Field(gt=0)
    swap_hours: float = Field(ge=0)
    recharge_hours: float = Field(ge=0)


class SkillLevel(Record):
    """How well robots do one kind of work.

    Attributes:
        success_rate: of one attempt.
        cycle_time_s: of one attempt, mean, s.
        power_w: that the robot draws meanwhile, mean, W.
        source: a skill card, or `estimate`.
    """

    success_rate: float = Field(gt=0, le=1)
    cycle_time_s: float = Field(gt=0)
    power_w: float = Field(gt=0)
    source: str

    @property
    def seconds_per_success(self) -> float:
        """Attempts until one succeeds, expected, times their length, s."""
        return self.cycle_time_s / self.success_rate


class RobotType(Record):
    """A fleet of equal robots.

    Attributes:
        payload_kg: that one carries.
        reach_m: height that its hands reach.
        battery: of each.
        failures_per_1000_hours: of work.
        skills: by name.
        source: of these figures.
    """

    payload_kg: float = Field(gt=0)
    reach_m: float = Field(gt=0)
    battery: Battery
    failures_per_1000_hours: float = Field(ge=0)
    skills: dict[str, SkillLevel] = Field(default={})
    source: str


class Resource(Record):
    """A pool of equal robots, people or machines.

    Attributes:
        id: of the pool.
        kind: of what is in it.
        count: how many.
        cost_per_hour_usd: of one.
        robot: what one is, if it is a robot.
        lost: robots that will not work again, by number, with the hour since when.
        source: of these figures.
    """

    id: str
    kind: Literal["robots", "people", "equipment"]
    count: int = Field(ge=0)
    cost_per_hour_usd: float = Field(ge=0)
    robot: RobotType | None = None
    lost: dict[int, int] = Field(default={})
    source: str


class Zone(Record):
    """A part of the site.

    Attributes:
        id: of the zone.
        heads: robots and people that can work in it at once.
    """

    id: str
    heads: int = Field(ge=1)


class Delivery(Record):
    """Material that comes to the site, set aside for the tasks that name it.

    Attributes:
        id: of the delivery.
        material: what it is.
        quantity: in the material's unit.
        day: since the project's start, d.
    """

    id: str
    material: str
    quantity: float = Field(gt=0)
    day: int = Field(ge=0)


class Mode(Record):
    """One way to do a task.

    Attributes:
        id: of the mode, within its task.
        work_hours: that it takes on its calendar, battery swaps included, h.
        hands_on_hours: of them, that each robot or person works, h.
        calendar: that it keeps.
        needs: number of each resource, all the while.
        skill: that its robots use, if it has robots.
        power_w: that each of its robots draws, mean, W.
        cycles: of that skill that all of its robots together must succeed in.
    """

    id: str
    work_hours: int = Field(ge=0)
    hands_on_hours: float = Field(ge=0)
    calendar: str
    needs: dict[str, int] = Field(default={})
    skill: str | None = None
    power_w: float = Field(default=0, ge=0)
    cycles: float = Field(default=0, ge=0)


class Link(Record):
    """What a task waits for.

    Attributes:
        task: the other task.
        kind: `FS`, its finish, or `SS`, its start.
        lag_hours: that must pass after that, h.
    """

    task: str
    kind: Literal["FS", "SS"] = "FS"
    lag_hours: int = Field(default=0, ge=0)


class Task(Record):
    """A piece of work.

    Attributes:
        id: of the task.
        name: for people.
        phase: of the building.
        zone: where it is done.
        exclusive: whether nobody else may be in the zone meanwhile.
        outdoor: whether it stops in bad weather.
        modes: ways to do it, at least one.
        after: what it waits for.
        deliveries: quantity that it takes of each delivery.
        payload_kg: heaviest thing that one robot must carry, kg.
        reach_m: highest point that hands must reach, m.
        requires: conditions that must hold; tasks that it waits for, directly or not, produce them.
        gives: conditions that hold afterwards.
    """

    id: str
    name: str
    phase: str
    zone: str
    exclusive: bool = False
    outdoor: bool = False
    modes: tuple[Mode, ...] = Field(min_length=1)
    after: tuple[Link, ...] = ()
    deliveries: dict[str, float] = Field(default={})
    payload_kg: float = Field(default=0, ge=0)
    reach_m: float = Field(default=0, ge=0)
    requires: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()


class Project(Record):
    """A task graph with all that its tasks may use; it says neither when nor by whom a task is done.

    Attributes:
        good: that the factory will make.
        goal: condition that the project is for.
        calendars: by which work is done.
        resources: on the site.
        zones: of the site.
        deliveries: to the site.
        tasks: to be done.
        assumptions: what had to be guessed, one sentence each.
    """

    good: str
    goal: str
    calendars: tuple[Calendar, ...]
    resources: tuple[Resource, ...]
    zones: tuple[Zone, ...]
    deliveries: tuple[Delivery, ...] = ()
    tasks: tuple[Task, ...] = Field(min_length=1)
    assumptions: tuple[str, ...] = ()


class Assignment(Record):
    """When and how one task is done.

    Attributes:
        task: id of the task.
        mode: id of its mode.
        start: h since the project's start.
        end: likewise.
        robots: that do it: their numbers in the pool, by pool.
        battery_swaps: of each of them.
    """

    task: str
    mode: str
    start: int
    end: int
    robots: dict[str, tuple[int, ...]] = Field(default={})
    battery_swaps: int = 0
