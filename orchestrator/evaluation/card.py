"""Skill cards: what a planner may count on."""

from pathlib import Path

from torch import Tensor

from orchestrator.evaluation.archive import read_archive
from orchestrator.evaluation.result import Evaluation
from orchestrator.records import Judgement, SkillCard
from orchestrator.training.run_directory import RunDirectory


def skill_card(run: RunDirectory, evaluation: Evaluation) -> SkillCard:
    """The card of an evaluated policy; what nothing has measured is null.

    Its paths are absolute: whoever reads it later stands elsewhere.
    """
    archive = read_archive(run)
    figures = archive.figures("policy") if archive else {}
    return SkillCard(
        task=evaluation.task,
        policy=str(Path(evaluation.policy).resolve()),
        episodes=evaluation.episodes,
        success_rate=evaluation.success_rate,
        success_ci95=evaluation.success_ci95,
        cycle_time_s=evaluation.cycle_time_s,
        energy_per_cycle_j=_energy(figures),
        peak_winding_temperature_celsius=_hottest(figures),
        verifier_flags=_flags(evaluation.referee),
        run=str(run.path.resolve()),
    )


def _energy(figures: dict[str, Tensor]) -> float | None:
    energy = figures.get("energy_j")
    if energy is None or not figures["success"].any():
        return None
    return float(energy[figures["success"].bool()].double().mean())


def _flags(judgement: Judgement | None) -> list[str] | None:
    if judgement is None:
        return None
    of = f"of {judgement.judged} judged episodes"
    flags = [f"{fault} ({count} {of})" for fault, count in judgement.faults.items()]
    if doubted := judgement.claimed - judgement.confirmed:
        flags.append(f"success is not confirmed ({doubted} {of})")
    return flags


def _hottest(figures: dict[str, Tensor]) -> float | None:
    peak = figures.get("peak_winding_celsius")
    return None if peak is None else float(peak.double().nan_to_num(0).max())
