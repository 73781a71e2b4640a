import math
import warnings

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies import checkpoint
from policies.checkpoint import (
    CheckpointError,
    checkpoint_path,
    checkpoint_step,
    load_checkpoint,
    newest_valid_checkpoint,
    prune_checkpoints,
    save_checkpoint,
    tensors_sha256,
    verify_checkpoint,
)

FILES = ("tensors.safetensors", "state.json", "manifest.json")


def some_tensors():
    shared = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    return {
        "weights": shared,
        "weights.transposed": shared.T,
        "qpos": torch.tensor([math.pi, math.nan, -0.0, math.inf, 5e-324], dtype=torch.float64),
        "clock": torch.tensor([2**62, -1]),
        "generator": torch.Generator().manual_seed(3).get_state(),
        "mask": torch.tensor([True, False]),
        "scalar": torch.tensor(7.0),
        "none": torch.zeros(0, 3),
    }


STATE = {
    "steps": 123,
    "learner": {"rate": 0.1 + 0.2, "tiny": 5e-324, "big": 2**80},
    "names": ["a", None, True],
}


def save(folder, step):
    path = checkpoint_path(folder, step)
    save_checkpoint(path, {"weights": torch.full((4,), float(step))}, {"steps": step})
    return path


def flip_bit(path, position):
    data = bytearray(path.read_bytes())
    data[position // 8 % len(data)] ^= 1 << position % 8
    path.write_bytes(data)


def bits(tensor):
    return tensor.dtype, tensor.shape, tensor.contiguous().numpy().tobytes()


def test_round_trip_is_exact_to_the_bit(tmp_path):
    tensors = some_tensors()
    save_checkpoint(tmp_path / "step_000000000123", tensors, STATE)
    loaded, state = load_checkpoint(tmp_path / "step_000000000123")
    assert {k: bits(v) for k, v in loaded.items()} == {k: bits(v) for k, v in tensors.items()}
    assert state == STATE
    assert [p.name for p in tmp_path.iterdir()] == ["step_000000000123"]


@given(value=st.floats(allow_nan=True, allow_infinity=True))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_floats_in_the_state_come_back_as_they_were(tmp_path, value):
    save_checkpoint(tmp_path / "step_000000000001", {}, {"x": value})
    back = load_checkpoint(tmp_path / "step_000000000001")[1]["x"]
    assert back == value or (math.isnan(back) and math.isnan(value))
    assert math.copysign(1, back) == math.copysign(1, value) or math.isnan(value)


@pytest.mark.parametrize("state", [{"a": (1, 2)}, {1: 2}, {"a": [{"b": torch.zeros(1)}]}])
def test_state_that_json_would_change_is_refused(tmp_path, state):
    with pytest.raises(TypeError, match="state"):
        save_checkpoint(tmp_path / "step_000000000001", {}, state)
    assert not any(tmp_path.iterdir())


@given(name=st.sampled_from(FILES), position=st.integers(0, 2**20))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_flipped_bit_is_detected(tmp_path, name, position):
    path = tmp_path / "step_000000000001"
    save_checkpoint(path, some_tensors(), STATE)
    flip_bit(path / name, position)
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("length", [0, 1, 0.5, -1])
def test_a_truncated_file_is_detected(tmp_path, name, length):
    path = save(tmp_path, 1)
    data = (path / name).read_bytes()
    (path / name).write_bytes(data[: int(length * len(data)) if isinstance(length, float) else length])
    with pytest.raises(CheckpointError, match="step_000000000001"):
        verify_checkpoint(path)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(tmp_path, name):
    path = save(tmp_path, 1)
    (path / name).unlink()
    with pytest.raises(CheckpointError, match=name):
        load_checkpoint(path)


def test_another_format_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "FORMAT", 2)
    path = save(tmp_path, 1)
    monkeypatch.undo()
    with pytest.raises(CheckpointError, match="format 2, expected 1"):
        load_checkpoint(path)


def test_the_newest_valid_one_is_found_and_each_damaged_one_told(tmp_path):
    paths = [save(tmp_path, step) for step in (5, 40, 300, 2000)]
    flip_bit(paths[3] / "tensors.safetensors", 99)
    (paths[2] / "manifest.json").unlink()
    told = []
    assert newest_valid_checkpoint(tmp_path, told.append) == paths[1]
    assert len(told) == 2
    assert "step_000000002000" in told[0]
    assert "step_000000000300" in told[1]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        newest_valid_checkpoint(tmp_path)
    assert [str(w.message) for w in caught] == told


def test_no_checkpoint_at_all_is_none(tmp_path):
    (tmp_path / "step_1").mkdir()
    assert newest_valid_checkpoint(tmp_path) is None
    assert newest_valid_checkpoint(tmp_path / "missing") is None


@pytest.mark.parametrize("fatal_write", [0, 1, 2])
def test_a_kill_between_files_leaves_the_previous_one(tmp_path, monkeypatch, fatal_write):
    before = save(tmp_path, 1)
    write, count = checkpoint._write, 0

    def dying_write(path, data):
        nonlocal count
        if count == fatal_write:
            path.write_bytes(data[: len(data) // 2])
            raise KeyboardInterrupt
        count += 1
        write(path, data)

    monkeypatch.setattr(checkpoint, "_write", dying_write)
    with pytest.raises(KeyboardInterrupt):
        save(tmp_path, 2)
    monkeypatch.undo()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert newest_valid_checkpoint(tmp_path) == before
    assert len(list(tmp_path.iterdir())) == 2
    after = save(tmp_path, 2)
    assert newest_valid_checkpoint(tmp_path) == after
    assert sorted(tmp_path.iterdir()) == [before, after]


def test_a_damaged_one_is_replaced_when_training_comes_by_again(tmp_path):
    path = save(tmp_path, 1)
    flip_bit(path / "state.json", 3)
    assert newest_valid_checkpoint(tmp_path, lambda _: None) is None
    save(tmp_path, 1)
    assert newest_valid_checkpoint(tmp_path) == path


def test_pruning_keeps_the_newest_valid_ones(tmp_path):
    paths = [save(tmp_path, step) for step in range(1, 7)]
    flip_bit(paths[4] / "state.json", 3)
    prune_checkpoints(tmp_path, keep=3)
    assert sorted(p.name for p in tmp_path.iterdir()) == [p.name for p in paths[2:]]
    with pytest.raises(ValueError, match="keep"):
        prune_checkpoints(tmp_path, keep=0)


def test_names_carry_steps(tmp_path):
    assert checkpoint_path(tmp_path, 1_234_567).name == "step_000001234567"
    assert checkpoint_step(checkpoint_path(tmp_path, 10**13)) == 10**13
    with pytest.raises(ValueError, match="not a checkpoint"):
        checkpoint_step(tmp_path)


def test_equal_tensors_have_equal_checksums():
    tensors = some_tensors()
    assert tensors_sha256(tensors) == tensors_sha256(dict(reversed(tensors.items())))
    changed = tensors | {"scalar": torch.tensor(7.0 + 1e-6)}
    assert tensors_sha256(tensors) != tensors_sha256(changed)
