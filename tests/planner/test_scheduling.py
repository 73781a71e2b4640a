"""The scheduler finds schedules that an independent check accepts, and bounds that hold."""

import dataclasses
import itertools
import time

import numpy as np
import pytest
from problems import random_problem

from orchestrator.planner.scheduling.bounds import chain_bound, resource_bound
from orchestrator.planner.scheduling.compiled import arrays_of
from orchestrator.planner.scheduling.cpsat import CpSat, exact
from orchestrator.planner.scheduling.genetic import Effort, Island
from orchestrator.planner.scheduling.operators import FAILED, build, move, sample_order
from orchestrator.planner.scheduling.problem import Arc, Mode, Problem, Schedule, elapsed_at_most
from orchestrator.planner.scheduling.solve import NoScheduleError, solve
from orchestrator.planner.scheduling.verify import violations


@pytest.mark.parametrize("seed", range(40))
def test_every_schedule_passes_the_check_and_respects_the_bounds(seed):
    problem = random_problem(seed, calendars=seed % 2 == 0, stocks=seed % 3 != 0, lags=seed % 5 != 0)
    solution = solve(problem, 10, seed=seed, schedules=150)
    assert violations(problem, solution.schedule) == []
    assert max(chain_bound(problem), resource_bound(problem)[0]) <= solution.bound
    assert solution.bound <= solution.schedule.makespan


@pytest.mark.parametrize("seed", range(8))
def test_with_cp_sat_small_problems_are_proven_and_agree_with_it(seed):
    problem = random_problem(100 + seed, count=8, calendars=False)
    assert exact(problem)
    solution = solve(problem, 5, seed=seed)
    found = []
    CpSat(problem).run(5, 1, 0, found.append, lambda bound: None)
    assert solution.schedule.makespan == solution.bound == found[-1].makespan
    assert violations(problem, found[-1]) == []


def brute_force(problem):
    """Shortest makespan over all orders and modes of a small problem, by a plain left pass."""
    best = None
    for order in itertools.permutations(range(len(problem))):
        if any(order.index(arc.before) > order.index(arc.after) for arc in problem.arcs):
            continue
        for modes in itertools.product(*(range(len(m)) for m in problem.modes)):
            makespan = left_pass(problem, order, modes)
            best = makespan if best is None else min(best, makespan)
    return best


def left_pass(problem, order, modes):
    free = [list(problem.capacity) for _ in range(200)]
    finish = {}
    for i in order:
        mode = problem.modes[i][modes[i]]
        start = max([0, *(finish[arc.before] + arc.lag for arc in problem.arcs if arc.after == i)])
        while any(
            free[t][r] < mode.demand[r]
            for t in range(start, start + mode.duration)
            for r in range(len(problem.capacity))
        ):
            start += 1
        for t in range(start, start + mode.duration):
            for r, amount in enumerate(mode.demand):
                free[t][r] -= amount
        finish[i] = start + mode.duration
    return max(finish.values())


@pytest.mark.parametrize("seed", range(6))
def test_the_genetic_algorithm_finds_the_best_of_all_orders(seed):
    problem = random_problem(200 + seed, count=5, calendars=False, stocks=False, lags=False)
    problem = dataclasses.replace(problem, release=())
    assert solve(problem, 5, schedules=400, seed=seed).schedule.makespan == brute_force(problem)


def test_the_same_seed_and_number_of_schedules_give_the_same_schedule():
    problem = random_problem(3, count=30)
    first, second = (solve(problem, 60, seed=5, schedules=200) for _ in range(2))
    assert first.schedule == second.schedule


def test_what_has_begun_stays_and_the_rest_waits_for_now():
    problem = random_problem(8, count=12, stocks=False)
    before = solve(problem, 10, schedules=100).schedule
    now = before.makespan // 2
    fixed = {i: s for i, s in enumerate(before.start) if s < now}
    assert 0 < len(fixed) < len(problem)
    later = dataclasses.replace(
        problem,
        modes=tuple((m[before.mode[i]],) if i in fixed else m for i, m in enumerate(problem.modes)),
        release=tuple(max(now, r) for r in problem.releases),
        fixed=fixed,
    )
    begin = Schedule(
        before.start, tuple(0 if i in fixed else k for i, k in enumerate(before.mode)), before.makespan
    )
    after = solve(later, 10, schedules=50, begin=begin)
    assert violations(later, after.schedule) == []
    assert after.schedule.makespan <= before.makespan
    assert all(after.schedule.start[i] == s for i, s in fixed.items())


def test_a_better_schedule_from_elsewhere_is_taken_in():
    problem = random_problem(5, count=20)
    best = solve(problem, 10, schedules=500).schedule
    island = Island(problem, Effort(time.monotonic() + 10, 30), 1)
    island.work()
    island.adopt(best)
    assert island.best is not None
    assert island.best.makespan <= best.makespan
    assert violations(problem, island.best) == []


def test_orders_keep_the_precedence():
    problem = random_problem(11, count=40)
    arrays = arrays_of(problem, problem.horizon())
    rng = np.random.default_rng(0)
    order = np.empty(40, dtype=np.int64)
    for _ in range(20):
        sample_order(arrays, rng, 10.0, order)
        for _ in range(50):
            move(arrays, rng, order)
        place = {job: k for k, job in enumerate(order.tolist())}
        assert len(place) == 40
        assert all(place[arc.before] < place[arc.after] for arc in problem.arcs)


def test_what_does_not_fit_the_horizon_is_a_failed_individual():
    problem = Problem(((Mode(5, (1,)),), (Mode(5, (1,)),)), (), (1,))
    arrays = arrays_of(problem, 8)
    order, mode, start, finish = (np.arange(2) for _ in range(4))
    free = np.empty((1, 8), dtype=np.int32)
    value = build(arrays, np.random.default_rng(0), 0.0, order, mode, start, finish, free)
    assert value >= FAILED


def test_work_that_can_only_begin_late_counts_by_itself():
    """One quick user at the beginning must not dilute the bound of two that wait for something long."""
    wait, short, long = (Mode(20, (0,)),), (Mode(1, (1,)),), (Mode(5, (1,)),)
    problem = Problem((wait, short, long, long), (Arc(0, 2), Arc(0, 3)), (1,))
    assert resource_bound(problem) == (30, 0)
    backwards = Problem((wait, short, long, long), (Arc(2, 0), Arc(3, 0)), (1,))
    assert resource_bound(backwards) == (30, 0)


def test_there_is_a_schedule_even_if_the_time_is_over_before_the_first():
    problem = random_problem(4, count=60)
    solution = solve(problem, 1e-9, threads=1)
    assert violations(problem, solution.schedule) == []


def test_a_long_queue_on_one_machine_fits_the_horizon():
    """Chains tell nothing of how long this takes."""
    count = 400
    problem = Problem(((Mode(1, (1,)),),) * count, (), (1,))
    assert solve(problem, 5, schedules=4).schedule.makespan == count


def test_calendars_stretch_work():
    shift = tuple(7 <= hour < 17 for hour in range(24))
    problem = Problem(
        ((Mode(15, (1,), (), 1),), (Mode(3, (1,)),)), (Arc(0, 1),), (1,), calendars=((True,), shift)
    )
    solution = solve(problem, 5, schedules=10)
    assert solution.schedule.start == (7, 36)
    assert solution.schedule.makespan == solution.bound == 39


def test_no_schedule_is_said():
    with pytest.raises(NoScheduleError, match="demands more"):
        solve(Problem(((Mode(1, (2,)),),), (), (1,)), 1)
    with pytest.raises(NoScheduleError, match="demands more"):
        solve(Problem(((Mode(1, (1,), (2,)), Mode(2, (1,), (2,))),), (), (1,), (1,)), 1, schedules=50)


@pytest.mark.parametrize(
    "arguments",
    [
        {"modes": ()},
        {"modes": ((),)},
        {"modes": ((Mode(1),), (Mode(1),)), "arcs": (Arc(0, 1), Arc(1, 0))},
        {"modes": ((Mode(1),), (Mode(1),)), "arcs": (Arc(0, 1, -1),)},
        {"modes": ((Mode(1), Mode(2)),), "fixed": {0: 3}},
        {"modes": ((Mode(1),),), "calendars": ((True,), (False,))},
    ],
)
def test_problems_without_sense_are_refused(arguments):
    with pytest.raises(ValueError, match=r"expected|cycle"):
        Problem(**{"arcs": (), **arguments})


def mutants(problem, schedule):
    """Schedules that are wrong in one way each."""
    start, mode = list(schedule.start), list(schedule.mode)
    for arc in problem.arcs:
        changed = start.copy()
        changed[arc.after] = start[arc.before] - 1
        yield dataclasses.replace(schedule, start=tuple(changed))
    for i in range(len(start)):
        yield dataclasses.replace(schedule, mode=tuple(m if j != i else 9 for j, m in enumerate(mode)))
    yield dataclasses.replace(schedule, start=schedule.start[1:])
    yield dataclasses.replace(schedule, makespan=schedule.makespan - 1)


def test_the_check_refuses_wrong_schedules():
    problem = random_problem(1, count=20, calendars=False)
    schedule = solve(problem, 5, schedules=100).schedule
    assert violations(problem, schedule) == []
    wrong = list(mutants(problem, schedule))
    assert len(wrong) > 40
    assert all(violations(problem, mutant) for mutant in wrong)
    together = Problem(((Mode(2, (1,)),), (Mode(2, (1,)),)), (), (1,), (0,) * 0)
    assert violations(together, Schedule((0, 1), (0, 0), 3)) == ["resource 0 is overloaded in period 1"]
    stock = Problem(((Mode(1, (), (2,)),),), (), (), (1,))
    assert violations(stock, Schedule((0,), (0,), 1)) == ["stock 0 is overdrawn: 2 of 1"]


def test_elapsed_time_is_enough_wherever_work_begins():
    week = tuple(d < 6 and 7 <= h < 17 for d in range(7) for h in range(24))
    for duration in (1, 9, 60, 61, 200):
        for start in range(0, 168, 5):
            left, t = duration, start
            while left:
                left -= week[t % 168]
                t += 1
            assert t - start <= elapsed_at_most(duration, week)
