"""What is known of a launched run: what was submitted, where it went, how it stands."""

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from orchestrator.errors import InputError
from orchestrator.launch.config import AnyCluster
from orchestrator.launch.states import State
from orchestrator.records import Record
from orchestrator.training.run_directory import LAUNCH


class Submission(Record):
    """What goes to a cluster.

    Attributes:
        files: texts by name, written into the run's folder `launch`.
        steps: what is done with them, one line each, as a shell would take it where it is a command.
    """

    files: dict[str, str]
    steps: tuple[str, ...]


class Launched(Record):
    """`launch.json`: what it takes to find a run again.

    Attributes:
        format: version of this layout.
        name: of the run, there and here.
        task: that it trains.
        steps: environment steps that it is to make.
        cluster: where it went.
        store: that its config names, or none.
        handle: the place's name of it: a process, a job.
        submitted: date and time, UTC.
        version: of this project.
    """

    format: Literal[1] = 1
    name: str
    task: str
    steps: int
    cluster: AnyCluster
    store: str | None
    handle: str
    submitted: datetime
    version: str


class LaunchResult(Record):
    """What `optimus launch --json` prints.

    Attributes:
        run: the run directory here; `optimus status RUN` follows it.
        on: kind of place.
        handle: the place's name of it; none where nothing was submitted.
        submission: what was submitted, or with `--dry-run` would be.
    """

    run: str
    on: str
    handle: str | None
    submission: Submission


class RunStatus(Record):
    """What `optimus status --json` prints.

    Attributes:
        run: the run directory here.
        on: kind of place.
        handle: the place's name of it.
        state: how it stands.
        detail: in the place's own words.
        steps: environment steps made, as far as they can be seen from here; none: they cannot.
        steps_total: that it is to make.
        checkpoint: newest one that can be seen from here.
    """

    run: str
    on: str
    handle: str
    state: State
    detail: str
    steps: int | None
    steps_total: int
    checkpoint: str | None


def launch_file(run: Path) -> Path:
    """Where a run's `launch.json` lies."""
    return run / LAUNCH / "launch.json"


def read_launched(run: Path) -> Launched:
    """How a run was launched.

    Raises:
        InputError: it was not, or its record is damaged or another version's.
    """
    path = launch_file(run)
    try:
        return Launched.model_validate_json(path.read_bytes())
    except OSError as error:
        hint = "; `optimus train` started it here" if (run / "run.json").exists() else ""
        raise InputError(run, f"expected a run that `optimus launch` submitted{hint}") from error
    except ValidationError as error:
        raise InputError(path, "is damaged, or another version's: it does not describe a launch") from error
