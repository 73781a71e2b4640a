"""Training with several workers on Ray: what a run then has, and what is refused."""

import os
import signal
import subprocess
import sys
import time

import pyarrow.parquet as pq
import pytest
import ray

from orchestrator.cli.main import main
from orchestrator.evaluation.evaluate import evaluate
from orchestrator.training.run_directory import RunDirectory
from policies.checkpoint import load_checkpoint, newest_valid_checkpoint

TINY = (
    "task_config.episode_seconds=0.5 worlds=8 workers=2 threads=1 checkpoint_every=128 "
    "network.actor_hidden=[8] network.critic_hidden=[8] ppo.epochs=1 ppo.minibatches=1"
)
SAMPLES = 64
"""In a rollout of all worlds."""


def arguments(place, *more):
    overrides = [word for key in (*TINY.split(), *more) for word in ("--set", key)]
    return ["train", "hand-reach", "--run-dir", str(place), *overrides]


@pytest.fixture(scope="module")
def cluster():
    """Ray on this machine, with two CPUs whatever it has."""
    ray.init(num_cpus=2, include_dashboard=True, dashboard_host="127.0.0.1", log_to_driver=False)
    yield
    ray.shutdown()


def test_two_workers_train_one_run(cluster, tmp_path, capsys):
    place = tmp_path / "run"
    assert main([*arguments(place, "steps=384"), "--json"]) == 0
    assert '"steps":384' in capsys.readouterr().out
    run = RunDirectory.open(place)
    table = pq.read_table(run.metrics)
    assert table.column("step").to_pylist() == list(range(SAMPLES, 384 + 1, SAMPLES))
    newest = newest_valid_checkpoint(run.checkpoints)
    tensors, state = load_checkpoint(newest)
    assert state["steps"] == 384
    # how many will go on is not known: worlds are nobody's in particular
    assert not [name for name in tensors if name.startswith("env.")]
    assert evaluate(run, 4, 0).episodes == 4
    assert main(["train", "--resume", "--run-dir", str(place)]) == 0


def test_more_workers_than_there_is_room_for_are_refused(cluster, tmp_path, capsys):
    place = tmp_path / "run"
    assert main(arguments(place, "workers=4", "worlds=16")) == 2
    line = capsys.readouterr().err.strip().splitlines()[-1]
    assert line == "optimus: workers: expected at most 2: 4 need 4 CPUs, the cluster has 2"
    assert not place.exists()


def test_worlds_are_shared_out_evenly(tmp_path, capsys):
    assert main(arguments(tmp_path / "run", "workers=3")) == 2
    line = capsys.readouterr().err.strip()
    assert "worlds: expected a multiple of workers (3), got 8; nearest: 9" in line


def workers_of(process):
    """Ids of the worker processes below a process."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], check=True, capture_output=True, text=True)
    rows = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
    parents = {int(pid): int(parent) for pid, parent, _ in rows}

    def below(pid):
        while pid and pid != process.pid:
            pid = parents.get(pid, 0)
        return pid == process.pid

    return [int(pid) for pid, _, name in rows if "RayTrainWorker" in name and below(int(pid))]


@pytest.mark.slow
def test_a_killed_worker_costs_no_step_and_counts_none_twice(tmp_path):
    place, steps = tmp_path / "run", 200 * SAMPLES
    command = [sys.executable, "-c", "from orchestrator.cli.main import main; raise SystemExit(main())"]
    with subprocess.Popen([*command, *arguments(place, f"steps={steps}")]) as process:
        for _ in range(3):
            before = newest_valid_checkpoint(place / "checkpoints")
            deadline = time.monotonic() + 300
            while newest_valid_checkpoint(place / "checkpoints") == before:
                assert time.monotonic() < deadline
                assert process.poll() is None
                time.sleep(0.2)
            os.kill(workers_of(process)[0], signal.SIGKILL)
        assert process.wait(600) == 0
    rows = pq.read_table(place / "metrics.parquet").column("step").to_pylist()
    assert rows[-1] >= steps
    gaps = {after - before for before, after in zip([0, *rows], rows, strict=False)}
    # a group of one, until its peer is back, makes half as many
    assert gaps <= {SAMPLES, SAMPLES // 2}
