"""`optimus status`, `logs` and `stop`: runs that `optimus launch` submitted, wherever they went."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.options import AsJson
from orchestrator.cli.output import only_results_on_stdout, print_result

if TYPE_CHECKING:
    from orchestrator.launch.records import RunStatus

Run = Annotated[Path, typer.Argument(metavar="RUN", help="The run directory that was launched.")]


def status(run: Run, as_json: AsJson = False) -> None:
    """Say how a launched run stands."""
    with only_results_on_stdout():
        from orchestrator.launch.submit import status as ask

        shown = ask(run)
    print_result(shown, _lines(shown), as_json=as_json)


def logs(run: Run) -> None:
    """Print what a launched run has written so far."""
    with only_results_on_stdout():
        from orchestrator.launch.submit import logs as read

        pieces = list(read(run))
    print("".join(pieces), end="", flush=True)


def stop(run: Run, as_json: AsJson = False) -> None:
    """End a launched run, and give back what it held; `optimus train --resume` can go on with it."""
    with only_results_on_stdout():
        from orchestrator.launch.submit import stop as end

        shown = end(run)
    print_result(shown, _lines(shown), as_json=as_json)


def _lines(shown: "RunStatus") -> list[str]:
    steps = "not visible from here" if shown.steps is None else f"{shown.steps:,} of {shown.steps_total:,}"
    return [
        f"run         {shown.run}, {shown.handle} on {shown.on}",
        f"state       {shown.state}: {shown.detail}",
        f"steps       {steps}",
        f"checkpoint  {shown.checkpoint or 'none yet'}",
    ]
