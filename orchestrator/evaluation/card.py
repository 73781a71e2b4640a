"""Skill cards: what a planner may count on."""

from pathlib import Path

from orchestrator.evaluation.result import Evaluation
from orchestrator.records import SkillCard
from orchestrator.training.run_directory import RunDirectory


def skill_card(run: RunDirectory, evaluation: Evaluation) -> SkillCard:
    """The card of an evaluated policy; what nothing has measured is null.

    Its paths are absolute: whoever reads it later stands elsewhere.
    """
    return SkillCard(
        task=evaluation.task,
        policy=str(Path(evaluation.policy).resolve()),
        episodes=evaluation.episodes,
        success_rate=evaluation.success_rate,
        success_ci95=evaluation.success_ci95,
        cycle_time_s=evaluation.cycle_time_s,
        run=str(run.path.resolve()),
    )
