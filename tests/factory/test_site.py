"""Plans carried out by workers with skills: order and crews hold, failures are mended, and people take over."""

import numpy as np
import pytest

from orchestrator.factory.leaf import Attempt
from orchestrator.factory.site import LONGEST_HOURS, Rules, SiteExecution
from orchestrator.planner.config import PlanConfig
from orchestrator.planner.planning import make_plan

SKILLS = ("lift-beam", "place-panel", "screw-bolt")


class Robot:
    """Succeeds in the given share of its attempts."""

    def __init__(self, rate=1.0, seconds=20.0):
        self.rate, self.seconds = rate, seconds

    def attempt(self, count, seed):
        draws = np.random.default_rng(seed).random(count)
        return [Attempt(bool(draw < self.rate), self.seconds) for draw in draws]


@pytest.fixture(scope="module")
def plan():
    config = {"good": "carport", "output_per_month": 2, "robots": 6, "people": 24, "schedules": 40}
    return make_plan(PlanConfig.model_validate(config), "test")


def execution(plan, rules=None, **workers):
    given = {skill: workers.get(skill.replace("-", "_"), Robot()) for skill in SKILLS}
    return SiteExecution(plan.project, plan.assignments, given, rules)


def order_of(plan, done):
    """Every link of the project, as (end of the first, start of the second), s."""
    last = {work.task: work for work in done.work if work.done}
    return [
        (last[link.task].end_s, last[task.id].start_s) for task in plan.project.tasks for link in task.after
    ]


def test_a_plan_is_carried_out_in_its_order_and_in_the_seconds_that_policies_take(plan):
    done = execution(plan).run()
    assert done.done
    assert {work.task for work in done.work} == {task.id for task in plan.project.tasks}
    assert all(end <= start for end, start in order_of(plan, done))
    cycles = {(t.id, m.id): m.cycles for t in plan.project.tasks for m in t.modes}
    by_robots = [work for work in done.work if work.skill]
    assert by_robots
    for work in by_robots:
        crew = int(work.mode.rpartition("-")[2])
        assert work.successes == work.attempts == cycles[work.task, work.mode]
        assert work.end_s - work.start_s == 20 * -(-work.attempts // crew)
    assert done.hours <= done.planned_hours


def test_crews_and_exclusive_zones_hold_in_every_second(plan):
    done = execution(plan, screw_bolt=Robot(seconds=400.0)).run()
    modes = {(t.id, m.id): m for t in plan.project.tasks for m in t.modes}
    robots = next(r.count for r in plan.project.resources if r.robot)
    moments = sorted({work.start_s for work in done.work})
    for moment in moments:
        running = [work for work in done.work if work.start_s <= moment < work.end_s]
        held = sum(modes[work.task, work.mode].needs.get("robots", 0) for work in running)
        assert held <= robots
        for work in running:
            task = next(t for t in plan.project.tasks if t.id == work.task)
            if task.exclusive:
                zones = [t.zone for w in running for t in plan.project.tasks if t.id == w.task]
                assert zones.count(task.zone) == 1


def test_a_policy_that_fails_now_and_then_only_costs_time(plan):
    smooth, rough = execution(plan).run(), execution(plan, place_panel=Robot(0.8)).run()
    assert rough.done
    assert rough.repairs == ()
    did = rough.skills["place-panel"]
    assert did.successes < did.attempts
    assert did.seconds > smooth.skills["place-panel"].seconds


def test_a_policy_that_never_succeeds_is_replaced_by_people_and_what_runs_goes_on(plan):
    done = execution(plan, screw_bolt=Robot(0.0)).run()
    assert done.done
    assert all(end <= start for end, start in order_of(plan, done))
    first = done.repairs[0]
    assert first.withdrawn == ("screw-bolt",)
    assert all(name.endswith("/bolts") for name in first.failed)
    finished = {work.task: work for work in done.work if work.done}
    assert all(work.skill is None for id_, work in finished.items() if id_.endswith("/bolts"))
    # Other robots' work, begun before the repair, was neither stopped nor done twice.
    others = [w for w in done.work if w.start_s < first.second and w.task not in first.failed]
    assert others
    assert len({w.task for w in others}) == len(others)
    assert any(w.start_s < first.second < w.end_s for w in done.work)
    # Once withdrawn, the skill is not tried again but by those who were at it.
    assert all(w.start_s < first.second for w in done.work if w.skill == "screw-bolt")


def test_one_bad_task_of_a_good_skill_leaves_the_skill_to_robots(plan):
    class Once(Robot):
        calls = 0

        def attempt(self, count, seed):
            Once.calls += 1
            first = Once.calls <= 3
            return [Attempt(not (first and k == 0), 20.0) for k in range(count)]

    done = execution(plan, Rules(min_success=0.3), screw_bolt=Once()).run()
    assert done.done
    (change,) = done.repairs
    assert change.withdrawn == ()
    assert len(change.failed) == 1
    later = {work.task: work.skill for work in done.work if work.done and work.task.endswith("/bolts")}
    assert sorted(map(str, later.values())) == ["None", "screw-bolt"]


def test_repairs_are_bounded(plan):
    done = execution(plan, Rules(repairs=0), screw_bolt=Robot(0.0)).run()
    assert not done.done
    assert "has been changed 0 times" in done.reason


def test_without_people_for_it_a_failed_task_ends_the_execution(plan):
    tasks = tuple(
        task.model_copy(update={"modes": tuple(m for m in task.modes if m.skill)})
        if task.id.endswith("/panels")
        else task
        for task in plan.project.tasks
    )
    project = plan.project.model_copy(update={"tasks": tasks})
    workers = {skill: Robot(0.0 if skill == "place-panel" else 1.0) for skill in SKILLS}
    done = SiteExecution(project, plan.assignments, workers).run()
    assert not done.done
    assert "robots cannot do it, and nobody else may" in done.reason


def test_the_same_seed_gives_the_same_execution(plan):
    assert execution(plan, screw_bolt=Robot(0.7)).run() == execution(plan, screw_bolt=Robot(0.7)).run()


def test_what_cannot_be_carried_out_is_refused(plan):
    with pytest.raises(ValueError, match="nobody has the skill 'lift-beam'"):
        SiteExecution(plan.project, plan.assignments, {"screw-bolt": Robot(), "place-panel": Robot()})
    late = [a.model_copy(update={"end": a.end + LONGEST_HOURS}) for a in plan.assignments]
    with pytest.raises(ValueError, match="at most"):
        SiteExecution(plan.project, late, {skill: Robot() for skill in SKILLS})
