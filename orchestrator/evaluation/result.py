"""What an evaluation found: the record in `RUN/evaluation.json`."""

from pathlib import Path

from pydantic import ValidationError

from orchestrator.errors import InputError
from orchestrator.evaluation.bits import Bits
from orchestrator.records import Distribution, EvaluationResult, Judgement, Machine
from orchestrator.training.run_directory import RunDirectory


class Evaluation(EvaluationResult):
    """An agent's result, with what it is to be compared with.

    `fingers` has `mean`, `median`, `p90` (m) and `within_tolerance` (share) of the final distance to the
    target; `joints` has `tracking_final` and `tracking_rms` (rad), distance from the joint's target.

    Attributes:
        checkpoint: the run's checkpoint that was loaded.
        cycle_time_s: time from the start to the moment from which the goal stayed met, over the successful
        episodes.
        baselines: the zero and random agents on the same episodes.
        referee: what a referee said of the first episodes; null where the task has none, or was not asked.
        bits: what the policy takes in and puts out; null for other agents.
        tolerance: distance that counts as reached, m, where the task has one.
        machine: where it ran.
    """

    checkpoint: str
    cycle_time_s: Distribution | None = None
    baselines: dict[str, EvaluationResult]
    referee: Judgement | None = None
    bits: Bits | None = None
    tolerance: float | None = None
    machine: Machine


def evaluation_path(run: RunDirectory) -> Path:
    """Where a run keeps its evaluation."""
    return run.path / "evaluation.json"


def read_evaluation(run: RunDirectory) -> Evaluation | None:
    """The run's latest evaluation; None if there is none.

    Raises:
        InputError: the file is damaged.
    """
    path = evaluation_path(run)
    if not path.is_file():
        return None
    try:
        return Evaluation.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise InputError(path, "is damaged: it does not hold an evaluation") from error
