"""Runs on this machine: started, followed, killed, stopped."""

import os
import signal
from pathlib import Path

import pyarrow.parquet as pq
from launching import launch, processes_of, wait_for_end, wait_until

from orchestrator.cli.main import main
from orchestrator.launch.submit import status, stop
from orchestrator.launch.supervise import holder


def test_a_run_survives_a_kill_and_ends_with_every_step(tmp_path, capsys):
    run = tmp_path / "run"
    assert launch(run, "local", settings=["steps=768", "checkpoint_every=64"]) == 0
    wait_until(lambda: status(run).checkpoint)
    supervisor = holder(run)
    (trainer,) = [int(p) for p in children_of(supervisor)]
    os.kill(trainer, signal.SIGKILL)
    ended = wait_for_end(run, 300)
    assert (ended.state, ended.steps) == ("done", 768)
    rows = pq.read_table(run / "metrics.parquet").column("step").to_pylist()
    assert rows == list(range(rows[0], 769, rows[0]))
    capsys.readouterr()
    assert main(["logs", str(run)]) == 0
    assert "killed by signal 9; again from its newest checkpoint" in capsys.readouterr().out


def children_of(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_a_stopped_run_leaves_no_process_and_can_go_on(tmp_path, capsys):
    run = tmp_path / "run"
    assert launch(run, "local", settings=["steps=1_000_000", "checkpoint_every=64"]) == 0
    wait_until(lambda: status(run).checkpoint)
    assert launch(run, "local") == 2  # it is there already
    assert main(["stop", str(run)]) == 0
    assert status(run).state == "stopped"
    assert not processes_of(run)
    assert stop(run).state == "stopped"  # once more does no harm


def test_a_dry_run_prints_all_and_writes_nothing(tmp_path, capsys):
    run = tmp_path / "run"
    assert launch(run, "local", "--dry-run") == 0
    out = capsys.readouterr().out
    assert "task: hand-reach" in out
    assert f"train {run}/launch/config.yaml --run-dir {run} --go-on" in out
    assert not run.exists()


def test_more_workers_than_the_machine_has_room_for_are_refused(tmp_path, capsys):
    run = tmp_path / "run"
    assert launch(run, "local", settings=["workers=1024", "worlds=1024"]) == 2
    line = capsys.readouterr().err.strip()
    assert line.startswith("optimus: workers: expected at most ")
    assert "1024 need 1024 CPUs" in line
    assert not run.exists()


def test_what_was_not_launched_has_no_status(tmp_path, capsys):
    for command in ("status", "logs", "stop"):
        assert main([command, str(tmp_path)]) == 2
        assert "expected a run that `optimus launch` submitted" in capsys.readouterr().err


def test_unknown_places_and_keys_are_named(tmp_path, capsys):
    assert launch(tmp_path / "run", "slrm") == 2
    assert "nearest: 'slurm'" in capsys.readouterr().err
    assert launch(tmp_path / "run", "local", "--cluster-set", "retry=1") == 2
    assert "retry: unknown key; nearest: 'retries'" in capsys.readouterr().err
    # a config that another version wrote
    assert launch(tmp_path / "run", "local", settings=["ppo.horizon=8"]) == 2
    assert "ppo.horizon: unknown key" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
