"""The tables of a report: agents beside each other, the reward's terms, and the bits."""

from typing import Any

from orchestrator.evaluation.bits import Bits, bits_line
from orchestrator.evaluation.result import Evaluation
from orchestrator.evaluation.text import data_rate, duration, length, percent, percent_range, ratio
from orchestrator.records import EvaluationResult

_STAGES = {
    "video": "video of all cameras, not compressed",
    "features": "what the encoder makes of it",
    "numbers": "encoders, commands and all that is not video",
    "controls": "joint targets, 16 bits each",
    "entropy": "entropy of the targets' changes at 12 bits a turn, each joint and control on its own",
}


def tables_of(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Each with its `head` and `rows`."""
    rows = [_agent_row(_agent_name(r.policy), r) for r in (evaluation, *evaluation.baselines.values())]
    head = ["agent", "success", "95% interval", "distance at the end", "return", "diverged", "evaluated in"]
    tables = [{"head": head, "rows": rows}]
    if len(evaluation.reward_terms) > 1:
        tables.append(_terms_table(evaluation))
    if evaluation.bits:
        tables.append(_bits_table(evaluation.bits))
    return tables


def _terms_table(evaluation: Evaluation) -> dict[str, Any]:
    """What each term of the reward added to the return, mean over episodes, for the policy and beside it."""
    results = (evaluation, *evaluation.baselines.values())
    head = ["reward term, mean over episodes", *(_agent_name(result.policy) for result in results)]
    rows = [
        [name, *(f"{result.reward_terms.get(name, 0.0):,.2f}" for result in results)]
        for name in evaluation.reward_terms
    ]
    return {"head": head, "rows": rows}


def _bits_table(bits: Bits) -> dict[str, Any]:
    """What goes into the policy and what comes out."""
    rows = [
        [
            _STAGES[stage.name],
            data_rate(stage.bits_per_second),
            ratio(stage.compression) if stage.compression else "",
        ]
        for stage in bits.stages
    ]
    return {"head": [f"bits: {bits_line(bits)}", "rate", "compression"], "rows": rows}


def _agent_name(policy: str) -> str:
    return policy if policy in ("zero", "random") else "policy"


def _agent_row(name: str, result: EvaluationResult) -> list[str]:
    distance = result.metrics.get("distance/mean")
    return [
        name,
        percent(result.success_rate),
        percent_range(result.success_ci95),
        "\N{EN DASH}" if distance is None else length(distance),
        f"{result.mean_return:,.1f}",
        f"{result.diverged:,}",
        duration(result.seconds),
    ]
