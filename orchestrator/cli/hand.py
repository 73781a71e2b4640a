"""`optimus hand`: what a hand's design can do."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.commands import command_group
from orchestrator.cli.options import AsJson
from orchestrator.cli.output import only_results_on_stdout, print_result
from orchestrator.errors import InputError, check_writable

if TYPE_CHECKING:
    from orchestrator.dexterity.records import HandResult

hand = command_group("hand", "Measure a hand's design.")

Design = Annotated[
    str,
    typer.Option("--config", metavar="CONFIG", help="A design: tendon, direct, coupled, or a YAML file."),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a key, as in digits.ratio=256."),
]
Beside = Annotated[
    str | None,
    typer.Option(metavar="HAND", help="Another hand: shadow or none.", show_default="shadow if installed"),
]


@hand.callback(invoke_without_command=True)
def measure(
    context: typer.Context,
    config: Design = "tendon",
    overrides: Overrides = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write report.html, hand.json and pictures into this folder."),
    ] = None,
    beside: Beside = None,
    grasps: Annotated[
        bool, typer.Option(help="Try the 33 grasps of the GRASP taxonomy, the longest part.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Measure a hand's design: opposition, workspaces, forces, tapping, endurance, mass, power."""
    if context.invoked_subcommand is not None:
        if context.args or config != "tendon" or overrides or report or beside or not grasps or as_json:
            raise InputError("hand", f"options go behind {context.invoked_subcommand}")
        return
    with only_results_on_stdout():
        from orchestrator.cli.progress import share_progress
        from orchestrator.dexterity.config import load_hand_config
        from orchestrator.dexterity.report import write_report
        from orchestrator.dexterity.run import measure_design, peer_names

        design = load_hand_config(config, overrides or [])
        peers = peer_names(beside)
        if report is not None:
            check_writable(report, "--report")
        with share_progress("measured") as progress:
            measured = measure_design(design, peers, grasps, progress)
        if report is not None:
            write_report(measured, design, report)
    lines = _summary(measured.result)
    if report is not None:
        lines.append(f"report    {report / 'report.html'}")
    print_result(measured.result, lines, as_json=as_json)


@hand.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE.xml", help="Where the MJCF goes.")],
    config: Design = "tendon",
    overrides: Overrides = None,
) -> None:
    """Write a design as plain MJCF, with its meshes inside, that MuJoCo loads without this project."""
    if file.suffix != ".xml" or not file.parent.is_dir():
        raise InputError(file, "expected a file ending in .xml, in an existing folder")
    with only_results_on_stdout():
        from hand_model import build_hand
        from orchestrator.dexterity.config import load_hand_config

        spec = build_hand(load_hand_config(config, overrides or []))
        spec.compile()
        partial = file.with_name(f".{file.name}.partial")
        partial.write_text(spec.to_xml(), encoding="utf-8")
        partial.replace(file)
    print(file)


@hand.command()
def study(
    config: Annotated[
        str,
        typer.Option("--config", metavar="CONFIG", help="What to sweep: hand-study, or a YAML file."),
    ] = "hand-study",
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override a key, as in transmissions=[tendon]."),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where study.json and report.html go.")] = Path(
        "runs/hand-study"
    ),
    beside: Beside = None,
    as_json: AsJson = False,
) -> None:
    """Sweep motors, ratios and transmissions, and draw the front of force, tapping, mass and endurance."""
    with only_results_on_stdout():
        from orchestrator.cli.progress import share_progress
        from orchestrator.config_files import load_config
        from orchestrator.dexterity.run import PEERS, peer_names
        from orchestrator.dexterity.study import StudyConfig, run_study
        from orchestrator.dexterity.study_report import lines, write_study

        resolved = load_config(config, overrides or [], StudyConfig)
        peers = [PEERS[name]() for name in peer_names(beside)]
        check_writable(out, "--out")
        with share_progress("studied") as progress:
            result = run_study(resolved, peers, progress)
        write_study(result, resolved, out)
    print_result(result, [*lines(result), f"report    {out / 'report.html'}"], as_json=as_json)


def _summary(result: "HandResult") -> list[str]:
    from orchestrator.dexterity.text import beside_table

    return beside_table(result)
