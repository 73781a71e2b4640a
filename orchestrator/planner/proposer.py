"""Who proposes a task graph. A proposer never says times or assignments, and nothing that it says is trusted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from orchestrator.errors import InputError, nearest
from orchestrator.planner.config import PlanConfig
from orchestrator.planner.domain import Project, SkillLevel
from orchestrator.planner.findings import Finding
from orchestrator.planner.goal import Goal
from orchestrator.planner.template import propose


class ProposerError(RuntimeError):
    """A proposer cannot answer, in one line: the template answers in its place."""


@dataclass(frozen=True)
class Draft:
    """What a proposer answers.

    Attributes:
        project: still to be checked; none where the answer cannot become one.
        findings: why there is none.
    """

    project: Project | None
    findings: tuple[Finding, ...] = ()


class Proposer(Protocol):
    """Makes a project of a goal."""

    name: str

    def propose(self, goal: Goal, skills: dict[str, SkillLevel], max_tasks: int) -> Draft:
        """A first proposal.

        Args:
            goal: what it is for.
            skills: that robots have.
            max_tasks: that it may have.

        Raises:
            ProposerError: there is no answer.
        """
        ...

    def repair(self, findings: Sequence[Finding]) -> Draft | None:
        """A proposal without what was found in the last one, or none where this proposer cannot mend it.

        Raises:
            ProposerError: there is no answer.
        """
        ...


class TemplateProposer:
    """The catalogue's templates: the same project for the same goal, without a network."""

    name = "template"

    def propose(self, goal: Goal, skills: dict[str, SkillLevel], max_tasks: int) -> Draft:
        """See `Proposer`."""
        return Draft(propose(goal, skills, max_tasks))

    def repair(self, findings: Sequence[Finding]) -> Draft | None:
        """A template does not learn: none."""
        return None


def _language_model(config: PlanConfig) -> Proposer:
    # Its libraries are an extra.
    from orchestrator.planner.llm import LlmProposer

    return LlmProposer(config.llm)


PROPOSERS: dict[str, Callable[[PlanConfig], Proposer]] = {
    "template": lambda config: TemplateProposer(),
    "llm": _language_model,
}


def make_proposer(config: PlanConfig, where: str) -> Proposer:
    """The proposer that a config names.

    Raises:
        InputError: there is none of that name.
    """
    if config.proposer not in PROPOSERS:
        known = " or ".join(map(repr, PROPOSERS))
        message = f"expected {known}, got {config.proposer!r}{nearest(config.proposer, PROPOSERS)}"
        raise InputError(f"{where}: proposer", message)
    return PROPOSERS[config.proposer](config)
