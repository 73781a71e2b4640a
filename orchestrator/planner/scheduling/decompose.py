"""Large repetitive projects block by block: a block of units (bays, floors) is a problem of its own, solved and kept.

Within a block the units follow each other at a takt, as in line-of-balance scheduling (Suhail and Neale 1994: CPM/LOB;
each unit's own network by critical path, the units staggered by a rhythm): an activity's priority is its unit's turn
less the chain that must follow it. Blocks are solved one after the other in what the earlier ones leave free. Joined
and justified as a whole, they make good schedules long before a search over the whole finds any.
"""

import numpy as np

from orchestrator.planner.scheduling.compiled import Arrays, Ints, compiled
from orchestrator.planner.scheduling.passes import (
    Free,
    Random,
    clear,
    occupy,
    put_early,
)

_TRIES = 4
"""Schedules of each block, of which the best is kept."""

_LOOSEST = 2.0
"""Longest takt that is tried, as a multiple of the longest chain by the number of units."""


@compiled
def place_block(
    a: Arrays,
    rng: Random,
    wish: float,
    order: Ints,
    mode: Ints,
    start: Ints,
    finish: Ints,
    free: Free,
    spare: Ints,
) -> int:
    """Put a block's activities as early as possible, in `order`, beside what is there already.

    Returns:
        When the project can end at the earliest after this, by the longest chain behind each of them; -1 where
        something does not fit the horizon: then the block is taken out again.
    """
    worst = 0
    for place in range(len(order)):
        j = int(order[place])
        if not put_early(a, j, mode, start, finish, free, spare, wish, rng):
            take_out(a, order[:place], mode, start, finish, free)
            return -1
        worst = max(worst, start[j] + a.tail[j])
    return worst


@compiled
def take_out(a: Arrays, order: Ints, mode: Ints, start: Ints, finish: Ints, free: Free) -> None:
    """Give back what activities hold."""
    for place in range(len(order)):
        j = int(order[place])
        occupy(a, free, mode[j], start[j], finish[j], -1)


@compiled
def solve_block(
    a: Arrays,
    rng: Random,
    jobs: Ints,
    mode: Ints,
    start: Ints,
    finish: Ints,
    free: Free,
    spare: Ints,
) -> bool:
    """The best of a few schedules of one block, each at a takt of its own; false where none fits the horizon."""
    loosest = _LOOSEST * a.tail.max() / (1 + max(a.unit.max(), 0))
    best, best_total = -1, 0
    kept_mode, kept_start, kept_finish = mode[jobs], start[jobs], finish[jobs]
    kept_spare = spare.copy()
    for attempt in range(_TRIES):
        takt = int(loosest * rng.random())
        # Neither turn nor chain grows along a link, so that this order keeps the precedence.
        order = jobs[np.argsort((takt * a.unit[jobs] - a.tail[jobs]) * len(mode) + a.rank[jobs])]
        end = place_block(
            a, rng, 1.0 if attempt == 0 else rng.random(), order, mode, start, finish, free, spare
        )
        if end < 0:
            continue
        total = finish[jobs].sum()
        if best < 0 or end < best or (end == best and total < best_total):
            best, best_total = end, total
            kept_mode, kept_start, kept_finish = mode[jobs], start[jobs], finish[jobs]
            kept_spare = spare.copy()
        take_out(a, order, mode, start, finish, free)
    if best < 0:
        return False
    mode[jobs], start[jobs], finish[jobs] = kept_mode, kept_start, kept_finish
    spare[:] = kept_spare
    for place in range(len(jobs)):
        j = int(jobs[place])
        occupy(a, free, mode[j], start[j], finish[j])
    return True


@compiled
def by_blocks(
    a: Arrays,
    rng: Random,
    width: int,
    mode: Ints,
    start: Ints,
    finish: Ints,
    free: Free,
    spare: Ints,
) -> bool:
    """Schedule block after block of `width` units; false where something does not fit the horizon.

    Shared work that waits for no unit comes first; work that waits for units belongs to the last of them.

    Args:
        a: the problem.
        rng: of takts and modes.
        width: units of a block.
        mode: to begin with; changed, (n,).
        start: is filled, (n,).
        finish: likewise.
        free: working memory, (R, T).
        spare: what is left of each stock, (K,).
    """
    clear(a, mode, start, finish, free)
    jobs = np.argsort(a.unit * len(mode) + a.rank)
    jobs = jobs[a.fixed[jobs] < 0]
    begin = 0
    while begin < len(jobs):
        first = a.unit[jobs[begin]]
        last = first if first < 0 else first + width - 1
        end = begin
        while end < len(jobs) and a.unit[jobs[end]] <= last:
            end += 1
        if not solve_block(a, rng, jobs[begin:end], mode, start, finish, free, spare):
            return False
        begin = end
    return True
