"""Modes that no short schedule needs, taken out before the search (Sprecher, Hartmann and Drexl 1997)."""

from dataclasses import replace

from orchestrator.planner.scheduling.problem import Mode, Problem, Schedule

Kept = list[list[int]]
"""Numbers of each activity's modes that stay."""


def useful_modes(problem: Problem) -> Kept:
    """The modes that fit capacities and stocks, and that no other mode of their activity makes superfluous.

    An activity may be left with none: then there is no schedule.
    """
    kept = [
        [k for k, mode in enumerate(modes) if _fits(mode.demand, problem.capacity)] for modes in problem.modes
    ]
    changed = True
    while changed and all(kept):
        changed = False
        least = [
            sum(min(modes[m].uses[k] for m in kept[i]) for i, modes in enumerate(problem.modes))
            for k in range(len(problem.stock))
        ]
        for i, modes in enumerate(problem.modes):
            mine = [min(modes[m].uses[k] for m in kept[i]) for k in range(len(problem.stock))]
            spare = [stock - all_ + own for stock, all_, own in zip(problem.stock, least, mine, strict=True)]
            possible = [m for m in kept[i] if _fits(modes[m].uses, spare)]
            needed = _undominated(modes, possible)
            if len(needed) < len(kept[i]):
                kept[i], changed = needed, True
                if not needed:
                    break
    return kept


def reduced(problem: Problem, kept: Kept) -> Problem:
    """The problem with the modes that stay."""
    modes = tuple(tuple(modes[k] for k in kept[i]) for i, modes in enumerate(problem.modes))
    return replace(problem, modes=modes)


def restored(schedule: Schedule, kept: Kept) -> Schedule:
    """A schedule of the reduced problem, as one of the whole."""
    return replace(schedule, mode=tuple(kept[i][number] for i, number in enumerate(schedule.mode)))


def carried(schedule: Schedule, kept: Kept) -> Schedule:
    """A schedule of the whole problem to begin the reduced one with; modes that are gone become the first."""
    mode = (kept[i].index(number) if number in kept[i] else 0 for i, number in enumerate(schedule.mode))
    return replace(schedule, mode=tuple(mode))


def _fits(amounts: tuple[int, ...], limits: tuple[int, ...] | list[int]) -> bool:
    return all(amount <= limit for amount, limit in zip(amounts, limits, strict=True))


def _undominated(modes: tuple[Mode, ...], numbers: list[int]) -> list[int]:
    return [m for m in numbers if not any(_dominates(modes, other, m) for other in numbers if other != m)]


def _dominates(modes: tuple[Mode, ...], one: int, other: int) -> bool:
    """Whether the first mode is nowhere worse; of two equal ones the first in order dominates."""
    a, b = modes[one], modes[other]
    # A day of work round the clock is over before the same work in shifts, but holds its resources at night too.
    if a.calendar != b.calendar or a.duration > b.duration:
        return False
    return _fits(a.demand, b.demand) and _fits(a.uses, b.uses) and (a != b or one < other)
