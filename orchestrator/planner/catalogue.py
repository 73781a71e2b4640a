"""The catalogue of factories: templates in YAML, each number of which has a source or is called an estimate."""

from functools import cache
from typing import Literal

from pydantic import Field, model_validator

from orchestrator.config_files import CONFIGS, load_config
from orchestrator.errors import InputError, nearest
from orchestrator.planner.domain import Calendar, Resource
from orchestrator.planner.skills import SkillTable
from orchestrator.records import Record

PLANNER_CONFIGS = CONFIGS / "planner"
"""Where the templates lie: `factories/`, one file for each good, and what they share."""

Scope = Literal["project", "bay", "line"]


class After(Record):
    """What a package of work waits for; in its own bay or line, or in all of them.

    Attributes:
        task: id of the other package.
        kind: `FS` or `SS`.
        lag_days: d.
    """

    task: str
    kind: Literal["FS", "SS"] = "FS"
    lag_days: float = Field(default=0, ge=0)


class PeopleWork(Record):
    """How people do a package.

    Attributes:
        trade: resource.
        hours_per_unit: of one person.
        crews: sizes to choose from.
    """

    trade: str
    hours_per_unit: float = Field(gt=0)
    crews: tuple[int, ...] = Field(min_length=1)


class RobotWork(Record):
    """How robots do a package.

    Attributes:
        skill: that they need.
        cycles_per_unit: of that skill.
        crews: sizes to choose from.
    """

    skill: str
    cycles_per_unit: float = Field(gt=0)
    crews: tuple[int, ...] = Field(min_length=1)


class Package(Record):
    """A piece of work that is done once, or once in each bay, or once for each line.

    Attributes:
        id: unique within a template and the building.
        name: for people.
        phase: of the building.
        per: what it is done once in.
        quantity: of work, in `unit`; of a package per project, for each bay.
        unit: of the quantity.
        days: of waiting or of paperwork instead of work, d.
        people: how people do it.
        robots: how robots do it.
        equipment: that either of them holds.
        exclusive: whether nobody else may be in the bay.
        outdoor: whether it stops in bad weather.
        material: that it takes.
        payload_kg: heaviest thing that one robot must carry, kg.
        reach_m: highest point that hands must reach, m.
        after: what it waits for.
        requires: conditions from `gives` of packages before it.
        gives: conditions that hold afterwards.
        source: of its numbers.
    """

    id: str
    name: str
    phase: str
    per: Scope
    quantity: float = Field(default=0, ge=0)
    unit: str = ""
    days: float | None = Field(default=None, gt=0)
    people: PeopleWork | None = None
    robots: RobotWork | None = None
    equipment: dict[str, int] = Field(default={})
    exclusive: bool = False
    outdoor: bool = False
    material: str | None = None
    payload_kg: float = Field(default=0, ge=0)
    reach_m: float = Field(default=0, ge=0)
    after: tuple[After, ...] = ()
    requires: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    source: str

    @model_validator(mode="after")
    def _check(self) -> "Package":
        if (self.days is None) == (self.people is None):
            raise ValueError("people: expected either people or days, as what nobody does takes days alone")
        if self.people is not None and not self.quantity:
            raise ValueError("quantity: expected more than 0 where people work")
        return self


class Material(Record):
    """What is delivered, in one lot for each bay or line.

    Attributes:
        first_day: of the first lot, d since the project's start.
        days_between: lots, d.
        within_days: of the first, all lots come, d; larger orders go to more suppliers.
        source: of these numbers.
    """

    first_day: int = Field(ge=0)
    days_between: float = Field(ge=0)
    within_days: float = Field(gt=0)
    source: str


class Building(Record):
    """`configs/planner/building.yaml`: what every factory's building takes.

    Attributes:
        bay_m2: floor of one bay, m².
        bay_heads: robots and people that can work in a bay at once.
        site_heads: on the open site.
        calendars: by which work is done.
        people_calendar: that of people.
        robot_calendar: that of robots, of equipment and of waiting.
        resources: on the site, with default counts.
        materials: by name.
        packages: of the building.
        source: of the numbers that have no source of their own.
    """

    bay_m2: float = Field(gt=0)
    bay_heads: int = Field(ge=1)
    site_heads: int = Field(ge=1)
    calendars: tuple[Calendar, ...]
    people_calendar: str
    robot_calendar: str
    resources: tuple[Resource, ...]
    materials: dict[str, Material]
    packages: tuple[Package, ...]
    source: str


class FactoryType(Record):
    """`configs/planner/factories/*.yaml`: what makes one good.

    Attributes:
        good: id of what it makes.
        name: for people.
        words: by which a goal's text names it, besides its id and name.
        unit: of output.
        units: other units, as multiples of `unit`.
        output_per_month: where a goal does not say.
        m2_per_unit: floor for one unit a month, m².
        line_output_per_month: of one line.
        building: whether it stands in the building that factories share; without one its packages are all of the work.
        packages: of the lines, and of the project where it is special.
        source: of the numbers that have no source of their own.
    """

    good: str
    name: str
    words: tuple[str, ...]
    unit: str
    units: dict[str, float] = Field(default={})
    output_per_month: float = Field(gt=0)
    m2_per_unit: float = Field(gt=0)
    line_output_per_month: float = Field(gt=0)
    building: bool = True
    packages: tuple[Package, ...]
    source: str


@cache
def building() -> Building:
    """What every factory's building takes."""
    return load_config(PLANNER_CONFIGS / "building.yaml", [], Building)


@cache
def skill_table() -> SkillTable:
    """The skills that work is described with."""
    return load_config(PLANNER_CONFIGS / "skills.yaml", [], SkillTable)


@cache
def factory_types() -> dict[str, FactoryType]:
    """The factories that there are templates of, by good."""
    found = (
        load_config(path, [], FactoryType) for path in sorted((PLANNER_CONFIGS / "factories").glob("*.yaml"))
    )
    return {factory.good: factory for factory in found}


def packages_of(factory: FactoryType) -> tuple[Package, ...]:
    """All work of a factory, the building's first."""
    return (*building().packages, *factory.packages) if factory.building else factory.packages


def factory_type(good: str, where: str) -> FactoryType:
    """The factory that makes a good.

    Args:
        good: its id.
        where: it was asked for, to be named where there is none.

    Raises:
        InputError: there is no template for it.
    """
    known = factory_types()
    if good not in known:
        names = ", ".join(sorted(known))
        raise InputError(where, f"no template makes {good!r}: expected one of {names}{nearest(good, known)}")
    return known[good]
