"""Typed schemas of labour, usefulness and the fleet. Times are in months unless a name says otherwise."""

from typing import Self

from pydantic import Field, model_validator

from orchestrator.quantities import Fraction, NonNegative, Positive, number
from orchestrator.ramp.parts import Part


class Skill(Part):
    """A skill that is counted when robots are compared to people.

    Attributes:
        card: a skill card, as `optimus evaluate --card` writes it.
        human_seconds: a person's time for the same cycle, s.
        weight: of this skill among the others.
    """

    card: str
    human_seconds: float = Field(gt=0)
    weight: float = Field(default=1, gt=0)


class Labour(Part):
    """Who assembles.

    Attributes:
        people: at the start.
        hires_per_month: people.
        hours_per_person_month: worked.
        hours_per_unit: of work on a robot when `reference_units` have been made.
        reference_units: see there.
        learning_rate: share of the hours that each doubling of the units ever made saves (Wright).
        floor_hours: of work that no learning saves.
        uptime: share of all hours that a robot in the factories works.
        productivity: of a robot's hour, in a person's hours, at the start; skill cards replace it.
        productivity_limit: the most that a robot's hour can be worth.
        skills: see `Skill`.
        replication_delay_months: from a robot's making to its work on others.
    """

    people: NonNegative
    hires_per_month: NonNegative
    hours_per_person_month: Positive
    hours_per_unit: Positive
    reference_units: Positive
    learning_rate: Fraction
    floor_hours: NonNegative
    uptime: Fraction
    productivity: NonNegative | None = None
    productivity_limit: Positive
    skills: tuple[Skill, ...] = ()
    replication_delay_months: NonNegative

    @model_validator(mode="after")
    def _one_productivity(self) -> Self:
        if (self.productivity is None) == (not self.skills):
            raise ValueError("productivity: expected either this or skills")
        return self


class Growth(Part):
    """An exponential that saturates: one factor of usefulness, 1 at the start.

    Attributes:
        per_year: rate of the exponential, as a power of e.
        saturation: the factor's limit.
        academy_feedback: the rate is multiplied with (academy's robots / target) to this power.
    """

    per_year: NonNegative
    saturation: Positive
    academy_feedback: NonNegative = number(0, "no feedback")

    @model_validator(mode="after")
    def _above_one(self) -> Self:
        if min(self.saturation.parameters) < 1 and self.saturation.kind in ("number", "interval", "uniform"):
            raise ValueError(f"saturation: expected 1 or more, got {self.saturation}")
        return self


class Usefulness(Part):
    """The owner's product of three exponentials."""

    digital_intelligence: Growth
    chip_capability: Growth
    dexterity: Growth


class Repair(Part):
    """What breaks and is mended.

    Attributes:
        failures_per_year: of one robot.
        downtime_days: per failure.
        cost_usd: per failure.
    """

    failures_per_year: NonNegative
    downtime_days: NonNegative
    cost_usd: NonNegative


class Fleet(Part):
    """Where robots are and go.

    Attributes:
        made_before: robots made before the projection starts.
        academy: of these, in use in the academy.
        factory: in use in own factories.
        customers: in use by customers.
        academy_target: robots that the academy wants.
        academy_share: of the output that it may take until it has them.
        factory_share: of the output that goes to own factories.
        stock_months: of the customers' demand, the most that is held in stock.
        repair: see there; without, nothing breaks.
    """

    made_before: int = Field(default=0, ge=0)
    academy: int = Field(default=0, ge=0)
    factory: int = Field(default=0, ge=0)
    customers: int = Field(default=0, ge=0)
    academy_target: NonNegative
    academy_share: Fraction
    factory_share: Fraction
    stock_months: NonNegative
    repair: Repair | None = None

    @model_validator(mode="after")
    def _made_before_use(self) -> Self:
        if self.academy + self.factory + self.customers > self.made_before:
            raise ValueError("made_before: expected at least as many as are in use")
        return self
