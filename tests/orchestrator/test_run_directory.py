import multiprocessing
import os
import signal

import pytest

from orchestrator.errors import InputError
from orchestrator.provenance import run_info
from orchestrator.training.run_directory import RunDirectory

INFO = run_info("hand-reach", seed=7)


def tree(path):
    return sorted((str(p.relative_to(path)), p.is_file() and p.read_bytes()) for p in path.rglob("*"))


def make_run(path):
    with RunDirectory.create(path, "task: hand-reach\n", INFO) as run:
        run.checkpoints.mkdir()
        (run.checkpoints / "old").write_text("old")
    return run


def test_a_created_run_can_be_opened(tmp_path):
    make_run(tmp_path / "runs" / "a")
    run = RunDirectory.open(tmp_path / "runs" / "a")
    assert run.config_path.read_text() == "task: hand-reach\n"
    assert run.read_info() == INFO
    assert run.read_info().seed == 7
    assert "torch" in run.read_info().versions


def test_an_existing_run_is_refused_and_left_alone(tmp_path):
    make_run(tmp_path / "a")
    before = tree(tmp_path)
    with pytest.raises(InputError, match="--resume goes on with it, --overwrite replaces it"):
        RunDirectory.create(tmp_path / "a", "other", INFO)
    assert tree(tmp_path) == before


def test_overwrite_replaces_a_run_whole(tmp_path):
    make_run(tmp_path / "a")
    with RunDirectory.create(tmp_path / "a", "other", INFO, overwrite=True) as run:
        assert run.config_path.read_text() == "other"
        assert not run.checkpoints.exists()


def test_overwrite_never_replaces_what_is_not_a_run(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    (tmp_path / "config.yaml").write_text("mine")
    before = tree(tmp_path)
    with pytest.raises(InputError, match="is not a run"):
        RunDirectory.create(tmp_path, "other", INFO, overwrite=True)
    with pytest.raises(InputError, match="got a file"):
        RunDirectory.create(tmp_path / "thesis.txt", "other", INFO, overwrite=True)
    with pytest.raises(InputError, match="cannot be made"):
        RunDirectory.create(tmp_path / "thesis.txt" / "run", "other", INFO)
    assert tree(tmp_path) == before


def test_an_empty_directory_and_a_creation_that_was_killed_are_fine(tmp_path):
    (tmp_path / ".lock").write_text("123\n")
    (tmp_path / "config.yaml").write_text("half")
    with RunDirectory.create(tmp_path, "whole", INFO) as run:
        assert run.config_path.read_text() == "whole"


@pytest.mark.parametrize("files", [(), ("config.yaml",), ("run.json",)])
def test_what_is_not_a_run_is_not_opened(tmp_path, files):
    for name in files:
        (tmp_path / name).write_text("{}")
    with pytest.raises(InputError, match="expected a run directory"):
        RunDirectory.open(tmp_path)


def test_missing_paths_files_and_damaged_info_are_told_apart(tmp_path):
    with pytest.raises(InputError, match="there is nothing"):
        RunDirectory.open(tmp_path / "missing")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="got a file"):
        RunDirectory.open(tmp_path / "file")
    make_run(tmp_path / "a")
    (tmp_path / "a" / "run.json").write_text("{")
    with pytest.raises(InputError, match=r"run\.json: is damaged"):
        RunDirectory.open(tmp_path / "a").read_info()


def hold(path, ready):
    run = RunDirectory.open(path, write=True)
    ready.set()
    signal.pause()
    run.close()


def test_two_processes_never_train_into_one_run(tmp_path):
    make_run(tmp_path / "a")
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    other = context.Process(target=hold, args=(tmp_path / "a", ready))
    other.start()
    assert ready.wait(60)
    before = tree(tmp_path)
    with pytest.raises(InputError, match=f"pid {other.pid}"):
        RunDirectory.open(tmp_path / "a", write=True)
    with pytest.raises(InputError, match=f"pid {other.pid}"):
        RunDirectory.create(tmp_path / "a", "other", INFO, overwrite=True)
    assert tree(tmp_path) == before
    assert RunDirectory.open(tmp_path / "a").path == tmp_path / "a"
    os.kill(other.pid, signal.SIGKILL)
    other.join()
    with RunDirectory.open(tmp_path / "a", write=True) as run:
        assert (run.path / ".lock").read_text() == f"{os.getpid()}\n"
