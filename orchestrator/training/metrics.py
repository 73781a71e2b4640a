"""Training metrics by step: TensorBoard events to watch, one Parquet file to compute with.

The Parquet file is replaced whole, atomically, by each `commit`, and a run commits before each checkpoint.
So a killed run always has the rows up to its newest checkpoint; on resuming there, later rows are dropped and
made again: no gap, no row twice.

Columns under `time/` depend on the clock; all others are equal between two runs of one seed.
"""

import os
import time
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from torch.utils.tensorboard.writer import SummaryWriter

from orchestrator.errors import InputError
from orchestrator.training.run_directory import RunDirectory

STEP = "step"
"""Column of the environment steps, int64; all others are float64, null where a row has no such figure."""


class MetricsWriter:
    """Writes one run's metrics.

    Args:
        run: where to.
        resume_step: step of the checkpoint that the run goes on from: later rows are dropped. 0 where the run
            was killed before its first checkpoint; none where it is new.

    Raises:
        InputError: the run's metrics are damaged.
    """

    def __init__(self, run: RunDirectory, resume_step: int | None = None) -> None:
        self._path = run.metrics
        self._pending: list[dict[str, float]] = []
        self._table = _empty_table()
        if resume_step is not None and self._path.exists():
            table = read_metrics(self._path)
            self._table = table.filter(pc.field(STEP) <= resume_step)
        purge_step = None if resume_step is None else resume_step + 1
        _await_unused_second(run.tensorboard)
        self._board = SummaryWriter(str(run.tensorboard), purge_step=purge_step)
        self._last_step = resume_step if resume_step is not None else -1

    def write(self, step: int, figures: Mapping[str, float]) -> None:
        """Add a row.

        Args:
            step: environment steps so far, greater than the row's before.
            figures: by name, `group/name`; a figure left out is null in this row.

        Raises:
            ValueError: `step` doesn't grow.
        """
        if step <= self._last_step:
            raise ValueError(f"step: expected more than {self._last_step}, got {step}")
        self._last_step = step
        self._pending.append({STEP: step, **{name: float(value) for name, value in figures.items()}})
        for name, value in figures.items():
            self._board.add_scalar(name, value, step)

    def commit(self) -> None:
        """Make all rows so far durable."""
        if self._pending:
            self._table = pa.concat_tables([self._table, _table(self._pending)], promote_options="default")
            self._pending = []
        partial = self._path.with_name(f".{self._path.name}.partial")
        names = sorted(self._table.column_names, key=lambda name: (name != STEP, name))
        with partial.open("wb") as file:
            pq.write_table(self._table.select(names), file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._path)
        self._board.flush()

    def close(self) -> None:
        """Commit and close."""
        self.commit()
        self._board.close()


def read_metrics(path: Path) -> pa.Table:
    """Rows of a metrics file, by step; while the run that writes it goes on, those of one commit.

    Raises:
        InputError: there is none, or it is damaged.
    """
    try:
        # Opened once: `read_table` opens a path twice, and a commit between the two mixes an old footer with
        # new rows.
        with pq.ParquetFile(path) as file:
            table = file.read()
    except FileNotFoundError as error:
        raise InputError(path, "expected the metrics of a run; there is nothing") from error
    except (OSError, pa.ArrowException) as error:
        raise InputError(path, "is damaged: not a Parquet file") from error
    if STEP not in table.column_names:
        raise InputError(path, f"is damaged: it has no column {STEP!r}")
    return table


def check_metrics(run: RunDirectory) -> None:
    """Check that the run's metrics can be read, where there are any: before work whose report shows them.

    Raises:
        InputError: they are damaged.
    """
    if run.metrics.is_file():
        read_metrics(run.metrics)


def deterministic(table: pa.Table) -> pa.Table:
    """The columns that don't depend on the clock: equal between two runs of one seed."""
    return table.select([name for name in table.column_names if not name.startswith("time/")])


def _await_unused_second(board: Path) -> None:
    """Wait until no file of events was begun in this second.

    TensorBoard reads files in the order of their names, which have the second first, then the process and a
    count that don't sort as numbers: of two files of one second the older may be read last.
    """
    while any(board.glob(f"events.out.tfevents.{int(time.time()):010d}.*")):
        time.sleep(0.02)


def _empty_table() -> pa.Table:
    return pa.table({STEP: pa.array([], pa.int64())})


def _table(rows: list[dict[str, float]]) -> pa.Table:
    names = sorted({name for row in rows for name in row})
    kinds = [(name, pa.int64() if name == STEP else pa.float64()) for name in names]
    return pa.Table.from_pylist(rows, schema=pa.schema(kinds))
