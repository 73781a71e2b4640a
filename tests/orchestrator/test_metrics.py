import math
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.summary.writer import event_file_writer

from orchestrator.errors import InputError
from orchestrator.provenance import run_info
from orchestrator.training.metrics import MetricsWriter, deterministic, read_metrics
from orchestrator.training.run_directory import RunDirectory


@pytest.fixture
def run(tmp_path):
    with RunDirectory.create(tmp_path / "run", "", run_info("hand-reach", 0)) as run:
        yield run


def board(run, name):
    events = EventAccumulator(str(run.tensorboard))
    events.Reload()
    return [(event.step, event.value) for event in events.Scalars(name)]


def test_rows_are_in_both_files(run):
    writer = MetricsWriter(run)
    for step in (10, 20, 30):
        writer.write(step, {"loss/value": 1 / step, "time/fps": 5.0})
    writer.close()
    table = read_metrics(run.metrics)
    assert table.column_names == ["step", "loss/value", "time/fps"]
    assert table["step"].to_pylist() == [10, 20, 30]
    assert table["loss/value"].to_pylist() == [1 / 10, 1 / 20, 1 / 30]
    assert board(run, "loss/value") == [(s, pytest.approx(1 / s)) for s in (10, 20, 30)]


def test_missing_figures_are_null_and_nan_is_nan(run):
    writer = MetricsWriter(run)
    writer.write(1, {"a": 1.0})
    writer.commit()
    writer.write(2, {"b": math.nan})
    writer.close()
    table = read_metrics(run.metrics)
    assert table["a"].to_pylist() == [1.0, None]
    assert table["b"].to_pylist()[0] is None
    assert math.isnan(table["b"].to_pylist()[1])


def test_steps_must_grow(run):
    writer = MetricsWriter(run)
    writer.write(5, {})
    with pytest.raises(ValueError, match="more than 5, got 5"):
        writer.write(5, {})


def test_resuming_drops_later_rows_and_goes_on(run, monkeypatch):
    # The count in the files' names: `10` sorts before `9`.
    monkeypatch.setattr(event_file_writer, "_global_uid", event_file_writer.AtomicCounter(9))
    writer = MetricsWriter(run)
    for step in (10, 20, 30, 40):
        writer.write(step, {"x": float(step)})
    writer.close()
    again = MetricsWriter(run, resume_step=20)
    for step in (30, 40, 50):
        again.write(step, {"x": step + 0.5})
    again.close()
    expected = [(10, 10.0), (20, 20.0), (30, 30.5), (40, 40.5), (50, 50.5)]
    table = read_metrics(run.metrics)
    assert list(zip(table["step"].to_pylist(), table["x"].to_pylist(), strict=True)) == expected
    assert board(run, "x") == expected


KILLED = """
import sys, os, signal
from pathlib import Path
from orchestrator.training.metrics import MetricsWriter
from orchestrator.training.run_directory import RunDirectory
writer = MetricsWriter(RunDirectory.open(Path(sys.argv[1])))
for step in range(1, 26):
    writer.write(step, {"x": float(step)})
    if step % 10 == 0:
        writer.commit()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_run_has_every_row_up_to_its_last_commit(run):
    killed = subprocess.run([sys.executable, "-c", KILLED, str(run.path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert read_metrics(run.metrics)["step"].to_pylist() == list(range(1, 21))
    time.sleep(1.1)  # event files are ordered by the second; starting a process takes longer than that
    resumed = MetricsWriter(run, resume_step=20)
    resumed.write(21, {"x": 21.5})
    resumed.close()
    assert read_metrics(run.metrics)["step"].to_pylist() == list(range(1, 22))
    steps = [step for step, _ in board(run, "x")]
    assert steps == list(range(1, 22))


def test_a_crash_while_committing_leaves_the_commit_before(run, monkeypatch):
    writer = MetricsWriter(run)
    writer.write(1, {"x": 1.0})
    writer.commit()
    writer.write(2, {"x": 2.0})

    def dying(_):
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", dying)
    with pytest.raises(OSError, match="no space"):
        writer.commit()
    assert read_metrics(run.metrics)["step"].to_pylist() == [1]


def test_metrics_are_read_while_their_run_goes_on(run):
    writer = MetricsWriter(run)
    writer.commit()

    def going_on():
        for step in range(1, 401):
            writer.write(step, {"x": step / 3, "y": step / 7})
            writer.commit()

    training = threading.Thread(target=going_on)
    training.start()
    while training.is_alive():
        seen = read_metrics(run.metrics)["step"].to_pylist()
        assert seen == list(range(1, len(seen) + 1))
    training.join()
    assert len(read_metrics(run.metrics)) == 400


def test_two_runs_compare_without_the_clock(run):
    writer = MetricsWriter(run)
    writer.write(1, {"time/fps": 1.0, "x": 2.0})
    writer.close()
    assert deterministic(read_metrics(run.metrics)).column_names == ["step", "x"]


def test_damaged_and_missing_metrics_are_said(run):
    with pytest.raises(InputError, match="there is nothing"):
        read_metrics(run.metrics)
    run.metrics.write_bytes(b"PAR1 but not really")
    with pytest.raises(InputError, match="is damaged"):
        MetricsWriter(run, resume_step=1)
