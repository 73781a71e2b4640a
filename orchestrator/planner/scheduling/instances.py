"""Published scheduling instances: the Patterson format of RCPSP libraries, and PSPLIB's own of one or several modes."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from orchestrator.errors import InputError
from orchestrator.planner.scheduling.problem import Arc, Mode, Problem

SUFFIXES = (".txt", ".sm", ".mm", ".rcp")
"""How the names of instances end."""

BEST_KNOWN = "best_known.csv"
"""Beside instances: `instance,best_known_makespan`."""


def find_instances(folder: Path) -> list[Path]:
    """Instances in a folder and in the folders in it.

    Raises:
        InputError: there is no such folder, or no instance in it.
    """
    if not folder.is_dir():
        raise InputError(folder, "expected a folder of instances")
    found = sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES and path.is_file())
    if not found:
        raise InputError(folder, f"no instance in it: expected files that end in {', '.join(SUFFIXES)}")
    return found


def read_best_known(folder: Path) -> dict[str, int]:
    """Best known makespans by file name, from a folder's `best_known.csv`; empty where there is none.

    Raises:
        InputError: the file is not such a table.
    """
    path = folder / BEST_KNOWN
    if not path.is_file():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        try:
            return {row["instance"]: int(row["best_known_makespan"]) for row in csv.DictReader(file)}
        except (KeyError, TypeError, ValueError, csv.Error) as error:
            raise InputError(path, "expected the columns instance and best_known_makespan") from error


def read_instance(path: Path) -> Problem:
    """An instance.

    Raises:
        InputError: the file is not one.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(path, "cannot be read as text") from error
    try:
        problem = _psplib(text) if "PRECEDENCE RELATIONS" in text else _patterson(text)
    except (ValueError, IndexError, StopIteration) as error:
        reason = f": {error}" if str(error) and not isinstance(error, IndexError | StopIteration) else ""
        raise InputError(path, f"expected an instance in Patterson's or PSPLIB's format{reason}") from error
    return problem


def _patterson(text: str) -> Problem:
    numbers = map(int, text.split())
    count, resources = next(numbers), next(numbers)
    if count < 1 or resources < 0:
        raise ValueError(f"{count} jobs, {resources} resources")
    capacity = tuple(_take(numbers, resources))
    modes: list[tuple[Mode, ...]] = []
    arcs: list[Arc] = []
    for job in range(count):
        duration, *demand = _take(numbers, 1 + resources)
        modes.append((_mode(duration, demand, []),))
        arcs += [Arc(job, _job(after, count)) for after in _take(numbers, next(numbers))]
    if next(numbers, None) is not None:
        raise ValueError("more numbers than jobs")
    return _problem(modes, arcs, capacity, ())


def _psplib(text: str) -> Problem:
    head, _, rest = text.partition("PRECEDENCE RELATIONS")
    relations, _, rest = rest.partition("REQUESTS/DURATIONS")
    requests, _, available = rest.partition("RESOURCEAVAILABILITIES")
    if not available:
        requests, _, available = rest.partition("RESOURCE AVAILABILITIES")
    count = _number(r"jobs\s*\(incl[^:]*:\s*(\d+)", head)
    kinds = [_number(rf"-\s*{kind}[^:]*:\s*(\d+)", head) for kind in ("renewable", "nonrenewable", "doubly")]
    renewable, stocks, doubly = kinds
    if doubly:
        raise ValueError("doubly constrained resources are not supported")
    arcs: list[Arc] = []
    mode_counts: list[int] = []
    for job, row in enumerate(_rows(relations)):
        number, mode_count, successors, *after = row
        if number != job + 1 or len(after) != successors:
            raise ValueError(f"job {number}: {successors} successors announced, {len(after)} given")
        mode_counts.append(mode_count)
        arcs += [Arc(job, _job(other, count)) for other in after]
    lines = iter(_rows(requests))
    modes = [_modes_of(job, mode_count, lines, renewable) for job, mode_count in enumerate(mode_counts)]
    capacity = _rows(available)[-1]
    if len(modes) != count or len(capacity) != renewable + stocks:
        raise ValueError(f"{count} jobs and {renewable + stocks} resources announced")
    return _problem(modes, arcs, tuple(capacity[:renewable]), tuple(capacity[renewable:]))


def _modes_of(job: int, count: int, lines: Iterator[list[int]], renewable: int) -> tuple[Mode, ...]:
    modes: list[Mode] = []
    for number in range(count):
        row = next(lines)
        if not number:
            if row[0] != job + 1:
                raise ValueError(f"requests of job {row[0]} where job {job + 1} was expected")
            row = row[1:]
        if row[0] != number + 1:
            raise ValueError(f"job {job + 1}: mode {row[0]} where mode {number + 1} was expected")
        modes.append(_mode(row[1], row[2 : 2 + renewable], row[2 + renewable :]))
    return tuple(modes)


def _problem(
    modes: list[tuple[Mode, ...]], arcs: list[Arc], capacity: tuple[int, ...], stock: tuple[int, ...]
) -> Problem:
    for job, choices in enumerate(modes):
        if any(len(m.demand) != len(capacity) or len(m.uses) != len(stock) for m in choices):
            raise ValueError(f"job {job + 1} does not give a number for every resource")
    return Problem(tuple(modes), tuple(arcs), capacity, stock)


def _mode(duration: int, demand: list[int], uses: list[int]) -> Mode:
    if min([duration, *demand, *uses]) < 0:
        raise ValueError("a negative number")
    return Mode(duration, tuple(demand), tuple(uses))


def _job(number: int, count: int) -> int:
    if not 1 <= number <= count:
        raise ValueError(f"a successor {number} of {count} jobs")
    return number - 1


def _rows(text: str) -> list[list[int]]:
    """The lines that are nothing but numbers."""
    split = (line.split() for line in text.splitlines())
    return [[int(word) for word in words] for words in split if words and all(w.isdecimal() for w in words)]


def _take(numbers: Iterator[int], count: int) -> list[int]:
    return [next(numbers) for _ in range(count)]


def _number(pattern: str, text: str) -> int:
    match = re.search(pattern, text)
    if not match:
        raise ValueError("its head does not tell the numbers of jobs and resources")
    return int(match[1])
