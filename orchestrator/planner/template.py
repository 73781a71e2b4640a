"""The template proposer: a goal of the catalogue as a graph of bays, lines and project-wide work."""

import math
from collections.abc import Iterator

from orchestrator.errors import InputError
from orchestrator.planner.catalogue import Building, Package, PeopleWork, building, packages_of
from orchestrator.planner.domain import (
    HOURS_PER_DAY,
    Calendar,
    Delivery,
    Link,
    Mode,
    Project,
    Resource,
    RobotType,
    SkillLevel,
    Task,
    Zone,
)
from orchestrator.planner.goal import Goal

SITE = "site"
"""The zone of project-wide work."""


def propose(
    goal: Goal,
    skills: dict[str, SkillLevel],
    max_tasks: int,
    packages: tuple[Package, ...] | None = None,
) -> Project:
    """The project that reaches a goal.

    Args:
        goal: of the catalogue.
        skills: that robots have.
        max_tasks: that it may have.
        packages: all of its work, where it is not the catalogue's own.

    Raises:
        InputError: it would have more tasks.
    """
    return _Builder(goal, skills, packages or packages_of(goal.factory)).project(max_tasks)


class _Builder:
    """One project in the making."""

    def __init__(self, goal: Goal, skills: dict[str, SkillLevel], packages: tuple[Package, ...]) -> None:
        factory = goal.factory
        self.goal, self.common, self.packages = goal, building(), packages
        self.by_id = {package.id: package for package in self.packages}
        self.lines = max(1, math.ceil(goal.output_per_month / factory.line_output_per_month))
        area = goal.output_per_month * factory.m2_per_unit
        # A line stands in bays of its own.
        self.bays = max(self.lines, math.ceil(area / self.common.bay_m2))
        self.resources, self.assumptions = _resources(self.common, goal, skills)
        self.counts = {resource.id: resource.count for resource in self.resources}
        self.robots = {r.id: r.robot for r in self.resources if r.robot is not None and r.count > 0}

    def project(self, max_tasks: int) -> Project:
        """All of it."""
        scopes = {"project": 1, "bay": self.bays, "line": self.lines}
        count = sum(scopes[package.per] for package in self.packages)
        if count > max_tasks:
            raise InputError(
                self.goal.text[:80],
                f"this takes {count:,} tasks in {self.bays:,} bays; max_tasks is {max_tasks:,}",
            )
        tasks = tuple(task for package in self.packages for task in self._tasks(package))
        return Project(
            good=self.goal.factory.good,
            goal="producing",
            calendars=self._calendars(),
            resources=self.resources,
            zones=(
                Zone(id=SITE, heads=self.common.site_heads),
                *(Zone(id=self._place("bay", bay), heads=self.common.bay_heads) for bay in range(self.bays)),
            ),
            deliveries=tuple(self._deliveries()),
            tasks=tasks,
            assumptions=(
                *self.goal.assumptions,
                f"{self.bays} bays of {self.common.bay_m2:g} m² and {self.lines} lines ({self.goal.factory.source}).",
                *self.assumptions,
            ),
        )

    def _calendars(self) -> tuple[Calendar, ...]:
        """The building's, with the goal's shift for people."""
        shift = self.goal.shift
        if shift is None:
            return self.common.calendars
        return tuple(
            shift.model_copy(update={"id": calendar.id})
            if calendar.id == self.common.people_calendar
            else calendar
            for calendar in self.common.calendars
        )

    def _tasks(self, package: Package) -> Iterator[Task]:
        count = {"project": 1, "bay": self.bays, "line": self.lines}[package.per]
        for number in range(count):
            yield Task(
                id=self._id(package, number),
                name=package.name,
                phase=package.phase,
                zone=self._zone(package, number),
                exclusive=package.exclusive,
                outdoor=package.outdoor,
                modes=self._modes(package),
                after=tuple(
                    Link(task=other, kind=after.kind, lag_hours=round(after.lag_days * HOURS_PER_DAY))
                    for after in package.after
                    for other in self._others(package, number, after.task)
                ),
                deliveries={self._delivery(package, number): package.quantity} if package.material else {},
                payload_kg=package.payload_kg,
                reach_m=package.reach_m,
                requires=tuple(
                    f"{condition} of {other}"
                    for condition in package.requires
                    for giver in self._givers(condition)
                    for other in self._others(package, number, giver)
                ),
                gives=tuple(
                    condition if package.per == "project" else f"{condition} of {self._id(package, number)}"
                    for condition in package.gives
                )
                + tuple(
                    f"{condition} of {package.id}" for condition in package.gives if package.per == "project"
                ),
            )

    def _givers(self, condition: str) -> list[str]:
        return [package.id for package in self.packages if condition in package.gives]

    def _others(self, package: Package, number: int, other_id: str) -> list[str]:
        """Tasks of another package that one of this package's tasks stands with."""
        other = self.by_id[other_id]
        if other.per == "project":
            return [self._id(other, 0)]
        if other.per == package.per:
            return [self._id(other, number)]
        if other.per == "bay" and package.per == "line":
            return [self._id(other, bay) for bay in self._bays_of(number)]
        count = self.bays if other.per == "bay" else self.lines
        if package.per == "bay":
            return [self._id(other, line) for line in range(count) if number in self._bays_of(line)]
        return [self._id(other, every) for every in range(count)]

    def _bays_of(self, line: int) -> range:
        return range(line * self.bays // self.lines, (line + 1) * self.bays // self.lines)

    def _modes(self, package: Package) -> tuple[Mode, ...]:
        if package.people is None:
            hours = round((package.days or 0) * HOURS_PER_DAY)
            return (Mode(id="wait", work_hours=hours, hands_on_hours=0, calendar=self.common.robot_calendar),)
        modes: list[Mode] = []
        if all(self.counts[id_] >= number for id_, number in package.equipment.items()):
            quantity = package.quantity * (self.bays if package.per == "project" else 1)
            modes += self._people_modes(package, package.people, quantity)
            for id_, robot in self.robots.items():
                modes += self._robot_modes(package, quantity, id_, robot)
        if not modes:
            needs = [package.people.trade, *package.equipment]
            message = f"nobody can do {package.name!r}: it needs {' and '.join(needs)}, or robots that can"
            raise InputError(self.goal.text[:80], message)
        return tuple(modes)

    def _people_modes(self, package: Package, work: PeopleWork, quantity: float) -> Iterator[Mode]:
        count = self.counts[work.trade]
        # A crew that is larger than the trade shrinks to it.
        for crew in sorted({min(crew, count) for crew in work.crews} - {0}):
            hands_on = quantity * work.hours_per_unit / crew
            yield Mode(
                id=f"people-{crew}",
                work_hours=math.ceil(hands_on - 1e-9),
                hands_on_hours=hands_on,
                calendar=self.common.people_calendar,
                needs={work.trade: crew, **package.equipment},
            )

    def _robot_modes(self, package: Package, quantity: float, id_: str, robot: RobotType) -> Iterator[Mode]:
        work = package.robots
        if work is None or work.skill not in robot.skills:
            return
        if package.payload_kg > robot.payload_kg or package.reach_m > robot.reach_m:
            return
        level = robot.skills[work.skill]
        charge = robot.battery.energy_kwh * 1000 / level.power_w
        for crew in (crew for crew in work.crews if crew <= self.counts[id_]):
            hands_on = quantity * work.cycles_per_unit * level.seconds_per_success / 3600 / crew
            swaps = max(0, math.ceil(hands_on / charge - 1e-9) - 1)
            yield Mode(
                id=f"{id_}-{crew}",
                work_hours=math.ceil(hands_on + swaps * robot.battery.swap_hours - 1e-9),
                hands_on_hours=hands_on,
                calendar=self.common.robot_calendar,
                needs={id_: crew, **package.equipment},
                skill=work.skill,
                power_w=level.power_w,
                cycles=quantity * work.cycles_per_unit,
            )

    def _deliveries(self) -> Iterator[Delivery]:
        for package in self.packages:
            if package.material is None:
                continue
            material = self.common.materials[package.material]
            count = {"project": 1, "bay": self.bays, "line": self.lines}[package.per]
            between = min(material.days_between, material.within_days / count)
            for number in range(count):
                yield Delivery(
                    id=self._delivery(package, number),
                    material=package.material,
                    quantity=package.quantity,
                    day=material.first_day + int(number * between),
                )

    def _delivery(self, package: Package, number: int) -> str:
        return f"{package.material} for {self._id(package, number)}"

    def _id(self, package: Package, number: int) -> str:
        return package.id if package.per == "project" else f"{self._place(package.per, number)}/{package.id}"

    def _zone(self, package: Package, number: int) -> str:
        if package.per == "project":
            return SITE
        return self._place("bay", number if package.per == "bay" else self._bays_of(number)[0])

    def _place(self, kind: str, number: int) -> str:
        return f"{kind}-{number + 1:0{len(str(max(self.bays, self.lines)))}d}"


def _resources(
    common: Building, goal: Goal, skills: dict[str, SkillLevel]
) -> tuple[tuple[Resource, ...], list[str]]:
    """The site's resources: the building's defaults, with the goal's counts in their place."""
    assumptions: list[str] = []
    counts = {resource.id: resource.count for resource in common.resources}
    trades = [resource for resource in common.resources if resource.kind == "people"]
    groups = {
        "robots": [r.id for r in common.resources if r.kind == "robots"],
        "people": [r.id for r in trades],
        "cranes": [r.id for r in common.resources if r.id == "crane"],
    }
    for name, ids in groups.items():
        total = sum(counts[id_] for id_ in ids)
        if name in goal.counts:
            shares = {id_: counts[id_] / total for id_ in ids}
            counts |= {id_: math.floor(goal.counts[name] * share) for id_, share in shares.items()}
            # What rounding leaves goes to the largest.
            largest = max(ids, key=lambda id_: shares[id_])
            counts[largest] += goal.counts[name] - sum(counts[id_] for id_ in ids)
        else:
            assumptions.append(f"No number of {name} was given: assumed {total}.")
    counts |= goal.pools
    resources = tuple(
        resource.model_copy(
            update={
                "count": counts[resource.id],
                "robot": resource.robot and resource.robot.model_copy(update={"skills": skills}),
            }
        )
        for resource in common.resources
    )
    return resources, assumptions
