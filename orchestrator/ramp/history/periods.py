"""Periods of a production series: quarters, years, months and dates, as whole numbers that count up by one."""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Kind = Literal["year", "quarter", "month"]
MONTHS_PER: dict[Kind, int] = {"year": 12, "quarter": 3, "month": 1}

_YEAR = re.compile(r"(\d{4})$")
_QUARTER = re.compile(r"(\d{4})([- ]?)[Qq]([1-4])$")
_MONTH = re.compile(r"(\d{4})(-|M|m|/)(0?[1-9]|1[0-2])$")
_DATE = re.compile(r"(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?:[T ].*)?$")


@dataclass(frozen=True)
class Period:
    """One period.

    Attributes:
        kind: its length.
        index: number of such periods since the year 0.
        style: what the text put between year and part, so that forecasts are labelled in the file's own way.
        date: it was written as a date; the length is then known only from its neighbours.
    """

    kind: Kind
    index: int
    style: str = ""
    date: bool = False

    def shifted(self, steps: int) -> "Period":
        """The period `steps` later."""
        return Period(self.kind, self.index + steps, self.style)

    def label(self) -> str:
        """As it would be written in the file: `2019`, `2019-Q3`, `2019-07`."""
        if self.kind == "year":
            return f"{self.index:04d}"
        if self.kind == "quarter":
            return f"{self.index // 4:04d}{self.style}Q{self.index % 4 + 1}"
        return f"{self.index // 12:04d}{self.style or '-'}{self.index % 12 + 1:02d}"


def parse_period(text: str) -> Period | None:
    """Read `2019`, `2019Q3`, `2019-Q3`, `2019-07`, `2019M07` or `2019-07-31`; None for anything else."""
    if match := _YEAR.match(text):
        return Period("year", int(match[1]))
    if match := _QUARTER.match(text):
        return Period("quarter", 4 * int(match[1]) + int(match[3]) - 1, match[2])
    if match := _MONTH.match(text):
        return Period("month", 12 * int(match[1]) + int(match[3]) - 1, match[2].upper())
    if match := _DATE.match(text):
        return Period("month", 12 * int(match[1]) + int(match[2]) - 1, "-", date=True)
    return None


def coarsened(periods: list[Period]) -> list[Period]:
    """Months that come in steps of three or twelve are quarters or years.

    Args:
        periods: of one kind, in order.

    Returns:
        The same periods in the longest kind whose steps they keep; others unchanged.
    """
    if len(periods) < 2 or periods[0].kind != "month":
        return periods
    smallest = min(after.index - before.index for before, after in pairwise(periods))
    longer: tuple[tuple[Kind, str], ...] = (("year", ""), ("quarter", "-"))
    for kind, style in longer:
        months = MONTHS_PER[kind]
        if smallest >= months and all(p.index % months == periods[0].index % months for p in periods):
            return [Period(kind, p.index // months, style) for p in periods]
    return periods
