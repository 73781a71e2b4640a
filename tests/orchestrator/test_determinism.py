"""Two runs of one seed are one run; so is a run that was killed, damaged and resumed."""

import json
import math
import random
import signal
import subprocess
import sys
import time
import warnings

import pytest
import torch
import yaml

from orchestrator.config_files import dump_config
from orchestrator.provenance import run_info
from orchestrator.training.config import TrainConfig
from orchestrator.training.loop import train
from orchestrator.training.metrics import deterministic, read_metrics
from orchestrator.training.progress import Silent
from orchestrator.training.run_directory import RunDirectory
from orchestrator.training.trainer import Trainer
from policies.checkpoint import checkpoint_step, list_checkpoints, load_checkpoint

ITERATION = 16 * 4
"""Environment steps in one rollout."""

SMALL = {
    "task": "hand-reach",
    "task_config": {"episode_seconds": 0.5},
    "worlds": 16,
    "steps": 10 * ITERATION,
    "checkpoint_every": 2 * ITERATION,
    "threads": 1,
    "network": {"actor_hidden": [16], "critic_hidden": [16]},
    "ppo": {"rollout_steps": 4, "epochs": 2, "minibatches": 2},
}


class InterruptedRunError(Exception):
    pass


DEMO = {
    "task_config": {"rates": {"physics_hz": 108}},
    "worlds": 1024,
    "steps": 3 * 1024 * 8,
    "checkpoint_every": 1024 * 8,
    "threads": 2,
    "network": {"actor_hidden": [256, 256], "critic_hidden": [256, 256]},
    "ppo": {"gamma": 0.75, "rollout_steps": 8, "epochs": 4, "minibatches": 4, "target_kl": 0.03},
}
"""Three iterations at the size that `make demo` trains at."""


class InterruptAt(Silent):
    """Stops training in the iteration that reaches a step, as an exception from anywhere would."""

    def __init__(self, step):
        self.step = step

    def update(self, done, figures):
        if done >= self.step:
            raise InterruptedRunError


def start(path, progress=None, **changes):
    config = TrainConfig.model_validate(SMALL | changes)
    with RunDirectory.create(path, dump_config(config), run_info(config.task, config.seed)) as run:
        return train(Trainer(config), run, progress=progress)


def interrupt(path, step, **changes):
    with pytest.raises(InterruptedRunError):
        start(path, InterruptAt(step), **changes)


def resume(path, **changes):
    with RunDirectory.open(path, write=True) as run:
        return train(Trainer(TrainConfig.model_validate(SMALL | changes)), run, resume=True)


def newest(path):
    """Every tensor of the newest checkpoint: weights, optimizer, worlds, generators; and its state."""
    return load_checkpoint(list_checkpoints(path / "checkpoints")[0])


def assert_same_run(path, other):
    tensors, state = newest(path)
    other_tensors, other_state = newest(other)
    assert state == other_state
    assert tensors.keys() == other_tensors.keys()
    for name, tensor in tensors.items():
        assert torch.equal(tensor, other_tensors[name]), name
    rows, other_rows = (deterministic(read_metrics(p / "metrics.parquet")) for p in (path, other))
    assert rows.column_names == other_rows.column_names
    for name in rows.column_names:
        # text, as NaN is not equal to itself
        assert str(rows[name].to_pylist()) == str(other_rows[name].to_pylist()), name


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    path = tmp_path_factory.mktemp("determinism") / "undisturbed"
    return path, start(path)


def test_one_seed_gives_one_run(undisturbed, tmp_path):
    path, result = undisturbed
    again = start(tmp_path / "again")
    assert again.weights_sha256 == result.weights_sha256
    assert again.steps == result.steps == 10 * ITERATION
    assert_same_run(tmp_path / "again", path)
    columns = deterministic(read_metrics(path / "metrics.parquet")).column_names
    assert {"loss/policy", "loss/kl", "reward/thumb", "episode/success", "episode/diverged_total"} <= set(
        columns
    )


def test_the_weights_do_not_depend_on_what_was_computed_before(undisturbed, tmp_path):
    torch.manual_seed(12345)
    torch.randn(100)
    assert start(tmp_path / "run").weights_sha256 == undisturbed[1].weights_sha256


def test_another_seed_gives_another_run(undisturbed, tmp_path):
    assert start(tmp_path / "other", seed=1).weights_sha256 != undisturbed[1].weights_sha256


@pytest.mark.parametrize("iteration", [3, 4, 9])
def test_a_resumed_run_is_the_undisturbed_one(undisturbed, tmp_path, iteration):
    path, result = undisturbed
    interrupt(tmp_path / "run", iteration * ITERATION)
    assert resume(tmp_path / "run").weights_sha256 == result.weights_sha256
    assert_same_run(tmp_path / "run", path)


def test_a_run_interrupted_before_its_first_checkpoint_starts_again(undisturbed, tmp_path):
    path, result = undisturbed
    interrupt(tmp_path / "run", ITERATION)
    with pytest.warns(UserWarning, match="no checkpoint to resume from"):
        assert resume(tmp_path / "run").weights_sha256 == result.weights_sha256
    assert_same_run(tmp_path / "run", path)


def test_resuming_a_finished_run_changes_nothing(undisturbed, tmp_path):
    path, _ = undisturbed
    start(tmp_path / "run")
    resume(tmp_path / "run")
    assert_same_run(tmp_path / "run", path)


@pytest.mark.slow
def test_the_demos_size_gives_one_run_too(tmp_path):
    result = start(tmp_path / "whole", **DEMO)
    assert start(tmp_path / "again", **DEMO).weights_sha256 == result.weights_sha256
    assert_same_run(tmp_path / "again", tmp_path / "whole")
    interrupt(tmp_path / "run", 2 * DEMO["worlds"] * 8, **DEMO)
    assert checkpoint_step(list_checkpoints(tmp_path / "run" / "checkpoints")[0]) == DEMO["worlds"] * 8
    assert resume(tmp_path / "run", **DEMO).weights_sha256 == result.weights_sha256
    assert_same_run(tmp_path / "run", tmp_path / "whole")


def truncated(data):
    return data[: len(data) // 2]


def flipped(data):
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


@pytest.mark.parametrize("file", ["tensors.safetensors", "state.json", "manifest.json"])
@pytest.mark.parametrize("damage", [truncated, flipped])
def test_a_damaged_checkpoint_is_passed_over_with_a_warning(undisturbed, tmp_path, damage, file):
    path, result = undisturbed
    interrupt(tmp_path / "run", 7 * ITERATION)
    last, before, *_ = list_checkpoints(tmp_path / "run" / "checkpoints")
    assert (checkpoint_step(last), checkpoint_step(before)) == (6 * ITERATION, 4 * ITERATION)
    (last / file).write_bytes(damage((last / file).read_bytes()))
    with pytest.warns(UserWarning, match=f"damaged checkpoint.*{last.name}"):
        assert resume(tmp_path / "run").weights_sha256 == result.weights_sha256
    assert_same_run(tmp_path / "run", path)


def break_a_world(monkeypatch, iteration):
    """Write NaN into one world's position in the middle of training."""
    untouched = Trainer.iterate

    def iterate(self):
        if self.steps == iteration * ITERATION:
            self.env.physics.field("qpos")[5, 0] = math.nan
        return untouched(self)

    monkeypatch.setattr(Trainer, "iterate", iterate)


def test_training_goes_on_after_a_world_diverges(tmp_path, monkeypatch):
    break_a_world(monkeypatch, 3)
    result = start(tmp_path / "run")
    assert result.steps == 10 * ITERATION
    tensors, _ = newest(tmp_path / "run")
    for name, tensor in tensors.items():
        assert tensor.isfinite().all(), name
    table = read_metrics(tmp_path / "run" / "metrics.parquet")
    assert table["episode/diverged_total"].to_pylist() == [0] * 3 + [1] * 7
    assert table["episode/diverged"].to_pylist()[3] > 0
    for name in table.column_names:
        finite = [math.isfinite(v) for v in table[name].to_pylist() if v is not None]
        # an iteration in which nothing but the broken world ended has no figures of the task
        assert all(finite) or (name.startswith("episode/distance") and finite.count(False) == 1), name
    for name in ("loss/policy", "loss/value", "reward/thumb"):
        assert len(table[name].drop_null()) == 10


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("loss/value", math.nan, "loss/value is nan"),
        ("loss/policy", -math.inf, "loss/policy is -inf"),
        (None, math.nan, "the weights .* are not finite"),
    ],
)
def test_learning_that_broke_down_stops_training(tmp_path, monkeypatch, name, value, said):
    untouched = Trainer.iterate

    def iterate(self):
        figures = untouched(self)
        if self.steps < 4 * ITERATION:
            return figures
        if name is None:
            next(self.model.parameters()).data[0] = value
            return figures
        return figures | {name: value}

    monkeypatch.setattr(Trainer, "iterate", iterate)
    with pytest.raises(RuntimeError, match=f"broke down at step {4 * ITERATION}: {said}"):
        start(tmp_path / "run")
    kept = [checkpoint_step(path) for path in list_checkpoints(tmp_path / "run" / "checkpoints")]
    assert kept == [2 * ITERATION]


def test_the_count_of_diverged_worlds_survives_a_resume(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        break_a_world(patch, 2)
        whole = start(tmp_path / "whole")
        interrupt(tmp_path / "run", 6 * ITERATION)
    assert resume(tmp_path / "run").weights_sha256 == whole.weights_sha256
    assert_same_run(tmp_path / "run", tmp_path / "whole")
    assert read_metrics(tmp_path / "run" / "metrics.parquet")["episode/diverged_total"].to_pylist()[-1] == 1


def optimus(*arguments):
    main = "from orchestrator.cli.main import main; raise SystemExit(main())"
    command = [sys.executable, "-c", main, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def newest_step(path):
    return max(map(checkpoint_step, list_checkpoints(path / "checkpoints")), default=0)


def kill(process, path, step, delay):
    """`kill -9` some time after a checkpoint of at least `step`; returns the newest checkpoint's step."""
    while newest_step(path) < step:
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)
    time.sleep(delay)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL, "training was over before it was killed"
    return newest_step(path)


def check_kills(tmp_path, kills, iterations):
    """Kill a run again and again at random moments; resumed, it must end as the undisturbed one."""
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump(SMALL | {"steps": iterations * ITERATION}))
    whole = start(tmp_path / "whole", steps=iterations * ITERATION)
    path = tmp_path / "run"
    moments = []
    arguments = ["train", config]
    for index in range(kills):
        # somewhere in its own part of the first nine tenths, and somewhere in an iteration or a checkpoint
        share = 0.9 * (index + random.random()) / kills
        step = max(newest_step(path) + 1, int(share * iterations * ITERATION))
        moments.append(kill(optimus(*arguments, "--run-dir", path), path, step, 0.08 * random.random()))
        arguments = ["train", "--resume"]
    last = optimus("train", "--resume", "--run-dir", path, "--json")
    output, errors = last.communicate()
    print(f"killed with the newest checkpoint at {moments} of {iterations * ITERATION} steps")
    assert last.returncode == 0, errors
    assert json.loads(output)["weights_sha256"] == whole.weights_sha256, moments
    assert_same_run(path, tmp_path / "whole")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # no checkpoint was left damaged
        newest(path)
    return moments


def test_a_killed_and_resumed_run_is_the_undisturbed_one(tmp_path):
    check_kills(tmp_path, kills=2, iterations=40)


@pytest.mark.slow
def test_ten_kills_at_random_moments_change_nothing(tmp_path):
    moments = check_kills(tmp_path, kills=10, iterations=200)
    assert len(set(moments)) == 10
