"""The dexterity report's figures: each function takes records and returns one figure."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from envs.marks import PALETTE
from orchestrator.dexterity.records import Endurance, Measured
from orchestrator.evaluation.plots import ACCENT, MUTED, plain, style

_OTHER = "#c98a2b"


def _colour(index: int) -> str:
    return (ACCENT, _OTHER, *PALETTE)[index]


def force_bars(hands: Sequence[Measured]) -> go.Figure:
    """Fingertip forces by digit: lasting in full colour, what a burst adds in pale."""
    figure = go.Figure()
    for index, hand in enumerate(hands):
        digits = list(hand.fingertip_force_n)
        forces = list(hand.fingertip_force_n.values())
        lasting = [force.continuous for force in forces]
        extra = [force.burst - force.continuous for force in forces]
        bar = {"x": digits, "offsetgroup": str(index), "legendgroup": hand.name}
        figure.add_bar(y=plain(lasting), name=hand.name, marker={"color": _colour(index)}, **bar)
        figure.add_bar(
            y=plain(extra),
            base=plain(lasting),
            name=f"{hand.name}, burst",
            marker={"color": _colour(index), "opacity": 0.35},
            showlegend=any(extra),
            **bar,
        )
    style(figure, "N", legend=True)
    figure.update_layout(barmode="group")
    return figure


def digit_bars(hands: Sequence[Measured], figures: Sequence[Mapping[str, float]], unit: str) -> go.Figure:
    """One figure by digit, for each hand."""
    figure = go.Figure()
    for index, (hand, values) in enumerate(zip(hands, figures, strict=True)):
        figure.add_bar(
            x=list(values), y=plain(list(values.values())), name=hand.name, marker={"color": _colour(index)}
        )
    style(figure, unit, legend=len(hands) > 1)
    return figure


def fading_curves(
    strengths: Mapping[str, Endurance], person: float | None, flat: Mapping[str, float]
) -> go.Figure:
    """Force at full effort over time.

    Args:
        strengths: by what is drawn.
        person: people's figure, N; drawn as a line.
        flat: forces of hands whose models have no heat, by name, N.
    """
    figure = go.Figure()
    for index, (name, strength) in enumerate(strengths.items()):
        figure.add_scatter(
            x=plain(strength.fading_seconds),
            y=plain(strength.fading_n),
            name=name,
            mode="lines",
            line={"color": _colour(index), "width": 2},
        )
    for index, (name, force) in enumerate(flat.items(), start=len(strengths)):
        figure.add_hline(y=force, line={"color": _colour(index), "width": 1.5, "dash": "dash"})
        _label(figure, force, f"{name}: no heat in its model")
    if person is not None:
        figure.add_hline(y=person, line={"color": MUTED, "width": 1, "dash": "dot"})
        _label(figure, person, "people, for a moment")
    style(figure, "N", legend=len(strengths) > 1)
    figure.update_xaxes(title_text="seconds at full effort, motors cold at first")
    figure.update_yaxes(rangemode="tozero")
    return figure


def endurance_curve(strength: Endurance) -> go.Figure:
    """How long each force lasts."""
    figure = go.Figure(
        go.Scatter(
            x=plain(strength.forces_n),
            y=plain([seconds if seconds > 0 else float("nan") for seconds in strength.lasts_seconds]),
            mode="lines+markers",
            line={"color": ACCENT, "width": 2, "shape": "hv"},
        )
    )
    style(figure, "seconds until derating", legend=False)
    figure.update_xaxes(title_text="N")
    figure.update_yaxes(
        type="log",
        tickvals=[1, 3, 10, 30, 60, 300, 900, 3600],
        ticktext=["1", "3", "10", "30", "60", "300", "900", "for ever"],
    )
    return figure


def mass_bars(hands: Sequence[Measured]) -> go.Figure:
    """Where a hand's mass is."""
    parts = {
        "hand_structure": "hand's structure",
        "forearm_structure": "forearm's structure",
        "motors": "motors",
        "gearheads": "gearheads",
    }
    figure = go.Figure()
    for index, (part, label) in enumerate(parts.items()):
        figure.add_bar(
            y=[hand.name for hand in hands],
            x=plain([hand.mass_budget_kg[part] for hand in hands]),
            name=label,
            orientation="h",
            marker={"color": PALETTE[index]},
        )
    style(figure, "", legend=True)
    figure.update_layout(barmode="stack", height=120 + 50 * len(hands), margin={"l": 150})
    figure.update_xaxes(title_text="kg")
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def _label(figure: go.Figure, y: float, text: str) -> None:
    figure.add_annotation(
        x=1,
        xref="paper",
        y=y,
        text=text,
        showarrow=False,
        xanchor="right",
        yshift=9,
        font={"color": MUTED, "size": 11},
    )
