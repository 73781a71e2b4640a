"""A run small enough to train in a second."""

import shutil
from pathlib import Path

import pytest

from orchestrator.config_files import dump_config
from orchestrator.provenance import run_info
from orchestrator.training.config import TrainConfig
from orchestrator.training.loop import train
from orchestrator.training.run_directory import RunDirectory
from orchestrator.training.trainer import Trainer

TINY = {
    "task": "hand-reach",
    "task_config": {"episode_seconds": 0.5},
    "worlds": 4,
    "steps": 96,
    "checkpoint_every": 32,
    "threads": 1,
    "network": {"actor_hidden": [8], "critic_hidden": [8]},
    "ppo": {"epochs": 1, "minibatches": 1},
}


@pytest.fixture(scope="session")
def tiny_config() -> TrainConfig:
    """Of a run that trains in a second."""
    return TrainConfig.model_validate(TINY)


def train_run(path: Path, config: TrainConfig) -> RunDirectory:
    """Train a new run from beginning to end."""
    with RunDirectory.create(path, dump_config(config), run_info(config.task, config.seed)) as run:
        train(Trainer(config), run)
    return run


@pytest.fixture(scope="session")
def trained_run(tmp_path_factory: pytest.TempPathFactory, tiny_config: TrainConfig) -> Path:
    """A trained run with three checkpoints; copy it before writing into it."""
    return train_run(tmp_path_factory.mktemp("trained") / "run", tiny_config).path


@pytest.fixture
def hot_run(tiny_config: TrainConfig, tmp_path: Path) -> RunDirectory:
    """A run that followed its motors' heat, and whose every pose counts as success."""
    task_config = tiny_config.task_config.model_copy(update={"heat": True, "tolerance": 1.0})
    return train_run(tmp_path / "hot", tiny_config.model_copy(update={"task_config": task_config}))


@pytest.fixture
def tiny_run(trained_run: Path, tmp_path: Path) -> RunDirectory:
    """A trained run of one's own."""
    shutil.copytree(trained_run, tmp_path / "run")
    return RunDirectory.open(tmp_path / "run")
