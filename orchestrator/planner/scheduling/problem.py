"""What the scheduler solves: activities with modes, precedence with lags, capacities, calendars.

Times are whole periods. An activity is carried out in one of its modes without interruption, but for the periods in
which the mode's calendar rests: there it stands still and holds nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

ALWAYS = (True,)
"""The calendar that never rests; number 0 of every problem."""


@dataclass(frozen=True)
class Mode:
    """One way to carry out an activity.

    Attributes:
        duration: working periods.
        demand: of each renewable resource, in every working period.
        uses: of each stock, once.
        calendar: number of the calendar that it keeps.
    """

    duration: int
    demand: tuple[int, ...] = ()
    uses: tuple[int, ...] = ()
    calendar: int = 0


@dataclass(frozen=True)
class Arc:
    """A precedence: `after` starts `lag` periods or more after `before` has finished, or started.

    Attributes:
        before: activity.
        after: activity.
        lag: periods, 0 or more.
        from_start: counts from the start of `before` instead of from its finish.
    """

    before: int
    after: int
    lag: int = 0
    from_start: bool = False


@dataclass(frozen=True)
class Problem:
    """A multi-mode resource-constrained project scheduling problem; the makespan is to be small.

    Attributes:
        modes: of each activity, at least one.
        arcs: without cycles.
        capacity: of each renewable resource.
        stock: of each resource that is used up.
        release: earliest start of each activity; empty for 0.
        fixed: start of the activities that have begun, by number; these have one mode.
        calendars: patterns that repeat from period 0 on: whether a period is worked.
        unit: of repetitive work (a bay, a floor) that each activity belongs to, from 0 on in the order of their
            turns, -1 for none; empty where nothing repeats.
    """

    modes: tuple[tuple[Mode, ...], ...]
    arcs: tuple[Arc, ...]
    capacity: tuple[int, ...] = ()
    stock: tuple[int, ...] = ()
    release: tuple[int, ...] = ()
    fixed: Mapping[int, int] = field(default_factory=dict)
    calendars: tuple[tuple[bool, ...], ...] = (ALWAYS,)
    unit: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self.modes or not all(self.modes):
            raise ValueError("expected activities with one mode or more each")
        if self.calendars[0] != ALWAYS or not all(any(calendar) for calendar in self.calendars):
            raise ValueError("expected calendar 0 to be ALWAYS, and work in every calendar")
        if any(arc.lag < 0 for arc in self.arcs):
            raise ValueError("expected lags of 0 or more")
        if any(len(self.modes[i]) != 1 for i in self.fixed):
            raise ValueError("expected one mode for each activity that has begun")
        if self.unit and len(self.unit) != len(self):
            raise ValueError("expected a unit for every activity, or none at all")
        self.topological_order()

    def __len__(self) -> int:
        return len(self.modes)

    @property
    def releases(self) -> tuple[int, ...]:
        """Earliest start of each activity."""
        return self.release or (0,) * len(self)

    def all_modes(self) -> Iterator[tuple[int, Mode]]:
        """Each activity's number with each of its modes."""
        for activity, modes in enumerate(self.modes):
            for mode in modes:
                yield activity, mode

    def topological_order(self) -> list[int]:
        """The activities, each after all that it waits for.

        Raises:
            ValueError: the precedence has a cycle.
        """
        waiting = [0] * len(self)
        after: list[list[int]] = [[] for _ in self.modes]
        for arc in self.arcs:
            waiting[arc.after] += 1
            after[arc.before].append(arc.after)
        order = [i for i, count in enumerate(waiting) if not count]
        for activity in order:
            for follower in after[activity]:
                waiting[follower] -= 1
                if not waiting[follower]:
                    order.append(follower)
        if len(order) < len(self):
            raise ValueError("the precedence has a cycle")
        return order

    def horizon(self) -> int:
        """Periods within which every order of the activities fits."""
        total = max(self.releases, default=0) + sum(arc.lag for arc in self.arcs)
        total += max(self.fixed.values(), default=0)
        for modes in self.modes:
            total += max(elapsed_at_most(mode.duration, self.calendars[mode.calendar]) for mode in modes)
        return total + max(map(len, self.calendars)) + 1


@dataclass(frozen=True)
class Schedule:
    """A solution.

    Attributes:
        start: of each activity.
        mode: number of each activity's mode among its own.
        makespan: the latest finish.
    """

    start: tuple[int, ...]
    mode: tuple[int, ...]
    makespan: int


def elapsed_at_most(duration: int, calendar: tuple[bool, ...]) -> int:
    """Periods that so much work takes at the most, rests included, wherever it begins."""
    if all(calendar):
        return duration
    return (-(-duration // sum(calendar)) + 1) * len(calendar)
