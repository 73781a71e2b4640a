"""The anytime scheduler: the genetic algorithm on one core, CP-SAT or a second population on the other."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from orchestrator.planner.scheduling.bounds import chain_bound, resource_bound
from orchestrator.planner.scheduling.cpsat import CpSat
from orchestrator.planner.scheduling.genetic import Effort, Island
from orchestrator.planner.scheduling.problem import Arc, Mode, Problem, Schedule
from orchestrator.planner.scheduling.reduce import carried, reduced, restored, useful_modes

SMALL = 80
"""Activities up to which CP-SAT gets a core for all of the time: beyond, a second population finds more."""

_BOUND_SHARE = 0.15
"""Share of the time that CP-SAT gets for a bound on larger problems."""

_ALONE_SHARE = 0.5
"""Share of the time that the genetic algorithm gets of a single thread on a small problem; CP-SAT has the rest."""

_HEAD_START = 0.1
"""Share of the time after which CP-SAT begins, with the genetic algorithm's schedule as its hint."""


@dataclass
class Solution:
    """What a search came to.

    Attributes:
        schedule: the best one.
        bound: no schedule is shorter.
        seconds: that the search took.
        built: schedules that the genetic algorithm built.
        history: (seconds, makespan, bound) at each improvement.
    """

    schedule: Schedule
    bound: int
    seconds: float
    built: int
    history: list[tuple[float, int, int]] = field(default_factory=list)

    @property
    def gap_percent(self) -> float:
        """How far the makespan may be above the shortest one, % of the bound."""
        return 100 * (self.schedule.makespan - self.bound) / max(self.bound, 1)


class NoScheduleError(RuntimeError):
    """No schedule was found that keeps to the stocks and capacities."""


def solve(
    problem: Problem,
    seconds: float,
    *,
    threads: int = 2,
    seed: int = 0,
    schedules: int | None = None,
    begin: Schedule | None = None,
) -> Solution:
    """Find a short schedule and a bound.

    Args:
        problem: to be solved.
        seconds: wall-clock time at the most; less where the schedule is proven shortest.
        threads: to use, 1 or 2.
        seed: of everything random.
        schedules: that the genetic algorithm builds at the most; given one, it works alone in one thread, and its
            result does not depend on the clock unless `seconds` are over first.
        begin: a schedule of a similar problem to begin with.

    Raises:
        NoScheduleError: none was found.
    """
    kept = useful_modes(problem)
    if not all(kept):
        i = next(i for i, numbers in enumerate(kept) if not numbers)
        raise NoScheduleError(f"activity {i} demands more than there is, in every mode")
    problem = reduced(problem, kept)
    begin = carried(begin, kept) if begin is not None else None
    search = _Search(problem, seconds, seed, schedules, begin)
    with ThreadPoolExecutor(2) as pool:
        others = [pool.submit(search.prove_and_breed)] if threads > 1 and schedules is None else []
        alone = not others and schedules is None and len(problem) <= SMALL
        search.breed(seed, _ALONE_SHARE if alone else 1.0)
        if alone and not search.over:
            search.prove()
        for other in others:
            other.result()
    if search.best is None:
        raise NoScheduleError("no schedule keeps to the stocks, as far as the search went")
    return Solution(restored(search.best, kept), search.bound, search.elapsed, search.built, search.history)


def warm_up() -> None:
    """Compile what is not yet compiled, so that it does not count into a search's time."""
    problem = Problem(
        modes=((Mode(1, (1,), (1,)), Mode(2, (1,), (0,))), (Mode(1, (1,), (0,)),)),
        arcs=(Arc(0, 1),),
        capacity=(1,),
        stock=(1,),
    )
    for _ in range(2):
        island = Island(problem, Effort(time.monotonic() + 60, 100), 0)
        for _ in range(3):
            island.work()


class _Search:
    """The state that the threads share."""

    def __init__(
        self, problem: Problem, seconds: float, seed: int, schedules: int | None, begin: Schedule | None
    ) -> None:
        self.problem, self.seed, self.begin = problem, seed, begin
        self.best: Schedule | None = None
        self.bound = max(chain_bound(problem), resource_bound(problem)[0])
        self.history: list[tuple[float, int, int]] = []
        self.built = 0
        self._schedules = schedules
        self._seconds, self._began = seconds, time.monotonic()
        self._lock, self._first = threading.Lock(), threading.Event()
        self._solver: CpSat | None = None

    @property
    def elapsed(self) -> float:
        """Since the search began, s."""
        return time.monotonic() - self._began

    @property
    def proven(self) -> bool:
        """Whether nothing better exists."""
        return self.best is not None and self.best.makespan <= self.bound

    @property
    def over(self) -> bool:
        """Whether to stop."""
        return self.proven or self.elapsed >= self._seconds

    def found(self, schedule: Schedule) -> None:
        """Take note of a schedule."""
        with self._lock:
            if self.best is None or schedule.makespan < self.best.makespan:
                self.best = schedule
                self.history.append((self.elapsed, schedule.makespan, self.bound))
        self._first.set()
        self._stop_if_proven()

    def bounded(self, bound: int) -> None:
        """Take note of a bound."""
        with self._lock:
            if bound > self.bound:
                self.bound = bound
                if self.best is not None:
                    self.history.append((self.elapsed, self.best.makespan, bound))
        self._stop_if_proven()

    def breed(self, seed: int, share: float = 1.0) -> None:
        """A population, until a share of the time is over."""
        effort = Effort(self._began + share * self._seconds, self._schedules)
        island = Island(self.problem, effort, seed)
        if self.begin is not None:
            # The schedule itself may do; others are built from it only if not.
            island.continue_from(self.begin, 1)
            self._offer(island)
            if not self.over and not effort.over:
                island.continue_from(self.begin)
                self._offer(island)
        if self.best is None and effort.over:
            # Late is better than nothing.
            island.work()
            self._offer(island)
        while not self.over and not effort.over:
            island.work()
            self._offer(island)
            if self.best is not None:
                island.adopt(self.best)
        self.built += effort.built

    def prove(self) -> None:
        """CP-SAT alone with one thread, for what is left of the time."""
        self._run_solver(self._seconds - self.elapsed)

    def prove_and_breed(self) -> None:
        """CP-SAT, for all of the time where the problem is small; otherwise for a share, then a population."""
        self._first.wait(self._seconds)
        small = len(self.problem) <= SMALL
        while small and self.elapsed < _HEAD_START * self._seconds and not self.over:
            time.sleep(0.01)
        if not self.over:
            self._run_solver((1.0 if small else _BOUND_SHARE) * self._seconds - self.elapsed)
        if not self.over:
            self.breed(self.seed + 1)

    def _run_solver(self, seconds: float) -> None:
        if seconds <= 0:
            return
        solver = CpSat(self.problem, self.best, self.bound)
        self._solver = solver
        if not self.over:
            solver.run(seconds, 1, self.seed % 2**31, self.found, self.bounded)
        self._solver = None

    def _offer(self, island: Island) -> None:
        if island.best is not None:
            self.found(island.best)

    def _stop_if_proven(self) -> None:
        solver = self._solver
        if solver is not None and self.proven:
            solver.solver.stop_search()
