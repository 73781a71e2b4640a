"""Evaluation beside training: what a run has of it, who waits for whom, and what is left of its process."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from test_scale_out import TINY

from orchestrator.cli.main import main
from orchestrator.evaluation.beside import Beside, examine_episodes, examined, own_process
from orchestrator.evaluation.heldout import read_heldout
from orchestrator.evaluation.recordings import read_recordings
from orchestrator.evaluation.result import read_evaluation
from orchestrator.training.run_directory import RunDirectory
from policies.checkpoint import checkpoint_path, list_checkpoints, save_checkpoint

ALONE = [word for key in (*TINY.split(), "workers=1", "steps=128") for word in ("--set", key)]


def note(path):
    """An examination that writes down which checkpoint it saw, and where."""
    (path / "seen.json").write_text(f'{{"checkpoint": "{list_checkpoints(path / "checkpoints")[0]}"}}')


def refuse(path):
    raise RuntimeError("no eyes\nhere")


@pytest.fixture
def run(tmp_path):
    """A run directory with nothing but its config and where it comes from."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "config.yaml").write_text("task: hand-reach\n")
    (folder / "run.json").write_text("{}")
    return RunDirectory(folder)


def save(run, step):
    save_checkpoint(checkpoint_path(run.checkpoints, step), {}, {})


def until(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_trained_run_has_its_checkpoints_figures_and_videos(tmp_path):
    place = tmp_path / "run"
    assert main(["train", "hand-reach", "--run-dir", str(place), *ALONE, "--set", "heldout_episodes=4"]) == 0
    run = RunDirectory.open(place)
    last = read_heldout(run)[-1]
    assert (last.step, last.episodes) == (128, 4)
    evaluation = read_evaluation(run)
    assert evaluation.checkpoint == str(checkpoint_path(run.checkpoints, 128))
    assert evaluation.success_rate == last.success_rate
    assert [recording.checkpoint for recording in read_recordings(run)] == [evaluation.checkpoint] * 2
    assert "Held-out success over training" in run.report.read_text()
    # and what another checkpoint brings comes to the rows that are there
    with ThreadPoolExecutor(1) as pool, Beside(run, partial(examine_episodes, episodes=2), in_thread(pool)):
        shutil.copytree(*(checkpoint_path(run.checkpoints, step) for step in (128, 384)))
    assert [row.step for row in read_heldout(run)] == [128, 384]


def in_thread(pool):
    return lambda *given: pool.submit(examined, *given)


def test_whoever_learns_never_waits_and_the_newest_checkpoint_is_next(run):
    gate, seen = threading.Event(), []

    def slowly(path):
        seen.append(list_checkpoints(path / "checkpoints")[0].name)
        gate.wait(20)
        note(path)

    with ThreadPoolExecutor(1) as pool, Beside(run, slowly, in_thread(pool)):
        save(run, 1)
        until(lambda: seen)
        save(run, 2)
        save(run, 3)
        gate.set()
    assert seen == ["step_000000000001", "step_000000000003"]
    assert (
        run.path / "seen.json"
    ).read_text() == f'{{"checkpoint": "{checkpoint_path(run.checkpoints, 3)}"}}'


def test_an_examination_that_fails_is_a_warning_of_one_line(run):
    with (
        pytest.warns(UserWarning, match="not evaluated beside training: no eyes here"),
        ThreadPoolExecutor(1) as pool,
        Beside(run, refuse, in_thread(pool)),
    ):
        save(run, 1)
    assert not (run.path / "seen.json").exists()


def test_an_error_of_the_learners_is_not_held_up(run):
    def learn():
        with Beside(run, note, lambda *given: Future()):  # of an examination that never ends
            save(run, 1)
            raise RuntimeError("learning broke")

    with pytest.raises(RuntimeError, match="learning broke"):
        learn()


def sleep_on(path):
    time.sleep(600)


def test_an_interrupted_learner_does_not_wait_for_its_process(run):
    def learn():
        with own_process() as submit, Beside(run, sleep_on, submit) as beside:
            save(run, 1)
            until(lambda: beside._under_way)
            raise KeyboardInterrupt

    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        learn()
    assert time.monotonic() - begun < 60


def test_a_run_that_goes_on_is_not_examined_for_what_it_had(run):
    save(run, 1)
    asked = []
    with Beside(run, note, lambda *given: asked.append(given)):
        pass
    assert not asked


def test_its_process_ends_with_the_learners(tmp_path):
    program = (
        "import time\n"
        "from orchestrator.evaluation.beside import own_process\n"
        "from test_beside import process_id\n"
        "if __name__ == '__main__':\n"
        "    with own_process() as submit:\n"
        "        print(submit(process_id, {'config.yaml': b''}, '/there').result()['id'].decode(), flush=True)\n"
        "        time.sleep(60)\n"
    )
    script = tmp_path / "learn.py"
    script.write_text(program)
    here = str(Path(__file__).parent)
    env = os.environ | {"PYTHONPATH": os.pathsep.join([here, *sys.path])}
    learner = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=env)
    other = int(learner.stdout.readline())
    os.kill(other, 0)
    learner.send_signal(signal.SIGKILL)
    learner.wait()
    until(lambda: not alive(other))


def process_id(path):
    (path / "id").write_text(str(os.getpid()))


def alive(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_league_plays_from_both_seats(tmp_path, capsys):
    config = ["train", "hand-tug", "--run-dir", str(tmp_path / "run"), "--set", "heldout_episodes=3"]
    assert main(config) == 2
    assert "heldout_episodes: expected an even number of matches, got 3" in capsys.readouterr().err
