"""What a user got wrong, said in one line."""

import difflib
from collections.abc import Iterable
from pathlib import Path


class InputError(Exception):
    """A file, an option or a name that was given is wrong, and nothing has been written: exit code 2.

    Args:
        where: the file (and key), option or argument at fault.
        message: what was expected, what was given, and the nearest valid name where there is one.
    """

    def __init__(self, where: object, message: str) -> None:
        super().__init__(f"{where}: {message}")
        self.where = str(where)
        self.message = message


def nearest(name: str, candidates: Iterable[str]) -> str:
    """A hint at the candidate that looks most like `name`, or nothing where there is no candidate.

    Returns:
        `"; nearest: 'throughput'"`, to be put after a message.
    """
    lowered = {candidate.lower(): candidate for candidate in sorted(candidates)}
    matches = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.0)
    return f"; nearest: {lowered[matches[0]]!r}" if matches else ""


def check_writable(out: Path, option: str) -> None:
    """Check that files can be written to a folder, which need not be there yet.

    Args:
        out: the folder.
        option: that named it.

    Raises:
        InputError: something that is no folder stands there.
    """
    for place in (out, *out.parents):
        if place.exists():
            if not place.is_dir():
                raise InputError(f"{option} {out}", f"expected a folder; {place} is a file")
            return
