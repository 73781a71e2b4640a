"""`optimus launch`: submit a run to a cluster, or say what would be submitted and what it would take."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from orchestrator.cli.options import AsJson
from orchestrator.cli.output import only_results_on_stdout, print_result
from orchestrator.errors import InputError, nearest

if TYPE_CHECKING:
    from orchestrator.launch.config import AnyCluster
    from orchestrator.launch.job import Job
    from orchestrator.launch.records import LaunchResult


def launch(
    config: Annotated[
        str, typer.Argument(metavar="CONFIG", help="A name under configs/ or a path to a YAML file.")
    ],
    on: Annotated[str, typer.Option(metavar="PLACE", help="local, ray, kuberay, slurm or ssh.")],
    cluster: Annotated[
        str | None,
        typer.Option(metavar="CONFIG", help="Of the cluster.", show_default="configs/clusters/PLACE.yaml"),
    ] = None,
    run_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the run goes.", show_default="runs/CONFIG-TIME")
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the config, as in workers=8."),
    ] = None,
    cluster_overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--cluster-set", metavar="KEY=VALUE", help="Override a key of the cluster, as in nodes.gpus=8."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be submitted, and submit nothing.")
    ] = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Print what the run would take, and submit nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Train on a cluster: submit a run, which `optimus status`, `logs` and `stop` then follow."""
    if dry_run and plan:
        raise InputError("launch --plan", "cannot go with --dry-run")
    with only_results_on_stdout():
        job = _job(config, on, cluster, run_dir, overrides or [], cluster_overrides or [])
        if plan:
            from orchestrator.launch.plan import make_plan, plan_lines

            planned = make_plan(job)
            shown, lines = planned, plan_lines(planned)
        else:
            from orchestrator.launch.submit import prepare, submit

            shown = prepare(job)
            lines = _dry_lines(shown)
            if not dry_run:
                shown = submit(job, shown)
                lines = [
                    f"run      {shown.run}",
                    f"{shown.on:8} {shown.handle}",
                    f"follow   optimus status {shown.run}",
                ]
    print_result(shown, lines, as_json=as_json)


def _job(
    config: str,
    on: str,
    cluster: str | None,
    run_dir: Path | None,
    overrides: list[str],
    cluster_overrides: list[str],
) -> "Job":
    from orchestrator.config_files import find_config, load_config
    from orchestrator.launch.config import SCHEMAS
    from orchestrator.launch.job import Job
    from orchestrator.selfplay.config import run_schema

    if on not in SCHEMAS:
        raise InputError(f"launch --on {on}", f"expected one of {', '.join(SCHEMAS)}{nearest(on, SCHEMAS)}")
    path = find_config(config)
    resolved = load_config(config, overrides, run_schema(config, overrides))
    place = cast("AnyCluster", load_config(cluster or f"clusters/{on}", cluster_overrides, SCHEMAS[on]))
    name = f"{path.stem}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    return Job(run=run_dir or Path("runs") / name, config=resolved, cluster=place)


def _dry_lines(prepared: "LaunchResult") -> list[str]:
    lines = []
    for name, text in prepared.submission.files.items():
        lines += [f"# {prepared.run}/launch/{name}", text.rstrip("\n"), ""]
    return [*lines, *(f"$ {step}" for step in prepared.submission.steps)]
