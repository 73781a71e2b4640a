"""A referee looks at evaluated episodes, and the skill card says what it objected to."""

import pytest

from envs.tasks.locomotion.stand import Stand
from orchestrator.config_files import dump_config
from orchestrator.evaluation.card import skill_card
from orchestrator.evaluation.evaluate import evaluate
from orchestrator.evaluation.judging import judgement_line
from orchestrator.evaluation.report import write_report
from orchestrator.evaluation.result import read_evaluation
from orchestrator.provenance import run_info
from orchestrator.training.config import TrainConfig
from orchestrator.training.loop import train
from orchestrator.training.run_directory import RunDirectory
from orchestrator.training.trainer import Trainer


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """A run that learned nothing; its robots have not fallen yet when an episode ends."""
    config = TrainConfig.model_validate(
        {
            "task": "humanoid-stand",
            "task_config": {"episode_seconds": 0.5},
            "worlds": 4,
            "steps": 32,
            "threads": 1,
            "network": {
                "actor_groups": ["proprioception"],
                "critic_groups": ["proprioception", "privileged"],
                "actor_hidden": [8],
                "critic_hidden": [8],
            },
        }
    )
    path = tmp_path_factory.mktemp("standing") / "run"
    with RunDirectory.create(path, dump_config(config), run_info(config.task, config.seed)) as run:
        train(Trainer(config), run)
    return run


def test_honest_episodes_are_confirmed(standing):
    evaluation = evaluate(standing, 5, 0, judged=3)
    judgement = evaluation.referee
    assert judgement is not None
    assert (judgement.judged, judgement.claimed, judgement.confirmed) == (3, 3, 3)
    assert judgement.faults == {}
    assert judgement.figures["seconds"] == pytest.approx(0.5)
    assert read_evaluation(standing) == evaluation
    assert skill_card(standing, evaluation).verifier_flags == []
    write_report(standing)
    assert judgement_line(judgement) in (standing.path / "report.html").read_text()


def test_what_the_referee_objects_to_is_on_the_card(standing, monkeypatch):
    honest = Stand.build_scene

    def lighter(self):
        spec = honest(self)
        spec.option.gravity = [0, 0, -5]
        return spec

    monkeypatch.setattr(Stand, "build_scene", lighter)
    evaluation = evaluate(standing, 4, 0, judged=2)
    assert evaluation.success_rate == 1
    assert evaluation.referee is not None
    assert evaluation.referee.confirmed == 0
    assert skill_card(standing, evaluation).verifier_flags == [
        "gravity is not the earth's (2 of 2 judged episodes)",
        "success is not confirmed (2 of 2 judged episodes)",
    ]


def test_nobody_judges_where_nobody_can(standing, tiny_run):
    assert evaluate(standing, 2, 0).referee is None
    reach = evaluate(tiny_run, 2, 0, judged=2)
    assert reach.referee is None
    assert skill_card(tiny_run, reach).verifier_flags is None
