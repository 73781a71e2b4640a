"""Quantities as data sheets print them: a number and its unit."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pint

_QUANTITY = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*")


def si(text: object, unit: str) -> float:
    """The value of a printed quantity.

    Args:
        text: a number and a unit, such as `5.4 ohm`, `2.11 mN*m/A` or `13250 rpm`.
        unit: the unit of the result, which `text`'s must be convertible to; empty for a plain number.

    Raises:
        ValueError: there is no number, no unit where one is needed, or a unit of another kind.
    """
    expected = f"expected a quantity in {unit}, as in '1.5 {unit}'" if unit else "expected a plain number"
    match = _QUANTITY.fullmatch(str(text))
    if match is None or isinstance(text, bool):
        raise ValueError(f"{expected}, got {text!r}")
    number, given = match.groups()
    if not unit:
        if given:
            raise ValueError(f"{expected}, got {text!r}")
        return float(number)
    if not given:
        raise ValueError(f"{expected}, got {text!r}: the unit is missing")
    return _convert(float(number), given, unit, f"{expected}, got {text!r}")


def _convert(number: float, given: str, unit: str, complaint: str) -> float:
    import pint

    try:
        return float(_registry().Quantity(number, given).to(unit).magnitude)
    except pint.UndefinedUnitError as error:
        names = [error.unit_names] if isinstance(error.unit_names, str) else error.unit_names
        raise ValueError(f"{complaint}: no unit is called {', '.join(map(repr, names))}") from error
    except (pint.PintError, ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{complaint}: that is another kind of quantity") from error


@lru_cache(maxsize=1)
def _registry() -> "pint.UnitRegistry[float]":
    # Made when first needed: it takes longer than the rest of this package.
    import pint

    return pint.UnitRegistry()
