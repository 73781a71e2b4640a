"""Runs small enough to be struck again and again, what strikes them, and what has to hold afterwards."""

import os
import random
import secrets
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pyarrow.parquet as pq

from policies.checkpoint import newest_valid_checkpoint

COMMAND = [sys.executable, "-m", "orchestrator.cli", "train"]
TINY = (
    "task_config.episode_seconds=0.5 worlds=8 workers=2 threads=1 checkpoint_every=128 "
    "network.actor_hidden=[8] network.critic_hidden=[8] ppo.epochs=1 ppo.minibatches=1"
)
SAMPLES = 64
"""In a rollout of all worlds."""

RECOVERY = "seconds to recover"
"""What tests record, and pytest tells at its end."""

PATIENCE = 900
"""How long anything may take before a test fails, s: machines may be busy."""

RAY = {
    # Ray gives its processes half a minute to start, and on busy machines that is not enough.
    "RAY_raylet_start_wait_time_s": str(PATIENCE),
    "RAY_worker_register_timeout_seconds": str(PATIENCE),
    "RAY_worker_niceness": "0",
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": secrets.token_hex(32),
}
"""Environment of all that runs Ray here."""


def train(place, *settings, config="hand-reach"):
    """The command of a tiny run."""
    words = [word for key in (*TINY.split(), *settings) for word in ("--set", key)]
    return [*COMMAND, config, "--run-dir", str(place), *words, "--go-on"]


@contextmanager
def training(command, address=None):
    """A run in a process of its own, on a Ray cluster that is there or on one that it starts; it has to end well."""
    env = os.environ | RAY | ({"RAY_ADDRESS": address} if address else {})
    with subprocess.Popen(command, env=env) as process:
        try:
            yield process
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()


def wait_until(found, process=None):
    """What a function returns once that is true."""
    deadline = time.monotonic() + PATIENCE
    while not (result := found()):
        assert time.monotonic() < deadline
        assert process is None or process.poll() is None
        time.sleep(0.2)
    return result


def wait_for_newer_checkpoint(place, process, count=1):
    """Wait for so many checkpoints after those that are there; returns how long that took, s."""
    begun = time.monotonic()
    for _ in range(count):
        before = newest_valid_checkpoint(place / "checkpoints")
        wait_until(lambda before=before: newest_valid_checkpoint(place / "checkpoints") != before, process)
    return time.monotonic() - begun


def strike(place, process, blow, struck):
    """A blow at some moment of training.

    Args:
        place: of the run.
        process: that trains.
        blow: what is done.
        struck: ids of the processes that are started anew because of it.

    Returns:
        Seconds until one of them was there that had not been, and a checkpoint after that.
    """
    wait_for_newer_checkpoint(place, process)
    time.sleep(random.uniform(0, 2))
    before, begun = set(struck()), time.monotonic()
    blow()
    wait_until(lambda: set(struck()) - before, process)
    wait_for_newer_checkpoint(place, process)
    return time.monotonic() - begun


def check_books(place, steps, samples=SAMPLES):
    """Every step is there, once; a group of one makes half as many at a time."""
    rows = pq.read_table(place / "metrics.parquet").column("step").to_pylist()
    assert rows[-1] >= steps
    made = {after - before for before, after in zip([0, *rows], rows, strict=False)}
    assert made <= {samples, samples // 2}


def family(pid):
    """Ids and command lines of a process and of all below it."""
    listed = subprocess.run(["ps", "-ewwo", "pid=,ppid=,args="], check=True, capture_output=True, text=True)
    rows = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
    names = {int(own): name for own, _, name in rows}
    children = {}
    for own, parent, _ in rows:
        children.setdefault(int(parent), []).append(int(own))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return {one: names.get(one, "") for one in found}


def below(pid, name):
    """Ids of the processes below one whose command lines contain a name."""
    return [one for one, line in family(pid).items() if name in line and one != pid]


def kill(pid):
    """`kill -9`."""
    os.kill(pid, signal.SIGKILL)
