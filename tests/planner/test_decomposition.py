"""Repetitive projects, unit by unit: valid schedules, and good ones from the beginning."""

from dataclasses import replace

import numpy as np
import pytest
from problems import repetitive_problem

from orchestrator.planner.compile import problem_of
from orchestrator.planner.scheduling.compiled import arrays_of
from orchestrator.planner.scheduling.decompose import by_blocks
from orchestrator.planner.scheduling.problem import Schedule
from orchestrator.planner.scheduling.solve import solve
from orchestrator.planner.scheduling.verify import violations


def joined(problem, width, seed=0, horizon=4000):
    """The schedule that blocks make before anything improves it, and where each unit's work begins."""
    arrays = arrays_of(problem, horizon)
    count = len(problem)
    mode, start, finish = arrays.first[:-1].copy(), np.zeros(count, np.int64), np.zeros(count, np.int64)
    free = np.empty((len(arrays.capacity), horizon), np.int32)
    spare = np.array(problem.stock, np.int64)
    fits = by_blocks(arrays, np.random.default_rng(seed), width, mode, start, finish, free, spare)
    chosen = mode - arrays.first[:-1]
    return fits, Schedule(tuple(start.tolist()), tuple(chosen.tolist()), int(finish.max()))


@pytest.mark.parametrize("width", [1, 4, 30])
@pytest.mark.parametrize("stocks", [False, True])
def test_joined_blocks_are_a_schedule(width, stocks):
    problem = repetitive_problem(3, stocks=stocks)
    fits, schedule = joined(problem, width)
    assert fits
    assert violations(problem, schedule) == []


def test_units_take_their_turns_in_narrow_blocks():
    problem = repetitive_problem(5)
    _, schedule = joined(problem, 1)
    first = [
        min(s for s, u in zip(schedule.start, problem.unit, strict=True) if u == unit)
        for unit in range(max(problem.unit) + 1)
    ]
    assert first == sorted(first)
    assert first[-1] > first[0]


def test_what_does_not_fit_is_said():
    fits, _ = joined(repetitive_problem(3), 4, horizon=60)
    assert not fits


@pytest.mark.parametrize("seed", range(4))
def test_the_first_schedules_of_blocks_beat_the_first_ones_of_the_whole(seed):
    problem = repetitive_problem(seed, units=120)
    decomposed = solve(problem, 60, schedules=8, seed=seed)
    whole = solve(replace(problem, unit=()), 60, schedules=8, seed=seed)
    assert violations(problem, decomposed.schedule) == []
    assert decomposed.schedule.makespan < whole.schedule.makespan


def test_a_search_goes_on_from_there():
    problem = repetitive_problem(2)
    few, more = (solve(problem, 60, schedules=n, seed=1).schedule for n in (8, 80))
    assert violations(problem, more) == []
    assert more.makespan <= few.makespan


def test_units_that_have_begun_stay_where_they_are():
    problem = repetitive_problem(7)
    before = solve(problem, 60, schedules=8).schedule
    now = before.makespan // 2
    fixed = {i: s for i, s in enumerate(before.start) if s < now}
    later = replace(
        problem,
        modes=tuple((m[before.mode[i]],) if i in fixed else m for i, m in enumerate(problem.modes)),
        release=tuple(0 if i in fixed else now for i in range(len(problem))),
        fixed=fixed,
    )
    after = solve(later, 60, schedules=8).schedule
    assert violations(later, after) == []
    assert all(after.start[i] == s for i, s in fixed.items())


def test_bays_are_the_units_of_a_factory(small_plan):
    problem = problem_of(small_plan.project)
    zones = {task.zone for task in small_plan.project.tasks} - {"site"}
    assert set(problem.unit) == {-1, *range(len(zones))}


def test_a_unit_for_every_activity_or_for_none():
    problem = repetitive_problem(0)
    with pytest.raises(ValueError, match="unit"):
        replace(problem, unit=(0,))
