"""`python -m orchestrator.launch.watch RUN`: submit a run again where its cluster has forgotten it.

A Ray cluster's jobs are gone with its head. Somebody has to be left who knows of them: this process, on the machine
that launched. It asks how the run stands; where a new head answers and knows no such job, the run is submitted to it,
and goes on from its newest checkpoint.
"""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

from orchestrator.config_files import load_config
from orchestrator.errors import InputError
from orchestrator.launch.config import RayCluster
from orchestrator.launch.job import CONFIG_FILE, Job
from orchestrator.launch.records import launch_file, read_launched
from orchestrator.launch.states import ENDED, State
from orchestrator.launch.supervise import holder, start_supervised
from orchestrator.launch.targets import TARGETS
from orchestrator.selfplay.config import run_schema
from orchestrator.training.run_directory import LAUNCH

WATCH_LOG = "watch.txt"
"""What the watching process writes."""


def watch(run: Path) -> State:
    """Keep a run submitted until it has ended, or was lost too often.

    Returns:
        How it stood at last.
    """
    cluster = read_launched(run).cluster
    assert isinstance(cluster, RayCluster)
    left = cluster.retries
    while True:
        time.sleep(cluster.watch_seconds)
        launched = read_launched(run)
        target = TARGETS[launched.cluster.kind]
        try:
            state, detail = target.standing(launched, run)
            if state in ENDED or (state == "lost" and not left):
                return state
            if state == "lost":
                handle = _submit_again(run)
                left -= 1
                launched.model_copy(update={"handle": handle}).write(launch_file(run))
                _say(f"{detail}; submitted again as {handle}, {left} times left")
        except InputError as error:
            _say(f"{error}; waiting for a head that answers")


def start_watching(run: Path) -> None:
    """Watch over a run from a process that goes on when the terminal is closed."""
    start_supervised(
        run, [sys.executable, "-m", "orchestrator.launch.watch", str(run)], run / LAUNCH / WATCH_LOG
    )


def stop_watching(run: Path) -> None:
    """End the process that watches over a run, if there is one."""
    pid = holder(run)
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


def _submit_again(run: Path) -> str:
    """Submit what lies in a run's folder; returns the place's name of it."""
    path = run / LAUNCH / CONFIG_FILE
    config = load_config(path, [], run_schema(path, []))
    job = Job(run=run, config=config, cluster=read_launched(run).cluster)
    target = TARGETS[job.cluster.kind]
    return target.submit(job, target.prepare(job))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    watch(Path(sys.argv[1]))
