"""The league's figures, as plotly figures."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
import pyarrow as pa

from envs.marks import PALETTE
from orchestrator.evaluation.plots import INK, MUTED, Line, curves, plain, style
from orchestrator.selfplay.entrants import Entrant
from orchestrator.selfplay.standings import LeagueResult
from orchestrator.training.metrics import STEP

RATING = "rating/"
"""Begins the names of the metrics that ratings are written to."""

_KIND_COLOURS = {"main": PALETTE[1], "main_exploiter": PALETTE[4], "league_exploiter": PALETTE[2]}


def payoff_map(result: LeagueResult) -> go.Figure:
    """Mean score of every player against every other, in percent; best on top."""
    names = [standing.name for standing in result.standings]
    percent = [[None if value is None else round(100 * value, 1) for value in row] for row in result.payoffs]
    figure = go.Figure(
        go.Heatmap(
            z=percent,
            x=names,
            y=names,
            zmin=0,
            zmax=100,
            colorscale=[[0, "#c0504d"], [0.5, "#f4f5f7"], [1, "#2563b8"]],
            hovertemplate="%{y} against %{x}: %{z}%<extra></extra>",
            hoverongaps=False,
            texttemplate="%{z:.0f}" if len(names) <= 16 else None,
            colorbar={"title": {"text": "score, %"}, "thickness": 12},
        )
    )
    style(figure, "", legend=False)
    figure.update_layout(height=160 + 26 * len(names), margin={"l": 150, "b": 120})
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_xaxes(showgrid=False, tickangle=-45)
    return figure


def rating_curves(table: pa.Table) -> go.Figure | None:
    """Ratings over training: learners as lines; snapshots, which stand for good, are in the standings."""
    names = [n for n in table.column_names if n.startswith(RATING) and ":" not in n]
    if not names or not len(table):
        return None
    columns = {name.removeprefix(RATING): table.column(name).to_numpy().astype(float) for name in names}
    lines = [Line(name, values) for name, values in columns.items()]
    figure = curves(lines, table.column(STEP).to_numpy(), "rating")
    figure.update_yaxes(rangemode="normal")
    return figure


def lineage(entrants: Sequence[Entrant]) -> go.Figure:
    """Who comes from whom: a row for each learner, snapshots where they were taken, lines to their parents."""
    learners = list(dict.fromkeys(entrant.learner for entrant in entrants))
    taken = {entrant.name: entrant for entrant in entrants if entrant.version is not None}
    figure = go.Figure()
    for entrant in taken.values():
        parent = taken.get(entrant.parent or "")
        if parent is not None:
            ends = [(e.steps, learners.index(e.learner)) for e in (parent, entrant)]
            figure.add_scatter(
                x=[x for x, _ in ends],
                y=[y for _, y in ends],
                mode="lines",
                line={"color": MUTED, "width": 1.5},
                hoverinfo="skip",
            )
    for row, learner in enumerate(learners):
        own = [entrant for entrant in taken.values() if entrant.learner == learner]
        roots = [entrant.parent is None for entrant in own]
        colour = _KIND_COLOURS[next(e.kind for e in entrants if e.learner == learner)]
        figure.add_scatter(
            x=plain(np.array([e.steps for e in own], dtype=float)),
            y=[row] * len(own),
            mode="markers",
            name=learner,
            text=[f"{e.name}, from {e.parent or 'first weights'}" for e in own],
            hovertemplate="%{text}<br>%{x:,} steps<extra></extra>",
            marker={
                "size": 11,
                "color": ["white" if root else colour for root in roots],
                "line": {"color": colour, "width": 2},
            },
        )
    style(figure, "", legend=False)
    figure.update_layout(height=110 + 46 * len(learners), margin={"l": 140})
    figure.update_xaxes(title_text="environment steps")
    figure.update_yaxes(
        tickvals=list(range(len(learners))),
        ticktext=learners,
        autorange="reversed",
        showgrid=False,
        tickfont={"color": INK},
    )
    return figure
