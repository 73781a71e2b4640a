"""Submitting a run, following it, ending it: the same for all kinds of place."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from orchestrator.errors import InputError
from orchestrator.launch.config import RayCluster
from orchestrator.launch.ended import forget_end
from orchestrator.launch.job import Job
from orchestrator.launch.records import Launched, LaunchResult, RunStatus, launch_file, read_launched
from orchestrator.launch.sight import seen
from orchestrator.launch.supervise import holder
from orchestrator.launch.targets import TARGETS
from orchestrator.launch.watch import start_watching, stop_watching
from orchestrator.training.run_directory import RunDirectory


def prepare(job: Job) -> LaunchResult:
    """What would be submitted; nothing is written anywhere.

    Raises:
        InputError: the job does not fit there, the run directory holds something else, or it is under way already.
    """
    if not launch_file(job.run).exists():
        RunDirectory.check_creatable(job.run)
    elif status(job.run).state in ("queued", "running"):
        raise InputError(
            job.run, "was launched already, and has not ended: `optimus status` says how it stands"
        )
    submission = TARGETS[job.cluster.kind].prepare(job)
    return LaunchResult(run=str(job.run), on=job.cluster.kind, handle=None, submission=submission)


def submit(job: Job, prepared: LaunchResult) -> LaunchResult:
    """Submit what was prepared, and keep a copy of it in the run directory.

    Returns:
        The same, with the place's name of the run.

    Raises:
        InputError: the place cannot be reached, or refuses. Nothing is left of the run, here or there.
    """
    target = TARGETS[job.cluster.kind]
    # What is not there yet, outermost first, is what a refusal must leave no trace of.
    new = next((place for place in (job.run, job.folder) if not place.exists()), None)
    try:
        job.folder.mkdir(parents=True, exist_ok=True)
        forget_end(job.run)
        for name, text in prepared.submission.files.items():
            (job.folder / name).write_text(text)
        handle = target.submit(job, prepared.submission)
    except BaseException as error:
        if new is not None:
            shutil.rmtree(new, ignore_errors=True)
        if isinstance(error, OSError):
            raise InputError(job.run, f"cannot be made: {error.strerror}") from error
        raise
    launched = Launched(
        name=job.name,
        task=job.config.task,
        steps=job.config.steps,
        cluster=job.cluster,
        store=job.config.store,
        handle=handle,
        submitted=datetime.now(UTC).replace(microsecond=0),
        version=metadata.version("optimus-academy"),
    )
    try:
        launched.write(launch_file(job.run))
    except BaseException:
        # Nobody would find it again.
        target.stop(launched, job.run)
        raise
    if isinstance(job.cluster, RayCluster):
        start_watching(job.run)
    return prepared.model_copy(update={"handle": handle})


def status(run: Path) -> RunStatus:
    """How a launched run stands.

    Raises:
        InputError: it was not launched, or its place cannot be reached.
    """
    launched = read_launched(run)
    state, detail = TARGETS[launched.cluster.kind].standing(launched, run)
    if state == "lost" and holder(run):
        state, detail = "queued", f"{detail}; about to be submitted again"
    steps, checkpoint = seen(run, launched.store)
    return RunStatus(
        run=str(run),
        on=launched.cluster.kind,
        handle=launched.handle,
        state=state,
        detail=detail,
        steps=steps,
        steps_total=launched.steps,
        checkpoint=checkpoint,
    )


def logs(run: Path) -> Iterator[str]:
    """What a launched run has written so far, in pieces.

    Raises:
        InputError: it was not launched, its place cannot be reached, or it has written nothing.
    """
    launched = read_launched(run)
    return TARGETS[launched.cluster.kind].logs(launched, run)


def stop(run: Path) -> RunStatus:
    """End a launched run; one that has ended stays as it is.

    Raises:
        InputError: it was not launched, or its place cannot be reached.
    """
    launched = read_launched(run)
    if isinstance(launched.cluster, RayCluster):
        stop_watching(run)
    TARGETS[launched.cluster.kind].stop(launched, run)
    return status(run)
