"""The dispatcher, compiled: hour by hour it starts what can start, in the plan's order, blind to the future."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchestrator.planner.scheduling.compiled import Arrays, Ints, compiled

Bytes = NDArray[np.uint8]
Counts = NDArray[np.int32]
WAITS, RUNS, DONE = 0, 1, 2
"""What a task may be up to."""


class Site(NamedTuple):
    """What the world does, over R resources and T hours, to n tasks.

    Attributes:
        outdoor: whether each task stops in the rain, (n,).
        robots: each task's fleet, as a resource, or -1, and how many of it, (2, n).
        rain: (T,).
        closed: (T,).
        capacity: (R, T).
        down: robots in repair, (R, T); failures are added.
        failure: chance that one robot fails in one hour of work.
        exchange: hours that a task stands still when one of its robots fails.
        away: hours that the robot is in repair.
    """

    outdoor: Bytes
    robots: Ints
    rain: Bytes
    closed: Bytes
    capacity: Counts
    down: Counts
    failure: float
    exchange: int
    away: int


class Tasks(NamedTuple):
    """Where the tasks stand; changes as hours pass.

    Attributes:
        mode: number of each task's mode among all, (n,).
        not_before: hour before which each is not started, (n,).
        state: `WAITS`, `RUNS` or `DONE`, (n,).
        left: hours of work, (n,).
        start: -1 before, (n,).
        finish: -1 before, (n,).
        stalled: hours in which each ran and had to stand still for want of room, (n,).
    """

    mode: Ints
    not_before: Ints
    state: Ints
    left: Ints
    start: Ints
    finish: Ints
    stalled: Ints


@compiled
def _room(a: Arrays, free: Counts, m: int) -> bool:
    for k in range(a.need_first[m], a.need_first[m + 1]):  # noqa: SIM110 - a plain loop is what compiles
        if free[a.need[k]] < a.amount[k]:
            return False
    return True


@compiled
def _take(a: Arrays, free: Counts, m: int) -> None:
    for k in range(a.need_first[m], a.need_first[m + 1]):
        free[a.need[k]] -= a.amount[k]


@compiled
def _let(a: Arrays, tasks: Tasks, j: int, t: int) -> bool:
    """Whether all that `j` waits for lets it begin at `t`."""
    for k in range(a.pred_first[j], a.pred_first[j + 1]):
        i = a.pred[k]
        if a.pred_from_start[k] == 1:
            if tasks.state[i] == WAITS or tasks.start[i] + a.pred_lag[k] > t:
                return False
        elif tasks.state[i] != DONE or tasks.finish[i] + a.pred_lag[k] > t:
            return False
    return True


@compiled
def _halted(a: Arrays, site: Site, j: int, m: int, t: int) -> bool:
    """Whether work stands still; concrete and offices don't mind a closed site."""
    waits = a.need_first[m] == a.need_first[m + 1]
    return (site.closed[t] == 1 and not waits) or (site.outdoor[j] == 1 and site.rain[t] == 1)


@compiled
def _begins(a: Arrays, site: Site, tasks: Tasks, free: Counts, j: int, t: int) -> bool:
    """Whether a waiting task begins now."""
    if t < a.release[j] or _halted(a, site, j, tasks.mode[j], t) or not _let(a, tasks, j, t):
        return False
    return _room(a, free, tasks.mode[j])


@compiled
def _work(a: Arrays, site: Site, tasks: Tasks, rng: np.random.Generator, j: int, t: int) -> None:
    """One hour of a task that has all that it needs."""
    if _halted(a, site, j, tasks.mode[j], t):
        return
    tasks.left[j] -= 1
    fleet = site.robots[0, j]
    if fleet >= 0 and rng.random() < site.failure * site.robots[1, j]:
        tasks.left[j] += site.exchange
        site.down[fleet, t + 1 : t + 1 + site.away] += 1
    if tasks.left[j] <= 0:
        tasks.state[j], tasks.finish[j] = DONE, t + 1


@compiled
def _go_on(
    a: Arrays,
    site: Site,
    tasks: Tasks,
    rng: np.random.Generator,
    order: Ints,
    first: int,
    end: int,
    t: int,
    free: Counts,
) -> None:
    """What runs has its place before anything begins."""
    for place in range(first, end):
        j = int(order[place])
        m = int(tasks.mode[j])
        if tasks.state[j] != RUNS or a.work[a.calendar[m], t] == 0:
            continue
        if _room(a, free, m):
            _take(a, free, m)
            _work(a, site, tasks, rng, j, t)
        else:
            tasks.stalled[j] += 1


@compiled
def _start(
    a: Arrays,
    site: Site,
    tasks: Tasks,
    rng: np.random.Generator,
    order: Ints,
    first: int,
    end: int,
    t: int,
    free: Counts,
) -> None:
    """What can begin does, in order."""
    for place in range(first, end):
        j = int(order[place])
        m = int(tasks.mode[j])
        if tasks.state[j] != WAITS or a.work[a.calendar[m], t] == 0:
            continue
        if _begins(a, site, tasks, free, j, t):
            tasks.state[j], tasks.start[j] = RUNS, t
            _take(a, free, m)
            _work(a, site, tasks, rng, j, t)


@compiled
def dispatch(
    a: Arrays, site: Site, tasks: Tasks, rng: np.random.Generator, order: Ints, begin: int, until: int
) -> int:
    """Carry tasks out from hour `begin` to hour `until`, or until all are done.

    Args:
        a: the problem.
        site: that they are carried out on.
        tasks: changed.
        rng: of the robots' failures.
        order: tasks by planned start, (n,).
        begin: first hour.
        until: last hour, not included.

    Returns:
        The hour at which it stopped.
    """
    hours = site.capacity.shape[1]
    first = end = 0
    for t in range(begin, min(until, hours)):
        while first < len(order) and tasks.state[order[first]] == DONE:
            first += 1
        if first == len(order):
            return t
        # Tasks are in the order of their planned starts: those from `end` on are too early.
        while end < len(order) and tasks.not_before[order[end]] <= t:
            end += 1
        free = site.capacity[:, t] - site.down[:, t]
        # A task that begins now does not go on in the same hour.
        _go_on(a, site, tasks, rng, order, first, end, t, free)
        _start(a, site, tasks, rng, order, first, end, t, free)
    return min(until, hours)
