"""The training loop: iterate, write metrics, checkpoint; and go on where a run was killed."""

import math
import time
import warnings
from collections.abc import Mapping
from typing import Any, Protocol

from torch import Tensor, nn

from orchestrator.errors import InputError
from orchestrator.records import TrainResult
from orchestrator.training.config import TrainConfig
from orchestrator.training.metrics import MetricsWriter
from orchestrator.training.progress import Progress, Silent
from orchestrator.training.run_directory import RunDirectory
from policies.checkpoint import (
    CheckpointError,
    checkpoint_path,
    load_checkpoint,
    newest_valid_checkpoint,
    prune_checkpoints,
    save_checkpoint,
    tensors_sha256,
)


class Learning(Protocol):
    """What the loop drives: a `Trainer`, or a league of them."""

    @property
    def config(self) -> TrainConfig:
        """Of the run."""
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

    Args:
        trainer: just built from the run's config.
        run: locked for this process; a new run, or with `resume` an existing one.
        resume: go on from the newest checkpoint that is whole; from the start where there is none.
        progress: told of every iteration, if anybody wants to know.

    Returns:
        Steps, seconds and the weights' checksum.

    Raises:
        InputError: the checkpoint to resume from is of another task or another config.
        RuntimeError: a loss or the weights are not finite any more; no checkpoint of that is saved.
    """
    start = time.perf_counter()
    config = trainer.config
    progress = progress or Silent()
    resumed_at = _restore(trainer, run) if resume else None
    metrics = MetricsWriter(run, resume_step=resumed_at)
    progress.start(config.steps, trainer.steps)
    saved_at = trainer.steps
    try:
        while trainer.steps < config.steps:
            figures = trainer.iterate()
            _check_finite(trainer, figures)
            metrics.write(trainer.steps, figures)
            progress.update(trainer.steps, figures)
            if trainer.steps - saved_at >= config.checkpoint_every or trainer.steps >= config.steps:
                _save(trainer, run, metrics)
                saved_at = trainer.steps
    finally:
        progress.finish()
        metrics.close()
    return TrainResult(
        run_dir=str(run.path),
        task=config.task,
        steps=trainer.steps,
        seconds=time.perf_counter() - start,
        seed=config.seed,
        weights_sha256=tensors_sha256(trainer.model.state_dict()),
    )


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
        raise RuntimeError(f"training broke down at step {trainer.steps}: {broken[0]}")


def _save(trainer: Learning, run: RunDirectory, metrics: MetricsWriter) -> None:
    """Metrics first: a checkpoint must never be newer than its metrics."""
    metrics.commit()
    tensors, state = trainer.state()
    save_checkpoint(checkpoint_path(run.checkpoints, trainer.steps), tensors, state)
    prune_checkpoints(run.checkpoints, trainer.config.keep_checkpoints)


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
