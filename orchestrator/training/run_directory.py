"""`RunDirectory`: where a run keeps everything it makes.

runs/NAME/
    config.yaml       resolved config
    run.json          versions, seed, machine, git revision
    checkpoints/
    league/           of a self-play with several workers: what its keeper wrote down last
    metrics.parquet   and tensorboard/
    pictures/         of a goal self-play: goals.png
    videos/
    heldout.json      how checkpoints did while the run was trained, where the config asks for it
    report.html
    launch/           what `optimus launch` submitted, where it made the run
"""

import fcntl
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from orchestrator.errors import InputError
from orchestrator.records import RunInfo

_CONFIG, _INFO, _LOCK = "config.yaml", "run.json", ".lock"

LAUNCH = "launch"
"""Folder of whoever launched the run: there before the run is, and kept when it is replaced."""


class RunDirectory:
    """Paths of one run, and the right to train into it.

    Made by `create` or `open`. A run that was created, or opened for writing, is locked against other
    processes until it is closed; the lock also goes with the process, however that ends.

    Attributes:
        path: the directory.
    """

    def __init__(self, path: Path, lock: int | None = None) -> None:
        self.path = path
        self._lock = lock

    @classmethod
    def create(cls, path: Path, config_yaml: str, info: RunInfo, *, overwrite: bool = False) -> Self:
        """Start a run in a new or empty directory, locked for this process.

        Args:
            path: the directory; parents are made.
            config_yaml: resolved config.
            info: written as `run.json`, last: with it, the directory is a run.
            overwrite: replace the run that is already there.

        Raises:
            InputError: something else is there, or another process trains into it. Nothing was written.
        """
        cls.check_creatable(path, overwrite=overwrite)
        try:
            path.mkdir(parents=True, exist_ok=True)
            lock = _acquire(path)
        except OSError as error:
            raise InputError(path, f"cannot be made: {error.strerror}") from error
        _empty(path)
        partial = path / f".{_CONFIG}.partial"
        partial.write_text(config_yaml)
        partial.replace(path / _CONFIG)
        info.write(path / _INFO)
        return cls(path, lock)

    @staticmethod
    def check_creatable(path: Path, *, overwrite: bool = False) -> None:
        """Check that `create` may go to a directory, without writing anything.

        Raises:
            InputError: something else is there.
        """
        if path.exists() and not path.is_dir():
            raise InputError(path, "expected a directory to run in, got a file")
        entries = {entry.name for entry in path.iterdir()} - {LAUNCH} if path.is_dir() else set()
        if {_CONFIG, _INFO} <= entries:
            if not overwrite:
                raise InputError(
                    path, "a run is already there; --resume goes on with it, --overwrite replaces it"
                )
            return
        # A lock and no complete run: a creation was killed in the middle, and nothing of worth is there.
        known = {_LOCK, _CONFIG, _INFO, f".{_CONFIG}.partial", f".{_INFO}.partial"}
        unborn = _LOCK in entries and entries <= known
        if entries and not unborn:
            raise InputError(path, "expected a new or empty directory; this one has files and is not a run")

    @staticmethod
    def is_run(path: Path) -> bool:
        """Whether a run has begun in a directory, which need not be there."""
        return (path / _CONFIG).is_file() and (path / _INFO).is_file()

    @classmethod
    def open(cls, path: Path, *, write: bool = False) -> Self:
        """Open an existing run.

        Args:
            path: the directory.
            write: lock it for this process, to go on training into it.

        Raises:
            InputError: it isn't a run directory, its `run.json` is damaged, or another process trains into it.
        """
        if not path.exists():
            raise InputError(path, "expected a run directory; there is nothing")
        if not path.is_dir():
            raise InputError(path, "expected a run directory, got a file")
        missing = [name for name in (_CONFIG, _INFO) if not (path / name).is_file()]
        if missing:
            raise InputError(path, f"expected a run directory, but it has no {' and no '.join(missing)}")
        cls(path).read_info()
        try:
            return cls(path, _acquire(path) if write else None)
        except OSError as error:
            raise InputError(path, f"cannot be written: {error.strerror}") from error

    def close(self) -> None:
        """Let other processes train into the run."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read_info(self) -> RunInfo:
        """The run's `run.json`.

        Raises:
            InputError: it is damaged.
        """
        try:
            return RunInfo.model_validate_json(self.info_path.read_bytes())
        except ValidationError as error:
            raise InputError(self.info_path, "is damaged: it does not describe a run") from error

    @property
    def config_path(self) -> Path:
        """Resolved config."""
        return self.path / _CONFIG

    @property
    def info_path(self) -> Path:
        """`run.json`."""
        return self.path / _INFO

    @property
    def checkpoints(self) -> Path:
        """Folder of the checkpoints; made by the first one."""
        return self.path / "checkpoints"

    @property
    def league(self) -> Path:
        """Folder of a kept league's last states; made by the first one."""
        return self.path / "league"

    @property
    def metrics(self) -> Path:
        """Columnar file of the training metrics."""
        return self.path / "metrics.parquet"

    @property
    def tensorboard(self) -> Path:
        """Folder of the TensorBoard events."""
        return self.path / "tensorboard"

    @property
    def pictures(self) -> Path:
        """Folder of the pictures that the report shows; made by the first one."""
        return self.path / "pictures"

    @property
    def videos(self) -> Path:
        """Folder of the videos; made by the first one."""
        return self.path / "videos"

    @property
    def report(self) -> Path:
        """The report."""
        return self.path / "report.html"


def _acquire(path: Path) -> int:
    lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(lock, 32).decode(errors="replace").strip()
        os.close(lock)
        raise InputError(path, f"another process (pid {holder}) is training into it") from error
    os.truncate(lock, 0)
    os.write(lock, f"{os.getpid()}\n".encode())
    return lock


def _empty(path: Path) -> None:
    """Remove what an earlier run left, config and info last: until then the directory is still a run."""
    for entry in sorted(path.iterdir(), key=lambda entry: entry.name in (_CONFIG, _INFO)):
        if entry.name in (_LOCK, LAUNCH):
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
