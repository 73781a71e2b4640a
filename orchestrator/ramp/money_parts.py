"""Typed schemas of demand, cost and capital. USD of the projection's start."""

from typing import Self

from pydantic import model_validator

from orchestrator.quantities import Fraction, NonNegative, Positive, Real, number
from orchestrator.ramp.parts import Curve, Part


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
