"""Processes on this machine, which go on when the terminal is closed."""

import contextlib
import os
import shlex
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from envs.cpus import available_cpus
from orchestrator.errors import InputError
from orchestrator.launch.ended import LOG, STOPPED, ended, log_lines, write_ended
from orchestrator.launch.job import CONFIG_FILE, Job
from orchestrator.launch.records import Launched, Submission
from orchestrator.launch.supervise import holder, start_supervised
from orchestrator.launch.targets.protocol import Standing

_GRACE_SECONDS = 20.0
"""What a run may take to end before it is killed."""


class Local:
    """See the module. A supervisor starts the run, and starts it again where a signal killed it."""

    def prepare(self, job: Job) -> Submission:
        """The command that supervises the run."""
        _check_room(job)
        config = job.folder / CONFIG_FILE
        command = job.train_command(str(config), str(job.run))
        command[0] = sys.executable if command[0] == "python" else command[0]
        supervisor = [sys.executable, "-m", "orchestrator.launch.supervise", str(job.run)]
        line = shlex.join([*supervisor, str(job.cluster.retries), *command])
        return Submission(files={CONFIG_FILE: job.config_yaml}, steps=(line,))

    def submit(self, job: Job, submission: Submission) -> str:
        """Start the supervisor in a session of its own."""
        command, env = shlex.split(submission.steps[0]), {**os.environ, **job.cluster.environment.variables}
        return str(start_supervised(job.run, command, job.folder / LOG, env))

    def standing(self, launched: Launched, run: Path) -> Standing:
        """By the supervisor's lock, which falls with it."""
        pid = holder(run)
        return ("running", f"process {pid}") if pid else ended(run) or ("lost", "its supervisor was killed")

    def logs(self, launched: Launched, run: Path) -> Iterator[str]:
        """The log file."""
        return log_lines(run)

    def stop(self, launched: Launched, run: Path) -> None:
        """SIGTERM to the supervisor and all below it; SIGKILL where that is not heeded."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            pid = holder(run)
            if pid is None:
                break
            _signal_all(pid, number)
            deadline = time.monotonic() + _GRACE_SECONDS
            while holder(run) is not None and time.monotonic() < deadline:
                time.sleep(0.05)
        if ended(run) is None:
            write_ended(run, STOPPED)


def _check_room(job: Job) -> None:
    import torch

    gpus = torch.cuda.device_count() if job.config.backend != "cpu" else 0
    there, each, unit = (gpus, 1, "GPUs") if gpus else (available_cpus(), job.cpus_per_worker, "CPUs")
    workers = job.config.workers
    if workers > 1 and workers * each > there:
        raise InputError(
            "workers",
            f"expected at most {there // each}: {workers} need {workers * each} {unit}, this machine has {there}",
        )


def _signal_all(session: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(session, number)
