"""Typed schemas of what can be made: curves, lines, parts, sites, power.

Times are in months unless a name says otherwise. A part that is left out does not limit.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from orchestrator.quantities import (
    Fraction,
    NonNegative,
    Positive,
    PositiveFraction,
    Real,
    number,
)

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


Hour = Annotated[int, Field(ge=0, le=23)]


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


class Power(Part):
    """Electric power.

    Attributes:
        robot_kwh_per_day: that a robot's battery gives.
        charging_efficiency: from the grid to the battery.
        night_share: of the charging that is done by night, and of the robots that are on charge all night.
        night_from: hour of the day at which the night begins; an assumption.
        night_to: hour at which it ends; an assumption.
        edge_kw: that the computer of a robot on charge draws while it works for others by night.
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
    night_from: Hour = 22
    night_to: Hour = 6
    edge_kw: NonNegative
    gpus: NonNegative
    gpus_growth_per_year: NonNegative
    gpus_limit: NonNegative
    kw_per_gpu: NonNegative
    supply_mw: Curve | None = None
    factory_kwh_per_unit: NonNegative

    @property
    def night(self) -> tuple[int, ...]:
        """Hours of the night, by the hour that they begin at; where both ends are the same, it has none."""
        return tuple((self.night_from + hour) % 24 for hour in range((self.night_to - self.night_from) % 24))
