"""The independent checker accepts the plans that are made, and refuses every mutant of them."""

import random

import pytest

from orchestrator.planner.check_plan import check_plan
from orchestrator.planner.check_project import check_project
from orchestrator.planner.domain import Link

MUTANTS_OF_EACH_KIND = 70


def with_task(project, number, **changes):
    tasks = list(project.tasks)
    tasks[number] = tasks[number].model_copy(update=changes)
    return project.model_copy(update={"tasks": tuple(tasks)})


def with_assignment(assignments, number, **changes):
    changed = list(assignments)
    changed[number] = changed[number].model_copy(update=changes)
    return changed


def chosen_mode(project, assignments, i):
    return next(mode for mode in project.tasks[i].modes if mode.id == assignments[i].mode)


def with_mode(project, i, mode_id, **changes):
    modes = tuple(m.model_copy(update=changes) if m.id == mode_id else m for m in project.tasks[i].modes)
    return with_task(project, i, modes=modes)


def by_robots(project, assignments):
    return [i for i, a in enumerate(assignments) if a.robots]


def by_people(project, assignments):
    return [i for i, a in enumerate(assignments) if a.mode.startswith("people")]


def cycle(draw, project, assignments):
    """A task waits for one that waits for it."""
    i = draw.choice([i for i, task in enumerate(project.tasks) if task.after])
    numbers = {task.id: k for k, task in enumerate(project.tasks)}
    first = numbers[draw.choice(project.tasks[i].after).task]
    after = (*project.tasks[first].after, Link(task=project.tasks[i].id))
    return with_task(project, first, after=after), assignments


def missing_predecessor(draw, project, assignments):
    """A predecessor is nowhere, or its task is left out, or the wait for it is cut short."""
    i = draw.choice([i for i, task in enumerate(project.tasks) if task.after and assignments[i].start > 0])
    kind = draw.randrange(3)
    if kind == 0:
        after = (*project.tasks[i].after, Link(task=f"nowhere-{draw.random()}"))
        return with_task(project, i, after=after), assignments
    if kind == 1:
        gone = draw.choice(project.tasks[i].after).task
        tasks = tuple(task for task in project.tasks if task.id != gone)
        return project.model_copy(update={"tasks": tasks}), [a for a in assignments if a.task != gone]
    link = draw.choice(project.tasks[i].after)
    before = next(a for a in assignments if a.task == link.task)
    start = (before.end if link.kind == "FS" else before.start) + link.lag_hours - 1
    a = assignments[i]
    return project, with_assignment(assignments, i, start=start, end=start + a.end - a.start)


def skill(draw, project, assignments):
    """Robots do what they have no skill for."""
    i = draw.choice(by_robots(project, assignments))
    name = draw.choice([None, "juggle", "tie-rebars", ""])
    return with_mode(project, i, assignments[i].mode, skill=name), assignments


def payload(draw, project, assignments):
    """A robot lifts more, or reaches higher, than it can."""
    i = draw.choice(by_robots(project, assignments))
    if draw.random() < 0.5:
        return with_task(project, i, payload_kg=draw.uniform(20.1, 500)), assignments
    return with_task(project, i, reach_m=draw.uniform(2.21, 9)), assignments


def energy(draw, project, assignments):
    """A battery lasts longer than it can."""
    i = draw.choice(by_robots(project, assignments))
    if draw.random() < 0.5 and assignments[i].battery_swaps:
        fewer = draw.randrange(assignments[i].battery_swaps)
        return project, with_assignment(assignments, i, battery_swaps=fewer)
    return with_mode(project, i, assignments[i].mode, power_w=draw.uniform(5e3, 1e5)), assignments


def capacity(draw, project, assignments):
    """There is less of a resource than a task takes, too few robots for a task, or a robot is in two places."""
    if draw.random() < 0.5:
        i = draw.choice([i for i, a in enumerate(assignments) if chosen_mode(project, assignments, i).needs])
        name = draw.choice(sorted(chosen_mode(project, assignments, i).needs))
        # A mode that needs more than there is of a resource is no mode, chosen or not.
        most = max(mode.needs.get(name, 0) for task in project.tasks for mode in task.modes)
        resources = tuple(
            r.model_copy(update={"count": draw.randrange(most)}) if r.id == name else r
            for r in project.resources
        )
        return project.model_copy(update={"resources": resources}), assignments
    i = draw.choice(by_robots(project, assignments))
    ((pool, numbers),) = assignments[i].robots.items()
    wrong = draw.choice([numbers[:-1], (*numbers[:-1], 10**6), (*numbers, numbers[0])])
    return project, with_assignment(assignments, i, robots={pool: wrong})


def calendar(draw, project, assignments):
    """People work at night or on Sunday, or do a day's work in an hour."""
    i = draw.choice(by_people(project, assignments))
    a = assignments[i]
    if draw.random() < 0.5:
        night = a.start // 24 * 24 + draw.choice([0, 1, 2, 3, 4, 5, 18, 20, 22, 23])
        return project, with_assignment(assignments, i, start=night, end=night + max(1, a.end - a.start))
    return project, with_assignment(assignments, i, end=a.end + draw.choice([-1, 24, 48]))


def worked_hours(project, assignments, i):
    a = assignments[i]
    calendar = next(c for c in project.calendars if c.id == chosen_mode(project, assignments, i).calendar)
    return {hour for hour in range(a.start, a.end) if calendar.week()[hour % 168]}


def exclusion(draw, project, assignments):
    """Somebody works where a task must be alone, or more than fit the zone."""
    i = draw.choice([i for i, t in enumerate(project.tasks) if t.exclusive])
    hours = worked_hours(project, assignments, i)
    zone = project.tasks[i].zone
    others = [
        k for k in by_robots(project, assignments) if k != i and hours & worked_hours(project, assignments, k)
    ]
    if others:
        return with_task(project, draw.choice(others), zone=zone), assignments
    zones = tuple(z.model_copy(update={"heads": 1}) if z.id == zone else z for z in project.zones)
    return project.model_copy(update={"zones": zones}), assignments


KINDS = (cycle, missing_predecessor, skill, payload, energy, capacity, calendar, exclusion)


def test_the_plan_that_was_made_is_accepted(small_plan):
    assert check_project(small_plan.project) == []
    assert check_plan(small_plan.project, small_plan.assignments) == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_mutants_are_refused(small_plan, kind):
    draw = random.Random(kind.__name__)
    passed = 0
    for _ in range(MUTANTS_OF_EACH_KIND):
        project, assignments = kind(draw, small_plan.project, small_plan.assignments)
        if not check_plan(project, assignments):
            passed += 1
    assert passed == 0
    assert len(KINDS) * MUTANTS_OF_EACH_KIND >= 500


def codes(project):
    return {finding.code for finding in check_project(project)}


def test_codes_tell_what_is_wrong(small_plan):
    project = small_plan.project
    last = next(i for i, task in enumerate(project.tasks) if project.goal in task.gives)
    robots = by_robots(project, small_plan.assignments)[0]
    mode = small_plan.assignments[robots].mode
    delivery = project.deliveries[0]
    cases = {
        "duplicate-id": with_task(project, 1, id=project.tasks[0].id),
        "unknown-task": with_task(project, 1, after=(Link(task="nowhere"),)),
        "unknown-zone": with_task(project, 1, zone="nowhere"),
        "unknown-delivery": with_task(project, 1, deliveries={"nothing": 1}),
        "unknown-resource": with_mode(project, robots, mode, needs={"wizards": 1}),
        "unknown-calendar": with_mode(project, robots, mode, calendar="never"),
        "unmet-condition": with_task(project, 1, requires=("the moon",)),
        "unreachable-goal": with_task(project, last, gives=()),
        "cycle": with_task(project, 0, after=(Link(task=project.tasks[0].id),)),
        "duration": with_mode(project, robots, mode, work_hours=0),
        "capacity": with_mode(project, robots, mode, needs={"robots": 10**6}),
        "zone": with_mode(project, robots, mode, needs={"robots": 30}),
        "material": project.model_copy(
            update={"deliveries": (delivery.model_copy(update={"quantity": 0.001}), *project.deliveries[1:])}
        ),
    }
    for code, mutant in cases.items():
        assert code in codes(mutant), code


def test_overlaps_that_no_single_task_shows_are_found(small_plan):
    """The sweep itself: two tasks that each fit, and together do not."""
    project, assignments = small_plan.project, small_plan.assignments
    used = [
        (hour, i) for i in by_robots(project, assignments) for hour in worked_hours(project, assignments, i)
    ]
    number = {}
    for hour, i in used:
        number[hour] = number.get(hour, 0) + len(assignments[i].robots["robots"])
    peak = max(number.values())
    assert peak > max(len(a.robots.get("robots", ())) for a in assignments)
    for count, expected in ((peak, False), (peak - 1, True)):
        resources = tuple(
            r.model_copy(update={"count": count}) if r.id == "robots" else r for r in project.resources
        )
        found = check_plan(project.model_copy(update={"resources": resources}), assignments)
        assert any(f.code == "capacity" and f.subject == "robots" for f in found) is expected
