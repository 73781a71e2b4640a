"""The compiled passes that turn an order of activities into a schedule, and justify it.

A left pass puts each activity, in the given order, as early as precedence and resources let it; a right pass puts
each as late. Forward-backward improvement (Tormos and Lova 2001; "justification", Valls et al. 2005) is left, right,
left. In a pass an activity may change its mode, where that makes it finish earlier (start later) and no stock runs
out (Lova et al. 2009).
"""

import numpy as np
from numpy.typing import NDArray

from orchestrator.planner.scheduling.compiled import Arrays, Ints, compiled

Free = NDArray[np.int32]
Random = np.random.Generator


@compiled
def fits(a: Arrays, free: Free, m: int, t: int) -> bool:
    """Whether mode `m` finds what it demands in period `t`."""
    for k in range(a.need_first[m], a.need_first[m + 1]):  # noqa: SIM110 - a plain loop is what compiles
        if free[a.need[k], t] < a.amount[k]:
            return False
    return True


@compiled
def earliest(a: Arrays, free: Free, m: int, t: int) -> tuple[int, int]:
    """First start from `t` on, and the finish, of mode `m`; -1, -1 beyond the horizon."""
    duration = a.duration[m]
    work = a.work[a.calendar[m]]
    if duration == 0 and t < work.shape[0]:
        return t, t
    done, start = 0, t
    while t < work.shape[0]:
        if work[t] == 1:
            if fits(a, free, m, t):
                if done == 0:
                    start = t
                done += 1
                if done == duration:
                    return start, t + 1
            else:
                done = 0
        t += 1
    return -1, -1


@compiled
def latest(a: Arrays, free: Free, m: int, limit: int) -> tuple[int, int]:
    """Last start and finish of mode `m` that is over by `limit`; -1, -1 before the beginning."""
    duration = a.duration[m]
    if duration == 0:
        return limit, limit
    work = a.work[a.calendar[m]]
    done, finish = 0, limit
    t = limit - 1
    while t >= 0:
        if work[t] == 1:
            if fits(a, free, m, t):
                if done == 0:
                    finish = t + 1
                done += 1
                if done == duration:
                    return t, finish
            else:
                done = 0
        t -= 1
    return -1, -1


@compiled
def finish_from(a: Arrays, m: int, start: int) -> int:
    """Finish of mode `m` when its work goes on from `start`; the horizon if it does not end before."""
    work = a.work[a.calendar[m]]
    left, t = a.duration[m], start
    while left > 0 and t < work.shape[0]:
        left -= work[t]
        t += 1
    return t


@compiled
def occupy(a: Arrays, free: Free, m: int, start: int, finish: int, sign: int = 1) -> None:
    """Take what mode `m` demands in its worked periods; with `sign` -1, give it back."""
    work = a.work[a.calendar[m]]
    for k in range(a.need_first[m], a.need_first[m + 1]):
        row, amount = free[a.need[k]], sign * a.amount[k]
        for t in range(start, finish):
            if work[t] == 1:
                row[t] -= amount


@compiled
def clear(a: Arrays, mode: Ints, start: Ints, finish: Ints, free: Free) -> None:
    """Free everything but what activities that have begun hold."""
    for r in range(free.shape[0]):
        free[r] = a.capacity[r]
    for j in range(len(mode)):
        if a.fixed[j] >= 0:
            start[j] = a.fixed[j]
            finish[j] = finish_from(a, mode[j], start[j])
            occupy(a, free, mode[j], start[j], finish[j])


@compiled
def allowed(a: Arrays, spare: Ints, old: int, new: int) -> bool:
    """Whether going from mode `old` to `new` leaves no stock overdrawn that it draws more of."""
    for k in range(len(spare)):
        more = a.uses[new, k] - a.uses[old, k]
        if more > 0 and more > spare[k]:
            return False
    return True


@compiled
def swap_mode(a: Arrays, spare: Ints, mode: Ints, j: int, new: int) -> None:
    """Give activity `j` the mode `new`."""
    for k in range(len(spare)):
        spare[k] += a.uses[mode[j], k] - a.uses[new, k]
    mode[j] = new


@compiled
def ready(a: Arrays, j: int, start: Ints, finish: Ints) -> int:
    """Earliest start of `j` by its release and its predecessors."""
    time = a.release[j]
    for k in range(a.pred_first[j], a.pred_first[j + 1]):
        i = a.pred[k]
        begin = start[i] if a.pred_from_start[k] == 1 else finish[i]
        time = max(time, begin + a.pred_lag[k])
    return time


@compiled
def due(a: Arrays, j: int, m: int, makespan: int, start: Ints) -> int:
    """Latest finish of `j` in mode `m` by its successors."""
    limit = makespan
    work = a.work[a.calendar[m]]
    for k in range(a.succ_first[j], a.succ_first[j + 1]):
        last = start[a.succ[k]] - a.succ_lag[k]
        if a.succ_from_start[k] == 1:
            while last > 0 and work[last] == 0:  # `last` bounds the start, which is in a worked period
                last -= 1
            last = finish_from(a, m, max(last, 0))
        limit = min(limit, last)
    return limit


@compiled
def early_mode(a: Arrays, free: Free, j: int, mode: Ints, spare: Ints, time: int) -> tuple[int, int, int]:
    """The mode of `j` that finishes first from `time` on; the lighter one of two; with start and finish."""
    best = mode[j]
    start, finish = earliest(a, free, best, time)
    for m in range(a.first[j], a.first[j + 1]):
        if m == mode[j] or not allowed(a, spare, mode[j], m):
            continue
        s, f = earliest(a, free, m, time)
        if f >= 0 and (finish < 0 or f < finish or (f == finish and a.weight[m] < a.weight[best])):
            best, start, finish = m, s, f
    return best, start, finish


@compiled
def late_mode(
    a: Arrays, free: Free, j: int, mode: Ints, spare: Ints, makespan: int, starts: Ints
) -> tuple[int, int, int]:
    """The mode of `j` that starts last; the lighter one of two; with start and finish."""
    best = mode[j]
    start, finish = latest(a, free, best, due(a, j, best, makespan, starts))
    for m in range(a.first[j], a.first[j + 1]):
        if m == mode[j] or not allowed(a, spare, mode[j], m):
            continue
        s, f = latest(a, free, m, due(a, j, m, makespan, starts))
        if s > start or (s == start and a.weight[m] < a.weight[best]):
            best, start, finish = m, s, f
    return best, start, finish


@compiled
def put_early(
    a: Arrays,
    j: int,
    mode: Ints,
    start: Ints,
    finish: Ints,
    free: Free,
    spare: Ints,
    wish: float,
    rng: Random,
) -> bool:
    """Put an activity as early as possible; `wish` is the chance to choose its mode anew.

    Returns:
        Whether it fits the horizon.
    """
    time = ready(a, j, start, finish)
    if wish > 0 and a.first[j + 1] - a.first[j] > 1 and rng.random() < wish:
        m, s, f = early_mode(a, free, j, mode, spare, time)
        swap_mode(a, spare, mode, j, m)
    else:
        s, f = earliest(a, free, mode[j], time)
    if s < 0:
        return False
    start[j], finish[j] = s, f
    occupy(a, free, mode[j], s, f)
    return True


@compiled
def left_pass(
    a: Arrays,
    order: Ints,
    mode: Ints,
    start: Ints,
    finish: Ints,
    free: Free,
    spare: Ints,
    wish: float,
    rng: Random,
) -> int:
    """Put every activity as early as possible, in `order`; `wish` is the chance to choose the mode anew.

    Returns:
        The makespan, or -1 where something does not fit the horizon.
    """
    clear(a, mode, start, finish, free)
    makespan = 0
    for place in range(len(order)):
        j = int(order[place])
        if a.fixed[j] < 0 and not put_early(a, j, mode, start, finish, free, spare, wish, rng):
            return -1
        makespan = max(makespan, finish[j])
    return makespan


@compiled
def right_pass(
    a: Arrays,
    order: Ints,
    mode: Ints,
    start: Ints,
    finish: Ints,
    free: Free,
    spare: Ints,
    wish: float,
    rng: Random,
    makespan: int,
) -> bool:
    """Put every activity as late as possible, in `order`; false where one does not fit."""
    clear(a, mode, start, finish, free)
    for place in range(len(order)):
        j = int(order[place])
        if a.fixed[j] >= 0:
            continue
        if wish > 0 and a.first[j + 1] - a.first[j] > 1 and rng.random() < wish:
            m, s, f = late_mode(a, free, j, mode, spare, makespan, start)
            swap_mode(a, spare, mode, j, m)
        else:
            s, f = latest(a, free, mode[j], due(a, j, mode[j], makespan, start))
        if s < 0:
            return False
        start[j], finish[j] = s, f
        occupy(a, free, mode[j], s, f)
    return True


@compiled
def sort_by_start(a: Arrays, start: Ints, order: Ints) -> None:
    """Put the activities into the order of their starts; what waits for another comes after it."""
    n = len(start)
    order[:] = np.argsort(start * n + a.rank)


@compiled
def sort_from_end(a: Arrays, start: Ints, finish: Ints, order: Ints) -> None:
    """The order of a right pass: by falling finish, or by falling start where lags count from starts."""
    n = len(start)
    if a.by_start[0] == 1:
        order[:] = np.argsort(-(start * n + a.rank))
    else:
        order[:] = np.argsort(-(finish * n + a.rank))


@compiled
def improve(
    a: Arrays,
    order: Ints,
    mode: Ints,
    start: Ints,
    finish: Ints,
    free: Free,
    spare: Ints,
    wish: float,
    rng: Random,
) -> int:
    """Left, right, left: the best of the two left schedules, its modes and its order, in place.

    Returns:
        The makespan, or -1.
    """
    first = left_pass(a, order, mode, start, finish, free, spare, wish, rng)
    if first < 0:
        return -1
    kept_mode, kept_start, kept_spare = mode.copy(), start.copy(), spare.copy()
    sort_from_end(a, start, finish, order)
    second = -1
    if right_pass(a, order, mode, start, finish, free, spare, wish, rng, first):
        sort_by_start(a, start, order)
        second = left_pass(a, order, mode, start, finish, free, spare, wish, rng)
    if second < 0 or second > first:
        mode[:] = kept_mode
        start[:] = kept_start
        spare[:] = kept_spare
        second = first
    sort_by_start(a, start, order)
    return second
