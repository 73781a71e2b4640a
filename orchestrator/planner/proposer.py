"""Who proposes a task graph. A proposer never says times or assignments, and nothing that it says is trusted."""

from typing import Protocol

from orchestrator.errors import InputError, nearest
from orchestrator.planner.domain import Project, SkillLevel
from orchestrator.planner.findings import Finding
from orchestrator.planner.goal import Goal
from orchestrator.planner.template import propose


class Proposer(Protocol):
    """Makes a project of a goal."""

    name: str

    def propose(self, goal: Goal, skills: dict[str, SkillLevel], max_tasks: int) -> Project:
        """A first proposal.

        Args:
            goal: what it is for.
            skills: that robots have.
            max_tasks: that it may have.
        """
        ...

    def repair(self, project: Project, findings: list[Finding]) -> Project | None:
        """A proposal without what was found, or none where this proposer cannot mend it."""
        ...


class TemplateProposer:
    """The catalogue's templates: the same project for the same goal, without a network."""

    name = "template"

    def propose(self, goal: Goal, skills: dict[str, SkillLevel], max_tasks: int) -> Project:
        """See `Proposer`."""
        return propose(goal, skills, max_tasks)

    def repair(self, project: Project, findings: list[Finding]) -> Project | None:
        """A template does not learn: none."""
        return None


PROPOSERS: dict[str, type[Proposer]] = {"template": TemplateProposer}


def make_proposer(name: str, where: str) -> Proposer:
    """The proposer of that name.

    Raises:
        InputError: there is none.
    """
    if name not in PROPOSERS:
        known = " or ".join(map(repr, PROPOSERS))
        raise InputError(f"{where}: proposer", f"expected {known}, got {name!r}{nearest(name, PROPOSERS)}")
    return PROPOSERS[name]()
