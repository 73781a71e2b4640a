"""`report.html`: a projection in one page that needs no network."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import jinja2
from markupsafe import Markup

from orchestrator.config_files import dump_config
from orchestrator.ramp.config import RampConfig
from orchestrator.ramp.inputs import Inputs
from orchestrator.ramp.page import PAGE_PATHS, page_model, slider_keys
from orchestrator.ramp.plots import Figure as Chart
from orchestrator.ramp.plots import by_hour, fan, ribbon, stacked, tornado_bars
from orchestrator.ramp.records import BANDS, Figure, Projection

_TEMPLATE = "ramp.html.j2"
"""In `templates/`."""

FANS = (
    ("output_per_month", "Output", "units per month", True),
    ("cumulative_units", "Units ever made", "units", True),
    ("fleet", "Fleet in use", "robots", True),
    ("cost_per_unit_usd", "Cost of the next unit", "USD", True),
    ("power_mw", "Power", "MW", True),
    ("cash_usd", "Cash", "USD", False),
)
"""Band, title, unit, and whether the axis begins logarithmic."""


def render_report(
    projection: Projection, config: RampConfig, inputs: Inputs, overlays: Sequence[Projection] = ()
) -> str:
    """The page as text.

    Args:
        projection: to be shown.
        config: that it was made from.
        inputs: the files that it names.
        overlays: other scenarios, drawn beside it.
    """
    charts = [
        (f"fan-{name}", title, fan(projection, name, unit, overlays, logarithmic=logarithmic))
        for name, title, unit, logarithmic in FANS
        if name != "cash_usd" or config.capital is not None
    ]
    wide = [("ribbon", "What limits output", ribbon(projection))]
    means = projection.means
    parts = {name: means[name] for name in ("academy", "factory", "customers", "stock")}
    charts.append(("hours", "The fleet's power over a day, at the end", by_hour(projection)))
    charts.append(("places", "Where robots are, mean", stacked(projection.months, parts, "robots")))
    if projection.tornado:
        wide.append(("tornado", "Units ever made at the end, by input", tornado_bars(projection)))
    figures = {name: figure for name, _, figure in [*wide, *charts]}
    return render_page(
        _TEMPLATE,
        figures,
        title=projection.title,
        subtitle=f"{projection.paths:,} paths · seed {projection.seed} · {projection.config} · "
        f"{projection.months[0]} to {projection.months[-1]}",
        tiles=_tiles(projection),
        warnings=projection.warnings,
        wide=[(name, title) for name, title, _ in wide],
        charts=[(name, title) for name, title, _ in charts],
        overlays=[other.title for other in overlays],
        recursion=[
            (
                projection.months[row.month],
                f"{row.build_rate:.3g}",
                "no retirement" if row.loop_gain is None else f"{row.loop_gain:.3g}",
                f"{100 * row.growth_per_month:+.2f}%",
                "-" if row.doubling_months is None else f"{row.doubling_months:,.0f}",
            )
            for row in projection.recursion
        ],
        sobol=projection.sobol,
        inputs=projection.inputs,
        config=dump_config(config),
        sliders=[(key, key.replace("_", " ").replace(".", " · ")) for key in slider_keys(projection)],
        model_paths=PAGE_PATHS,
        model=_script(page_model(config, inputs)),
        fans=_script({f"fan-{name}": BANDS[name] for name, *_ in FANS}),
        model_js=Markup(_read("model.js")),
        page_js=Markup(_read("page.js")),
    )


def render_page(template: str, drawn: Mapping[str, Chart], **content: object) -> str:
    """A page that holds all that it needs.

    Args:
        template: name, below `templates/`.
        drawn: plotly's JSON, by the id of the element that each is drawn in.
        content: what else the template takes.
    """
    import plotly.offline  # takes a second, and bad input is answered before

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("orchestrator.ramp"),
        autoescape=jinja2.select_autoescape(("html", "html.j2")),
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template(template).render(
        figures=_script(drawn), plotly_js=Markup(plotly.offline.get_plotlyjs()), **content
    )


def _script(data: object) -> Markup:
    """Data for a script element."""
    return Markup(json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c"))


def _read(name: str) -> str:
    return (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")


def _tiles(projection: Projection) -> list[tuple[str, str]]:
    """The figures that a reader looks for first, with their 90% interval."""

    def last(name: str, label: str, per: float = 1) -> tuple[str, str]:
        band = getattr(projection, name)
        low, middle, high = (short(per * line[-1]) for line in (band.p5, band.p50, band.p95))
        return middle, f"{label}, 90% interval {low} to {high}"

    end = projection.months[-1]
    tiles = [
        last("output_per_month", f"units per year at the rate of {end}", 12),
        last("cumulative_units", "units made by then"),
        last("fleet", "robots in use"),
        last("cost_per_unit_usd", "USD, cost of the next unit"),
        last("power_mw", "MW"),
    ]
    at_rate = projection.figures["cost_at_reference_rate_usd"]
    if at_rate.p50 is not None:
        tiles.append(_figure_tile(at_rate, "USD a unit when the reference rate is reached"))
    low = projection.figures["cash_low_usd"]
    if low.p50 is not None and any(projection.cash_usd.p50):
        tiles.append(_figure_tile(low, "USD, lowest cash"))
    return tiles


def _figure_tile(figure: Figure, label: str) -> tuple[str, str]:
    low, middle, high = (short(value or 0.0) for value in (figure.p5, figure.p50, figure.p95))
    share = "" if figure.share > 0.9995 else f", on {figure.share:.0%} of the paths"
    return middle, f"{label}, 90% interval {low} to {high}{share}"


def short(value: float) -> str:
    """Three digits and a magnitude: 1.25 M."""
    for size, unit in ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"
