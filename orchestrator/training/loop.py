"""The training loop: iterate, write metrics, checkpoint; and go on where a run was killed."""

import time
import warnings

from orchestrator.errors import InputError
from orchestrator.records import TrainResult
from orchestrator.training.config import TrainConfig
from orchestrator.training.metrics import MetricsWriter
from orchestrator.training.progress import Progress
from orchestrator.training.run_directory import RunDirectory
from orchestrator.training.trainer import Trainer
from policies.checkpoint import (
    CheckpointError,
    checkpoint_path,
    load_checkpoint,
    newest_valid_checkpoint,
    prune_checkpoints,
    save_checkpoint,
    tensors_sha256,
)


def train(config: TrainConfig, run: RunDirectory, *, resume: bool, progress: Progress) -> TrainResult:
    """Train until the config's steps are done.

    Args:
        config: the run's config.
        run: locked for this process; a new run, or with `resume` an existing one.
        resume: go on from the newest checkpoint that is whole; from the start where there is none.
        progress: told of every iteration.

    Returns:
        Steps, seconds and the weights' checksum.

    Raises:
        InputError: the checkpoint to resume from is of another task or another config.
    """
    start = time.perf_counter()
    trainer = Trainer(config)
    resumed_at = _restore(trainer, run) if resume else None
    metrics = MetricsWriter(run, resume_step=resumed_at)
    progress.start(config.steps, trainer.steps)
    saved_at = trainer.steps
    try:
        while trainer.steps < config.steps:
            figures = trainer.iterate()
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


def _save(trainer: Trainer, run: RunDirectory, metrics: MetricsWriter) -> None:
    """Metrics first: a checkpoint must never be newer than its metrics."""
    metrics.commit()
    tensors, state = trainer.state()
    save_checkpoint(checkpoint_path(run.checkpoints, trainer.steps), tensors, state)
    prune_checkpoints(run.checkpoints, trainer.config.keep_checkpoints)


def _restore(trainer: Trainer, run: RunDirectory) -> int:
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
