"""The typed schema of a projection."""

import re
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from orchestrator.errors import nearest
from orchestrator.quantities import Positive, number
from orchestrator.ramp.fleet_parts import Fleet, Labour, Usefulness
from orchestrator.ramp.money_parts import Capital, Cost, Demand
from orchestrator.ramp.parts import Component, Generation, Part, Power, Site
from orchestrator.ramp.sampling import Correlation, Sampler

LIMITS = ("demand", "design", "labour", "capital", "floor_space", "power")
"""What may limit output beside the components; `design` is the generations' own S-curve."""


class Correlated(Part):
    """Two uncertain quantities that go together.

    Attributes:
        between: their dotted keys.
        value: correlation of their normal scores.
    """

    between: tuple[str, str]
    value: float = Field(gt=-1, lt=1)


class Observation(Part):
    """Something that is known: paths count by how well they fit it.

    Attributes:
        what: output over the months, or the level of the others at their end.
        first_month: 0 is the projection's first.
        months: how many.
        value: units.
        tolerance: standard deviation of the fit, as a share of the value.
    """

    what: Literal["output", "cumulative_units", "fleet"] = "output"
    first_month: int = Field(default=0, ge=0)
    months: int = Field(ge=1)
    value: float = Field(gt=0)
    tolerance: float = Field(default=0.05, gt=0, le=1)


class RampConfig(Part):
    """One projection.

    Attributes:
        title: for the report.
        start: first month, YYYY-MM.
        months: of the projection.
        paths: samples.
        seed: of the samples.
        sobol_samples: base samples of the Sobol indices, a power of two; 0 leaves them out.
        stretch: times of all generations' and components' curves are this many times as long.
        generations: versions of the robot, the older first.
        components: families of parts.
        labour: who assembles.
        usefulness: how fast robots become more useful.
        fleet: where robots are and go.
        demand: of customers.
        cost: of a unit.
        capital: money.
        power: electric power.
        factories: floor space.
        correlations: between uncertain quantities.
        given: what is known; more paths are drawn where few fit it.
    """

    title: str
    start: str
    months: int = Field(ge=1, le=1200)
    paths: int = Field(default=10_000, ge=1, le=100_000_000)
    seed: int = Field(default=0, ge=0, lt=2**32)
    sobol_samples: int = Field(default=128, ge=0, le=65536)
    stretch: Positive = number(1, "no stretch")
    generations: dict[str, Generation] = Field(min_length=1)
    components: dict[str, Component] = Field(default_factory=dict)
    labour: Labour | None = None
    usefulness: Usefulness | None = None
    fleet: Fleet
    demand: Demand | None = None
    cost: Cost
    capital: Capital | None = None
    power: Power
    factories: tuple[Site, ...] = ()
    correlations: tuple[Correlated, ...] = ()
    given: tuple[Observation, ...] = ()

    @field_validator("start")
    @classmethod
    def _month(cls, text: str) -> str:
        if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
            raise ValueError(f"expected a month as YYYY-MM, got {text!r:.40}")
        return text

    @field_validator("components", "factories", "correlations", "given", mode="before")
    @classmethod
    def _none_is_empty(cls, given: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 - raw input of any type
        """`components: null` takes away those of the config that this one extends."""
        return (
            cls.model_fields[str(info.field_name)].get_default(call_default_factory=True)
            if given is None
            else given
        )

    @field_validator("sobol_samples")
    @classmethod
    def _power_of_two(cls, count: int) -> int:
        if count & (count - 1):
            raise ValueError(f"expected a power of two, got {count}")
        return count

    @model_validator(mode="after")
    def _references(self) -> Self:
        _check_conversions(self.generations)
        check_components(self.components)
        for index, seen in enumerate(self.given):
            if seen.first_month + seen.months > self.months:
                raise ValueError(
                    f"given.{index}.months: expected to end within the projection's {self.months}"
                )
        return self

    @model_validator(mode="after")
    def _samples(self) -> Self:
        """Every distribution can be drawn from, and the correlations are of uncertain quantities."""
        names = Sampler(self).names
        for index, item in enumerate(self.correlations):
            for name in item.between:
                if name not in names:
                    hint = nearest(name, names)
                    raise ValueError(f"correlations.{index}.between: no uncertain quantity {name!r}{hint}")
            if item.between[0] == item.between[1]:
                raise ValueError(f"correlations.{index}.between: expected two quantities")
        try:
            self.sampler()
        except ValueError as error:
            raise ValueError(f"correlations: {error}") from error
        return self

    def sampler(self) -> Sampler:
        """Draws of its quantities."""
        pairs = [Correlation(*item.between, item.value) for item in self.correlations]
        return Sampler(self, pairs)

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of all that may limit output in this projection."""
        present = {
            "demand": self.demand,
            "design": self.generations,
            "labour": self.labour,
            "capital": self.capital,
            "floor_space": self.factories or None,
            "power": self.power.supply_mw,
        }
        return (*(name for name in LIMITS if present[name] is not None), *self.components)


def check_components(components: Mapping[str, Component]) -> None:
    """Check that what components need is there and that none needs itself.

    Raises:
        ValueError: the first key at fault, and why.
    """
    for name, component in components.items():
        if name in LIMITS:
            raise ValueError(f"components.{name}: expected another name; this one is a limit of its own")
        for needed in component.needs:
            if needed not in components:
                raise ValueError(
                    f"components.{name}.needs: no component {needed!r}{nearest(needed, components)}"
                )
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circle = " needs ".join([*path[path.index(name) :], name])
            raise ValueError(f"components.{name}.needs: in a circle: {circle}")
        if name not in done:
            for needed in components[name].needs:
                visit(needed, (*path, name))
            done.add(name)

    for name in components:
        visit(name, ())


def _check_conversions(generations: Mapping[str, Generation]) -> None:
    names = list(generations)
    for index, (name, generation) in enumerate(generations.items()):
        conversion = generation.conversion
        if conversion is not None and conversion.of not in names[:index]:
            hint = nearest(conversion.of, names[:index])
            raise ValueError(f"generations.{name}.conversion.of: no older generation {conversion.of!r}{hint}")
