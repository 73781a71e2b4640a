"""What commands print: results on stdout, everything else on stderr."""

import contextlib
import sys
import warnings
from collections.abc import Iterator

from pydantic import BaseModel


@contextlib.contextmanager
def only_results_on_stdout() -> Iterator[None]:
    """Send what libraries print meanwhile to stderr, and show warnings as plain lines."""

    def show(message: Warning | str, *_: object, **__: object) -> None:
        print(f"warning: {one_line(message)}", file=sys.stderr, flush=True)

    with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
        warnings.showwarning = show
        yield


def print_result(result: BaseModel, lines: list[str], *, as_json: bool) -> None:
    """Print a command's result.

    Args:
        result: the whole of it, printed as one JSON object with `as_json`.
        lines: what a person wants to read, otherwise.
        as_json: for a program.
    """
    print(result.model_dump_json() if as_json else "\n".join(lines), flush=True)


def one_line(text: object) -> str:
    """The text without line breaks."""
    return " ".join(str(text).split())
