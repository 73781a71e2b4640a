"""Two projections beside each other."""

from orchestrator.ramp.records import Band, Projection
from orchestrator.records import Interval, Record

COMPARED = ("output_per_month", "cumulative_units", "fleet", "cost_per_unit_usd", "power_mw")
"""The bands that are compared."""


class Side(Record):
    """One projection's figure in one month.

    Attributes:
        p50: the median.
        interval90: 5th and 95th percentile.
    """

    p50: float
    interval90: Interval


class Row(Record):
    """One figure in one month.

    Attributes:
        month: YYYY-MM.
        figure: a projection's band.
        a: of the first.
        b: of the second.
        ratio: of the medians, b over a; null where a's is zero.
    """

    month: str
    figure: str
    a: Side
    b: Side
    ratio: float | None


class Comparison(Record):
    """What `optimus ramp compare --json` prints.

    Attributes:
        a: title of the first.
        b: title of the second.
        rows: the last month of each year that both have, and the last that both have.
        limiting_factor: of the first and of the second, by month.
    """

    a: str
    b: str
    rows: tuple[Row, ...]
    limiting_factor: dict[str, tuple[str, str]]


def compare(first: Projection, second: Projection) -> Comparison:
    """Put two projections beside each other, over the months that both have."""
    shared = [month for month in first.months if month in set(second.months)]
    shown = [month for month in shared if month.endswith("-12") or month == shared[-1]]
    at = {month: (first.months.index(month), second.months.index(month)) for month in shared}
    return Comparison(
        a=first.title,
        b=second.title,
        rows=tuple(
            _row(month, name, getattr(first, name), getattr(second, name), at[month])
            for month in shown
            for name in COMPARED
        ),
        limiting_factor={
            month: (first.limiting_factor[at[month][0]], second.limiting_factor[at[month][1]])
            for month in shared
        },
    )


def lines(comparison: Comparison) -> list[str]:
    """A table for a person."""
    head = f"{'month':<9}{'figure':<20}{'A':>12}{'B':>12}{'B/A':>8}   limits A | B"
    table = [f"A  {comparison.a}", f"B  {comparison.b}", head]
    for row in comparison.rows:
        ratio = "-" if row.ratio is None else f"{row.ratio:.2f}"
        limits = ""
        if row.figure == COMPARED[0]:
            limits = "   " + " | ".join(comparison.limiting_factor[row.month])
        table.append(
            f"{row.month:<9}{row.figure:<20}{row.a.p50:>12,.4g}{row.b.p50:>12,.4g}{ratio:>8}{limits}"
        )
    if not comparison.rows:
        table.append("they have no month in common")
    return table


def _row(month: str, name: str, first: Band, second: Band, at: tuple[int, int]) -> Row:
    a, b = (
        Side(p50=band.p50[index], interval90=(band.p5[index], band.p95[index]))
        for band, index in zip((first, second), at, strict=True)
    )
    return Row(month=month, figure=name, a=a, b=b, ratio=b.p50 / a.p50 if a.p50 else None)
