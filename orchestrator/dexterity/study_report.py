"""The study's files: figures as JSON, and the front in one self-contained page."""

from pathlib import Path

import jinja2
import plotly.graph_objects as go
import plotly.offline
from markupsafe import Markup

from orchestrator.dexterity.report import replace_file
from orchestrator.dexterity.study import Design, Peer, StudyConfig, StudyResult
from orchestrator.evaluation.plots import INK, MUTED, plain, style
from orchestrator.evaluation.report import script
from orchestrator.provenance import command_line

PAGE, JSON = "report.html", "study.json"

_TEMPLATE = "study.html.j2"
"""In `templates/`."""

_SYMBOLS = {"direct": "diamond", "tendon": "circle", "coupled": "square"}

HEAD = (
    "transmission",
    "motor",
    "gearhead",
    "spool, mm",
    "force, N",
    "tapping, Hz",
    "simulated, Hz",
    "mass, kg",
    "N/kg",
    "N/kg without forearm",
    "min of 20 N",
)


def write_study(result: StudyResult, config: StudyConfig, out: Path) -> None:
    """Write a study's files into a folder; each is replaced whole.

    Args:
        result: of the study.
        config: what it swept.
        out: folder; made where it is missing.
    """
    page = render_study(result, config)
    out.mkdir(parents=True, exist_ok=True)
    result.write(out / JSON)
    replace_file(out / PAGE, page.encode())


def render_study(result: StudyResult, config: StudyConfig) -> str:
    """The page as text."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("orchestrator.dexterity"),
        autoescape=jinja2.select_autoescape(("html", "html.j2")),
        undefined=jinja2.StrictUndefined,
    )
    figures = {
        "front": front_plot(result, "fingertip_force_n", "lasting fingertip force, N"),
        "per-mass": front_plot(
            result, "force_per_kg", "lasting fingertip force per mass with the forearm, N/kg"
        ),
    }
    return environment.get_template(_TEMPLATE).render(
        title="Design study: the hand's gearmotors",
        subtitle=command_line(),
        result=result,
        head=HEAD,
        better=[row(result.front[i]) for i in result.better],
        front=[row(design) for design in result.front],
        hand=row(result.hand),
        peers=[peer_row(peer) for peer in result.peers],
        config=config,
        figures=script({name: figure.to_plotly_json() for name, figure in figures.items()}),
        plotly_js=Markup(plotly.offline.get_plotlyjs()),
    )


def front_plot(result: StudyResult, force: str, title: str) -> go.Figure:
    """The front: tapping against force, coloured by the minutes of a pinch, sized by mass."""
    figure = go.Figure()
    heaviest = max(design.mass_kg for design in result.front)
    for transmission, symbol in _SYMBOLS.items():
        designs = [design for design in result.front if design.transmission == transmission]
        if not designs:
            continue
        figure.add_scatter(
            x=plain([_value(design, force) for design in designs]),
            y=plain([design.tapping_simulated_hz or design.tapping_hz for design in designs]),
            name=transmission,
            mode="markers",
            marker={
                "symbol": symbol,
                "size": plain([6 + 14 * design.mass_kg / heaviest for design in designs]),
                "color": plain([design.pinch_minutes for design in designs]),
                "coloraxis": "coloraxis",
                "line": {"width": 0.5, "color": "white"},
            },
            text=[_label(design) for design in designs],
            hovertemplate="%{text}<extra></extra>",
        )
    for name, at, symbol in (
        ("the design", result.hand, "star"),
        *((peer.name, peer, "x") for peer in result.peers),
    ):
        figure.add_scatter(
            x=plain([_value(at, force)]),
            y=plain([at.tapping_hz]),
            name=name,
            mode="markers+text",
            text=[name],
            textposition="top center",
            marker={"symbol": symbol, "size": 13, "color": INK},
            showlegend=False,
        )
    style(figure, "tapping through 30°, Hz", legend=True)
    figure.update_layout(
        height=460,
        coloraxis={
            "colorscale": "Viridis",
            "cmin": 0,
            "cmax": 60,
            "colorbar": {"title": {"text": "min of 20 N"}},
        },
    )
    figure.update_xaxes(title_text=title, rangemode="tozero", title_font={"color": MUTED})
    return figure


def row(design: Design) -> tuple[str, ...]:
    """A design's cells, as in `HEAD`."""
    simulated = "-" if design.tapping_simulated_hz is None else f"{design.tapping_simulated_hz:.2f}"
    return (
        design.transmission,
        design.motor,
        f"{design.gearhead} {design.ratio:g}:1",
        "-" if design.spool is None else f"{1000 * design.spool:g}",
        f"{design.fingertip_force_n:.2f}",
        f"{design.tapping_hz:.2f}",
        simulated,
        f"{design.mass_kg:.2f}",
        f"{design.force_per_kg[0]:.2f}",
        f"{design.force_per_kg[1]:.2f}",
        f"{design.pinch_minutes:.1f}",
    )


def peer_row(peer: Peer) -> tuple[str, ...]:
    """Another hand's cells, as in `HEAD`."""
    return (
        peer.name,
        "-",
        "-",
        "-",
        f"{peer.fingertip_force_n:.2f}",
        "-",
        f"{peer.tapping_hz:.2f}",
        f"{peer.mass_kg:.2f}",
        f"{peer.force_per_kg[0]:.2f}",
        f"{peer.force_per_kg[1]:.2f}",
        "-",
    )


def lines(result: StudyResult) -> list[str]:
    """What a person wants to read on a terminal."""
    shown = [row(result.front[i]) for i in result.better] or [row(design) for design in result.front[:10]]
    table = [HEAD, *shown, row(result.hand), *map(peer_row, result.peers)]
    widths = [max(len(cells[column]) for cells in table) for column in range(len(HEAD))]
    text = ["  ".join(c.ljust(w) for c, w in zip(cells, widths, strict=True)).rstrip() for cells in table]
    counted = f"{result.designs:,} designs, {result.fitting:,} fit, {len(result.front)} on the front"
    beating = (
        f"{len(result.better)} beat {', '.join(peer.name for peer in result.peers)}" if result.peers else ""
    )
    return [f"{counted}; {result.seconds:.0f} s", *([beating] if beating else []), *text]


def _value(at: Design | Peer, force: str) -> float:
    value = getattr(at, force)
    return value[0] if isinstance(value, tuple) else value


def _label(design: Design) -> str:
    cells = zip(HEAD, row(design), strict=True)
    return "<br>".join(f"{head}: {cell}" for head, cell in cells)
