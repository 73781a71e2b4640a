"""OR-Tools' CP-SAT on the same problem: for bounds, for proof, and for better schedules of small problems.

Calendars that rest are relaxed to calendars that do not: what CP-SAT then finds is a bound and no schedule.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from ortools.sat.python import cp_model

from orchestrator.planner.scheduling.problem import ALWAYS, Problem, Schedule

Found = Callable[[Schedule], None]
Bound = Callable[[int], None]


def exact(problem: Problem) -> bool:
    """Whether the model leaves nothing of the problem out."""
    return all(problem.calendars[mode.calendar] == ALWAYS for _, mode in problem.all_modes())


@dataclass
class CpSat:
    """One solver with one model.

    Args:
        problem: to be solved.
        hint: a schedule to begin with.
        at_least: a bound that is known.
    """

    problem: Problem
    hint: Schedule | None = None
    at_least: int = 0
    solver: cp_model.CpSolver = field(default_factory=cp_model.CpSolver)

    def __post_init__(self) -> None:
        self.model = cp_model.CpModel()
        self._exact = exact(self.problem)
        self._horizon = self.hint.makespan if self.hint else self.problem.horizon()
        self._chosen: list[list[cp_model.IntVar]] = []
        self._start = [self._start_of(i) for i in range(len(self.problem))]
        self._makespan = self.model.new_int_var(min(self.at_least, self._horizon), self._horizon, "makespan")
        self._add_modes()
        self._add_arcs()
        self._add_resources()
        if self.hint and self._exact:
            self._add_hint(self.hint)
        self.model.minimize(self._makespan)

    def run(self, seconds: float, workers: int, seed: int, found: Found, bound: Bound) -> None:
        """Search; calls `found` with each better schedule and `bound` with each better bound."""
        parameters = self.solver.parameters
        parameters.max_time_in_seconds = max(seconds, 0.01)
        parameters.num_workers = workers
        parameters.random_seed = seed
        self.solver.best_bound_callback = lambda value: bound(_ceiling(value))
        status = self.solver.solve(self.model, _Report(self, found) if self._exact else None)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            bound(_ceiling(self.solver.best_objective_bound))

    def schedule(self, value: Callable[[cp_model.IntVar], int]) -> Schedule:
        """The schedule of a solution's values."""
        start = tuple(value(variable) for variable in self._start)
        mode = tuple(
            next((k for k, chosen in enumerate(row) if value(chosen)), 0) if row else 0
            for row in self._chosen
        )
        ends = (s + self.problem.modes[i][mode[i]].duration for i, s in enumerate(start))
        return Schedule(start, mode, max(ends))

    def _start_of(self, i: int) -> cp_model.IntVar:
        begun = self.problem.fixed.get(i)
        low = self.problem.releases[i] if begun is None else begun
        return self.model.new_int_var(low, max(low, self._horizon) if begun is None else begun, f"start {i}")

    def _add_modes(self) -> None:
        self._end: list[cp_model.LinearExprT] = []
        for i, modes in enumerate(self.problem.modes):
            chosen = [self.model.new_bool_var(f"mode {i} {k}") for k in range(len(modes))]
            if len(modes) == 1:
                chosen = []
                end: cp_model.LinearExprT = self._start[i] + modes[0].duration
            else:
                self.model.add_exactly_one(chosen)
                duration = sum(c * m.duration for c, m in zip(chosen, modes, strict=True))
                end = self._start[i] + duration
            self._chosen.append(chosen)
            self._end.append(end)
            self.model.add(end <= self._makespan)

    def _add_arcs(self) -> None:
        for arc in self.problem.arcs:
            begin = self._start[arc.before] if arc.from_start else self._end[arc.before]
            self.model.add(self._start[arc.after] >= begin + arc.lag)

    def _add_resources(self) -> None:
        intervals = [self._intervals(i) for i in range(len(self.problem))]
        for r, capacity in enumerate(self.problem.capacity):
            users = [
                (interval, mode.demand[r])
                for i, modes in enumerate(self.problem.modes)
                for interval, mode in zip(intervals[i], modes, strict=True)
                if mode.demand[r] > 0 and mode.duration > 0
            ]
            if users:
                self.model.add_cumulative([u for u, _ in users], [d for _, d in users], capacity)
        for k, stock in enumerate(self.problem.stock):
            fixed, terms = 0, []
            for i, modes in enumerate(self.problem.modes):
                if len(modes) == 1:
                    fixed += modes[0].uses[k]
                else:
                    terms += [c * m.uses[k] for c, m in zip(self._chosen[i], modes, strict=True)]
            if terms or fixed > stock:
                self.model.add(cp_model.LinearExpr.sum(terms) <= stock - fixed)

    def _intervals(self, i: int) -> list[cp_model.IntervalVar]:
        modes, start = self.problem.modes[i], self._start[i]
        if len(modes) == 1:
            return [self.model.new_fixed_size_interval_var(start, modes[0].duration, f"work {i}")]
        return [
            self.model.new_optional_fixed_size_interval_var(start, mode.duration, chosen, f"work {i} {k}")
            for k, (mode, chosen) in enumerate(zip(modes, self._chosen[i], strict=True))
        ]

    def _add_hint(self, hint: Schedule) -> None:
        for i, variable in enumerate(self._start):
            self.model.add_hint(variable, hint.start[i])
            for k, chosen in enumerate(self._chosen[i]):
                self.model.add_hint(chosen, k == hint.mode[i])
        self.model.add_hint(self._makespan, hint.makespan)


class _Report(cp_model.CpSolverSolutionCallback):
    """Passes each solution on."""

    def __init__(self, model: CpSat, found: Found) -> None:
        super().__init__()
        self._model, self._found = model, found

    def on_solution_callback(self) -> None:
        """Called by the solver."""
        self._found(self._model.schedule(self.value))


def _ceiling(value: float) -> int:
    """The whole number that a bound of whole numbers means, whatever the last bits say."""
    return math.ceil(value - 1e-6) if math.isfinite(value) else 0
