"""Training in several processes, on one machine or on a cluster's: Ray Train starts them, and starts them again.

Each worker is a copy of the trainer with its share of the worlds, on its own device; torch averages their gradients. A
worker that is lost takes the others of its group down; Ray makes a new group of as many as there are, which goes on
from the newest checkpoint.
"""

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ray
import ray.train
from pyarrow.fs import FSSpecHandler, PyFileSystem
from ray.train.torch import TorchTrainer

from envs.physics import PhysicsOverflowError
from orchestrator.errors import InputError
from orchestrator.records import RunInfo, TrainResult
from orchestrator.training.config import TrainConfig
from orchestrator.training.loop import Learning, LearningBrokeError, train
from orchestrator.training.mailbox import Listener, Mailbox, Told, here
from orchestrator.training.progress import Progress
from orchestrator.training.run_directory import RunDirectory
from orchestrator.training.store import RunStore, alone_in
from policies.checkpoint import newest_valid_checkpoint
from policies.replicas import Group, Replicas

_ANSWER_SECONDS = 10.0

_TRIES = 2
"""How often a group is started anew before it is asked whether anything was learned meanwhile."""

_PERMANENT = (InputError, LearningBrokeError, PhysicsOverflowError, ValueError)
"""What goes wrong again however often one tries."""

_UNWATCHED = {"RAY_TRAIN_ENABLE_PREEMPTION_WATCHER": "0", "RAY_TRAIN_METRICS_ENABLED": "0"}
"""For a cluster of this process alone: nobody announces that its one machine will be taken, or asks Ray for metrics."""

RAY_FOLDER = ".ray"
"""Where in a run Ray Train keeps its own books."""


Build = Callable[[TrainConfig, Replicas], Learning]
"""What makes a worker's copy of the trainer; it travels to the worker."""


class ScaledTrainingError(RuntimeError):
    """The workers can't go on, for the reason that it says."""


def connect(config: TrainConfig) -> dict[str, float]:
    """Connect to the Ray cluster that `RAY_ADDRESS` names, or start one on this machine.

    Returns:
        What each of the config's workers needs: CPUs, and a GPU where the cluster has some.

    Raises:
        InputError: there is no cluster at that address, or it has too little for all workers.
    """
    if not ray.is_initialized():
        address = os.environ.get("RAY_ADDRESS", "")
        _check_answers(address)
        if not address:
            os.environ.update(_UNWATCHED)
        try:
            # without its dashboard Ray computes a third less beside the learners
            ray.init(include_dashboard=False, log_to_driver=False)
        except ConnectionError as error:
            raise InputError(f"RAY_ADDRESS={address}", f"no Ray cluster answers: {error}") from error
    there = ray.cluster_resources()
    needs = {"CPU": float(max(1, config.threads))}
    if there.get("GPU", 0) and config.backend != "cpu":
        needs["GPU"] = 1.0
    for name, amount in needs.items():
        if config.workers * amount > there.get(name, 0):
            raise InputError(
                "workers",
                f"expected at most {there.get(name, 0) // amount:.0f}: {config.workers} need "
                f"{config.workers * amount:g} {name}s, the cluster has {there.get(name, 0):g}",
            )
    return needs


def _check_answers(address: str) -> None:
    """Try a cluster's port: Ray itself would try for a minute, and tell of every time.

    Raises:
        InputError: nobody answers there.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not port.isdigit():  # none, or one of Ray's own words, such as `auto`
        return
    try:
        socket.create_connection((host, int(port)), _ANSWER_SECONDS).close()
    except OSError as error:
        raise InputError(
            f"RAY_ADDRESS={address}", f"no Ray cluster answers: {error.strerror or error}"
        ) from error


def train_scaled(config: TrainConfig, run: RunDirectory, progress: Progress, build: Build) -> TrainResult:
    """Train with the config's workers until its steps are done, whatever workers are lost on the way.

    Args:
        config: with two workers or more, for which `connect` has found room.
        run: locked for this process, where every worker can reach it; goes on from its newest checkpoint, if any.
        progress: told of every iteration.
        build: called in every worker.

    Returns:
        Steps, seconds and the weights' checksum.

    Raises:
        ScaledTrainingError: learning broke down, or a worker met another error that would come again.
    """
    begun = time.perf_counter()
    resources = connect(config)
    mailbox = Mailbox.options(scheduling_strategy=here()).remote()
    store = RunStore.of(config.store, run.path) if config.store else None
    work = {"config": config, "build": build, "mailbox": mailbox}
    trainer = _trainer(config, run, store, work, resources)
    with Listener(mailbox, progress) as listener:
        while not listener.ended():
            newest = _newest(run, store)
            try:
                trainer.fit()
            except ray.train.TrainingFailedError as error:
                if _newest(run, store) == newest:
                    reason = " ".join(str(error).split())
                    raise ScaledTrainingError(
                        f"no progress in {_TRIES + 1} groups of workers: {reason}"
                    ) from error
    if listener.error:
        raise ScaledTrainingError(listener.error)
    assert listener.result is not None
    if store is not None:
        store.restore(run.path)  # what the first worker wrote may lie on another machine
    return listener.result.model_copy(update={"seconds": time.perf_counter() - begun})


def _newest(run: RunDirectory, store: RunStore | None) -> str | None:
    """Name of the newest checkpoint that a new group of workers would go on from."""
    if store is not None:
        snapshot = store.newest()
        return snapshot.name if snapshot else None
    checkpoint = newest_valid_checkpoint(run.checkpoints)
    return checkpoint.name if checkpoint else None


def _trainer(
    config: TrainConfig,
    run: RunDirectory,
    store: RunStore | None,
    work: dict[str, Any],
    resources: dict[str, float],
) -> TorchTrainer:
    """What starts the workers; each gets `resources`."""
    place = str(run.path.resolve())
    begun = {"config": run.config_path.read_text(), "info": run.read_info().model_dump_json()}
    return TorchTrainer(
        _work,
        train_loop_config=work | {"run": place, "begun": begun},
        scaling_config=ray.train.ScalingConfig(
            num_workers=(1, config.workers), use_gpu="GPU" in resources, resources_per_worker=resources
        ),
        run_config=ray.train.RunConfig(
            name=RAY_FOLDER,
            storage_path=store.path if store else place,
            storage_filesystem=PyFileSystem(FSSpecHandler(store.filesystem)) if store else None,
            failure_config=ray.train.FailureConfig(max_failures=_TRIES),
        ),
    )


def _work(given: dict[str, Any]) -> None:
    """What every worker does, in a process group that Ray has made."""
    config: TrainConfig = given["config"]
    mailbox, replicas = given["mailbox"], Group()
    own = config.model_copy(update={"threads": max(1, config.threads)})
    try:
        run = _run_here(config, Path(given["run"]), given["begun"])
        replicas.gather(None)  # nobody writes before all have read
        trainer = given["build"](own, replicas)
        result = train(trainer, run, resume=run.checkpoints.is_dir(), progress=Told(mailbox))
    except _PERMANENT as error:
        ray.get(mailbox.put.remote("error", f"{type(error).__name__}: {error}"))
        return
    if replicas.rank == 0:
        ray.get(mailbox.put.remote("result", result.model_dump(mode="json")))


def _run_here(config: TrainConfig, path: Path, begun: dict[str, str]) -> RunDirectory:
    """The run's directory; where it is not shared, one as new as what all machines can get from the store."""
    if config.store is not None and not RunStore.of(config.store, path).restore(path, exactly=True):
        with alone_in(path):
            if not RunDirectory.is_run(path):
                info = RunInfo.model_validate_json(begun["info"])
                RunDirectory.create(path, begun["config"], info).close()
    return RunDirectory.open(path)
