"""`optimus benchmark`: figures of this machine."""

from typing import Annotated

import typer

from orchestrator.cli.commands import command_group
from orchestrator.cli.output import only_results_on_stdout, print_result
from orchestrator.errors import InputError, nearest

benchmark = command_group("benchmark", "Measure this machine.")


@benchmark.command()
def throughput(
    task: Annotated[str, typer.Option(help="To step.")] = "hand-reach",
    worlds: Annotated[int, typer.Option(min=1, max=1_000_000, help="Stepped at once.")] = 1024,
    seconds: Annotated[float, typer.Option(min=0.01, max=3600, help="Of each measurement.")] = 5.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")] = False,
) -> None:
    """Control steps per second: the vector environment, the bare engine, Gymnasium's processes."""
    with only_results_on_stdout():
        from envs.registry import TASKS
        from orchestrator.benchmarks.throughput import throughput as measure

        if task not in TASKS:
            raise InputError(f"--task {task}", f"no such task{nearest(task, TASKS)}")
        result = measure(task, worlds, seconds)
    width = max(map(len, result.figures))
    print_result(
        result, [f"{name:<{width}}  {value:,.4g}" for name, value in result.figures.items()], as_json=as_json
    )
