"""Evaluation beside training: another process evaluates each new checkpoint, and whoever learns never waits for it.

The checkpoint travels to that process and its findings travel back, so it may be on any machine: one of its own here,
or a spare CPU of a Ray cluster.
"""

import json
import multiprocessing
import os
import signal
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path
from types import TracebackType
from typing import Self

import torch

from orchestrator.evaluation.evaluate import evaluate
from orchestrator.evaluation.heldout import HeldOut, HeldOutCurve, heldout_path, read_heldout
from orchestrator.evaluation.videos import record
from orchestrator.training.run_directory import RunDirectory
from orchestrator.training.store import RunStore
from policies.checkpoint import checkpoint_step, list_checkpoints

_LOOKS_EVERY, _ASKS_EVERY = 1.0, 30.0
"""Seconds between two looks for a new checkpoint, in the run directory and in a store."""

_NICE = 10
"""A process of its own on the learners' machine yields to them."""

_TRIES = 2
"""How often Ray tries again where a machine is lost."""

Files = dict[str, bytes]
"""Contents by path within a run directory."""

Examine = Callable[[Path], None]
"""Evaluates the run in a folder and writes into it what it finds; it travels to another process."""

Submit = Callable[[Examine, Files, str], "Future[Files]"]
"""Has `examined` called somewhere else."""


def examine_episodes(path: Path, *, episodes: int) -> None:
    """Evaluate a run, film its best and its worst episode, and add a row to its held-out curve."""
    run = RunDirectory.open(path)
    found = evaluate(run, episodes, seed=0, threads=1)
    record(run)
    step = checkpoint_step(Path(found.checkpoint))
    known = found.model_dump(include=set(HeldOut.model_fields))
    rows = {row.step: row for row in read_heldout(run)} | {step: HeldOut(step=step, **known)}
    HeldOutCurve(checkpoints=tuple(rows[key] for key in sorted(rows))).write(heldout_path(run))


class Beside:
    """While it is entered, each new checkpoint of a run is examined; the newest where there are several.

    At its end the last checkpoint is examined as well, unless an error ends it. What goes wrong in an examination is a
    warning: training goes on.

    Args:
        run: whose checkpoints.
        examine: what to do with each.
        submit: where.
        store: that has the checkpoints, where they need not be in the run directory.
    """

    def __init__(
        self, run: RunDirectory, examine: Examine, submit: Submit, store: RunStore | None = None
    ) -> None:
        self._run, self._examine, self._submit, self._store = run, examine, submit, store
        self._seen = checkpoint_step(before[0]) if (before := list_checkpoints(run.checkpoints)) else -1
        self._under_way: Future[Files] | None = None
        self._every = _LOOKS_EVERY if store is None else _ASKS_EVERY
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        if error is None:
            self._finish()
            self._begin()
            self._finish()
        elif self._under_way is not None:
            self._under_way.cancel()

    def _look(self) -> None:
        while not self._over.wait(self._every):
            if self._under_way is not None and self._under_way.done():
                self._finish()
            if self._under_way is None:
                self._begin()

    def _begin(self) -> None:
        """Send the newest checkpoint off, if it is a new one."""
        try:
            if self._store is not None:
                self._store.restore(self._run.path)
            newest = next(iter(list_checkpoints(self._run.checkpoints)), None)
            if newest is None or checkpoint_step(newest) <= self._seen:
                return
            self._seen = checkpoint_step(newest)  # whatever comes of it: it is tried once
            files = _packed(self._run, newest)
            self._under_way = self._submit(self._examine, files, str(self._run.path))
        except FileNotFoundError:  # pruned at this moment: the next look finds a newer one
            return
        except Exception as error:  # a store, a cluster, a pool: each has errors of its own
            _tell(error)

    def _finish(self) -> None:
        """Wait for the examination under way, and keep what it found."""
        ended, self._under_way = self._under_way, None
        if ended is None:
            return
        try:
            _keep(ended.result(), self._run.path)
        except (Exception, CancelledError) as error:  # whatever went wrong over there, or a full disk here
            _tell(error)


def examined(examine: Examine, files: Files, home: str) -> Files:
    """Unpack a run, examine it, and return the files that have come to it or have changed.

    Args:
        examine: what to do.
        files: of the run.
        home: its path, which takes the place of this one in what is found.
    """
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, Path(home).name)
        _unpack(files, path)
        examine(path)
        here, there = (json.dumps(str(place))[1:-1].encode() for place in (path, home))
        found: Files = {}
        for file in sorted(file for file in path.rglob("*") if file.is_file()):
            name, data = str(file.relative_to(path)), file.read_bytes()
            if file.suffix == ".json":
                data = data.replace(here, there)
            if data != files.get(name):
                found[name] = data
    return found


@contextmanager
def own_process() -> Iterator[Submit]:
    """A process of this machine that examines at a low priority.

    It ends with this one, however that ends, and leaves what it is at where an error ends the block.
    """
    context = multiprocessing.get_context("spawn")
    given_up = context.Event()
    with ProcessPoolExecutor(1, context, _stand_back, (given_up,)) as pool:
        try:
            yield lambda *given: pool.submit(examined, *given)
        except BaseException:
            given_up.set()
            raise


def spare_cpu() -> Submit:
    """A CPU of the Ray cluster that nobody needs; an examination waits until there is one. Ray has to be connected."""
    import ray

    task = ray.remote(num_cpus=1, max_retries=_TRIES)(examined)
    return lambda *given: task.remote(*given).future()


def _stand_back(given_up: Event) -> None:
    """Take the processor time that others leave and no GPU, leave interrupts to the parent, and end with it."""
    os.nice(_NICE)
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        while parent.is_alive() and not given_up.wait(_LOOKS_EVERY):
            pass
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def _packed(run: RunDirectory, checkpoint: Path) -> Files:
    """What it takes to examine a checkpoint, and what earlier examinations found."""
    paths = [run.config_path, run.info_path, *sorted(checkpoint.iterdir())]
    paths += [path for path in (heldout_path(run),) if path.is_file()]
    return {str(path.relative_to(run.path)): path.read_bytes() for path in paths}


def _unpack(files: Files, path: Path) -> None:
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)


def _keep(found: Files, path: Path) -> None:
    """Put files into a run directory, each whole."""
    for name, data in found.items():
        file = path / name
        file.parent.mkdir(exist_ok=True)
        partial = file.with_name(f".{file.name}.partial")
        partial.write_bytes(data)
        partial.replace(file)


def _tell(error: BaseException) -> None:
    reason = " ".join(str(error).split()) or type(error).__name__
    warnings.warn(f"a checkpoint was not evaluated beside training: {reason}", stacklevel=2)
