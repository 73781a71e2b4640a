"""`optimus record`: videos of a run's best and worst evaluated episode."""

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli.options import AsJson
from orchestrator.cli.output import only_results_on_stdout, print_result


def record(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run directory that was evaluated.")],
    as_json: AsJson = False,
) -> None:
    """Draw a run's best and worst evaluated episode into videos, and put them into its report."""
    with only_results_on_stdout():
        from orchestrator.cli.progress import share_progress
        from orchestrator.evaluation.report import write_report
        from orchestrator.evaluation.videos import record as run_recording
        from orchestrator.training.metrics import check_metrics
        from orchestrator.training.run_directory import RunDirectory

        directory = RunDirectory.open(run)
        check_metrics(directory)
        with share_progress("drawn") as progress:
            result = run_recording(directory, progress=progress)
        write_report(directory)
    lines = [f"{recording.name:<7}{directory.videos / recording.file}" for recording in result.episodes]
    print_result(result, [*lines, f"report {directory.report}"], as_json=as_json)
