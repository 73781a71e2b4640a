"""`optimus export`: a run's policy as files that plain MuJoCo and ONNX Runtime can run."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli.output import only_results_on_stdout, print_result
from orchestrator.errors import InputError

_LIBRARIES = ("onnx", "onnxruntime", "onnxscript")


def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run directory.")],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the files go; RUN/export by default.")
    ] = None,
    episodes: Annotated[
        int, typer.Option(min=2, max=10_000, help="Held-out episodes to check with, and to give along.")
    ] = 200,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of the episodes.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the contract as one JSON object.")] = False,
) -> None:
    """Write a policy as ONNX with a contract, checked against the run; with model and player, if its task has one."""
    if missing := [name for name in _LIBRARIES if find_spec(name) is None]:
        raise InputError("export", f"needs {missing[0]}, which is not installed: pip install '.[export]'")
    with only_results_on_stdout():
        from orchestrator.cli.progress import share_progress
        from orchestrator.export.export import export as run_export
        from orchestrator.training.run_directory import RunDirectory

        directory = RunDirectory.open(run)
        folder = out or directory.path / "export"
        with share_progress("checked") as progress:
            contract = run_export(directory, folder, episodes, seed, progress)
    checked = contract.checked
    assert checked is not None
    low, high = checked.success_ci95
    lines = [
        f"written  {folder}",
        f"actions  differ by {checked.action_difference:.1e} at most from torch's in {checked.steps:,} steps",
        f"success  {checked.success_rate:.1%} of {checked.episodes:,} held-out episodes "
        f"(95% interval {low:.1%} to {high:.1%})",
    ]
    if contract.undescribed:
        lines.append(f"player   none: {contract.undescribed}")
    print_result(contract, lines, as_json=as_json)
