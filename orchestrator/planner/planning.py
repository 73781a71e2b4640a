"""From a config to a plan: goal, proposal, checks, schedule, assignments, and a last check of the whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.errors import InputError
from orchestrator.plan_records import FactoryPlan
from orchestrator.planner.assemble import Made, Proposed, assemble
from orchestrator.planner.catalogue import skill_table
from orchestrator.planner.check_plan import check_plan
from orchestrator.planner.check_project import check_project
from orchestrator.planner.compile import assignments_of, problem_of
from orchestrator.planner.config import PlanConfig
from orchestrator.planner.domain import Assignment, Project, SkillLevel
from orchestrator.planner.execution.predict import predict
from orchestrator.planner.execution.world import believed_world
from orchestrator.planner.findings import Finding
from orchestrator.planner.goal import Goal, read_goal
from orchestrator.planner.limits import find_limits
from orchestrator.planner.proposer import Draft, Proposer, ProposerError, TemplateProposer, make_proposer
from orchestrator.planner.robots import assign_robots
from orchestrator.planner.scheduling.solve import NoScheduleError, Solution, solve, warm_up
from orchestrator.planner.skills import known_skills, read_cards

_LIMITS_SHARE = 0.03
"""Share of the search's time that each look at what limits the plan may take."""


class InvalidPlanError(RuntimeError):
    """The checker refuses the plan that was made: a bug, and nothing is written."""


@dataclass(frozen=True)
class Planned:
    """A plan with what it was made from.

    Attributes:
        goal: what it is for.
        project: that was scheduled.
        assignments: that the checker accepted.
        solution: of the scheduler.
        plan: what is written.
    """

    goal: Goal
    project: Project
    assignments: list[Assignment]
    solution: Solution
    plan: FactoryPlan


def make_plan(config: PlanConfig, where: str) -> Planned:
    """Plan a factory.

    Args:
        config: what to plan.
        where: it comes from, for errors.

    Raises:
        InputError: the config asks for what cannot be planned.
    """
    proposer = make_proposer(config, where)
    goal = read_goal(config, where)
    cards = read_cards(config.skills) if config.skills is not None else []
    skills, guesses = known_skills(
        skill_table(), cards, assume=config.assume_skills, min_success=config.min_success
    )
    proposed = checked_project(proposer, goal, skills, config.max_tasks, config.llm.repairs)
    project = proposed.project
    project = project.model_copy(update={"assumptions": (*project.assumptions, *guesses)})
    problem = problem_of(project)
    warm_up()
    try:
        solution = solve(
            problem, config.seconds, threads=config.threads, seed=config.seed, schedules=config.schedules
        )
    except NoScheduleError as error:
        raise InputError(where, f"cannot be scheduled: {error}") from error
    assignments = assign_robots(project, assignments_of(project, problem, solution.schedule))
    findings = check_plan(project, assignments)
    if findings:
        raise InvalidPlanError(f"{len(findings)} findings, first {findings[0]}")
    pools = [resource.id for resource in project.resources]
    limits = find_limits(
        problem, solution.schedule, pools, max(1.0, _LIMITS_SHARE * config.seconds), config.seed
    )
    expected = predict(project, assignments, believed_world(), config.histories, config.seed)
    made = Made(goal, project, assignments, solution, limits, proposed, expected)
    return Planned(goal, project, assignments, solution, assemble(made))


def checked_project(
    proposer: Proposer,
    goal: Goal,
    skills: dict[str, SkillLevel],
    max_tasks: int,
    max_repairs: int = 3,
) -> Proposed:
    """A project that has passed its check; the template's where the proposer's own does not.

    Args:
        proposer: to be asked.
        goal: what it is for.
        skills: that robots have.
        max_tasks: that it may have.
        max_repairs: rounds of findings that the proposer gets.

    Raises:
        InputError: even the template's project is not sound for this goal.
    """
    findings: Sequence[Finding] = []
    repairs = 0
    try:
        draft: Draft | None = proposer.propose(goal, skills, max_tasks)
        while draft is not None:
            findings = draft.findings or (check_project(draft.project) if draft.project is not None else [])
            if draft.project is not None and not findings:
                return Proposed(draft.project, proposer.name, repairs)
            if repairs == max_repairs:
                break
            draft = proposer.repair(findings)
            repairs += draft is not None
        note = f"The proposal did not pass after {repairs} repairs ({findings[0] if findings else 'nothing came'})"
    except ProposerError as error:
        note = str(error)
    if isinstance(proposer, TemplateProposer):
        raise InputError(goal.text[:80], f"the template does not fit it: {findings[0]}")
    answer = checked_project(TemplateProposer(), goal, skills, max_tasks)
    return Proposed(answer.project, answer.proposer, repairs, (f"{note}; the template answers.",))
