"""Typed schemas of a projection's parts: curves, lines, labour, fleet, money, power.

Times are in months unless a name says otherwise. A part that is left out does not limit.
"""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from orchestrator.ramp.quantities import Fraction, NonNegative, Positive, PositiveFraction, Quantity, Real, number

CurveKind = Literal["logistic", "gompertz", "richards", "bass", "sharif_kabir", "piecewise"]
"""See `orchestrator.ramp.curves`."""

CURVE_KEYS: dict[str, tuple[str, ...]] = {
    "logistic": ("midpoint", "duration"),
    "gompertz": ("midpoint", "duration"),
    "richards": ("midpoint", "duration", "shape"),
    "bass": ("innovation", "imitation"),
    "sharif_kabir": ("midpoint", "duration", "delay"),
    "piecewise": ("phases", "levels"),
}
"""What each kind takes, and needs."""


class Part(BaseModel):
    """Base of the parts."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True)


class Curve(Part):
    """Capacity over time.

    Attributes:
        kind: of S-curve.
        asymptote_per_year: where it ends, units per year; for power, MW.
        start: month of first output, counted from the projection's first.
        midpoint: months from the start to half of the asymptote.
        duration: months from a tenth to nine tenths of the asymptote.
        shape: Richards': 1 is logistic.
        delay: Sharif and Kabir's: 0 is logistic.
        innovation: Bass's p, per year.
        imitation: Bass's q, per year.
        phases: of the piecewise curve, months: slow, exponential, linear, logarithmic.
        levels: shares of the asymptote where its first three phases end.
        stretch: all times after the start are this many times as long.
    """

    kind: CurveKind
    asymptote_per_year: Positive
    start: Real = number(0, "the projection's first month")
    midpoint: Positive | None = None
    duration: Positive | None = None
    shape: Positive | None = None
    delay: Fraction | None = None
    innovation: Positive | None = None
    imitation: NonNegative | None = None
    phases: tuple[Positive, Positive, Positive, Positive] | None = None
    levels: tuple[PositiveFraction, PositiveFraction, PositiveFraction] | None = None
    stretch: Positive = number(1, "no stretch")

    @model_validator(mode="after")
    def _keys_of_kind(self) -> Self:
        wanted = CURVE_KEYS[self.kind]
        for name in dict.fromkeys(key for keys in CURVE_KEYS.values() for key in keys):
            given = getattr(self, name) is not None
            if given and name not in wanted:
                raise ValueError(f"{name}: a {self.kind} curve takes {', '.join(wanted)}")
            if not given and name in wanted:
                raise ValueError(f"{name}: expected a value; a {self.kind} curve takes {', '.join(wanted)}")
        stated = [max(level.parameters) for level in self.levels or ()]
        if stated != sorted(stated):
            raise ValueError("levels: expected them to rise")
        return self


class Conversion(Part):
    """Lines of an older generation that are given to a newer one.

    Attributes:
        of: the older generation.
        share: of its lines that are converted in the end.
        over_months: from the first converted line to the last.
        downtime_months: a line stands still before the newer generation's start.
    """

    of: str
    share: Fraction
    over_months: Positive
    downtime_months: NonNegative


class Generation(Part):
    """One version of the robot.

    Attributes:
        curve: what its lines can assemble.
        conversion: of an older generation's lines.
        lifetime_months: scale of the Weibull distribution of its service life: 63% have retired by then.
        lifetime_shape: of that distribution; above 1, robots wear out.
    """

    curve: Curve
    conversion: Conversion | None = None
    lifetime_months: Positive | None = None
    lifetime_shape: Positive | None = None

    @model_validator(mode="after")
    def _whole_lifetime(self) -> Self:
        if (self.lifetime_months is None) != (self.lifetime_shape is None):
            raise ValueError("lifetime_shape: expected together with lifetime_months")
        return self


class Component(Part):
    """One family of parts, counted in sets for one robot.

    Attributes:
        curve: what its lines can make.
        yield_share: of its output that is good.
        lead_months: from a line's work to the part's use.
        inventory_months: of the present consumption, the most that is kept in store.
        needs: other components that go into it.
    """

    curve: Curve
    yield_share: PositiveFraction
    lead_months: NonNegative
    inventory_months: NonNegative
    needs: tuple[str, ...] = ()


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


class Demand(Part):
    """What customers would buy.

    Attributes:
        curve: units per year.
        usefulness_elasticity: demand is multiplied with usefulness to this power.
    """

    curve: Curve
    usefulness_elasticity: NonNegative = number(0, "no effect")


class Cost(Part):
    """Cost of the next unit.

    Attributes:
        usd: at the reference: a rate of `reference_per_year` after `reference_units`.
        reference_per_year: units per year.
        reference_units: made in all.
        materials_usd: part of `usd` that neither learning nor scale lowers.
        learning_rate: share of the rest that each doubling of the units made saves.
        scale_exponent: the rest goes with the rate of output to minus this power.
        ceiling_usd: the most that a unit costs.
    """

    usd: Positive
    reference_per_year: Positive
    reference_units: Positive
    materials_usd: NonNegative
    learning_rate: Fraction
    scale_exponent: NonNegative
    ceiling_usd: Positive

    @model_validator(mode="after")
    def _floor_below(self) -> Self:
        if max(self.materials_usd.parameters) >= max(self.usd.parameters):
            raise ValueError("materials_usd: expected less than usd")
        return self


class Capital(Part):
    """Money that limits, and its flows.

    Attributes:
        usd: in hand at the start.
        credit_usd: how far below zero it may go.
        funding_usd_per_month: from outside.
        operating_usd_per_month: costs that do not depend on output.
        lines_usd_per_annual_unit: to add the capacity of one unit per year.
        margin: price over the cost of a unit, as a share of the cost.
        price_ceiling_usd: the most that customers pay.
        installed_per_year: capacity that is paid for at the start, units per year.
    """

    usd: NonNegative
    credit_usd: NonNegative
    funding_usd_per_month: NonNegative
    operating_usd_per_month: NonNegative
    lines_usd_per_annual_unit: Positive
    margin: Real
    price_ceiling_usd: Positive
    installed_per_year: NonNegative


class Power(Part):
    """Electric power.

    Attributes:
        robot_kwh_per_day: that a robot's battery gives.
        charging_efficiency: from the grid to the battery.
        night_share: of the charging that is done by night.
        night_hours: of a day.
        edge_kw: that a charging robot's computer adds when it works for others by night.
        gpus: of the training cluster, at the start.
        gpus_growth_per_year: rate, as a power of e.
        gpus_limit: the most there are.
        kw_per_gpu: at the power plant: network, CPU, storage, cooling and margin included.
        supply_mw: of own sites; without, power does not limit.
        factory_kwh_per_unit: to make a robot.
    """

    robot_kwh_per_day: NonNegative
    charging_efficiency: PositiveFraction
    night_share: Fraction
    night_hours: float = Field(default=8, gt=0, le=24)
    edge_kw: NonNegative
    gpus: NonNegative
    gpus_growth_per_year: NonNegative
    gpus_limit: NonNegative
    kw_per_gpu: NonNegative
    supply_mw: Curve | None = None
    factory_kwh_per_unit: NonNegative


class Site(Part):
    """Floor space.

    Attributes:
        plan: a factory plan, as `optimus plan` writes it: its makespan opens the site.
        makespan_days: instead of a plan: from the start of work to opening.
        start: month in which work on it starts.
        overrun: the makespan is this many times as long.
        area_m2: of floor.
        units_per_m2_year: robots assembled.
    """

    plan: str | None = None
    makespan_days: NonNegative | None = None
    start: Real = number(0, "the projection's first month")
    overrun: Positive = number(1, "on time")
    area_m2: Positive
    units_per_m2_year: Positive

    @model_validator(mode="after")
    def _one_makespan(self) -> Self:
        if (self.plan is None) == (self.makespan_days is None):
            raise ValueError("makespan_days: expected either this or plan")
        return self


__all__ = [
    "Capital",
    "Component",
    "Conversion",
    "Cost",
    "Curve",
    "Demand",
    "Fleet",
    "Generation",
    "Growth",
    "Labour",
    "Part",
    "Power",
    "Quantity",
    "Repair",
    "Site",
    "Skill",
    "Usefulness",
]
