"""The report's figures, as plotly figures: each function takes numbers and returns one figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from envs.marks import PALETTE

INK, MUTED, GRID = "#1f2430", "#667085", "#e6e8ec"
ACCENT = "#2563b8"
AGENT_COLOURS = {"policy": ACCENT, "zero": "#9aa1ac", "random": "#c98a2b"}
FONT = "system-ui, -apple-system, 'Segoe UI', sans-serif"
_HEIGHT = 290


@dataclass(frozen=True)
class Line:
    """One line of a chart.

    Attributes:
        name: for the legend.
        y: values.
        colour: of the line; by default the next of the palette, where there are several.
    """

    name: str
    y: Sequence[float] | np.ndarray
    colour: str | None = None


def curves(
    lines: Sequence[Line], x: Sequence[float] | np.ndarray, unit: str, *, log: bool = False
) -> go.Figure:
    """Learning curves over a shared x.

    Args:
        lines: with one value per x each; gaps are NaN.
        x: environment steps.
        unit: what y is, with its unit.
        log: logarithmic y axis.
    """
    figure = go.Figure()
    for index, line in enumerate(lines):
        colour = line.colour or (PALETTE[index % len(PALETTE)] if len(lines) > 1 else ACCENT)
        figure.add_scatter(
            x=plain(x), y=plain(line.y), name=line.name, mode="lines", line={"color": colour, "width": 1.8}
        )
    style(figure, unit, legend=len(lines) > 1)
    figure.update_layout(hovermode="x unified")
    figure.update_xaxes(title_text="environment steps")
    if log:
        figure.update_yaxes(**_log_axis(np.concatenate([np.asarray(line.y, dtype=float) for line in lines])))
    else:
        figure.update_yaxes(rangemode="tozero")
    return figure


def success_bars(rates: Mapping[str, float], intervals: Mapping[str, tuple[float, float]]) -> go.Figure:
    """Success rate of each agent with its 95% interval, in percent."""
    agents = list(rates)
    percent = [100 * rates[a] for a in agents]
    figure = go.Figure(
        go.Bar(
            x=percent,
            y=agents,
            orientation="h",
            marker={"color": [AGENT_COLOURS.get(a, PALETTE[0]) for a in agents]},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [100 * intervals[a][1] - p for a, p in zip(agents, percent, strict=True)],
                "arrayminus": [p - 100 * intervals[a][0] for a, p in zip(agents, percent, strict=True)],
                "color": INK,
                "thickness": 1.4,
            },
            hovertemplate="%{y}: %{x:.1f}%<extra></extra>",
        )
    )
    for agent, p in zip(agents, percent, strict=True):
        high = 100 * intervals[agent][1]
        figure.add_annotation(
            x=high, y=agent, text=f"{p:.1f}%", xanchor="left", xshift=8, showarrow=False, font={"color": INK}
        )
    style(figure, "", legend=False)
    figure.update_layout(height=200, bargap=0.45, margin={"l": 70})
    figure.update_xaxes(range=[0, 112], title_text="success, % of held-out episodes", dtick=20)
    figure.update_yaxes(autorange="reversed", showgrid=False, tickfont={"size": 13, "color": INK})
    return figure


def cumulative(
    samples: Mapping[str, np.ndarray], unit: str, limit: float | None, *, log: bool = False
) -> go.Figure:
    """Share of episodes whose figure is below x, one line per agent.

    Args:
        samples: by agent; what is not finite is never below anything.
        unit: what x is, with its unit.
        limit: marked with a line, where there is one.
        log: logarithmic x axis.
    """
    figure = go.Figure()
    for index, (agent, values) in enumerate(samples.items()):
        finite = np.sort(values[np.isfinite(values)])
        shares = 100 * np.arange(1, len(finite) + 1) / max(len(values), 1)
        finite, shares = _thin(finite, 400), _thin(shares, 400)
        colour = AGENT_COLOURS.get(agent, PALETTE[index % len(PALETTE)])
        figure.add_scatter(
            x=plain(finite),
            y=plain(shares),
            name=agent,
            mode="lines",
            line={"color": colour, "width": 2, "shape": "hv"},
        )
    if limit is not None:
        figure.add_vline(x=limit, line={"color": MUTED, "width": 1, "dash": "dot"})
        figure.add_annotation(
            x=float(np.log10(limit)) if log else limit,
            y=1,
            yref="paper",
            text="tolerance",
            showarrow=False,
            xanchor="left",
            xshift=4,
            font={"color": MUTED, "size": 11},
        )
    style(figure, "episodes below, %", legend=True)
    positive = np.concatenate([values[np.isfinite(values) & (values > 0)] for values in samples.values()])
    figure.update_xaxes(title_text=unit, **(_log_axis(positive) if log else {}))
    figure.update_yaxes(range=[0, 102])
    return figure


def boxes(samples: Mapping[str, np.ndarray], unit: str, limit: float | None) -> go.Figure:
    """Quartiles of each sample, whiskers at the 5th and 95th percentile, and the mean."""
    figure = go.Figure()
    for index, (name, values) in enumerate(samples.items()):
        finite = values[np.isfinite(values)]
        if not len(finite):
            continue
        low, first, middle, third, high = (float(v) for v in np.percentile(finite, (5, 25, 50, 75, 95)))
        figure.add_box(
            x=[name],
            lowerfence=[low],
            q1=[first],
            median=[middle],
            q3=[third],
            upperfence=[high],
            mean=[float(finite.mean())],
            name=name,
            marker={"color": PALETTE[index % len(PALETTE)]},
            line={"width": 1.6},
            width=0.5,
        )
    if limit is not None:
        figure.add_hline(y=limit, line={"color": MUTED, "width": 1, "dash": "dot"})
        figure.add_annotation(
            x=1,
            xref="paper",
            y=limit,
            text="tolerance",
            showarrow=False,
            xanchor="left",
            xshift=6,
            font={"color": MUTED, "size": 11},
        )
    style(figure, unit, legend=False)
    figure.update_layout(margin={"r": 70})
    figure.update_yaxes(rangemode="tozero")
    return figure


def joint_bars(names: Sequence[str], series: Mapping[str, Sequence[float]], unit: str) -> go.Figure:
    """One group of horizontal bars per joint."""
    figure = go.Figure()
    colours = (AGENT_COLOURS["policy"], "#a9c3e6")
    for (name, values), colour in zip(series.items(), colours, strict=False):
        figure.add_bar(
            x=plain(values),
            y=[n.replace("_", " ") for n in names],
            name=name,
            orientation="h",
            marker={"color": colour},
            hovertemplate="%{y}: %{x:.2f}<extra>%{fullData.name}</extra>",
        )
    style(figure, "", legend=True)
    figure.update_layout(height=90 + 19 * len(names), barmode="group", bargap=0.25, margin={"l": 150})
    figure.update_xaxes(title_text=unit)
    figure.update_yaxes(autorange="reversed", showgrid=False, dtick=1, tickfont={"size": 11})
    return figure


def style(figure: go.Figure, unit: str, *, legend: bool) -> None:
    """Give a figure the reports' looks; `unit` is the title of its y axis."""
    figure.update_layout(
        template="none",
        hoverlabel={"font": {"family": FONT}},
        height=_HEIGHT,
        margin={"l": 56, "r": 18, "t": 34 if legend else 14, "b": 46},
        font={"family": FONT, "size": 12, "color": MUTED},
        showlegend=legend,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"color": INK}},
        paper_bgcolor="white",
        plot_bgcolor="white",
    )
    figure.update_xaxes(gridcolor=GRID, zeroline=False, linecolor=GRID, title_font={"size": 12})
    figure.update_yaxes(gridcolor=GRID, zeroline=False, title_text=unit, title_font={"size": 12})


def _log_axis(values: np.ndarray) -> dict[str, Any]:
    """A logarithmic axis with ticks at 1, 2 and 5 times the powers of ten, or at the powers of ten alone."""
    values = values[np.isfinite(values) & (values > 0)]
    if not len(values):
        return {"type": "log"}
    low, high = np.log10(values.min()), np.log10(values.max())
    digits = (1, 2, 5) if high - low < 2.5 else (1,)
    ticks = [d * 10.0**e for e in range(int(np.floor(low)), int(np.ceil(high)) + 1) for d in digits]
    return {
        "type": "log",
        "range": [low - 0.05 * (high - low + 0.1), high + 0.05 * (high - low + 0.1)],
        "tickvals": ticks,
        "ticktext": [f"{tick:g}" for tick in ticks],
    }


def plain(values: Sequence[float] | np.ndarray) -> list[float | None]:
    """Numbers as JSON has them, to five digits: what is not finite is a gap."""
    return [float(f"{v:.5g}") if np.isfinite(v) else None for v in np.asarray(values, dtype=float)]


def _thin(values: np.ndarray, count: int) -> np.ndarray:
    """At most about `count` of the values, evenly spaced, the last included."""
    if len(values) <= count:
        return values
    return values[np.linspace(0, len(values) - 1, count).astype(int)]
