"""Repairs keep what runs and what is done, use nothing that is gone, and stay near the old plan."""

import pytest

from orchestrator.planner.check_plan import check_plan
from orchestrator.planner.repair import DeliveryLate, RepairError, RobotsLost, TaskFailed, repair


@pytest.fixture(scope="module")
def moment(small_plan):
    """An hour in which robots work."""
    working = [a for a in small_plan.assignments if a.robots and a.end - a.start > 2]
    return (working[len(working) // 2].start + working[len(working) // 2].end) // 2


def running(plan, now):
    return [a for a in plan.assignments if a.start < now < a.end]


def repaired(plan, events, now, **keys):
    return repair(plan.project, plan.assignments, events, now, seconds=20, schedules=30, **keys)


def test_robots_that_are_lost_do_nothing_any_more(small_plan, moment):
    gone = next(a for a in running(small_plan, moment) if a.robots).robots["robots"]
    result = repaired(small_plan, [RobotsLost(pool="robots", robots=gone)], moment)
    assert check_plan(result.project, result.assignments) == []
    assert result.restarted
    late = [a for a in result.assignments if a.end > moment]
    assert not any(set(gone) & set(a.robots.get("robots", ())) for a in late)


def test_what_has_begun_stays_as_it_was(small_plan, moment):
    failed = next(a for a in running(small_plan, moment) if a.robots)
    result = repaired(small_plan, [TaskFailed(task=failed.task)], moment)
    assert check_plan(result.project, result.assignments) == []
    new = {a.task: a for a in result.assignments}
    for a in small_plan.assignments:
        if a.start < moment and a.task != failed.task:
            assert new[a.task] == a
        else:
            assert new[a.task].start >= moment
    assert result.restarted == (failed.task,)


def test_a_late_delivery_is_waited_for(small_plan, moment):
    waiting = {task.id: task.deliveries for task in small_plan.project.tasks}
    later = next(a for a in small_plan.assignments if a.start >= moment and waiting[a.task])
    (delivery,) = waiting[later.task]
    day = later.start // 24 + 20
    result = repaired(small_plan, [DeliveryLate(delivery=delivery, day=day)], moment)
    assert check_plan(result.project, result.assignments) == []
    assert next(a for a in result.assignments if a.task == later.task).start >= 24 * day


def test_without_an_event_nothing_gets_longer(small_plan, moment):
    result = repaired(small_plan, [], moment)
    assert result.solution.schedule.makespan <= small_plan.solution.schedule.makespan


def test_from_scratch_is_valid_too(small_plan, moment):
    failed = next(a for a in running(small_plan, moment) if a.robots)
    result = repaired(small_plan, [TaskFailed(task=failed.task)], moment, from_scratch=True)
    assert check_plan(result.project, result.assignments) == []


def test_repairs_follow_each_other(small_plan, moment):
    first = repaired(small_plan, [RobotsLost(pool="robots", robots=(0,))], moment)
    second = repair(
        first.project,
        first.assignments,
        [RobotsLost(pool="robots", robots=(1, 2))],
        moment + 30,
        seconds=20,
        schedules=20,
    )
    assert check_plan(second.project, second.assignments) == []
    with pytest.raises(RepairError, match="no robot 1"):
        repair(
            second.project,
            second.assignments,
            [RobotsLost(pool="robots", robots=(1,))],
            moment + 40,
            seconds=5,
            schedules=5,
        )


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (TaskFailed(task="nothing"), "does not run"),
        (RobotsLost(pool="civil", robots=(0,)), "no pool of robots"),
        (RobotsLost(pool="robots", robots=(10**6,)), "no robot"),
        (DeliveryLate(delivery="nothing", day=9999), "no delivery"),
    ],
)
def test_events_that_cannot_be_are_refused(small_plan, moment, event, message):
    with pytest.raises(RepairError, match=message):
        repaired(small_plan, [event], moment)
