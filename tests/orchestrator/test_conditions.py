"""`evaluation:` and `play:`: the task as it is judged and as it is watched may differ from what is trained on."""

import pytest

from orchestrator.config_files import dump_config, load_config
from orchestrator.errors import InputError
from orchestrator.evaluation.policy import make_env
from orchestrator.training.config import TrainConfig
from orchestrator.training.trainer import Trainer

TEXT = """
task: hand-reach
task_config: {episode_seconds: 0.5, rates: {physics_hz: 108}}
evaluation: {episode_seconds: 1.0}
play: {tolerance: 0.02}
worlds: 2
"""


@pytest.fixture
def load(tmp_path):
    def read(text=TEXT, overrides=()):
        path = tmp_path / "config.yaml"
        path.write_text(text)
        return load_config(path, overrides, TrainConfig)

    return read


def test_keys_that_are_left_out_are_those_of_the_stage_before(load):
    config = load()
    assert config.task_config.episode_seconds == 0.5
    assert config.evaluated.episode_seconds == config.played.episode_seconds == 1.0
    assert config.evaluated.rates.physics_hz == config.played.rates.physics_hz == 108
    assert config.played.tolerance == 0.02 != config.evaluated.tolerance == config.task_config.tolerance


def test_without_them_all_three_are_one(load):
    config = load("task: hand-reach\n")
    assert config.task_config is config.evaluated is config.played


def test_the_resolved_config_loads_to_itself(load):
    config = load()
    assert load(dump_config(config)) == config


def test_each_has_its_own_worlds(load):
    config = load()
    assert Trainer(config).env.task.config == config.task_config
    assert make_env(config, worlds=1, seed=0).task.config == config.evaluated
    assert make_env(config, worlds=1, seed=0, play=True).task.config == config.played


@pytest.mark.parametrize(
    ("overrides", "where"),
    [
        (["evaluation.tolerence=0.02"], "--set evaluation.tolerence=0.02: evaluation.tolerence: unknown key"),
        (["play.episode_seconds=-1"], "--set play.episode_seconds=-1: play.episode_seconds: "),
        (["play=much"], "--set play=much: play: expected a mapping"),
        (["evaluation.rates.physics_hz=100"], "--set evaluation.rates.physics_hz=100: evaluation.rates"),
    ],
)
def test_what_is_wrong_is_named(load, overrides, where):
    with pytest.raises(InputError) as error:
        load(overrides=overrides)
    assert str(error.value).startswith(where)
    assert "\n" not in str(error.value)
