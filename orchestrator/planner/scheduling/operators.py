"""The compiled operators of the genetic algorithm: sampling, crossover, mutation, selection."""

import numpy as np

from orchestrator.planner.scheduling.compiled import Arrays, Ints, compiled
from orchestrator.planner.scheduling.decompose import by_blocks
from orchestrator.planner.scheduling.passes import Random, improve, sort_by_start, swap_mode

FAILED = 1 << 40
"""Fitness of what does not fit the horizon; overdrawn stocks come on top."""

UNITS = 8
"""Units of repetitive work from which a project is decomposed."""

_REPAIRS = 20
"""Random mode changes per activity that are tried to bring the stocks back."""


@compiled
def pick(rng: Random, count: int) -> int:
    """A random number from 0 to `count` - 1."""
    return int(rng.random() * count)


@compiled
def sample_order(a: Arrays, rng: Random, spread: float, order: Ints) -> None:
    """A random order that keeps the precedence: long chains first, blurred by `spread` periods."""
    n = len(order)
    waiting = np.empty(n, dtype=np.int64)
    eligible = np.empty(n, dtype=np.int64)
    count = 0
    key = np.empty(n, dtype=np.float64)
    for j in range(n):
        key[j] = -a.tail[j] + spread * rng.random()
        waiting[j] = a.pred_first[j + 1] - a.pred_first[j]
        if waiting[j] == 0:
            eligible[count] = j
            count += 1
    for place in range(n):
        best = 0
        for k in range(1, count):
            if key[eligible[k]] < key[eligible[best]]:
                best = k
        j = eligible[best]
        count -= 1
        eligible[best] = eligible[count]
        order[place] = j
        for k in range(a.succ_first[j], a.succ_first[j + 1]):
            i = a.succ[k]
            waiting[i] -= 1
            if waiting[i] == 0:
                eligible[count] = i
                count += 1


@compiled
def sample_modes(a: Arrays, rng: Random, mode: Ints) -> None:
    """Random modes; of two drawn, the quicker one in a random share of the activities."""
    greed = rng.random()
    for j in range(len(mode)):
        count = a.first[j + 1] - a.first[j]
        m = a.first[j] + pick(rng, count)
        other = a.first[j] + pick(rng, count)
        if rng.random() < greed and a.duration[other] < a.duration[m]:
            m = other
        mode[j] = m


@compiled
def sample_blocks(
    a: Arrays,
    rng: Random,
    units: int,
    order: Ints,
    mode: Ints,
    start: Ints,
    finish: Ints,
    free: np.ndarray,
) -> bool:
    """The order and modes of a schedule in blocks, from a unit each to all at once; false where it does not fit."""
    spare = np.empty(len(a.stock), dtype=np.int64)
    spare_stock(a, mode, spare)
    width = int(np.exp(rng.random() * np.log(units)))
    if not by_blocks(a, rng, width, mode, start, finish, free, spare):
        return False
    sort_by_start(a, start, order)
    return True


@compiled
def spare_stock(a: Arrays, mode: Ints, spare: Ints) -> None:
    """What is left of each stock."""
    for k in range(len(spare)):
        spare[k] = a.stock[k]
        for j in range(len(mode)):
            spare[k] -= a.uses[mode[j], k]


@compiled
def overdrawn(spare: Ints) -> int:
    """Units by which the stocks are overdrawn, summed."""
    total = 0
    for k in range(len(spare)):
        if spare[k] < 0:
            total -= spare[k]
    return total


@compiled
def overdrawn_after(a: Arrays, spare: Ints, old: int, new: int) -> int:
    """The same after a mode's change."""
    total = 0
    for k in range(len(spare)):
        left = spare[k] + a.uses[old, k] - a.uses[new, k]
        if left < 0:
            total -= left
    return total


@compiled
def repair_stocks(a: Arrays, rng: Random, mode: Ints, spare: Ints) -> int:
    """Change modes at random, each for the better, until no stock is overdrawn; returns what remains overdrawn."""
    spare_stock(a, mode, spare)
    excess = overdrawn(spare)
    tries = _REPAIRS * len(mode)
    while excess > 0 and tries > 0:
        tries -= 1
        j = pick(rng, len(mode))
        m = a.first[j] + pick(rng, a.first[j + 1] - a.first[j])
        after = overdrawn_after(a, spare, mode[j], m)
        # Equal is let through now and then: it is how one gets around a corner.
        if after < excess or (after == excess and rng.random() < 0.1):
            swap_mode(a, spare, mode, j, m)
            excess = after
    return excess


@compiled
def cross(
    rng: Random, order: Ints, mode: Ints, other: Ints, other_mode: Ints, child: Ints, child_mode: Ints
) -> None:
    """Two-point crossover of orders: head and end as in one parent, the middle as in the other, modes alike."""
    n = len(order)
    p, q = pick(rng, n + 1), pick(rng, n + 1)
    if p > q:
        p, q = q, p
    taken = np.zeros(n, dtype=np.uint8)
    place = 0
    for k in range(p):
        child[place] = order[k]
        place += 1
        taken[order[k]] = 1
    for j in order:
        child_mode[j] = mode[j]
    for j in other:
        if place == q:
            break
        if taken[j] == 0:
            child[place] = j
            child_mode[j] = other_mode[j]
            place += 1
            taken[j] = 1
    for j in order:
        if taken[j] == 0:
            child[place] = j
            place += 1


@compiled
def linked(a: Arrays, before: int, after: int) -> bool:
    """Whether `after` waits directly for `before`."""
    for k in range(a.pred_first[after], a.pred_first[after + 1]):  # noqa: SIM110 - as in passes.fits
        if a.pred[k] == before:
            return True
    return False


@compiled
def move(a: Arrays, rng: Random, order: Ints) -> None:
    """Move one activity to a random place between those that it waits for and those that wait for it."""
    n = len(order)
    place = pick(rng, n)
    j = order[place]
    reach = 1 + pick(rng, n)
    if rng.random() < 0.5:
        while place > 0 and reach > 0 and not linked(a, order[place - 1], j):
            order[place] = order[place - 1]
            place -= 1
            reach -= 1
    else:
        while place < n - 1 and reach > 0 and not linked(a, j, order[place + 1]):
            order[place] = order[place + 1]
            place += 1
            reach -= 1
    order[place] = j


@compiled
def mutate(a: Arrays, rng: Random, order: Ints, mode: Ints, moves: float, changes: float) -> None:
    """Move about `moves` activities and change about `changes` modes."""
    n = len(order)
    for _ in range(n):
        if rng.random() * n < moves:
            move(a, rng, order)
        if rng.random() * n < changes:
            j = pick(rng, n)
            mode[j] = a.first[j] + pick(rng, a.first[j + 1] - a.first[j])


@compiled
def build(
    a: Arrays, rng: Random, wish: float, order: Ints, mode: Ints, start: Ints, finish: Ints, free: np.ndarray
) -> int:
    """Schedule an order with its modes, both of which improve; returns the fitness, the smaller the better."""
    spare = np.empty(len(a.stock), dtype=np.int64)
    excess = repair_stocks(a, rng, mode, spare) if len(spare) > 0 else 0
    makespan = improve(a, order, mode, start, finish, free, spare, wish, rng)
    if makespan < 0:
        # The order is used up: keep it a permutation that the precedence lets through.
        start[:] = a.rank
        sort_by_start(a, start, order)
        return 2 * FAILED
    if excess > 0:
        excess = overdrawn(spare)
    return makespan if excess == 0 else FAILED + excess


@compiled
def populate(
    a: Arrays, rng: Random, wish: float, orders: Ints, modes: Ints, starts: Ints, fitness: Ints
) -> None:
    """Fill a population with improved random schedules."""
    finish = np.empty(orders.shape[1], dtype=np.int64)
    free = np.empty((len(a.capacity), a.work.shape[1]), dtype=np.int32)
    longest = a.tail.max()
    units = a.unit.max() + 1
    for i in range(len(fitness)):
        sample_modes(a, rng, modes[i])
        if units >= UNITS and sample_blocks(a, rng, units, orders[i], modes[i], starts[i], finish, free):
            # Blocks took the modes that end first nearly everywhere: what improves them does so too.
            fitness[i] = build(a, rng, 1.0, orders[i], modes[i], starts[i], finish, free)
            continue
        sample_order(a, rng, longest * rng.random(), orders[i])
        fitness[i] = build(a, rng, wish, orders[i], modes[i], starts[i], finish, free)


@compiled
def evolve(
    a: Arrays,
    rng: Random,
    children: int,
    wish: float,
    orders: Ints,
    modes: Ints,
    starts: Ints,
    fitness: Ints,
) -> int:
    """Breed; a child replaces the worse of its parents where it is no worse itself, and equals neither.

    Args:
        a: the problem.
        rng: of everything random.
        children: how many.
        wish: chance that a pass chooses an activity's mode anew, in half of the children.
        orders: (P, n).
        modes: (P, n).
        starts: (P, n).
        fitness: (P,).

    Returns:
        How many children were better than the parent that they replaced.
    """
    n = orders.shape[1]
    child, mode = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    start, finish = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    free = np.empty((len(a.capacity), a.work.shape[1]), dtype=np.int32)
    changes = 1.0 if len(a.duration) > n else 0.0
    better = 0
    for _ in range(children):
        i, j = pick(rng, len(fitness)), pick(rng, len(fitness))
        k = pick(rng, len(fitness))
        if fitness[k] < fitness[j]:
            j = k
        cross(rng, orders[i], modes[i], orders[j], modes[j], child, mode)
        mutate(a, rng, child, mode, 2.0, changes)
        value = build(a, rng, wish if rng.random() < 0.5 else 0.0, child, mode, start, finish, free)
        worse = i if fitness[i] >= fitness[j] else j
        if value > fitness[worse]:
            continue
        if np.array_equal(start, starts[i]) or np.array_equal(start, starts[j]):
            continue
        better += value < fitness[worse]
        orders[worse], modes[worse], starts[worse], fitness[worse] = child, mode, start, value
    return better
