"""The page of a comparison: two projections in the same charts, what limits each, and the table."""

from orchestrator.ramp.compare import COMPARED, Comparison, Side
from orchestrator.ramp.plots import pair, ribbon
from orchestrator.ramp.records import Projection
from orchestrator.ramp.report import FANS, render_page, short

_TEMPLATE = "compare.html.j2"
"""In `templates/`."""


def render_comparison(comparison: Comparison, first: Projection, second: Projection) -> str:
    """The page as text.

    Args:
        comparison: of the two.
        first: blue.
        second: amber.
    """
    compared = [row for row in FANS if row[0] in COMPARED]
    fans = {
        f"fan-{name}": pair(first, second, name, unit, logarithmic=logarithmic)
        for name, _, unit, logarithmic in compared
    }
    ribbons = {"ribbon-a": ribbon(first), "ribbon-b": ribbon(second)}
    return render_page(
        _TEMPLATE,
        fans | ribbons,
        a=comparison.a,
        b=comparison.b,
        subtitle=f"{first.config}, {first.paths:,} paths · {second.config}, {second.paths:,} paths",
        charts=[(f"fan-{name}", title) for name, title, *_ in compared],
        ribbons=[("ribbon-a", comparison.a), ("ribbon-b", comparison.b)],
        rows=[
            (
                row.month,
                row.figure.replace("_", " "),
                *_cells(row.a),
                *_cells(row.b),
                "-" if row.ratio is None else f"{row.ratio:.2f}",
            )
            for row in comparison.rows
        ],
    )


def _cells(side: Side) -> tuple[str, str]:
    low, high = side.interval90
    return short(side.p50), f"{short(low)} to {short(high)}"
