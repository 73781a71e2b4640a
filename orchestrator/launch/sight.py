"""What can be seen of a run from here: in its directory where that is shared, else in its store."""

import warnings
from pathlib import Path

from orchestrator.errors import InputError
from orchestrator.training.metrics import STEP, read_metrics
from orchestrator.training.run_directory import RunDirectory
from orchestrator.training.store import RunStore, StoreError
from policies.checkpoint import list_checkpoints


def seen(run: Path, store: str | None) -> tuple[int | None, str | None]:
    """Steps that a run has made, and its newest checkpoint's name; none where they cannot be seen."""
    directory = RunDirectory(run)
    steps, checkpoint = None, None
    if directory.metrics.is_file():
        made = read_metrics(directory.metrics).column(STEP)
        steps = int(made[-1].as_py()) if len(made) else 0
    if kept := list_checkpoints(directory.checkpoints):
        checkpoint = kept[0].name
    if steps is None and store is not None:
        try:
            newest = RunStore.of(store, run).newest()
        except (InputError, StoreError) as error:
            # How the run stands can be said all the same.
            warnings.warn(str(error), stacklevel=2)
        else:
            return (newest.step, newest.name) if newest else (None, None)
    return steps, checkpoint
