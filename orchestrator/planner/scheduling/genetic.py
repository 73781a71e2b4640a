"""A genetic algorithm over orders of activities and their modes: good schedules fast, without any proof."""

import time
from dataclasses import dataclass

import numpy as np

from orchestrator.planner.scheduling.bounds import chain_bound
from orchestrator.planner.scheduling.compiled import Arrays, arrays_of
from orchestrator.planner.scheduling.operators import FAILED, UNITS, build, evolve, populate
from orchestrator.planner.scheduling.problem import Problem, Schedule

_PATIENCE = 40
"""Children per individual without one that betters its parent, after which a population has nothing more to give."""

_GENERATIONS = 400
"""Children per individual that a population should have in the time that there is."""

_SMALLEST, _LARGEST = 24, 400
"""Sizes of a population."""

_BLOCKS = 8
"""Schedules of blocks that a search of a repetitive project begins with."""

_WISH = 0.5
"""Chance that a pass chooses an activity's mode anew."""

_CHUNK = 0.1
"""Seconds between two looks at the clock."""

_CHAINS = 8
"""Multiples of the longest chain within which a first schedule is tried to fit."""

_FIXED_CHUNK = 8
"""Schedules between two looks at the clock where their number is what is limited."""


@dataclass
class Effort:
    """What a search may take, and what it took.

    Attributes:
        deadline: by the monotonic clock, s.
        schedules: that may be built at most; none for no limit.
        built: so far; a left, a right and a left pass make one.
    """

    deadline: float
    schedules: int | None = None
    built: int = 0

    @property
    def over(self) -> bool:
        """Whether nothing is left."""
        spent = self.schedules is not None and self.built >= self.schedules
        return spent or time.monotonic() >= self.deadline

    def allowed(self, wanted: int) -> int:
        """As many of the wanted schedules as may be built."""
        return wanted if self.schedules is None else max(0, min(wanted, self.schedules - self.built))


class Island:
    """One population and the thread that breeds it.

    Args:
        problem: to be solved.
        effort: that it may take.
        seed: of everything random in it.
    """

    def __init__(self, problem: Problem, effort: Effort, seed: int) -> None:
        self.problem, self.effort = problem, effort
        self.best: Schedule | None = None
        self._rng = np.random.default_rng(seed)
        arrays = arrays_of(problem, _tight_horizon(problem))
        self._units = arrays if arrays.unit.max() + 1 >= UNITS else None
        # Populations know of no units: schedules that were joined of blocks are too much alike to breed from.
        self._arrays = arrays._replace(unit=np.full_like(arrays.unit, -1))
        self._wish = _WISH if len(self._arrays.duration) > len(problem) else 0.0
        self._chunk = 1
        self._size, self._stale = 0, 0
        self._allocate(0)

    def work(self) -> None:
        """Breed for a moment; afterwards `best` is the best schedule so far."""
        if not self._size:
            self._begin()
        elif self._stale > _PATIENCE * self._size:
            self._fill(min(2 * self._size, _LARGEST))
        else:
            self._breed()

    def adopt(self, schedule: Schedule) -> None:
        """Take a schedule from elsewhere into the population, in the place of the worst."""
        if self._size and (self.best is None or schedule.makespan < self.best.makespan):
            worst = int(self.fitness.argmax())
            start = np.array(schedule.start, dtype=np.int64)
            self._starts[worst] = start
            self._orders[worst] = np.argsort(start * len(start) + self._arrays.rank)
            self._modes[worst] = self._arrays.first[:-1] + np.array(schedule.mode)
            self.fitness[worst] = schedule.makespan
            self._note()

    def continue_from(self, schedule: Schedule, size: int = _SMALLEST) -> None:
        """Begin with a population of one schedule, of a problem that is a little different from this one."""
        self._allocate(size)
        self._size = size
        start = np.array(schedule.start, dtype=np.int64)
        self._orders[:] = np.argsort(start * len(start) + self._arrays.rank)
        self._modes[:] = self._arrays.first[:-1] + np.array(schedule.mode)
        free = np.empty((len(self._arrays.capacity), self._arrays.work.shape[1]), dtype=np.int32)
        finish = np.empty(len(start), dtype=np.int64)
        began, before = time.monotonic(), self.effort.built
        for i in range(size):
            individual = self._orders[i], self._modes[i], self._starts[i]
            wish = self._wish if i else 0.0
            self.fitness[i] = build(self._arrays, self._rng, wish, *individual, finish, free)
            self.effort.built += 1
            if self.effort.over:
                break
        self._pace((time.monotonic() - began) / (self.effort.built - before))
        self._note()

    def _begin(self) -> None:
        """Schedules of blocks, then the first population; its size fits the time that schedules take."""
        if self._units is not None:
            self._allocate(_BLOCKS)
            for i in range(_BLOCKS):
                if not self.effort.over:
                    self._populate(self._units, i, i + 1)
            if self.effort.over:
                return
        self._allocate(2)
        began = time.monotonic()
        self._populate(self._arrays, 0, 2)
        each = max((time.monotonic() - began) / 2, 1e-6)
        count = (self.effort.deadline - time.monotonic()) / each
        if self.effort.schedules is not None:
            # The clock must not matter.
            count = self.effort.schedules
        self._pace(each)
        size = int(np.clip(count / _GENERATIONS, _SMALLEST, _LARGEST))
        self._fill(size if self.effort.schedules is None else min(size, max(2, self.effort.schedules)))

    def _pace(self, each: float) -> None:
        """How many schedules are built between two looks at the clock, given the seconds that one takes."""
        self._chunk = max(1, int(_CHUNK / max(each, 1e-6))) if self.effort.schedules is None else _FIXED_CHUNK

    def _fill(self, size: int) -> None:
        """A new population of random schedules."""
        self._size, self._stale = size, 0
        self._allocate(size)
        for begin in range(0, size, self._chunk):
            if self.effort.over:
                break
            self._populate(self._arrays, begin, begin + self._chunk)

    def _allocate(self, size: int) -> None:
        shape = (size, len(self.problem))
        self._orders, self._modes, self._starts = (np.zeros(shape, dtype=np.int64) for _ in range(3))
        self._orders[:] = np.argsort(self._arrays.rank)
        self._modes[:] = self._arrays.first[:-1]
        self.fitness = np.full(size, 3 * FAILED, dtype=np.int64)

    def _populate(self, arrays: Arrays, begin: int, end: int) -> None:
        part = slice(begin, end)
        populate(
            arrays,
            self._rng,
            self._wish,
            self._orders[part],
            self._modes[part],
            self._starts[part],
            self.fitness[part],
        )
        self.effort.built += len(self.fitness[part])
        self._note()

    def _breed(self) -> None:
        count = self.effort.allowed(self._chunk)
        better = evolve(
            self._arrays,
            self._rng,
            count,
            self._wish,
            self._orders,
            self._modes,
            self._starts,
            self.fitness,
        )
        self.effort.built += count
        self._stale = 0 if better else self._stale + count
        self._note()

    def _note(self) -> None:
        best = int(self.fitness.argmin())
        value = int(self.fitness[best])
        if value < FAILED and (self.best is None or value < self.best.makespan):
            self.best = self._schedule(self._starts[best], self._modes[best], value)

    def _schedule(self, start: np.ndarray, mode: np.ndarray, makespan: int) -> Schedule:
        chosen = mode - self._arrays.first[:-1]
        return Schedule(tuple(start.tolist()), tuple(chosen.tolist()), makespan)


def _tight_horizon(problem: Problem) -> int:
    """Periods that any sensible schedule fits: twice the first that one finds."""
    most = problem.horizon()
    horizon = min(most, _CHAINS * chain_bound(problem))
    while True:
        arrays = arrays_of(problem, horizon)
        orders, modes, starts = (np.zeros((1, len(problem)), dtype=np.int64) for _ in range(3))
        fitness = np.zeros(1, dtype=np.int64)
        populate(arrays, np.random.default_rng(0), 0.0, orders, modes, starts, fitness)
        if fitness[0] < 2 * FAILED or horizon == most:
            break
        # It did not fit: what always fits is far too long to begin with.
        horizon = min(most, 2 * horizon)
    # Overdrawn stocks hide the makespan.
    if fitness[0] >= FAILED:
        return most
    return int(min(most, 2 * fitness[0] + max(map(len, problem.calendars)) + 1))
