"""The dispatcher, compiled: hour by hour it starts what can start, in the plan's order, and knows nothing of the future."""

import numpy as np
from numpy.typing import NDArray

from orchestrator.planner.scheduling.compiled import Arrays, Ints, compiled

Bytes = NDArray[np.uint8]
WAITS, RUNS, DONE = 0, 1, 2
"""What a task may be up to."""


@compiled
def _room(a: Arrays, free: NDArray[np.int32], m: int) -> bool:
    for k in range(a.need_first[m], a.need_first[m + 1]):  # noqa: SIM110 - a plain loop is what compiles
        if free[a.need[k]] < a.amount[k]:
            return False
    return True


@compiled
def _take(a: Arrays, free: NDArray[np.int32], m: int) -> None:
    for k in range(a.need_first[m], a.need_first[m + 1]):
        free[a.need[k]] -= a.amount[k]


@compiled
def _may_begin(a: Arrays, j: int, t: int, state: Ints, start: Ints, finish: Ints) -> bool:
    """Whether all that `j` waits for lets it begin at `t`."""
    for k in range(a.pred_first[j], a.pred_first[j + 1]):
        i = a.pred[k]
        if a.pred_from_start[k] == 1:
            if state[i] == WAITS or start[i] + a.pred_lag[k] > t:
                return False
        elif state[i] != DONE or finish[i] + a.pred_lag[k] > t:
            return False
    return True


@compiled
def dispatch(
    a: Arrays,
    order: Ints,
    not_before: Ints,
    mode: Ints,
    outdoor: Bytes,
    robots: Ints,
    rain: Bytes,
    closed: Bytes,
    capacity: NDArray[np.int32],
    down: NDArray[np.int32],
    failure: float,
    exchange: int,
    away: int,
    rng: np.random.Generator,
    state: Ints,
    left: Ints,
    start: Ints,
    finish: Ints,
    stalled: Ints,
    begin: int,
    until: int,
) -> int:
    """Carry tasks out from hour `begin` to hour `until`, or until all are done.

    Args:
        a: the problem.
        order: tasks by priority, (n,).
        not_before: hour before which the dispatcher does not start each task, (n,).
        mode: number of each task's mode among all, (n,).
        outdoor: whether each task stops in the rain, (n,).
        robots: resource that is the fleet and how many of it each task takes, -1 for none, (2, n).
        rain: (T,).
        closed: (T,).
        capacity: (R, T).
        down: robots in repair, (R, T); failures are added.
        failure: of one robot in one hour of work.
        exchange: hours that a task stands still when one of its robots fails.
        away: hours that the robot is in repair.
        rng: of the failures.
        state: of each task, (n,), changed.
        left: hours of work that each task still takes, (n,), changed.
        start: (n,), changed.
        finish: (n,), changed.
        stalled: hours in which each running task had to stand still for want of room, (n,), changed.
        begin: first hour.
        until: last hour, not included.

    Returns:
        The hour at which it stopped.
    """
    n = len(order)
    hours = capacity.shape[1]
    free = np.empty(capacity.shape[0], dtype=np.int32)
    first = 0
    for t in range(begin, min(until, hours)):
        for r in range(len(free)):
            free[r] = capacity[r, t] - down[r, t]
        # What runs goes on before anything begins.
        open_ = 0
        for round_ in range(2):
            for place in range(first, n):
                j = order[place]
                if state[j] == DONE:
                    continue
                open_ += 1
                m = mode[j]
                if a.work[a.calendar[m], t] == 0:
                    continue
                if round_ == 0:
                    if state[j] != RUNS:
                        continue
                    if not _room(a, free, m):
                        stalled[j] += 1
                        continue
                else:
                    if state[j] != WAITS or t < not_before[j] or t < a.release[j]:
                        continue
                    if closed[t] == 1 or (outdoor[j] == 1 and rain[t] == 1):
                        continue
                    if not _room(a, free, m) or not _may_begin(a, j, t, state, start, finish):
                        continue
                    state[j], start[j] = RUNS, t
                _take(a, free, m)
                if closed[t] == 1 or (outdoor[j] == 1 and rain[t] == 1):
                    continue
                left[j] -= 1
                if robots[0, j] >= 0 and rng.random() < failure * robots[1, j]:
                    left[j] += exchange
                    for later in range(t + 1, min(hours, t + 1 + away)):
                        down[robots[0, j], later] += 1
                if left[j] <= 0:
                    state[j], finish[j] = DONE, t + 1
        while first < n and state[order[first]] == DONE:
            first += 1
        if open_ == 0:
            return t
    return min(until, hours)
