"""Reading a production series from a CSV file, with one line for whatever is wrong in it."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from orchestrator.errors import InputError, nearest
from orchestrator.ramp.history.periods import Period, coarsened, parse_period
from orchestrator.ramp.history.series import Series

Array = np.ndarray

JUMP = 200.0
"""A change by this factor in one step, in a series that nowhere else changes by a tenth of it, is a change of unit."""


@dataclass(frozen=True)
class ReadOptions:
    """How a file is to be read.

    Attributes:
        column: the column of units; by default `units`, the only column of numbers, or the one `cumulative...`.
        cumulative: the column counts everything made so far. A column named `cumulative...` always does.
        start: label of the first period to be used.
        allow_jumps: accept a jump that looks like a change of unit.
    """

    column: str | None = None
    cumulative: bool = False
    start: str | None = None
    allow_jumps: bool = False


@dataclass(frozen=True)
class _Row:
    line: int
    period: Period
    label: str
    value: float


def read_series(path: Path, options: ReadOptions | None = None) -> Series:
    """Read a CSV file with a header, a column `period` and a column of units.

    Raises:
        InputError: the file, and the line at fault: not a number, a gap, a period that is given twice or out of
            order, periods of several lengths, a change of unit, a cumulative count that falls.
    """
    options = options or ReadOptions()
    rows, name, cumulative = _rows(path, options)
    notes: list[str] = []
    if cumulative:
        rows = _differences(path, rows)
        notes.append(f"{name} is taken as cumulative; the first period is {rows[0].label}")
    if options.start is not None:
        rows = _from(path, rows, options.start)
    _check_no_gaps(path, rows)
    rows, dropped = _without_leading_zeros(path, rows)
    if dropped:
        notes.append(f"{dropped} periods without output before the first unit are left out")
    if not options.allow_jumps:
        _check_one_unit(path, rows)
    return Series(path.stem, rows[0].period, np.array([row.value for row in rows]), tuple(notes))


def read_cumulative(path: Path, options: ReadOptions) -> Array:
    """(n,) everything made until the end of each period; summed up where the column is not cumulative.

    Raises:
        InputError: see `read_series`.
    """
    rows, _, cumulative = _rows(path, options)
    rows = rows if options.start is None else _from(path, rows, options.start)
    values = np.array([row.value for row in rows])
    return values if cumulative else np.cumsum(values)


def read_column(path: Path, name: str, options: ReadOptions) -> Array:
    """(n,) another column of the same periods.

    Raises:
        InputError: see `read_series`.
    """
    rows, _, _ = _rows(path, replace(options, column=name))
    rows = rows if options.start is None else _from(path, rows, options.start)
    return np.array([row.value for row in rows])


def _rows(path: Path, options: ReadOptions) -> tuple[list[_Row], str, bool]:
    """The file's periods in order, the name of the column of units, and whether it is cumulative."""
    header, lines = _table(path)
    period_at = _period_column(path, header)
    column = _units_column(path, header, lines, period_at, options.column)
    rows = [_row(path, number, cells, period_at, column, header[column]) for number, cells in lines]
    return (
        _in_order(path, rows),
        header[column],
        options.cumulative or header[column].lower().startswith("cumulative"),
    )


def _table(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(path, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(path, "expected a CSV file, got one that is not UTF-8 text") from error
    try:
        reader = csv.reader(io.StringIO(text), strict=True)
        table = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(cells)]
    except csv.Error as error:
        raise InputError(path, f"not a valid CSV file: {error}") from error
    if len(table) < 2:
        raise InputError(path, "expected a header such as period,units and a line for each period")
    header = table[0][1]
    if len(header) < 2:
        raise InputError(
            path, f"line 1: expected columns separated by commas, as in period,units; got {header[0]!r}"
        )
    return header, table[1:]


def _period_column(path: Path, header: list[str]) -> int:
    lowered = [name.lower() for name in header]
    for name in ("period", "quarter", "year", "month", "date"):
        if name in lowered:
            return lowered.index(name)
    raise InputError(path, f"line 1: expected a column 'period'; the columns are {', '.join(header)}")


def _units_column(
    path: Path, header: list[str], lines: list[tuple[int, list[str]]], period_at: int, asked: str | None
) -> int:
    if asked is not None:
        if asked not in header:
            raise InputError(f"{path}: --column {asked}", f"no such column{nearest(asked, header)}")
        return header.index(asked)
    if "units" in header:
        return header.index("units")
    numeric = [i for i in range(len(header)) if i != period_at and _float(_cell(lines[0][1], i)) is not None]
    counts = [i for i in numeric if header[i].lower().startswith("cumulative")]
    for found in (numeric, counts):
        if len(found) == 1:
            return found[0]
    raise InputError(path, f"line 1: expected a column 'units', or --column with one of {', '.join(header)}")


def _cell(cells: list[str], index: int) -> str:
    return cells[index] if index < len(cells) else ""


def _float(text: str) -> float | None:
    try:
        value = float(text) if "_" not in text else float("nan")
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _row(path: Path, line: int, cells: list[str], period_at: int, column: int, name: str) -> _Row:
    label, text = _cell(cells, period_at), _cell(cells, column)
    period = parse_period(label)
    if period is None:
        raise InputError(
            path, f"line {line}: expected a period such as 2019, 2019Q3 or 2019-07, got {label!r}"
        )
    value = _float(text)
    if value is None:
        raise InputError(path, f"line {line}: expected a number in the column {name!r}, got {text!r}")
    if value < 0:
        raise InputError(path, f"line {line}: expected units of zero or more, got {text}")
    return _Row(line, period, label, value)


def _in_order(path: Path, rows: list[_Row]) -> list[_Row]:
    first = rows[0]
    seen: dict[int, _Row] = {}
    for row in rows:
        if (row.period.kind, row.period.date) != (first.period.kind, first.period.date):
            raise InputError(
                path, f"line {row.line}: {row.label} and {first.label} are periods of different lengths"
            )
        if row.period.index in seen:
            other = seen[row.period.index]
            same = "is given twice" if other.label == row.label else f"and {other.label} are the same period"
            raise InputError(path, f"line {row.line}: {row.label} {same} (first on line {other.line})")
        seen[row.period.index] = row
    for before, after in pairwise(rows):
        if after.period.index < before.period.index:
            raise InputError(
                path, f"line {after.line}: {after.label} comes after {before.label}: out of order"
            )
    periods = coarsened([row.period for row in rows])
    return [_Row(row.line, period, row.label, row.value) for row, period in zip(rows, periods, strict=True)]


def _differences(path: Path, rows: list[_Row]) -> list[_Row]:
    made = []
    for before, after in pairwise(rows):
        if after.value < before.value:
            raise InputError(
                path,
                f"line {after.line}: a cumulative count cannot fall, from {before.value:g} to {after.value:g}",
            )
        made.append(_Row(after.line, after.period, after.label, after.value - before.value))
    if not made:
        raise InputError(path, "expected at least two periods of a cumulative count")
    _check_no_gaps(path, rows)
    return made


def _from(path: Path, rows: list[_Row], start: str) -> list[_Row]:
    wanted = parse_period(start)
    if wanted is None:
        raise InputError(f"--start {start}", "expected a period such as 2019, 2019Q3 or 2019-07")
    year_only = wanted.kind == "year" and rows[0].period.kind != "year"
    index = (
        wanted.index * {"quarter": 4, "month": 12, "year": 1}[rows[0].period.kind]
        if year_only
        else wanted.index
    )
    kept = [row for row in rows if row.period.index >= index]
    if not kept:
        raise InputError(f"--start {start}", f"{path} ends with {rows[-1].label}, before that")
    return kept


def _check_no_gaps(path: Path, rows: Sequence[_Row]) -> None:
    for before, after in pairwise(rows):
        if after.period.index != before.period.index + 1:
            missing = before.period.shifted(1).label()
            raise InputError(
                path, f"line {after.line}: {missing} is missing between {before.label} and {after.label}"
            )


def _without_leading_zeros(path: Path, rows: list[_Row]) -> tuple[list[_Row], int]:
    for number, row in enumerate(rows):
        if row.value > 0:
            return rows[number:], number
    raise InputError(path, "expected at least one period with output above zero")


def _check_one_unit(path: Path, rows: list[_Row]) -> None:
    values = np.array([row.value for row in rows])
    if len(values) < 4 or np.any(values <= 0):
        return
    steps = np.abs(np.diff(np.log(values)))
    largest = int(np.argmax(steps))
    # an outlier is two jumps in a row, there and back
    others = np.delete(steps, [i for i in (largest - 1, largest, largest + 1) if 0 <= i < len(steps)])
    if steps[largest] > np.log(JUMP) and (others.size == 0 or others.max() < np.log(JUMP / 10)):
        before, after = rows[largest], rows[largest + 1]
        raise InputError(
            path,
            f"line {after.line}: units look mixed, from {before.value:g} in {before.label} to {after.value:g} in "
            f"{after.label}; if that is real, add --allow-jumps",
        )
