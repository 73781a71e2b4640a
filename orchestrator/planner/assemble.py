"""The factory plan of what was scheduled: times, assignments, hours, costs and limits."""

from collections import defaultdict
from dataclasses import dataclass

from orchestrator.plan_records import Expected, FactoryPlan, TaskPlan
from orchestrator.planner.critical import critical_chain
from orchestrator.planner.domain import HOURS_PER_DAY, Assignment, Mode, Project, Task
from orchestrator.planner.execution.predict import Prediction
from orchestrator.planner.goal import Goal
from orchestrator.planner.limits import Limits, slack_hours
from orchestrator.planner.scheduling.solve import Solution


@dataclass(frozen=True)
class Proposed:
    """A project that has passed its check.

    Attributes:
        project: to be scheduled.
        proposer: that made it.
        repairs: rounds of findings that were sent, to whoever was asked first.
        notes: why another proposer than the one asked for answered.
    """

    project: Project
    proposer: str
    repairs: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Made:
    """What a plan is assembled from.

    Attributes:
        goal: what it is for.
        project: that was scheduled.
        assignments: of all tasks, in the project's order.
        solution: of the scheduler.
        limits: of the schedule.
        proposed: whose project it was.
        expected: makespans in a random world.
    """

    goal: Goal
    project: Project
    assignments: list[Assignment]
    solution: Solution
    limits: Limits
    proposed: Proposed
    expected: Prediction


def assemble(made: Made) -> FactoryPlan:
    """The plan."""
    project, solution = made.project, made.solution
    rows = [
        (task, next(mode for mode in task.modes if mode.id == a.mode), a)
        for task, a in zip(project.tasks, made.assignments, strict=True)
    ]
    slack = slack_hours(project, made.assignments)
    hours = _hours(project, rows)
    chain = critical_chain(project, made.assignments)
    return FactoryPlan(
        goal=made.goal.text,
        good=project.good,
        output_per_month=made.goal.output_per_month,
        unit=made.goal.factory.unit,
        proposer=made.proposed.proposer,
        repairs=made.proposed.repairs,
        notes=made.proposed.notes,
        assumptions=project.assumptions,
        makespan_days=solution.schedule.makespan / HOURS_PER_DAY,
        bound_days=solution.bound / HOURS_PER_DAY,
        gap_percent=solution.gap_percent,
        expected_days=Expected(
            p10=made.expected.p10 / HOURS_PER_DAY,
            p50=made.expected.p50 / HOURS_PER_DAY,
            p90=made.expected.p90 / HOURS_PER_DAY,
            histories=made.expected.histories,
        ),
        robot_hours=_sum_of_kind(project, hours, "robots"),
        robot_hours_by_skill=_by_skill(project, rows),
        people_hours=_sum_of_kind(project, hours, "people"),
        cost_usd=sum(hours[resource.id] * resource.cost_per_hour_usd for resource in project.resources),
        limiting_resource=made.limits.limiting,
        saved_days={id_: saved / HOURS_PER_DAY for id_, saved in made.limits.saved_hours.items()},
        capacity={resource.id: resource.count for resource in project.resources},
        utilization={
            resource.id: hours[resource.id] / max(1, resource.count * solution.schedule.makespan)
            for resource in project.resources
        },
        critical_path=tuple(step.task for step in chain),
        critical_causes=tuple(step.cause for step in chain),
        tasks=tuple(_task_plan(task, mode, a, slack[task.id]) for task, mode, a in rows),
    )


def _task_plan(task: Task, mode: Mode, a: Assignment, slack: int) -> TaskPlan:
    return TaskPlan(
        id=task.id,
        name=task.name,
        phase=task.phase,
        zone=task.zone,
        after=tuple(link.task for link in task.after),
        mode=mode.id,
        start_hour=a.start,
        end_hour=a.end,
        work_hours=mode.work_hours,
        resources={id_: count for id_, count in mode.needs.items() if count},
        robots=tuple(number for numbers in a.robots.values() for number in numbers),
        battery_swaps=a.battery_swaps,
        slack_hours=slack,
    )


def _hours(project: Project, rows: list[tuple[Task, Mode, Assignment]]) -> dict[str, float]:
    """Of every resource."""
    hours = dict.fromkeys((resource.id for resource in project.resources), 0.0)
    for _, mode, _ in rows:
        for id_, count in mode.needs.items():
            hours[id_] += count * mode.work_hours
    return hours


def _sum_of_kind(project: Project, hours: dict[str, float], kind: str) -> float:
    return sum(hours[resource.id] for resource in project.resources if resource.kind == kind)


def _by_skill(project: Project, rows: list[tuple[Task, Mode, Assignment]]) -> dict[str, float]:
    robots = {resource.id for resource in project.resources if resource.robot is not None}
    hours: dict[str, float] = defaultdict(float)
    for _, mode, _ in rows:
        count = sum(number for id_, number in mode.needs.items() if id_ in robots)
        if count and mode.skill is not None:
            hours[mode.skill] += count * mode.work_hours
    return dict(sorted(hours.items(), key=lambda item: -item[1]))
