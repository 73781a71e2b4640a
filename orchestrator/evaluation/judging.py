"""What a referee says of an evaluation's episodes."""

import dataclasses
import statistics
from collections.abc import Sequence

import torch

from envs.referees.judges import JUDGES
from envs.referees.replay import Findings
from envs.task import TaskConfig
from orchestrator.evaluation.rollouts import EpisodeOutcomes
from orchestrator.evaluation.statistics import mean
from orchestrator.records import Judgement


def judge_episodes(task: str, config: TaskConfig, outcomes: EpisodeOutcomes) -> Judgement | None:
    """Have the episodes that were written down judged; none where there are none, or nobody to judge them."""
    if task not in JUDGES or not outcomes.recordings:
        return None
    asked = config.model_dump(mode="json")
    found = [JUDGES[task](recording, asked) for recording in outcomes.recordings]
    claimed = outcomes.figures["success"][: len(found)].bool().tolist()
    confirmed = sum(claim and findings.success for claim, findings in zip(claimed, found, strict=True))
    return summed_up(found, sum(claimed), confirmed, _figures(found))


def summed_up(
    found: Sequence[Findings], claimed: int, confirmed: int, figures: dict[str, float]
) -> Judgement:
    """What a referee found in episodes, at least one, in one record.

    Args:
        found: of each episode.
        claimed: successes by the task's own count.
        confirmed: those of them that the referee confirms.
        figures: what it measured, mean over episodes.
    """
    depths = [findings.penetration for findings in found]
    faults = [fault for findings in found for fault in findings.faults]
    return Judgement(
        judged=len(found),
        claimed=claimed,
        confirmed=confirmed,
        faults={fault: faults.count(fault) for fault in sorted(set(faults))},
        figures=figures,
        deepest_contact_m=(statistics.median(depths), max(depths)),
    )


def judgement_line(judgement: Judgement) -> str:
    """`confirms 19 of 19 successes in 20 episodes, no fault`."""
    line = f"confirms {judgement.confirmed} of {judgement.claimed} successes in {judgement.judged} episodes"
    faults = [f"{fault} ({count})" for fault, count in judgement.faults.items()]
    return f"{line}; faults: {', '.join(faults)}" if faults else f"{line}, no fault"


def _figures(found: list[Findings]) -> dict[str, float]:
    """What the verdicts have beyond findings in general, mean over episodes."""
    common = {field.name for field in dataclasses.fields(Findings)}
    names = [field.name for field in dataclasses.fields(found[0]) if field.name not in common]
    means = {name: mean(torch.tensor([float(getattr(one, name)) for one in found])) for name in names}
    return {name: value for name, value in means.items() if value is not None}
