"""Plans in a random world: nothing happens that cannot, what is believed is what comes out, and plans are mended."""

import numpy as np
import pytest

from orchestrator.planner.check_plan import check_plan
from orchestrator.planner.execution.execute import Execution, NeverEndsError, Watch
from orchestrator.planner.execution.history import draw_history
from orchestrator.planner.execution.predict import predict
from orchestrator.planner.execution.residual import Progress, residual
from orchestrator.planner.execution.world import RATES, Shock, believed_world, other_world, random_shock
from orchestrator.planner.repair import repair

CALM = believed_world().model_copy(
    update={
        "people_pace": 1.0,
        "robot_pace": 1.0,
        "wait_pace": 1.0,
        "pace_spread": 0.0,
        "task_spread": 0.0,
        "wait_spread": 0.0,
        "rework": 0.0,
        "robot_failures_per_1000_hours": 0.0,
        "late_deliveries": 0.0,
        "bad_weather": 0.0,
    }
)
WILD = CALM.model_copy(
    update={"task_spread": 0.4, "rework": 0.3, "robot_failures_per_1000_hours": 20.0, "late_deliveries": 0.5}
)


@pytest.fixture(scope="module")
def hours(small_plan):
    return 4 * max(a.end for a in small_plan.assignments) + 1440


def history(plan, world, hours, seed=0, shock=None):
    return draw_history(plan.project, world, np.random.default_rng(seed), hours, shock)


def run(plan, world, hours, policy="dispatch", seed=0, shock=None, **watch):
    drawn = history(plan, world, hours, seed, shock)
    return Execution(plan.project, plan.assignments, drawn, Watch(**watch)).run(policy)


def mode_of(plan, i):
    return next(m for m in plan.project.tasks[i].modes if m.id == plan.assignments[i].mode)


def test_in_a_calm_world_the_plan_is_kept_or_beaten(small_plan, hours):
    planned = max(a.end for a in small_plan.assignments)
    done = run(small_plan, CALM, hours)
    # The dispatcher takes no task out of its order, but begins what it can.
    assert done.makespan <= 1.02 * planned
    exact = run(small_plan, CALM, hours, ahead_hours=0)
    late = np.array(exact.start) - [a.start for a in small_plan.assignments]
    assert late.min() >= 0
    assert np.median(late) == 0


def test_links_deliveries_and_calendars_hold_in_every_history(small_plan, hours):
    plan = small_plan
    number = {task.id: i for i, task in enumerate(plan.project.tasks)}
    weeks = {calendar.id: calendar.week() for calendar in plan.project.calendars}
    for seed in range(5):
        drawn = history(plan, WILD, hours, seed)
        done = Execution(plan.project, plan.assignments, drawn).run()
        for i, task in enumerate(plan.project.tasks):
            for link in task.after:
                k = number[link.task]
                since = done.finish[k] if link.kind == "FS" else done.start[k]
                assert done.start[i] >= since + link.lag_hours
            for id_ in task.deliveries:
                assert done.start[i] >= drawn.arrival[id_]
            assert weeks[mode_of(plan, i).calendar][done.start[i] % 168]


def test_capacities_hold_in_every_hour(small_plan, hours):
    """Robots and waits never rest, so that what they take can be counted from outside."""
    plan = small_plan
    done = run(plan, CALM.model_copy(update={"task_spread": 0.4}), hours, seed=3)
    pool = next(r for r in plan.project.resources if r.id == "robots")
    held = np.zeros(hours, dtype=int)
    for i in range(len(plan.project.tasks)):
        held[done.start[i] : done.finish[i]] += mode_of(plan, i).needs.get("robots", 0)
    assert 0 < held.max() <= pool.count


def test_nobody_works_outdoors_in_the_rain_or_on_a_closed_site(small_plan, hours):
    days = 20
    shock = Shock(kind="closure", begin=24 * 100, hours=24 * days)
    calm, closed = run(small_plan, CALM, hours), run(small_plan, CALM, hours, shock=shock)
    # Concrete cures meanwhile, and machines that come late leave slack: the end need not move, but work does.
    assert sum(closed.start) > sum(calm.start)
    assert closed.makespan <= calm.makespan + 24 * (days + 7)
    assert not any(shock.begin <= start < shock.begin + shock.hours for start in closed.start)
    wet = history(small_plan, CALM.model_copy(update={"bad_weather": 0.4}), hours)
    done = Execution(small_plan.project, small_plan.assignments, wet).run()
    assert 0.3 < wet.rain.mean() < 0.5
    outdoors = [i for i, task in enumerate(small_plan.project.tasks) if task.outdoor]
    assert outdoors
    assert not any(wet.rain[done.start[i]] for i in outdoors)
    assert sum(done.start) > sum(calm.start)


def test_every_rate_costs_time(small_plan, hours):
    """Each kind of trouble alone, much of it, over a few histories."""

    def mean(**change):
        world = CALM.model_copy(update=change)
        return np.mean([np.sum(run(small_plan, world, hours, seed=k).finish) for k in range(4)])

    calm = mean()
    for change in (
        {"people_pace": 2.0},
        {"robot_pace": 2.0},
        {"wait_pace": 1.5},
        {"rework": 0.9, "rework_part": 0.9},
        {"robot_failures_per_1000_hours": 40.0},
        {"late_deliveries": 0.9, "delay_days": 60.0},
    ):
        assert mean(**change) > calm, change
    assert (
        run(small_plan, CALM.model_copy(update={"robot_failures_per_1000_hours": 40.0}), hours).failures > 0
    )


@pytest.mark.parametrize("kind", ["robots", "cranes"])
def test_shocks_take_half_of_what_they_hit(small_plan, hours, kind):
    drawn = history(small_plan, CALM, hours, shock=Shock(kind=kind, begin=48, hours=72))
    names = {"robots": "robots", "cranes": "crane"}
    row = [r.id for r in small_plan.project.resources].index(names[kind])
    assert drawn.capacity[row, 50] == drawn.capacity[row, 47] // 2
    assert drawn.capacity[row, 120] == drawn.capacity[row, 0]
    others = np.delete(drawn.capacity, row, axis=0)
    assert (others == others[:, :1]).all()


def test_the_prediction_is_the_spread_of_the_histories(small_plan):
    believed = believed_world()
    one = predict(small_plan.project, small_plan.assignments, believed, 20, seed=1)
    assert one == predict(small_plan.project, small_plan.assignments, believed, 20, seed=1)
    assert one.p10 < one.p50 < one.p90
    slower = believed.model_copy(update={"people_pace": 2.0, "wait_pace": 1.5})
    assert predict(small_plan.project, small_plan.assignments, slower, 20, seed=1).p50 > one.p50


def test_other_worlds_are_off_by_no_more_than_was_said():
    believed = believed_world()
    rng = np.random.default_rng(0)
    worlds = [other_world(believed, rng, 0.2) for _ in range(200)]
    for name in RATES:
        ratios = np.array([getattr(world, name) for world in worlds]) / getattr(believed, name)
        assert 0.8 <= ratios.min() < 0.83
        assert 1.17 < ratios.max() <= 1.2
    assert {random_shock(rng, 1000).kind for _ in range(50)} == {"closure", "robots", "cranes"}


def test_work_without_end_is_said(small_plan):
    with pytest.raises(NeverEndsError, match="work is left"):
        run(small_plan, CALM, 300)


@pytest.mark.parametrize("policy", ["repair", "replan"])
def test_a_plan_that_slips_is_changed_and_still_carried_out(small_plan, hours, policy):
    shock = Shock(kind="closure", begin=24 * 80, hours=24 * 14)
    done = run(small_plan, WILD, hours, policy, seed=2, shock=shock, most=2, schedules=6, replan_schedules=12)
    assert 1 <= len(done.changes) <= 2
    assert all(0 <= start < finish for start, finish in zip(done.start, done.finish, strict=True))
    assert all(change.seconds > 0 for change in done.changes)


def test_what_runs_goes_on_and_what_is_over_takes_nothing(small_plan, hours):
    """The rest of a project in its middle is a project that a checker accepts a repair of."""
    plan = small_plan
    drawn = history(plan, WILD, hours, seed=4)
    execution = Execution(plan.project, plan.assignments, drawn)
    now = max(a.end for a in plan.assignments) // 2
    execution._advance(0, now)
    seen = execution._progress(now)
    rest = residual(plan.project, plan.assignments, seen, now)
    over = {i for i, hour in enumerate(seen.finish) if hour >= 0}
    running = {i for i, hour in enumerate(seen.start) if hour >= 0} - over
    assert over
    assert over <= rest.begun <= over | running
    assert all(not mode.needs for i in over for mode in rest.project.tasks[i].modes)
    repaired = repair(rest.project, rest.assignments, [], now, seconds=30, schedules=6)
    assert check_plan(repaired.project, repaired.assignments) == []
    for i in rest.begun:
        assert repaired.assignments[i].start == rest.assignments[i].start
        assert repaired.assignments[i].end == rest.assignments[i].end
    assert all(repaired.assignments[i].start >= now for i in range(len(seen.start)) if i not in rest.begun)


def test_running_tasks_that_do_not_fit_together_are_planned_again(small_plan):
    """Two crews that need the only place: the one that began first keeps it."""
    plan = small_plan
    i = next(i for i, t in enumerate(plan.project.tasks) if t.exclusive)
    zone = plan.project.tasks[i].zone
    k = next(
        k for k, t in enumerate(plan.project.tasks) if t.zone == zone and k != i and mode_of(plan, k).needs
    )
    count = len(plan.project.tasks)
    start = [-1] * count
    now = 24 * 8 + 9  # within a shift, that both keep
    start[i], start[k] = now - 2, now - 1
    seen = Progress(start, [-1] * count, [0.0] * count, {})
    assert residual(plan.project, plan.assignments, seen, now).begun == {i}
