"""`report.html`: a hand's dexterity in one self-contained page, with its pictures beside it."""

from pathlib import Path

import jinja2
import plotly.offline
from markupsafe import Markup

from hand_model import HandConfig
from orchestrator.config_files import dump_config
from orchestrator.dexterity.feix import grasp_pictures
from orchestrator.dexterity.pictures import Picture, kapandji_pictures, side_pictures
from orchestrator.dexterity.plots import digit_bars, endurance_curve, fading_curves, force_bars, mass_bars
from orchestrator.dexterity.records import Endurance, HandResult, Measured
from orchestrator.dexterity.run import Measurement
from orchestrator.dexterity.text import comparison
from orchestrator.evaluation.curves import Chart
from orchestrator.evaluation.report import script
from orchestrator.provenance import command_line, git_revision, this_machine, versions

PAGE, JSON, PICTURES = "report.html", "hand.json", "pictures"

_TEMPLATE = "hand.html.j2"
"""In `templates/`."""


def write_report(measured: Measurement, config: HandConfig, out: Path) -> None:
    """Write the page, the figures and the pictures into a folder; each is replaced whole.

    Args:
        measured: a measured design.
        config: the design.
        out: folder; made where it is missing.
    """
    sides = side_pictures(measured.ours.specimen, "hand")
    poses = {measured.result.name: kapandji_pictures(measured.ours, "hand")}
    poses |= {peer.specimen.name: kapandji_pictures(peer, name) for name, peer in measured.peers.items()}
    grasps = grasp_pictures(config, measured.grasps)
    page = render_report(measured.result, config, sides, poses, grasps)
    folder = out / PICTURES
    folder.mkdir(parents=True, exist_ok=True)
    for picture in [*sides, *grasps, *(picture for pictures in poses.values() for picture in pictures)]:
        replace_file(folder / picture.file, picture.jpeg())
    measured.result.write(out / JSON)
    replace_file(out / PAGE, page.encode())


def render_report(
    result: HandResult,
    config: HandConfig,
    sides: list[Picture],
    poses: dict[str, list[Picture]],
    grasps: list[Picture],
) -> str:
    """The page as text; see `write_report`.

    Args:
        result: the figures.
        config: the design.
        sides: pictures of the hand.
        poses: of Kapandji's poses, by hand.
        grasps: of grasps.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("orchestrator.dexterity"),
        autoescape=jinja2.select_autoescape(("html", "html.j2")),
        undefined=jinja2.StrictUndefined,
    )
    charts = _charts(result)
    head, rows = comparison(result)
    return environment.get_template(_TEMPLATE).render(
        title=f"Dexterity: {result.name}",
        subtitle=command_line(),
        tiles=_tiles(result),
        sides=sides,
        head=head,
        rows=rows,
        people=result.people,
        poses=poses,
        feix=result.feix,
        grasps=grasps,
        fist=result.fist,
        charts=charts,
        figures=script({chart.id: chart.figure.to_plotly_json() for chart in charts}),
        provenance=_provenance(),
        config=dump_config(config),
        plotly_js=Markup(plotly.offline.get_plotlyjs()),
    )


def _tiles(result: HandResult) -> list[tuple[str, str]]:
    """The figures that a reader looks for first."""
    with_forearm, without = result.force_per_kg
    held = f"{sum(result.feix.values())}/{len(result.feix)}" if result.feix else "\N{EN DASH}"
    return [
        (
            " · ".join(f"{s}/10" for s in result.kapandji_by_side.values()),
            "Kapandji opposition, right and left hand",
        ),
        (held, "grasps of the GRASP taxonomy held"),
        (f"{result.opposition_volume_mm3 / 1000:,.0f} cm³", "opposition volume of thumb and fingers"),
        (
            f"{with_forearm:.2f} N/kg",
            f"lasting fingertip force per mass with the forearm; {without:.1f} without",
        ),
        (f"{result.tapping_hz:.1f} Hz", f"tapping through 30°, limited by {result.tapping_limit}"),
        (f"{result.pinch.continuous:.1f} N", f"lasting pinch; {result.pinch.burst:.1f} N for seconds"),
        (
            f"{result.mass_kg:.2f} kg",
            f"hand and forearm; {result.mass_budget_kg['moving']:.2f} without the forearm",
        ),
    ]


def _charts(result: HandResult) -> list[Chart]:
    hands: list[Measured] = [result, *result.beside.values()]
    people = {row.measure: row.person for row in result.people}
    charts = [
        Chart(
            "forces",
            "Fingertip force",
            force_bars(hands),
            "What a pulp holds in every direction, for ever and for seconds; median over poses.",
        ),
        Chart("mass", "Mass", mass_bars(hands), "A model without motors has all of it in its structure."),
    ]
    efforts: tuple[tuple[str, str, str], ...] = (("pinch", "Pinch", "tip pinch"), ("grip", "Grip", "grip"))
    for key, title, person in efforts:
        strength: Endurance = getattr(result, key)
        flat = {hand.name: getattr(hand, key).continuous for hand in result.beside.values()}
        charts.append(
            Chart(
                f"{key}-fading",
                f"{title} at full effort",
                fading_curves({result.name: strength}, people.get(person), flat),
                "Drivers derate as windings warm up; gearheads bear their peak torque for three seconds.",
            )
        )
        charts.append(
            Chart(f"{key}-endurance", f"{title}: how long a force lasts", endurance_curve(strength))
        )
    for name, title, unit in (
        ("opposition_by_finger_mm3", "Opposition volume by finger", "mm³"),
        ("workspace_mm3", "Workspace of each pulp", "mm³"),
        ("manipulability_m3", "Manipulability of each pulp", "√det(J Jᵀ), m³/rad³"),
    ):
        charts.append(Chart(name, title, digit_bars(hands, [getattr(hand, name) for hand in hands], unit)))
    return charts


def _provenance() -> list[tuple[str, str]]:
    machine = this_machine()
    return [
        ("command", command_line()),
        ("revision", git_revision() or "outside a repository"),
        ("machine", f"{machine.cpu}, {machine.cores} cores"),
        ("versions", ", ".join(f"{name} {version}" for name, version in versions().items())),
    ]


def replace_file(path: Path, data: bytes) -> None:
    """Write a file whole: whoever reads at that moment sees the old one or the new one."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(data)
    partial.replace(path)
