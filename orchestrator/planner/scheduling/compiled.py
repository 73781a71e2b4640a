"""Compilation of the inner loops, and the arrays that they work on."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from orchestrator.planner.scheduling.problem import Arc, Problem

Function = TypeVar("Function", bound=Callable[..., Any])
Ints = NDArray[np.int64]


def compiled(function: Function) -> Function:
    """Compile on first use, cache the result on disk, and let other threads run meanwhile."""
    return cast(Function, numba.njit(cache=True, nogil=True)(function))


class Arrays(NamedTuple):
    """A problem as arrays: n activities, M modes of all of them in a row, R renewables, K stocks, T periods.

    Attributes:
        first: (n + 1,), where each activity's modes begin.
        duration: (M,), working periods.
        need_first: (M + 1,), where the resources that each mode demands begin.
        need: (D,), resources demanded.
        amount: (D,), of each.
        uses: (M, K).
        calendar: (M,).
        weight: (M,), share of all capacities that a mode takes, summed over its periods: a measure of how heavy it is.
        work: (C, T), 1 in worked periods.
        capacity: (R,).
        stock: (K,).
        pred_first: (n + 1,), where each activity's predecessors begin.
        pred: (A,).
        pred_lag: (A,).
        pred_from_start: (A,), 1 where the lag counts from the predecessor's start.
        succ_first: (n + 1,), likewise for successors.
        succ: (A,).
        succ_lag: (A,).
        succ_from_start: (A,).
        release: (n,).
        fixed: (n,), start of what has begun, else -1.
        rank: (n,), place in a topological order.
        tail: (n,), work that must follow an activity's start, itself included: the longest chain.
        by_start: (1,), 1 where activities must be moved right in the order of their starts.
        unit: (n,), the last unit of repetitive work that each activity or one before it belongs to, -1 for none.
    """

    first: Ints
    duration: Ints
    need_first: Ints
    need: Ints
    amount: NDArray[np.int32]
    uses: Ints
    calendar: Ints
    weight: NDArray[np.float64]
    work: NDArray[np.uint8]
    capacity: NDArray[np.int32]
    stock: Ints
    pred_first: Ints
    pred: Ints
    pred_lag: Ints
    pred_from_start: NDArray[np.uint8]
    succ_first: Ints
    succ: Ints
    succ_lag: Ints
    succ_from_start: NDArray[np.uint8]
    release: Ints
    fixed: Ints
    rank: Ints
    tail: Ints
    by_start: Ints
    unit: Ints


def arrays_of(problem: Problem, horizon: int) -> Arrays:
    """The problem as arrays, over `horizon` periods."""
    modes = [mode for _, mode in problem.all_modes()]
    shape = (len(modes), len(problem.capacity))
    demand = np.array([mode.demand for mode in modes], dtype=np.int32).reshape(shape)
    duration = np.array([mode.duration for mode in modes], dtype=np.int64)
    capacity = np.array(problem.capacity, dtype=np.int32)
    order = problem.topological_order()
    rank = np.empty(len(problem), dtype=np.int64)
    rank[order] = np.arange(len(problem))
    return Arrays(
        first=np.cumsum([0, *map(len, problem.modes)], dtype=np.int64),
        duration=duration,
        need_first=np.concatenate([[0], np.cumsum((demand > 0).sum(axis=1))]).astype(np.int64),
        need=np.nonzero(demand)[1].astype(np.int64),
        amount=demand[demand > 0],
        uses=np.array([mode.uses for mode in modes], dtype=np.int64).reshape(len(modes), len(problem.stock)),
        calendar=np.array([mode.calendar for mode in modes], dtype=np.int64),
        weight=duration * (demand / np.maximum(capacity, 1)).sum(axis=1, dtype=np.float64),
        work=np.array(
            [np.resize(np.array(calendar, np.uint8), horizon) for calendar in problem.calendars], np.uint8
        ),
        capacity=capacity,
        stock=np.array(problem.stock, dtype=np.int64),
        **_neighbours("pred", len(problem), [(arc.after, arc.before, arc) for arc in problem.arcs]),
        **_neighbours("succ", len(problem), [(arc.before, arc.after, arc) for arc in problem.arcs]),
        release=np.array(problem.releases, dtype=np.int64),
        fixed=np.array([problem.fixed.get(i, -1) for i in range(len(problem))], dtype=np.int64),
        rank=rank,
        tail=tails(problem, order),
        by_start=np.array([any(arc.from_start for arc in problem.arcs)], dtype=np.int64),
        unit=_turns(problem, order),
    )


def refined(a: Arrays, parts: int) -> Arrays:
    """The same problem with each period cut into so many."""
    return a._replace(
        duration=a.duration * parts,
        work=np.repeat(a.work, parts, axis=1),
        pred_lag=a.pred_lag * parts,
        succ_lag=a.succ_lag * parts,
        release=a.release * parts,
        fixed=np.where(a.fixed < 0, a.fixed, a.fixed * parts),
        tail=a.tail * parts,
    )


def tails(problem: Problem, order: Sequence[int]) -> Ints:
    """Periods of work from each activity's start to the end of the project, at the least, (n,)."""
    shortest = [min(mode.duration for mode in modes) for modes in problem.modes]
    tail = np.array(shortest, dtype=np.int64)
    after: list[list[Arc]] = [[] for _ in problem.modes]
    for arc in problem.arcs:
        after[arc.before].append(arc)
    for i in reversed(order):
        for arc in after[i]:
            tail[i] = max(tail[i], (0 if arc.from_start else shortest[i]) + arc.lag + tail[arc.after])
    return tail


def _turns(problem: Problem, order: Sequence[int]) -> Ints:
    """The unit in whose turn each activity comes: its own, or a later one that it waits for, (n,)."""
    turn = np.array(problem.unit or [-1] * len(problem), dtype=np.int64)
    after: list[list[int]] = [[] for _ in problem.modes]
    for arc in problem.arcs:
        after[arc.before].append(arc.after)
    for i in order:
        for j in after[i]:
            turn[j] = max(turn[j], turn[i])
    return turn


def _neighbours(name: str, count: int, links: list[tuple[int, int, Arc]]) -> dict[str, Any]:
    links = sorted(links, key=lambda link: link[:2])
    lengths = np.bincount(np.array([owner for owner, *_ in links], dtype=np.int64), minlength=count)
    return {
        f"{name}_first": np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        name: np.array([other for _, other, _ in links], dtype=np.int64),
        f"{name}_lag": np.array([arc.lag for *_, arc in links], dtype=np.int64),
        f"{name}_from_start": np.array([arc.from_start for *_, arc in links], dtype=np.uint8),
    }
