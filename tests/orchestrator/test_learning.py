"""That training learns."""

import pytest

from orchestrator.config_files import dump_config, load_config
from orchestrator.evaluation.evaluate import evaluate
from orchestrator.provenance import run_info
from orchestrator.training.config import TrainConfig
from orchestrator.training.loop import train
from orchestrator.training.run_directory import RunDirectory
from orchestrator.training.trainer import Trainer


@pytest.mark.slow
def test_hand_reach_learns_to_come_closer_to_goals_it_never_saw(tmp_path):
    config = load_config("hand-reach", ["steps=150_000", "threads=2", "backend=cpu"], TrainConfig)
    with RunDirectory.create(
        tmp_path / "run", dump_config(config), run_info(config.task, config.seed)
    ) as run:
        train(Trainer(config), run)
    evaluation = evaluate(run, 200, 0)
    still = evaluation.baselines["zero"].metrics["distance/mean"]
    assert evaluation.metrics["distance/mean"] < 0.6 * still
