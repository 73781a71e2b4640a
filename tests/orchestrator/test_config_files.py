import math
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, SerializeAsAny, ValidationError, field_validator, model_validator

from orchestrator import config_files
from orchestrator.config_files import dump_config, load_config
from orchestrator.errors import InputError


class Strict(BaseModel, extra="forbid", frozen=True, allow_inf_nan=False):
    pass


class Learner(Strict):
    gamma: float = Field(default=0.9, ge=0, lt=1)
    epochs: int = Field(default=1, ge=1)
    sizes: tuple[int, ...] = (256, 256)
    target: float | None = None


class TaskOptions(Strict):
    seconds: float = 2.0


class ReachOptions(TaskOptions):
    tolerance: float = Field(default=0.01, gt=0)


class Schema(Strict):
    task: str
    worlds: int = Field(default=64, ge=1)
    backend: Literal["auto", "cpu", "warp"] = "auto"
    fast: bool = False
    learner: Learner = Learner()
    options: SerializeAsAny[TaskOptions] = ReachOptions()

    @field_validator("options", mode="before")
    @classmethod
    def _options(cls, value: Any):
        return ReachOptions.model_validate(value) if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _check(self):
        if self.worlds % self.learner.epochs:
            raise ValueError(f"learner.epochs: expected a divisor of worlds = {self.worlds}")
        return self


def write(tmp_path, text):
    path = tmp_path / "config.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_config_is_read_with_its_overrides(tmp_path):
    path = write(tmp_path, "task: reach\nlearner: {gamma: 0.5}\n")
    config = load_config(
        path, ["learner.epochs=8", "worlds=128", "learner.sizes=[32, 16]", "fast=true"], Schema
    )
    assert config.learner == Learner(gamma=0.5, epochs=8, sizes=(32, 16))
    assert (config.worlds, config.fast) == (128, True)


def test_overrides_make_missing_mappings_and_the_last_one_wins(tmp_path):
    path = write(tmp_path, "task: reach\nlearner:\n")
    config = load_config(path, ["learner.gamma=0.1", "learner.gamma=0.2", "learner.target=null"], Schema)
    assert config.learner.gamma == 0.2


def test_exponents_are_numbers(tmp_path):
    config = load_config(write(tmp_path, "task: reach\nworlds: 1e3\nlearner: {gamma: 1e-3}"), [], Schema)
    assert (config.worlds, config.learner.gamma) == (1000, 0.001)


@given(gamma=st.floats(0, 1, exclude_max=True), epochs=st.sampled_from([1, 2, 4]))
def test_a_dumped_config_loads_to_an_equal_one(tmp_path_factory, gamma, epochs):
    config = Schema(task="reach", learner=Learner(gamma=gamma, epochs=epochs))
    path = write(tmp_path_factory.mktemp("config"), dump_config(config))
    assert load_config(path, [], Schema) == config


BROKEN = [
    ("task: reach\nworld: 3", "world: unknown key; nearest: 'worlds'"),
    ("task: reach\nlearner: {gama: 0.5}", "learner.gama: unknown key; nearest: 'learner.gamma'"),
    ("task: reach\ngamma: 0.5", "gamma: unknown key; nearest: 'learner.gamma'"),
    ("task: reach\noptions: {tolerence: 1}", "options.tolerence: unknown key; nearest: 'options.tolerance'"),
    ("task: reach\noptions: {tolerance: -1}", "options.tolerance: expected greater than 0, got -1"),
    ("worlds: 3", "task: expected a value; the key is missing"),
    ("task: reach\nworlds: many", "worlds: expected a valid integer, got 'many'"),
    ("task: reach\nworlds: yes", "worlds: expected a number, got true"),
    ("task: reach\nworlds: '64'", "worlds: expected a number, got '64'"),
    ("task: reach\nworlds: 1.5", "worlds: expected a valid integer, got 1.5"),
    ("task: reach\nworlds: 0", "worlds: expected greater than or equal to 1, got 0"),
    ("task: reach\nfast: 1", "fast: expected true or false, got 1"),
    ("task: reach\nlearner: {gamma: .nan}", "learner.gamma: expected a finite number, got nan"),
    ("task: reach\nlearner: {target: -.inf}", "learner.target: expected a finite number, got -inf"),
    ("task: reach\nlearner: {sizes: [1, x]}", "learner.sizes.1: expected a valid integer, got 'x'"),
    ("task: reach\nlearner: {sizes: [1, true]}", "learner.sizes.1: expected a number, got true"),
    ("task: reach\nlearner: [1]", "learner: expected a mapping of keys, got a list"),
    ("task: reach\nbackend: gpu", "backend: expected 'auto', 'cpu' or 'warp', got 'gpu'; nearest: 'cpu'"),
    ("task: reach\nlearner: {epochs: 3}", "learner.epochs: expected a divisor of worlds = 64"),
    ("task: reach\nworlds: 0\nfast: x\nbackend: y", "got 0 (and 2 more)"),
    ("task: reach\n1: 2", "1: expected text as a key, got 1"),
    ("task: reach\nworlds: 3\nworlds: 4", "line 3, column 1: not valid YAML: key 'worlds' is given twice"),
    ("task: reach\nlearner: {gamma: 0.1, gamma: 0.2}", "line 2, column 23: not valid YAML: key 'gamma' is"),
    ("task: [reach", "line 1, column 13: not valid YAML"),
    ("task: reach\n\tworlds: 3", "line 2, column 1: not valid YAML"),
    ("task: !!python/object/apply:os.getcwd []", "not valid YAML: could not determine a constructor"),
    ("task: 2020-13-45", "not valid YAML: month must be in 1..12"),
    ("- task: reach", "expected a mapping of keys, got a list"),
    ("reach", "expected a mapping of keys, got 'reach'"),
    ("", "expected a mapping of keys, got nothing"),
    ("# only a comment\n", "expected a mapping of keys, got nothing"),
    (b"\xff\xfe\x00", "expected YAML, got a file that is not UTF-8 text"),
    (b"task: \x00", "not valid YAML"),
    ("[" * 3000, "not valid YAML"),
]


@pytest.mark.parametrize(("text", "message"), BROKEN)
def test_what_is_wrong_is_said_in_one_line_with_file_and_key(tmp_path, text, message):
    path = write(tmp_path, text)
    with pytest.raises(InputError) as caught:
        load_config(path, [], Schema)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


OVERRIDES = [
    ("worlds", "expected key=value"),
    ("=3", "expected key=value"),
    ("learner..gamma=3", "expected key=value"),
    ("worlds=[1", "not valid YAML"),
    ("wurlds=3", "wurlds: unknown key; nearest: 'worlds'"),
    ("learner.gama=3", "learner.gama: unknown key; nearest: 'learner.gamma'"),
    ("worlds.sub=3", "worlds: expected a valid integer, got a mapping"),
    ("worlds=x", "worlds: expected a valid integer, got 'x'"),
    ("worlds=", "worlds: expected a valid integer, got null"),
    ("learner.gamma=.nan", "learner.gamma: expected a finite number, got nan"),
    ("learner=3", "learner: expected a mapping of keys, got 3"),
    ("learner.epochs=5", "learner.epochs: expected a divisor of worlds = 64"),
    ("options.tolerance=0", "options.tolerance: expected greater than 0, got 0"),
]


@pytest.mark.parametrize(("text", "message"), OVERRIDES)
def test_an_override_at_fault_is_named(tmp_path, text, message):
    path = write(tmp_path, "task: reach\n")
    with pytest.raises(InputError) as caught:
        load_config(path, ["fast=true", text], Schema)
    assert str(caught.value).startswith(f"--set {text}: ")
    assert message in str(caught.value)


def test_missing_files_name_the_nearest_config(tmp_path, monkeypatch):
    (tmp_path / "configs" / "body").mkdir(parents=True)
    (tmp_path / "configs" / "hand-reach.yaml").write_text("task: reach\n")
    (tmp_path / "configs" / "body" / "walk.yaml").write_text("task: walk\n")
    monkeypatch.setattr(config_files, "CONFIGS", tmp_path / "configs")
    assert load_config("hand-reach", [], Schema).task == "reach"
    assert load_config("body/walk", [], Schema).task == "walk"
    for name in ("hand-reech", "elsewhere/hand_reach.yaml"):
        with pytest.raises(InputError, match=f"^{name}: no such config or file; nearest: 'hand-reach'$"):
            load_config(name, [], Schema)
    with pytest.raises(InputError, match="got a directory; nearest: 'body/walk'"):
        load_config(tmp_path / "configs" / "body", [], Schema)


def test_schemas_really_refuse_infinities():
    with pytest.raises(ValidationError):
        Learner(target=math.inf)
