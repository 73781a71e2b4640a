"""The scheduler on published instances, beside CP-SAT alone in the same time on the same cores."""

import re
import statistics
from collections.abc import Callable
from pathlib import Path

from orchestrator.plan_records import InstanceResult, ScheduleBenchmark
from orchestrator.planner.scheduling.cpsat import CpSat
from orchestrator.planner.scheduling.instances import find_instances, read_best_known, read_instance
from orchestrator.planner.scheduling.problem import Problem, Schedule
from orchestrator.planner.scheduling.solve import solve, warm_up
from orchestrator.planner.scheduling.verify import violations
from orchestrator.provenance import command_line, this_machine


class WrongScheduleError(RuntimeError):
    """The checker refuses what the scheduler made: a bug."""


def schedule_benchmark(
    folder: Path,
    seconds: float,
    *,
    threads: int = 2,
    seed: int = 0,
    plain: bool = True,
    progress: Callable[[float], None] = lambda share: None,
) -> ScheduleBenchmark:
    """Solve every instance of a folder.

    Args:
        folder: of instances; those in folders within it count too.
        seconds: for each, s.
        threads: to use, 1 or 2.
        seed: of everything random.
        plain: also let CP-SAT alone solve each, in as many seconds and threads.
        progress: told the share that is done.

    Raises:
        InputError: something in the folder is not an instance; nothing has been solved then.
    """
    paths = find_instances(folder)
    problems = {path: read_instance(path) for path in paths}
    best_known = {parent: read_best_known(parent) for parent in {path.parent for path in paths}}
    machine = this_machine(threads)
    warm_up()
    results: dict[str, InstanceResult] = {}
    for done, (path, problem) in enumerate(problems.items()):
        known = best_known[path.parent].get(path.name)
        result = _solved(path, problem, seconds, threads, seed, known)
        if plain:
            found = plain_cp_sat(problem, seconds, threads, seed)
            result = result.model_copy(update={"plain_cp_sat": found.makespan if found else None})
        results[path.relative_to(folder).as_posix()] = result
        progress((done + 1) / len(problems))
    gaps = [result.gap_percent for result in results.values() if result.gap_percent is not None]
    return ScheduleBenchmark(
        name="schedule",
        machine=machine,
        command=command_line(),
        figures=_figures(results),
        instances=results,
        mean_gap_percent=statistics.fmean(gaps) if gaps else None,
        seconds_each=seconds,
    )


def plain_cp_sat(problem: Problem, seconds: float, threads: int, seed: int) -> Schedule | None:
    """What CP-SAT finds without any help of ours."""
    found: list[Schedule] = []
    CpSat(problem).run(seconds, threads, seed, found.append, lambda bound: None)
    return found[-1] if found else None


def set_of(file: str) -> str:
    """The set that an instance belongs to by its name: `J30` of `J30_11.txt`, `MMLIB50` of `J5016_5.txt`."""
    name = Path(file).stem
    if match := re.fullmatch(r"(J50|J100)\d+_\d", name):
        return f"MMLIB{match[1][1:]}"
    return re.split(r"[_-]", name)[0]


def _solved(
    path: Path, problem: Problem, seconds: float, threads: int, seed: int, known: int | None
) -> InstanceResult:
    solution = solve(problem, seconds, threads=threads, seed=seed)
    wrong = violations(problem, solution.schedule)
    if wrong:
        raise WrongScheduleError(f"{path}: {wrong[0]} (and {len(wrong) - 1} more)")
    return InstanceResult(
        makespan=solution.schedule.makespan,
        bound=solution.bound,
        best_known=known,
        gap_percent=_gap(solution.schedule.makespan, known),
        start=solution.schedule.start,
        mode=tuple(number + 1 for number in solution.schedule.mode),
        seconds=round(solution.seconds, 3),
    )


def _figures(results: dict[str, InstanceResult]) -> dict[str, float]:
    figures: dict[str, float] = {}
    for name in dict.fromkeys(map(set_of, results)):
        mine = [result for file, result in results.items() if set_of(file) == name and result.best_known]
        gaps = [result.gap_percent for result in mine if result.gap_percent is not None]
        plain = [gap for r in mine if (gap := _gap(r.plain_cp_sat, r.best_known)) is not None]
        if gaps:
            figures[f"{name}_mean_gap_percent"] = statistics.fmean(gaps)
        if plain:
            figures[f"{name}_plain_cp_sat_mean_gap_percent"] = statistics.fmean(plain)
            figures[f"{name}_plain_cp_sat_solved"] = float(len(plain))
        if mine:
            figures[f"{name}_instances"] = float(len(mine))
    figures["proven_optimal"] = float(sum(r.makespan == r.bound for r in results.values()))
    return figures


def _gap(makespan: int | None, known: int | None) -> float | None:
    """How far a makespan is above the best known one, %."""
    return None if makespan is None or not known else 100 * (makespan - known) / known
