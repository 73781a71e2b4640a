"""`videos/recordings.json`: which episodes the videos show."""

import torch
from pydantic import ValidationError
from torch import Tensor

from orchestrator.errors import InputError
from orchestrator.records import Record
from orchestrator.training.run_directory import RunDirectory

FILE = "recordings.json"


class Recording(Record):
    """One recorded episode.

    Attributes:
        name: `best` or `worst`.
        file: in the run's folder of videos.
        episode: index among the evaluated ones.
        success: whether it met the goal at its end.
        error: mean distance from the goal at its end, m, where the task reports it.
        seconds: length of the episode, s.
        checkpoint: that acted.
    """

    name: str
    file: str
    episode: int
    success: bool
    error: float | None
    seconds: float
    checkpoint: str


class Recordings(Record):
    """All recorded episodes of a run."""

    episodes: tuple[Recording, ...]


def read_recordings(run: RunDirectory) -> tuple[Recording, ...]:
    """The run's recorded episodes whose video is there.

    Raises:
        InputError: the record is damaged.
    """
    path = run.videos / FILE
    if not path.is_file():
        return ()
    try:
        found = Recordings.model_validate_json(path.read_bytes()).episodes
    except ValidationError as error:
        raise InputError(path, "is damaged; record the run again") from error
    return tuple(recording for recording in found if (run.videos / recording.file).is_file())


def forget_recordings(run: RunDirectory) -> None:
    """Take the videos out of the run's report: they show another evaluation's episodes."""
    (run.videos / FILE).unlink(missing_ok=True)


def episode_score(figures: dict[str, Tensor]) -> Tensor:
    """How good episodes were, (episodes,), more is better; a diverged one is the worst there is.

    Where the task reports its distance from the goal, that at the end decides; elsewhere the return.
    """
    distance = figures.get("distance/mean")
    score = figures["return"].double() if distance is None else -distance.double()
    return torch.where(figures["diverged"] | ~score.isfinite(), -torch.inf, score)
