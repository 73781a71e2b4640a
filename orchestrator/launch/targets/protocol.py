"""What every kind of place can do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from orchestrator.launch.job import Job
from orchestrator.launch.records import Launched, Submission
from orchestrator.launch.states import State

Standing = tuple[State, str]
"""How a run stands, and the place's own words for it."""


class Target(Protocol):
    """A kind of place."""

    def prepare(self, job: Job) -> Submission:
        """What would be submitted; changes nothing anywhere.

        Raises:
            InputError: the job does not fit there.
        """
        ...

    def submit(self, job: Job, submission: Submission) -> str:
        """Submit what was prepared and lies in the job's folder.

        Returns:
            The place's name of the run.

        Raises:
            InputError: the place cannot be reached, or refuses; nothing was started.
        """
        ...

    def standing(self, launched: Launched, run: Path) -> Standing:
        """How a run stands.

        Raises:
            InputError: the place cannot be reached.
        """
        ...

    def logs(self, launched: Launched, run: Path) -> Iterator[str]:
        """What the run has written so far, in pieces.

        Raises:
            InputError: the place cannot be reached, or the run has written nothing.
        """
        ...

    def stop(self, launched: Launched, run: Path) -> None:
        """End the run and give back what it held; one that has ended is left as it is.

        Raises:
            InputError: the place cannot be reached.
        """
        ...
