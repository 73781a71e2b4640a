"""What clusters do to runs: all is told to end, a disk is full. No step is missing, none twice."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from faulty import (
    PATIENCE,
    RAY,
    RECOVERY,
    SAMPLES,
    check_books,
    family,
    train,
    training,
    wait_for_newer_checkpoint,
    wait_until,
)

from policies.checkpoint import list_checkpoints, newest_valid_checkpoint

pytestmark = pytest.mark.slow


def alive(pids):
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_sigterm_to_everything_costs_no_step(tmp_path, record_property):
    """As before a spot machine is taken away; whoever begins the run again goes on from its newest checkpoint."""
    place, steps, seconds = tmp_path / "run", 1500 * SAMPLES, []
    command = train(place, f"steps={steps}")
    for blow in range(3):
        with subprocess.Popen(command, env=os.environ | RAY) as process:
            took = wait_for_newer_checkpoint(place, process, 2)
            if blow:
                seconds.append(took)
            time.sleep(random.uniform(0, 2))
            everything = family(process.pid)
            for pid in everything:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
            assert process.wait(PATIENCE) != 0
        wait_until(lambda everything=everything: not alive(everything))
    with training(command) as process:
        seconds.append(wait_for_newer_checkpoint(place, process, 2))
    check_books(place, steps)
    record_property(RECOVERY, seconds)


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
