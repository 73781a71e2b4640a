"""What clusters do to runs: all is told to end, a disk is full. No step is missing, none twice."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pyarrow.parquet as pq
import pytest

from policies.checkpoint import list_checkpoints, newest_valid_checkpoint

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "orchestrator.cli", "train"]
TINY = (
    "task_config.episode_seconds=0.5 worlds=8 workers=2 threads=1 checkpoint_every=128 "
    "network.actor_hidden=[8] network.critic_hidden=[8] ppo.epochs=1 ppo.minibatches=1"
)
SAMPLES = 64
"""In a rollout of all worlds."""


def train(place, *settings):
    words = [word for key in (*TINY.split(), *settings) for word in ("--set", key)]
    return [*COMMAND, "hand-reach", "--run-dir", str(place), *words, "--go-on"]


def steps_of(place):
    return pq.read_table(place / "metrics.parquet").column("step").to_pylist()


def check_books(place, steps):
    """Every step is there, once; a group of one makes half as many at a time."""
    rows = steps_of(place)
    assert rows[-1] >= steps
    assert {after - before for before, after in zip([0, *rows], rows, strict=False)} <= {
        SAMPLES,
        SAMPLES // 2,
    }


def wait_for_newer_checkpoint(place, process, seconds=600):
    """Wait for a checkpoint newer than those that are there; returns how long that took, s."""
    before, begun = newest_valid_checkpoint(place / "checkpoints"), time.monotonic()
    while newest_valid_checkpoint(place / "checkpoints") == before:
        assert time.monotonic() < begun + seconds
        assert process.poll() is None
        time.sleep(0.2)
    return time.monotonic() - begun


def family(process):
    """Ids of a process and of all below it."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], check=True, capture_output=True, text=True)
    children = {}
    for line in listed.stdout.splitlines():
        pid, parent = map(int, line.split())
        children.setdefault(parent, []).append(pid)
    found = [process.pid]
    for pid in found:
        found += children.get(pid, [])
    return found


def alive(pids):
    return [pid for pid in pids if os.path.exists(f"/proc/{pid}")]  # noqa: PTH110


def test_sigterm_to_everything_costs_no_step(tmp_path):
    place, steps = tmp_path / "run", 60 * SAMPLES
    for number in range(3):
        with subprocess.Popen(train(place, f"steps={steps}")) as process:
            wait_for_newer_checkpoint(place, process)
            everything = family(process)
            for pid in everything:
                os.kill(pid, signal.SIGTERM)
            assert process.wait(120) != 0, number
        deadline = time.monotonic() + 60
        while alive(everything) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert not alive(everything)
    subprocess.run(train(place, f"steps={steps}"), check=True, timeout=900)
    check_books(place, steps)


FULL_DISK = """
set -u
mount -t tmpfs -o size=220k none {disk}
"$@"; echo "first: $?"
ls {disk}/run/checkpoints
mount -o remount,size=200m {disk}
"$@"; echo "second: $?"
cp -r {disk}/run {out}
"""


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("unshare") is None, reason="mounting takes root")
def test_a_full_disk_leaves_the_checkpoints_before(tmp_path):
    disk, out = tmp_path / "disk", tmp_path / "out"
    disk.mkdir()
    alone = [*train(disk / "run", "workers=1", "steps=1920", "keep_checkpoints=1000")]
    script = FULL_DISK.format(disk=disk, out=out)
    namespace = ["unshare", "--mount", "bash", "-c", script, "full-disk"]
    done = subprocess.run([*namespace, *alone], capture_output=True, text=True, timeout=900, check=False)
    assert "first: 1" in done.stdout, done.stdout + done.stderr
    assert "No space left on device" in done.stderr
    assert "step_" in done.stdout.partition("first: 1")[2]  # there was one to go on from
    assert "second: 0" in done.stdout, done.stderr
    check_books(out, 1920)
    assert newest_valid_checkpoint(out / "checkpoints") == list_checkpoints(out / "checkpoints")[0]
