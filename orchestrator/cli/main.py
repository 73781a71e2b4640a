"""`optimus`: the commands, and what their exit codes mean.

0: done. 1: it failed while running. 2: the input is wrong, said in one line on stderr, and nothing was written.
`OPTIMUS_TRACEBACK=1` shows where a failure comes from.
"""

import os
import sys
import traceback
from collections.abc import Sequence

import typer

from orchestrator.cli.benchmark import benchmark
from orchestrator.cli.commands import command_group
from orchestrator.cli.evaluate import evaluate
from orchestrator.cli.export import export
from orchestrator.cli.hand import hand
from orchestrator.cli.launch import launch
from orchestrator.cli.launched import logs, status, stop
from orchestrator.cli.league import league
from orchestrator.cli.output import one_line
from orchestrator.cli.plan import plan
from orchestrator.cli.ramp import ramp
from orchestrator.cli.record import record
from orchestrator.cli.train import train
from orchestrator.cli.view import view
from orchestrator.errors import InputError, nearest

FAILED, WRONG_INPUT = 1, 2


app = command_group("optimus", "Train a humanoid with human hands.")
for command in (train, evaluate, record, view, export, league, launch, status, logs, stop, plan):
    app.command()(command)
app.add_typer(benchmark)
app.add_typer(hand)
app.add_typer(ramp)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: arguments without the program's name; by default the process's own.

    Returns:
        The exit code.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return app(arguments, prog_name="optimus", standalone_mode=False) or 0
    except InputError as error:
        return _complain(error, WRONG_INPUT)
    except typer.TyperException as error:
        return _complain(_usage_error(error), WRONG_INPUT)
    except Exception as error:  # the boundary: whatever went wrong becomes one line
        if os.environ.get("OPTIMUS_TRACEBACK") == "1":
            traceback.print_exc()
        return _complain(f"failed: {type(error).__name__}: {error}", FAILED)


def _complain(text: object, code: int) -> int:
    print(f"optimus: {one_line(text)}", file=sys.stderr)
    return code


def _usage_error(error: typer.TyperException) -> str:
    """Where on the command line, and what; with the nearest option where one is unknown."""
    context = getattr(error, "ctx", None)
    if context is None:
        return error.format_message()
    command = context.command_path.removeprefix("optimus").strip()
    known = [name for parameter in context.command.params for name in parameter.opts if name.startswith("-")]
    option = getattr(error, "option_name", None)
    if option is not None and option not in known:
        return f"{command} {option}".strip() + f": no such option{nearest(option, [*known, '--help'])}"
    message = error.format_message().replace("Input should be", "expected")
    return f"{command}: {message[0].lower()}{message[1:]}".removeprefix(": ")
