"""`python -m orchestrator.launch.supervise RUN RETRIES COMMAND...`: keep a run going on this machine.

The command is started again, at most so many times, where a signal killed it; each time it goes on from its newest
checkpoint. How it ended is written into the run. A lock says that it goes on, and falls with this process.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

from orchestrator.launch.ended import STOPPED, write_ended
from orchestrator.training.run_directory import LAUNCH

_LOCK = ".supervised"


@contextlib.contextmanager
def supervision(run: Path) -> Iterator[int]:
    """A run's lock, held by whoever inherits the descriptor; who starts that process writes its id into it."""
    lock = os.open(run / LAUNCH / _LOCK, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
    finally:
        os.close(lock)


def start_supervised(
    run: Path, command: Sequence[str], log: Path, env: Mapping[str, str] = os.environ
) -> int:
    """Start a process that goes on when the terminal is closed and holds the run's lock; returns its id."""
    with log.open("ab") as written, supervision(run) as lock:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(lock,),
            env={**env, "PYTHONPATH": _python_path()},
        )
        os.write(lock, f"{process.pid}\n".encode())
    return process.pid


def _python_path() -> str:
    """The way to this checkout's packages."""
    root = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))


def holder(run: Path) -> int | None:
    """Process that supervises a run, or none."""
    try:
        lock = os.open(run / LAUNCH / _LOCK, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return int(os.read(lock, 32) or 0) or None
    finally:
        os.close(lock)
    return None


def supervise(run: Path, retries: int, command: Sequence[str]) -> int:
    """Run the command until it ends by itself, is told to stop, or was killed too often.

    Returns:
        Its exit code, which is written into the run too.
    """
    stopping, code = False, 0

    def stop(*_: int | FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        with contextlib.suppress(ProcessLookupError):
            child.terminate()

    for attempt in range(retries + 1):
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        signal.signal(signal.SIGTERM, stop)
        if stopping:
            child.terminate()
        code = child.wait()
        if stopping or code >= 0 or attempt == retries:
            break
        print(f"killed by signal {-code}; again from its newest checkpoint", file=sys.stderr, flush=True)
    code = STOPPED if stopping else code if code >= 0 else 128 - code
    write_ended(run, code)
    return code


if __name__ == "__main__":
    raise SystemExit(supervise(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
