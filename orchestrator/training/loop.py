"""The training loop: iterate, write metrics, checkpoint; and go on where a run was killed."""

import math
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor, nn

from orchestrator.errors import InputError
from orchestrator.records import TrainResult
from orchestrator.training.config import TrainConfig
from orchestrator.training.metrics import MetricsWriter
from orchestrator.training.progress import Progress, Silent
from orchestrator.training.run_directory import RunDirectory
from orchestrator.training.store import RunStore, StoreError
from policies.checkpoint import (
    CheckpointError,
    checkpoint_path,
    load_checkpoint,
    newest_valid_checkpoint,
    prune_checkpoints,
    save_checkpoint,
    tensors_sha256,
)
from policies.replicas import Replicas


class LearningBrokeError(RuntimeError):
    """A loss or a weight is not a finite number any more."""


class Learning(Protocol):
    """What the loop drives: a `Trainer`, or a league of them."""

    @property
    def config(self) -> TrainConfig:
        """Of the run."""
        ...

    @property
    def replicas(self) -> Replicas:
        """Its copies."""
        ...

    @property
    def model(self) -> nn.Module:
        """Every network that learns."""
        ...

    @property
    def steps(self) -> int:
        """Environment steps made."""
        ...

    def iterate(self) -> dict[str, float]:
        """Gather experience and learn from it; returns the metrics of this iteration."""
        ...

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Everything that the rest of the run depends on."""
        ...

    def load_state(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Go on from `state`."""
        ...


def train(
    trainer: Learning, run: RunDirectory, *, resume: bool = False, progress: Progress | None = None
) -> TrainResult:
    """Train until the config's steps are done.

    Of several copies of the trainer, the first keeps the run's books and the others only learn.

    Args:
        trainer: just built from the run's config.
        run: locked for this process, or for the one that started it; a new run, or with `resume` an existing one.
        resume: go on from the newest checkpoint that is whole; from the start where there is none.
        progress: told of every iteration, if anybody wants to know.

    Returns:
        Steps, seconds and the weights' checksum.

    Raises:
        InputError: the checkpoint to resume from is of another task or another config.
        LearningBrokeError: a loss or the weights are not finite any more; no checkpoint of that is saved.
    """
    start = time.perf_counter()
    config = trainer.config
    resumed_at = _restore(trainer, run) if resume else None
    leads = trainer.replicas.rank == 0
    books = _Books(trainer, run, resumed_at, progress or Silent()) if leads else None
    saved_at = trainer.steps
    try:
        while trainer.steps < config.steps:
            figures = trainer.iterate()
            _check_finite(trainer, figures)
            due = trainer.steps - saved_at >= config.checkpoint_every or trainer.steps >= config.steps
            saved_at = trainer.steps if due else saved_at
            if books:
                books.enter(figures, save=due)
    finally:
        if books:
            books.close()
    return TrainResult(
        run_dir=str(run.path),
        task=config.task,
        steps=trainer.steps,
        seconds=time.perf_counter() - start,
        seed=config.seed,
        weights_sha256=tensors_sha256(trainer.model.state_dict()),
    )


class _Books:
    """What a run writes down as it goes: metrics, checkpoints, progress."""

    def __init__(
        self, trainer: Learning, run: RunDirectory, resumed_at: int | None, progress: Progress
    ) -> None:
        self._trainer, self._run, self._progress = trainer, run, progress
        self._metrics = MetricsWriter(run, resume_step=resumed_at)
        url = trainer.config.store
        self._store = RunStore.of(url, run.path) if url else None
        if resumed_at:
            # A copy that failed in the run's last moments is made up for.
            self._copy(checkpoint_path(run.checkpoints, resumed_at))
        progress.start(trainer.config.steps, trainer.steps)

    def enter(self, figures: Mapping[str, float], *, save: bool) -> None:
        """Take in an iteration's figures, and `save` a checkpoint where one is due."""
        self._metrics.write(self._trainer.steps, figures)
        self._progress.update(self._trainer.steps, figures)
        if save:
            # metrics first: a checkpoint must never be newer than its metrics
            self._metrics.commit()
            tensors, state = self._trainer.state()
            checkpoint = checkpoint_path(self._run.checkpoints, self._trainer.steps)
            save_checkpoint(checkpoint, tensors, state)
            prune_checkpoints(self._run.checkpoints, self._trainer.config.keep_checkpoints)
            self._copy(checkpoint)

    def _copy(self, checkpoint: Path) -> None:
        """Copy a checkpoint to the store; only the last one must get there for the run to go on."""
        if self._store is None:
            return
        try:
            newest = self._store.newest()
            if newest is None or newest.name != checkpoint.name:
                self._store.save(self._run, checkpoint)
            self._store.prune(self._trainer.config.keep_checkpoints)
        except StoreError as error:
            if self._trainer.steps >= self._trainer.config.steps:
                raise
            warnings.warn(f"{error}; the next checkpoint is copied instead", stacklevel=2)

    def close(self) -> None:
        """Write what is left."""
        self._progress.finish()
        self._metrics.close()


def _check_finite(trainer: Learning, figures: Mapping[str, float]) -> None:
    """Stop where learning broke down: what comes after would be worth nothing."""
    broken = [
        f"{name} is {value}"
        for name, value in figures.items()
        if name.startswith("loss/") and not math.isfinite(value)
    ]
    broken += [
        f"the weights {name} are not finite"
        for name, tensor in trainer.model.state_dict().items()
        if not tensor.isfinite().all()
    ]
    if broken:
        raise LearningBrokeError(f"training broke down at step {trainer.steps}: {broken[0]}")


def _restore(trainer: Learning, run: RunDirectory) -> int:
    """Load the newest whole checkpoint; returns its step, 0 where there is none."""
    newest = newest_valid_checkpoint(run.checkpoints)
    if newest is None:
        warnings.warn(f"{run.path}: no checkpoint to resume from; starting again", stacklevel=2)
        return 0
    try:
        tensors, state = load_checkpoint(newest)
    except CheckpointError as error:
        raise InputError(newest, str(error)) from error
    if state["task"] != trainer.config.task:
        raise InputError(
            newest, f"is of task {state['task']!r}, the run's config says {trainer.config.task!r}"
        )
    try:
        trainer.load_state(tensors, state)
    except (KeyError, RuntimeError, ValueError) as error:
        first = str(error).strip().splitlines()[0]
        raise InputError(newest, f"does not fit the run's config: {first}") from error
    return trainer.steps
