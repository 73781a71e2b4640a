"""The benchmark's results as Markdown."""

import statistics
from collections.abc import Sequence

from orchestrator.benchmarks.learners.records import (
    Hyperparameters,
    LearnersResult,
    LearnerSummary,
    TuningOutcome,
)


def markdown(result: LearnersResult) -> str:
    """Tables of the learners and of what tuning tried; empty ones are left out."""
    parts: list[str] = []
    if result.learners:
        rows = [_learner(summary) for summary in result.learners]
        head = (
            "learner",
            "time to 50% success, s",
            "success at the end",
            "distance at the end, mm",
            "steps/s",
            "collect + update, s",
        )
        parts.append(_table(head, rows))
    if result.tuning:
        rows = [_outcome(outcome) for outcome in result.tuning]
        parts.append(_table(("learner", "tried", "distance, mm", "success", "chosen"), rows))
    parts.append(f"`{result.command}` on {result.machine.cpu}, {result.machine.threads} threads.\n")
    return "\n".join(parts)


def _learner(summary: LearnerSummary) -> tuple[str, ...]:
    return (
        summary.learner,
        _each(["never" if s is None else f"{s:.0f}" for s in summary.seconds_to_half_success]),
        _mean(summary.final_success, "{:.1%}"),
        _mean(summary.final_distance_mm, "{:.1f}"),
        f"{summary.steps_per_second:,.0f}",
        f"{summary.collect_seconds:.2f} + {summary.update_seconds:.2f}",
    )


def _outcome(outcome: TuningOutcome) -> tuple[str, ...]:
    return (
        outcome.learner,
        _settings(outcome.hyperparameters),
        f"{outcome.distance_mm:.1f}",
        f"{outcome.success_rate:.1%}",
        "yes" if outcome.chosen else "",
    )


def _settings(hyperparameters: Hyperparameters) -> str:
    return ", ".join(f"{name} {value}" for name, value in hyperparameters.items()) or "as its config says"


def _mean(values: Sequence[float], form: str) -> str:
    """Mean, and each seed's value."""
    return f"{form.format(statistics.fmean(values))} ({_each([form.format(v) for v in values])})"


def _each(values: Sequence[str]) -> str:
    return ", ".join(values)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)
