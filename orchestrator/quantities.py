"""Quantities: a number or a distribution, with where it comes from.

In YAML a quantity is a number (`0.9`), a 90% interval (`0.85 to 0.95`), or a mapping (`{value: 0.85 to 0.95, source:
assumption}`, `{normal: [mean, sd]}`). `Bounds` say which values a key may take; a distribution is cut to them.
"""

import math
import re
from dataclasses import dataclass
from statistics import NormalDist
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, PrivateAttr, model_serializer, model_validator

Kind = Literal["number", "interval", "normal", "lognormal", "triangular", "beta", "uniform"]
"""How a quantity is distributed; `interval` is "a to b", the 5th and 95th percentile."""

PARAMETERS: dict[str, tuple[str, ...]] = {
    "normal": ("mean", "sd"),
    "lognormal": ("median", "sigma"),
    "triangular": ("low", "mode", "high"),
    "beta": ("a", "b"),
    "uniform": ("low", "high"),
}
"""What the list after a distribution's name holds; a beta takes two more, low and high, where it is not 0 to 1."""

_NUMBER = r"[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_INTERVAL = re.compile(rf"\s*({_NUMBER})\s+to\s+({_NUMBER})\s*")


@dataclass(frozen=True)
class Bounds:
    """What values a key may take; a quantity carries its key's.

    Attributes:
        low: smallest value.
        high: largest value.
        open_low: whether the smallest itself is excluded.
    """

    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False

    def check(self, quantity: "Quantity") -> "Quantity":
        """The quantity, bounded, where what it states lies inside.

        Raises:
            ValueError: it does not.
        """
        # An interval's ends are percentiles of a distribution that has mass beyond them.
        strict = quantity.kind == "interval"
        for value in _stated(quantity):
            if not self.low <= value <= self.high or ((strict or self.open_low) and value == self.low):
                raise ValueError(f"expected {self._words(strict)}, got {quantity}")
            if strict and value == self.high:
                raise ValueError(f"expected values below {self.high:g}, got {quantity}")
        bounded = quantity.bounded(self)
        floor, ceiling = bounded.truncation()
        if ceiling - floor < 0.5:
            raise ValueError(f"only {ceiling - floor:.0%} of {quantity} lies in {self._words(False)}")
        return bounded

    def _words(self, strict: bool) -> str:
        open_low = self.open_low or strict
        if self.high == math.inf:
            return f"more than {self.low:g}" if open_low else f"{self.low:g} or more"
        return f"values {'above' if open_low else 'from'} {self.low:g} to {self.high:g}"


class Quantity(BaseModel):
    """A number or a distribution.

    Attributes:
        kind: see `Kind`.
        parameters: the number; the interval's ends; or what `PARAMETERS` names.
        source: where it comes from, or "assumption".
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    kind: Kind = "number"
    parameters: tuple[float, ...]
    source: str | None = None
    _bounds: Bounds = PrivateAttr(default_factory=Bounds)

    @property
    def bounds(self) -> Bounds:
        """Of the key that it stands at."""
        return self._bounds

    def bounded(self, bounds: Bounds) -> Self:
        """The same with these bounds."""
        copy = self.model_copy()
        copy._bounds = bounds
        return copy

    def truncation(self) -> tuple[float, float]:
        """Probabilities below its bounds' lower end and below their upper end; (0, 1) where nothing is cut."""
        if self.kind not in ("normal", "lognormal"):
            return 0.0, 1.0
        logarithmic = self.kind == "lognormal"
        normal = NormalDist(
            math.log(self.parameters[0]) if logarithmic else self.parameters[0], self.parameters[1]
        )

        def below(value: float) -> float:
            if logarithmic:
                value = math.log(value) if value > 0 else -math.inf
            return normal.cdf(value) if math.isfinite(value) else float(value > 0)

        return below(self._bounds.low), below(self._bounds.high)

    @model_validator(mode="before")
    @classmethod
    def _parse(cls, given: Any) -> Any:  # noqa: ANN401 - raw input of any type
        if isinstance(given, Quantity):
            return {"kind": given.kind, "parameters": given.parameters, "source": given.source}
        if isinstance(given, dict) and "parameters" in given:
            return given
        source = None
        if isinstance(given, dict):
            given = dict(given)
            source = given.pop("source", None)
            if source is not None and not isinstance(source, str):
                raise ValueError("source: expected text")
            kind, parameters = _from_mapping(given)
        else:
            kind, parameters = _from_plain(given)
        return {"kind": kind, "parameters": parameters, "source": source}

    @model_validator(mode="after")
    def _possible(self) -> Self:
        problem = _impossible(self.kind, self.parameters)
        if problem:
            raise ValueError(f"{problem}, got {self}")
        return self

    @model_serializer
    def _plain(self) -> object:
        if self.kind == "number":
            value: object = self.parameters[0]
        elif self.kind == "interval":
            value = f"{self.parameters[0]!r} to {self.parameters[1]!r}"
        else:
            value = None
        if value is not None:
            return value if self.source is None else {"value": value, "source": self.source}
        plain: dict[str, object] = {self.kind: list(self.parameters)}
        return plain if self.source is None else {**plain, "source": self.source}

    def __str__(self) -> str:
        """As YAML would have it, without the source."""
        shown = [f"{p:g}" for p in self.parameters]
        if self.kind == "number":
            return shown[0]
        return " to ".join(shown) if self.kind == "interval" else f"{self.kind} [{', '.join(shown)}]"

    @property
    def uncertain(self) -> bool:
        """Whether it is more than a number."""
        return self.kind != "number"


Real = Annotated[Quantity, AfterValidator(Bounds().check)]
NonNegative = Annotated[Quantity, AfterValidator(Bounds(low=0.0).check)]
Positive = Annotated[Quantity, AfterValidator(Bounds(low=0.0, open_low=True).check)]
Fraction = Annotated[Quantity, AfterValidator(Bounds(low=0.0, high=1.0).check)]
PositiveFraction = Annotated[Quantity, AfterValidator(Bounds(low=0.0, high=1.0, open_low=True).check)]


def number(value: float, source: str) -> Quantity:
    """A default: a number and where it comes from."""
    return Quantity(parameters=(value,), source=source)


def interval(low: float, high: float, source: str) -> Quantity:
    """A default: a 90% interval and where it comes from."""
    return Quantity(kind="interval", parameters=(low, high), source=source)


def _from_plain(given: object) -> tuple[str, tuple[float, ...]]:
    if isinstance(given, int | float) and not isinstance(given, bool):
        return "number", (float(given),)
    if isinstance(given, str) and (match := _INTERVAL.fullmatch(given)):
        return "interval", (float(match[1]), float(match[2]))
    raise ValueError(f"expected a number, 'LOW to HIGH' or a distribution, got {given!r:.60}")


def _from_mapping(given: dict[str, Any]) -> tuple[str, tuple[float, ...]]:
    names = [kind for kind in get_args(Kind) if kind in PARAMETERS]
    if len(given) != 1:
        raise ValueError(f"expected one of value, {', '.join(names)}, and source beside it")
    ((kind, value),) = given.items()
    if kind == "value":
        return _from_plain(value)
    if kind not in PARAMETERS:
        raise ValueError(f"expected one of value, {', '.join(names)}, got {kind!r:.60}")
    wanted = PARAMETERS[kind]
    if isinstance(value, dict):
        if set(value) != set(wanted):
            raise ValueError(f"{kind}: expected the keys {', '.join(wanted)}")
        value = [value[name] for name in wanted]
    lengths = (2, 4) if kind == "beta" else (len(wanted),)
    numbers = isinstance(value, list) and all(
        isinstance(v, int | float) and not isinstance(v, bool) for v in value
    )
    if not numbers or len(value) not in lengths:
        raise ValueError(f"{kind}: expected the numbers [{', '.join(wanted)}]")
    return kind, tuple(float(v) for v in value)


def _impossible(kind: str, p: tuple[float, ...]) -> str | None:
    """What is wrong with a distribution's parameters."""
    rules: dict[str, tuple[bool, str]] = {
        "interval": (kind == "interval" and p[0] < p[1], "expected the lower end first"),
        "uniform": (kind == "uniform" and p[0] < p[1], "expected the lower end first"),
        "normal": (kind == "normal" and p[1] > 0, "expected a standard deviation above 0"),
        "lognormal": (kind == "lognormal" and min(p) > 0, "expected a median and a sigma above 0"),
        "triangular": (
            kind == "triangular" and p[0] <= p[1] <= p[2] and p[0] < p[2],
            "expected low, mode and high in this order",
        ),
        "beta": (
            kind == "beta" and min(p[:2]) > 0 and (len(p) == 2 or p[2] < p[3]),
            "expected a and b above 0, and low below high",
        ),
    }
    if kind == "number":
        return None
    holds, message = rules[kind]
    return None if holds else message


def _stated(quantity: Quantity) -> tuple[float, ...]:
    """The values that a quantity states and that have to lie within its key's bounds."""
    p = quantity.parameters
    if quantity.kind in ("number", "interval", "uniform"):
        return p
    if quantity.kind in ("normal", "lognormal"):
        return p[:1]
    if quantity.kind == "triangular":
        return p
    return p[2:] if len(p) == 4 else (0.0, 1.0)
