"""Progress on stderr: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

from orchestrator.training.progress import Progress

SECONDS_BETWEEN_LINES = 10.0
"""Plain lines are for log files: one now and then is enough."""

SHOWN = {
    "episode/success": "success",
    "episode/return": "return",
    "episode/diverged_total": "diverged",
    "time/steps_per_second": "steps/s",
}
"""Metrics that are shown beside the steps, where a row has them, and what they are called."""


def training_progress() -> Progress:
    """Progress that fits where stderr goes."""
    return Bar("steps") if sys.stderr.isatty() else Lines("steps")


@contextmanager
def share_progress(what: str) -> Iterator[Callable[[float], None]]:
    """Progress of work that reports which share of it is done, 0 to 1.

    Args:
        what: is being done, to be shown.
    """
    progress: Progress | None = None

    def report(share: float) -> None:
        nonlocal progress
        if progress is None:
            # Not before there is something to tell: wrong input is answered in one line.
            progress = Bar(f"% {what}") if sys.stderr.isatty() else Lines(f"% {what}")
            progress.start(100)
        progress.update(int(100 * share), {})

    try:
        yield report
    finally:
        if progress is not None:
            progress.finish()


class Bar:
    """A bar for a terminal.

    Args:
        unit: of what is counted.
    """

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._task = TaskID(0)
        self._display = RichProgress(
            TextColumn("{task.percentage:>3.0f}%"),
            BarColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )

    def start(self, total: int, done: int = 0) -> None:
        """Show the bar."""
        self._total = total
        self._task = self._display.add_task(_line(done, total, self._unit, {}), total=total, completed=done)
        self._display.start()

    def update(self, done: int, figures: Mapping[str, float]) -> None:
        """Move it."""
        description = _line(done, self._total, self._unit, figures)
        self._display.update(self._task, completed=done, description=description)

    def finish(self) -> None:
        """Leave it as it is."""
        self._display.stop()


class Lines:
    """A line now and then, and one at the end.

    Args:
        unit: of what is counted.
    """

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._total = 0
        self._pending: str | None = None
        self._printed_at = 0.0

    def start(self, total: int, done: int = 0) -> None:
        """Print the start."""
        self._total = total
        self._print(_line(done, total, self._unit, {}))

    def update(self, done: int, figures: Mapping[str, float]) -> None:
        """Print a line unless there was one a moment ago."""
        self._pending = _line(done, self._total, self._unit, figures)
        if time.monotonic() - self._printed_at >= SECONDS_BETWEEN_LINES:
            self._print(self._pending)

    def finish(self) -> None:
        """Print the last line that was held back."""
        if self._pending:
            self._print(self._pending)

    def _print(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)
        self._pending, self._printed_at = None, time.monotonic()


def _line(done: int, total: int, unit: str, figures: Mapping[str, float]) -> str:
    shown = (f"  {label} {figures[name]:,.4g}" for name, label in SHOWN.items() if name in figures)
    return f"{done:,} / {total:,} {unit}" + "".join(shown)
