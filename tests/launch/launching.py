"""Runs small enough to launch in a test."""

import subprocess
import time

from orchestrator.cli.main import main
from orchestrator.launch.submit import status

TINY = (
    "worlds=4 steps=96 checkpoint_every=32 threads=1 task_config.episode_seconds=0.5 "
    "network.actor_hidden=[8] network.critic_hidden=[8] ppo.epochs=1 ppo.minibatches=1"
)


def launch(place, on, *more, settings=()):
    """Exit code of `optimus launch` of a tiny run."""
    overrides = [word for key in (*TINY.split(), *settings) for word in ("--set", key)]
    return main(["launch", "hand-reach", "--on", on, "--run-dir", str(place), *overrides, *more])


def wait_until(found, seconds=300.0):
    """Wait until a function returns something true; returns that."""
    deadline = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return result


def wait_for_end(run, seconds=120.0):
    """Wait until a launched run has ended; returns how it stands then."""
    wait_until(lambda: status(run).state not in ("queued", "running"), seconds)
    return status(run)


def processes_of(run):
    """Command lines of all processes that name a run."""
    listed = subprocess.run(["ps", "-ewwo", "args="], check=True, capture_output=True, text=True)
    return [line for line in listed.stdout.splitlines() if str(run) in line and "ps -ewwo" not in line]
