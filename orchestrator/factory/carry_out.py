"""From a plan to its execution: the skills' cards name the runs whose policies act."""

from collections.abc import Mapping
from pathlib import Path

from orchestrator.errors import InputError
from orchestrator.factory.leaf import Worker
from orchestrator.factory.policies import PolicyWorker
from orchestrator.factory.records import ExecutedPlan
from orchestrator.factory.site import LONGEST_HOURS, Rules, SiteExecution
from orchestrator.planner.catalogue import skill_table
from orchestrator.planner.config import PlanConfig
from orchestrator.planner.planning import Planned
from orchestrator.planner.skills import read_cards, surest_card


def workers_for(planned: Planned, config: PlanConfig, where: str) -> dict[str, Worker]:
    """A policy for every skill that robots may use in a plan that can be carried out.

    Args:
        planned: that a checker accepted.
        config: that it was made from.
        where: that comes from, for errors.

    Raises:
        InputError: the plan is too long to be carried out second by second, a skill has no card, or its card's run
            has no policy.
    """
    hours = max(a.end for a in planned.assignments)
    if hours > LONGEST_HOURS:
        message = f"the plan takes {hours} h: expected one of at most {LONGEST_HOURS} h to carry out"
        raise InputError(where, message)
    project = planned.project
    cards = read_cards(config.skills) if config.skills is not None else []
    skills = {mode.skill for task in project.tasks for mode in task.modes if mode.skill is not None}
    workers: dict[str, Worker] = {}
    for skill in sorted(skills):
        card = surest_card(cards, skill_table().skills[skill].task)
        if card is None:
            message = f"no skill card says whose policy does {skill!r}: expected assume_skills to be false"
            raise InputError(where, message)
        try:
            worker = PolicyWorker(Path(card.run))
        except InputError as error:
            message = f"the run of its card cannot act: {error}"
            raise InputError(f"{where}: skill {skill!r}", message) from error
        if worker.task != card.task:
            message = f"expected a run of {card.task!r}, as its skill card says; got one of {worker.task!r}"
            raise InputError(card.run, message)
        workers[skill] = worker
    return workers


def carry_out_plan(planned: Planned, workers: Mapping[str, Worker], config: PlanConfig) -> ExecutedPlan:
    """Carry a plan out.

    Args:
        planned: that a checker accepted.
        workers: by skill.
        config: that it was made from.
    """
    rules = Rules(min_success=config.min_success)
    return SiteExecution(planned.project, planned.assignments, workers, rules, config.seed).run()
