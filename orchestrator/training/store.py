"""`RunStore`: copies of what resuming a run takes, on anything that fsspec reaches: a bucket, a share, another disk.

URL/step_000001234567/
    config.yaml, run.json, metrics.parquet
    checkpoint/       as in the run directory
    manifest.json     sha256 and size of each file above; written last

Object stores have no rename and no partial writes of an object: a snapshot is there once its manifest is, and counts
only if every checksum holds. Each one is enough by itself to go on with the run on another machine.
"""

import fcntl
import hashlib
import json
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import fsspec

from orchestrator.errors import InputError
from orchestrator.records import RunInfo
from orchestrator.training.run_directory import RunDirectory
from policies.checkpoint import checkpoint_path, checkpoint_step, list_checkpoints

FORMAT = 1
"""Version of the layout described above."""

_MANIFEST, _CHECKPOINT = "manifest.json", "checkpoint"


class StoreError(RuntimeError):
    """A store cannot be reached, or what it holds is damaged; the message is one line."""


@dataclass(frozen=True)
class Snapshot:
    """One of a store's.

    Attributes:
        step: environment steps of its checkpoint.
        name: that checkpoint's.
    """

    step: int
    name: str


class RunStore:
    """The snapshots of one run.

    Args:
        url: where they lie; what fsspec takes, a path included.

    Raises:
        InputError: fsspec does not know the protocol, or needs a package for it.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        try:
            self.filesystem, path = fsspec.core.url_to_fs(self.url)
        except (ImportError, ValueError) as error:
            raise InputError(f"store: {url}", " ".join(str(error).split())) from error
        self.path = str(path).rstrip("/")

    @classmethod
    def of(cls, url: str, run: Path) -> Self:
        """The store of a run in a store of runs."""
        return cls(f"{url.rstrip('/')}/{run.name}")

    def check(self) -> None:
        """Write something small, and remove it again.

        Raises:
            InputError: that is not allowed, or nobody answers.
        """
        probe = f"{self.path}/.probe-{uuid4().hex}"
        try:
            self.filesystem.makedirs(self.path, exist_ok=True)
            self.filesystem.pipe_file(probe, b"optimus")
            self.filesystem.rm_file(probe)
        except Exception as error:  # every file system has errors of its own
            raise InputError(f"store: {self.url}", f"cannot be written: {_reason(error)}") from error

    def check_creatable(self, *, overwrite: bool = False) -> None:
        """Check that a new run may copy its checkpoints here.

        Raises:
            InputError: it may not write, or snapshots of another run are there and are not to be replaced.
        """
        self.check()
        if not overwrite and self.newest() is not None:
            raise InputError(
                f"store: {self.url}",
                "a run's snapshots are already there; --go-on goes on with it, --overwrite replaces it",
            )

    def newest(self) -> Snapshot | None:
        """The newest complete snapshot, or none; its checksums are for `restore` to check.

        Raises:
            StoreError: the store cannot be read.
        """
        with self._as_store_error("read"):
            return next(iter(self._complete()), None)

    def save(self, run: RunDirectory, checkpoint: Path) -> None:
        """Copy one of the run's checkpoints, with what else it takes to go on from there.

        Raises:
            StoreError: it cannot be written; the snapshots before are as they were.
        """
        place, seal = f"{self.path}/{checkpoint.name}", {}
        with self._as_store_error("written"):
            self.filesystem.makedirs(f"{place}/{_CHECKPOINT}", exist_ok=True)
            for name, path in _files(run, checkpoint).items():
                data = path.read_bytes()
                self.filesystem.pipe_file(f"{place}/{name}", data)
                seal[name] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
            manifest = json.dumps({"format": FORMAT, "files": seal}, indent=1).encode()
            self.filesystem.pipe_file(f"{place}/{_MANIFEST}", manifest)

    def prune(self, keep: int) -> None:
        """Remove all snapshots but the newest `keep`, and what was left half written before them.

        Raises:
            StoreError: they cannot be removed.
        """
        with self._as_store_error("written"):
            kept = {snapshot.name for snapshot in self._complete()[:keep]}
            for name in self._names():
                if name not in kept:
                    self._remove(name)

    def restore(self, path: Path, *, exactly: bool = False) -> bool:
        """Bring a run directory up to the store's newest unharmed snapshot.

        Args:
            path: the run directory; it is made where there is no run.
            exactly: also drop newer checkpoints than the store has, as other machines that restore do not have them.

        Returns:
            Whether there is a run now.

        Raises:
            StoreError: the store cannot be read.
        """
        with alone_in(path), self._as_store_error("read"):
            for snapshot in self._complete():
                here = list_checkpoints(path / "checkpoints")
                if here and checkpoint_step(here[0]) >= snapshot.step and not exactly:
                    break
                files = self._read(snapshot)
                if files is not None:
                    _install(files, path, snapshot)
                    break
            else:
                if exactly:
                    shutil.rmtree(path / "checkpoints", ignore_errors=True)
        return RunDirectory.is_run(path)

    def _names(self) -> list[str]:
        """Of all snapshots, newest first, unfinished ones included."""
        self.filesystem.invalidate_cache(self.path)
        if not self.filesystem.isdir(self.path):
            return []
        names = {str(entry).rstrip("/").rpartition("/")[2] for entry in self.filesystem.ls(self.path, False)}
        return sorted((name for name in names if name.startswith("step_")), reverse=True)

    def _complete(self) -> list[Snapshot]:
        return [
            Snapshot(checkpoint_step(Path(name)), name)
            for name in self._names()
            if self.filesystem.isfile(f"{self.path}/{name}/{_MANIFEST}")
        ]

    def _read(self, snapshot: Snapshot) -> dict[str, bytes] | None:
        """A snapshot's files, or none where they are not what the manifest says."""
        place = f"{self.path}/{snapshot.name}"
        try:
            manifest: dict[str, Any] = json.loads(self.filesystem.cat_file(f"{place}/{_MANIFEST}"))
            if manifest["format"] != FORMAT:
                raise StoreError(
                    f"{self.url}/{snapshot.name}: format {manifest['format']!r}, expected {FORMAT}"
                )
            files = {name: self.filesystem.cat_file(f"{place}/{name}") for name in manifest["files"]}
            seals = {name: seal["sha256"] for name, seal in manifest["files"].items()}
        except (ValueError, KeyError, TypeError, FileNotFoundError):
            files, seals = {}, {"": ""}
        if {name: hashlib.sha256(data).hexdigest() for name, data in files.items()} != seals:
            warnings.warn(f"passed over a damaged snapshot: {self.url}/{snapshot.name}", stacklevel=3)
            return None
        return files

    def _remove(self, name: str) -> None:
        # The manifest first: a kill in the middle must not leave half a snapshot that looks whole.
        place = f"{self.path}/{name}"
        if self.filesystem.isfile(f"{place}/{_MANIFEST}"):
            self.filesystem.rm_file(f"{place}/{_MANIFEST}")
        self.filesystem.rm(place, recursive=True)

    @contextmanager
    def _as_store_error(self, what: str) -> Iterator[None]:
        try:
            yield
        except StoreError:
            raise
        except Exception as error:  # every file system has errors of its own
            raise StoreError(f"{self.url}: cannot be {what}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _files(run: RunDirectory, checkpoint: Path) -> dict[str, Path]:
    """What a snapshot holds, by its name there."""
    inside = {f"{_CHECKPOINT}/{path.name}": path for path in sorted(checkpoint.iterdir())}
    beside = {path.name: path for path in (run.config_path, run.info_path, run.metrics)}
    return beside | inside


def _install(files: dict[str, bytes], path: Path, snapshot: Snapshot) -> None:
    """Write a snapshot's files into a run directory."""
    if not RunDirectory.is_run(path):
        info = RunInfo.model_validate_json(files["run.json"])
        RunDirectory.create(path, files["config.yaml"].decode(), info).close()
    run = RunDirectory(path)
    for kept in list_checkpoints(run.checkpoints):
        if checkpoint_step(kept) >= snapshot.step:
            shutil.rmtree(kept)
    partial = run.checkpoints / f".{snapshot.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for name, data in files.items():
        folder, _, inner = name.rpartition("/")
        if folder == _CHECKPOINT:
            (partial / inner).write_bytes(data)
    run.metrics.write_bytes(files[run.metrics.name])
    partial.replace(checkpoint_path(run.checkpoints, snapshot.step))


@contextmanager
def alone_in(path: Path) -> Iterator[None]:
    """Keep the other workers of this machine out meanwhile."""
    name = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    with (Path(tempfile.gettempdir()) / f"optimus-restore-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
