"""`RUN/heldout.json`: how the checkpoints of a run did on held-out episodes while it was trained."""

from pathlib import Path

from pydantic import ValidationError

from orchestrator.errors import InputError
from orchestrator.records import Interval, Record
from orchestrator.training.run_directory import RunDirectory


class HeldOut(Record):
    """How one checkpoint did.

    Attributes:
        step: environment steps of training.
        episodes: held-out ones.
        success_rate: share of episodes that met the goal at their end.
        success_ci95: 95% confidence interval of the success rate.
        mean_return: summed reward of an episode, mean.
    """

    step: int
    episodes: int
    success_rate: float
    success_ci95: Interval
    mean_return: float


class HeldOutCurve(Record):
    """`RUN/heldout.json`: how the run's checkpoints did, in the order of their steps."""

    checkpoints: tuple[HeldOut, ...] = ()


def heldout_path(run: RunDirectory) -> Path:
    """Where a run keeps its held-out curve."""
    return run.path / "heldout.json"


def read_heldout(run: RunDirectory) -> tuple[HeldOut, ...]:
    """How the run's checkpoints did, if anybody evaluated them while it was trained.

    Raises:
        InputError: the file is damaged.
    """
    path = heldout_path(run)
    if not path.is_file():
        return ()
    try:
        return HeldOutCurve.model_validate_json(path.read_bytes()).checkpoints
    except ValidationError as error:
        raise InputError(path, "is damaged: it does not hold a held-out curve") from error
