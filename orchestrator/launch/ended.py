"""What a run leaves in its folder `launch`, where that can be reached from there: its log, and how it ended."""

from collections.abc import Iterator
from pathlib import Path

from orchestrator.errors import InputError
from orchestrator.launch.states import State
from orchestrator.training.run_directory import LAUNCH

LOG = "log.txt"
"""What the run writes."""

EXIT_CODE = "exit_code"
"""How it ended."""

STOPPED = 143
"""What a shell calls the exit code of a process that SIGTERM ended: 128 + 15."""


def ended(run: Path) -> tuple[State, str] | None:
    """How the run ended; none while it has not."""
    path = run / LAUNCH / EXIT_CODE
    if not path.is_file():
        return None
    code = int(path.read_text())
    if code == STOPPED:
        return "stopped", "by a signal"
    return ("done", "exit code 0") if code == 0 else ("failed", f"exit code {code}")


def write_ended(run: Path, code: int) -> None:
    """Write down how the run ended; whoever reads at that moment sees all of it or nothing."""
    path = run / LAUNCH / EXIT_CODE
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(f"{code}\n")
    partial.replace(path)


def forget_end(run: Path) -> None:
    """Make a run that ended one that has not."""
    (run / LAUNCH / EXIT_CODE).unlink(missing_ok=True)


def log_lines(run: Path) -> Iterator[str]:
    """The log's lines.

    Raises:
        InputError: there is none yet.
    """
    path = run / LAUNCH / LOG
    if not path.is_file():
        raise InputError(run, "has written no log yet")
    with path.open(errors="replace") as file:
        yield from file
