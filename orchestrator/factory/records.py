"""Records of what became of a plan: `execution.json`."""

from orchestrator.plan_records import PlanResult
from orchestrator.records import Record


class WorkRecord(Record):
    """One task as it was carried out; a task that failed and was done again has two.

    Attributes:
        task: id.
        mode: how it was done.
        skill: that a policy used; null for people and for waiting, which take their planned hours.
        start_s: since the project's start, s.
        end_s: likewise.
        done: whether it came to its end.
        attempts: episodes.
        successes: among them.
        energy_j: that the robots drew, J, where their policies' tasks measure it.
    """

    task: str
    mode: str
    skill: str | None
    start_s: int
    end_s: int
    done: bool
    attempts: int = 0
    successes: int = 0
    energy_j: float | None = None


class RepairRecord(Record):
    """One change of plan.

    Attributes:
        second: of it.
        failed: tasks that robots gave up and people do now.
        withdrawn: skills that robots are not trusted with any more.
        replanned: tasks that had not begun.
        makespan_hours: of the new plan, h.
    """

    second: int
    failed: tuple[str, ...]
    withdrawn: tuple[str, ...]
    replanned: int
    makespan_hours: int


class SkillRecord(Record):
    """How a skill did.

    Attributes:
        attempts: episodes.
        successes: among them.
        seconds: of simulated time that leaves of this skill took, s, side by side counted once.
        energy_j: J, or null where nobody measured it.
    """

    attempts: int
    successes: int
    seconds: float
    energy_j: float | None


class ExecutedPlan(Record):
    """`execution.json`.

    Attributes:
        format: version of this layout.
        done: whether every task came to its end.
        reason: why not.
        planned_hours: makespan of the plan, h.
        hours: makespan of its execution, or how far it came, h.
        skills: by name.
        repairs: in order.
        work: in the order of its ends.
    """

    format: int = 1
    done: bool
    reason: str | None = None
    planned_hours: float
    hours: float
    skills: dict[str, SkillRecord]
    repairs: tuple[RepairRecord, ...]
    work: tuple[WorkRecord, ...]


class CarriedOut(PlanResult):
    """What `optimus plan --carry-out --json` prints.

    Attributes:
        execution: of the plan.
    """

    execution: ExecutedPlan
