"""Other programs, asked in one line and answered in one."""

import subprocess
from collections.abc import Sequence

from orchestrator.errors import InputError

_SECONDS = 120.0


def ask(command: Sequence[str], given: str | None = None, seconds: float = _SECONDS) -> str:
    """Run a program to its end.

    Args:
        command: program and arguments.
        given: on its stdin.
        seconds: that it may take.

    Returns:
        What it wrote to stdout.

    Raises:
        InputError: it is not there, does not answer, or refuses; the message is its own last line.
    """
    program = command[0]
    try:
        done = subprocess.run(
            command, input=given, capture_output=True, text=True, timeout=seconds, check=False
        )
    except FileNotFoundError as error:
        raise InputError(program, "expected this program on the PATH; it is not there") from error
    except PermissionError as error:
        raise InputError(program, f"cannot be run: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise InputError(" ".join(command[:3]), f"no answer within {seconds:g} s") from error
    if done.returncode:
        lines = (done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}").splitlines()
        raise InputError(" ".join(command[:3]), lines[-1].strip())
    return done.stdout
