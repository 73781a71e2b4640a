"""`RUN/evaluation.safetensors`: every evaluated episode's figures, and the policy's states.

Names are `AGENT.figures.NAME` (episodes,), `AGENT.cycle_seconds` and `policy.states.NAME`.
"""

from collections.abc import Mapping
from pathlib import Path

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from orchestrator.errors import InputError
from orchestrator.evaluation.rollouts import EpisodeOutcomes
from orchestrator.evaluation.trajectories import Trajectories
from orchestrator.training.run_directory import RunDirectory
from policies.checkpoint import under

_FIGURES, _STATES = "figures", "states"


def save_archive(run: RunDirectory, outcomes: Mapping[str, EpisodeOutcomes]) -> None:
    """Write the episodes of each agent; an earlier archive is replaced whole."""
    tensors: dict[str, Tensor] = {}
    for agent, outcome in outcomes.items():
        tensors |= {f"{agent}.{_FIGURES}.{k}": v.contiguous() for k, v in outcome.figures.items()}
        tensors[f"{agent}.cycle_seconds"] = outcome.cycle_seconds.contiguous()
        if outcome.trajectories is not None:
            states = outcome.trajectories.tensors()
            tensors |= {f"{agent}.{_STATES}.{k}": v.contiguous() for k, v in states.items()}
    path = _path(run)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(safetensors.torch.save(tensors))
    partial.replace(path)


class Archive:
    """An evaluation's episodes, read back.

    Args:
        tensors: as the file has them.
    """

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self._tensors = tensors

    def figures(self, agent: str) -> dict[str, Tensor]:
        """Figures of every episode by name, each (episodes,); empty if that agent was not evaluated."""
        return under(self._tensors, f"{agent}.{_FIGURES}.")

    def trajectories(self) -> Trajectories:
        """The policy's."""
        return Trajectories.from_tensors(under(self._tensors, f"policy.{_STATES}."))


def read_archive(run: RunDirectory) -> Archive | None:
    """The episodes of the run's latest evaluation; None if there is none.

    Raises:
        InputError: the file is damaged.
    """
    path = _path(run)
    if not path.is_file():
        return None
    try:
        archive = Archive(safetensors.torch.load_file(path))
        archive.trajectories()  # are they there?
        return archive
    except (SafetensorError, KeyError) as error:
        raise InputError(path, "is damaged; evaluate the run again") from error


def _path(run: RunDirectory) -> Path:
    return run.path / "evaluation.safetensors"
