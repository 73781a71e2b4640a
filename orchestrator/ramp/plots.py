"""The page's figures, as plain plotly JSON: each function takes a projection and returns one figure."""

from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.ramp.records import Projection

Figure = dict[str, Any]

INK, MUTED, GRID, ACCENT = "#1f2430", "#667085", "#e6e8ec", "#2563b8"
FONT = "system-ui, -apple-system, 'Segoe UI', sans-serif"
PALETTE = (
    "#2563b8",
    "#c98a2b",
    "#2e8b57",
    "#b8405e",
    "#7a5bb5",
    "#3aa3b0",
    "#8a6d3b",
    "#d2691e",
    "#5f7d95",
    "#a3b34c",
    "#c06fb0",
    "#46688c",
    "#e0a96d",
    "#6b8e6b",
    "#9c4a4a",
    "#4d4d80",
    "#b5b5b5",
    "#7f7f3f",
    "#2f6f6f",
    "#b08fd0",
    "#cc7a7a",
    "#556b2f",
)
_BANDS = (("p5", "p95", 0.12), ("p10", "p90", 0.18), ("p25", "p75", 0.28))


def fan(
    projection: Projection, name: str, unit: str, overlays: Sequence[Projection] = (), *, logarithmic: bool
) -> Figure:
    """A band over time: 50, 80 and 90% of the paths, the median, and other scenarios' medians."""
    band = getattr(projection, name)
    traces: list[dict[str, Any]] = []
    for low, high, opacity in _BANDS:
        hidden = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
        fill = {"fill": "tonexty", "fillcolor": f"rgba(37,99,184,{opacity})"}
        traces.append({"x": projection.months, "y": getattr(band, low), **hidden})
        traces.append({"x": projection.months, "y": getattr(band, high), **hidden, **fill})
    median = {"mode": "lines", "line": {"color": ACCENT, "width": 2}, "name": projection.title}
    traces.append({"x": projection.months, "y": band.p50, **median})
    for index, other in enumerate(overlays, start=1):
        theirs = getattr(other, name)
        colour = PALETTE[index % len(PALETTE)]
        line = {"mode": "lines", "name": other.title, "line": {"color": colour, "width": 2, "dash": "dash"}}
        traces.append({"x": other.months, "y": theirs.p50, **line})
    layout = _layout(unit, legend=bool(overlays))
    layout["hovermode"] = "x unified"
    if logarithmic:
        layout["yaxis"] |= {"type": "log", "exponentformat": "SI", "dtick": 1}
        traces = [{**trace, "y": [value if value > 0 else None for value in trace["y"]]} for trace in traces]
        _close_gaps(traces[:6])
    return {"data": _plain(traces), "layout": layout}


def pair(first: Projection, second: Projection, name: str, unit: str, *, logarithmic: bool) -> Figure:
    """The same band of two projections: medians, and 80% of the paths."""
    traces: list[dict[str, Any]] = []
    for projection, colour, wash, dash in (
        (first, ACCENT, "rgba(37,99,184,0.16)", "solid"),
        (second, PALETTE[1], "rgba(201,138,43,0.18)", "dash"),
    ):
        band = getattr(projection, name)
        hidden = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
        traces.append({"x": projection.months, "y": list(band.p10), **hidden})
        traces.append(
            {"x": projection.months, "y": list(band.p90), **hidden, "fill": "tonexty", "fillcolor": wash}
        )
        line = {"color": colour, "width": 2, "dash": dash}
        traces.append(
            {
                "x": projection.months,
                "y": list(band.p50),
                "mode": "lines",
                "line": line,
                "name": projection.title,
            }
        )
    layout = _layout(unit, legend=True)
    layout["hovermode"] = "x unified"
    if logarithmic:
        layout["yaxis"] |= {"type": "log", "exponentformat": "SI", "dtick": 1}
        traces = [{**trace, "y": [value if value > 0 else None for value in trace["y"]]} for trace in traces]
        _close_gaps(traces[0:2] + traces[3:5])
    return {"data": _plain(traces), "layout": layout}


def _close_gaps(traces: list[dict[str, Any]]) -> None:
    """On a logarithmic axis nothing is drawn at zero: a fill's two edges must lack the same months."""
    for low, high in zip(traces[0::2], traces[1::2], strict=True):
        for index, value in enumerate(low["y"]):
            if value is None and high["y"][index] is not None:
                low["y"][index] = min(high["y"][index], 1.0)


def ribbon(projection: Projection) -> Figure:
    """Share of the paths that each factor limits, over time."""
    shares = projection.limiting_share
    figure = stacked(projection.months, shares, "share of the paths")
    # What never limits keeps its colour for other projections, but is not shown.
    figure["data"] = [
        trace for trace, share in zip(figure["data"], shares.values(), strict=True) if max(share) > 0
    ]
    figure["layout"]["yaxis"] |= {"range": [0, 1], "tickformat": ".0%"}
    figure["layout"]["height"] = 340
    return figure


def stacked(months: Sequence[str], parts: Mapping[str, Sequence[float]], unit: str) -> Figure:
    """Areas on top of each other."""
    traces = [
        {
            "x": months,
            "y": values,
            "name": name.replace("_", " "),
            "mode": "lines",
            "stackgroup": "one",
            "line": {"width": 0.5, "color": PALETTE[index % len(PALETTE)]},
        }
        for index, (name, values) in enumerate(parts.items())
    ]
    layout = _layout(unit, legend=True)
    layout["hovermode"] = "x unified"
    return {"data": _plain(traces), "layout": layout}


def by_hour(projection: Projection) -> Figure:
    """What the whole fleet draws over the hours of a day, in the last month: 90% band and median."""
    night, day = projection.figures["fleet_night_mw"], projection.figures["fleet_day_mw"]
    hours = [night if hour % 24 in projection.night else day for hour in range(25)]
    shape = {"mode": "lines", "x": list(range(25))}
    bare = {"line": {"width": 0, "shape": "hv"}, "hoverinfo": "skip", "showlegend": False}
    traces = [
        {**shape, **bare, "y": [figure.p5 or 0.0 for figure in hours]},
        {
            **shape,
            **bare,
            "y": [figure.p95 or 0.0 for figure in hours],
            "fill": "tonexty",
            "fillcolor": f"rgba(37,99,184,{_BANDS[0][2]})",
        },
        {
            **shape,
            "y": [figure.p50 or 0.0 for figure in hours],
            "line": {"color": ACCENT, "width": 2, "shape": "hv"},
            "name": "median",
        },
    ]
    layout = _layout("MW", legend=False)
    layout["xaxis"] |= {"tickvals": list(range(0, 25, 3)), "title": {"text": "hour of the day, local"}}
    layout["yaxis"] |= {"rangemode": "tozero"}
    return {"data": _plain(traces), "layout": layout}


def tornado_bars(projection: Projection, shown: int = 15) -> Figure:
    """What the widest inputs do between their 5th and 95th percentile."""
    effects = projection.tornado[:shown]
    names = [effect.name for effect in effects]
    sides = (
        ("at its 95th percentile", [e.high for e in effects], ACCENT),
        ("at its 5th percentile", [e.low for e in effects], "#c98a2b"),
    )
    base = _median_end(projection)
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "y": names,
            "x": [value - base for value in values],
            "base": base,
            "name": label,
            "customdata": values,
            "hovertemplate": "%{y}: %{customdata:,.3s}<extra>%{fullData.name}</extra>",
            "marker": {"color": colour},
        }
        for label, values, colour in sides
    ]
    layout = _layout("", legend=True)
    layout |= {"barmode": "overlay", "height": 90 + 24 * len(effects)}
    layout["margin"] |= {"l": 270}
    layout["yaxis"] |= {"autorange": "reversed", "showgrid": False}
    layout["xaxis"] |= {"title": {"text": "units ever made at the end, the other inputs at their medians"}}
    return {"data": _plain(traces), "layout": layout}


def _median_end(projection: Projection) -> float:
    """Where both sides of the bars meet: the narrowest bar's middle is the run with all inputs at their medians."""
    narrowest = min(projection.tornado, key=lambda effect: abs(effect.high - effect.low))
    return 0.5 * (narrowest.low + narrowest.high)


def _layout(unit: str, *, legend: bool) -> dict[str, Any]:
    return {
        "height": 300,
        "margin": {"l": 64, "r": 18, "t": 34 if legend else 14, "b": 42},
        "font": {"family": FONT, "size": 12, "color": MUTED},
        "showlegend": legend,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"color": INK}},
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "xaxis": {"gridcolor": GRID, "zeroline": False},
        "yaxis": {"gridcolor": GRID, "zeroline": False, "title": {"text": unit}},
    }


def _plain(traces: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Tuples as lists, numbers to five digits."""

    def plain(value: object) -> object:
        if isinstance(value, float):
            return float(f"{value:.5g}")
        return [plain(item) for item in value] if isinstance(value, list | tuple) else value

    return [{key: plain(value) for key, value in trace.items()} for trace in traces]
