"""The config of a plan."""

from pathlib import Path

from pydantic import Field, model_validator

from orchestrator.records import Record

LARGEST_OUTPUT = 1e9
"""Units a month, above which a goal is a mistake."""


class PlanConfig(Record):
    """What to plan, with whom, and how long to search.

    Attributes:
        goal: in words; what the keys below say counts more.
        good: id of what the factory makes.
        output_per_month: in the template's unit.
        robots: in the fleet.
        people: on the site, shared out over the trades as in the building's file.
        cranes: on the site.
        skills: folder of skill cards.
        assume_skills: take estimates for skills without a card; otherwise people do that work.
        min_success: success rate below which robots are not assigned.
        proposer: of the task graph.
        seconds: that the scheduler searches at the most.
        schedules: that it builds at the most; given this, the same config gives the same plan.
        threads: that it uses.
        seed: of everything random.
        max_tasks: above which a goal is refused as too large to plan in one piece.
    """

    goal: str = Field(default="", max_length=2000)
    good: str | None = None
    output_per_month: float | None = Field(default=None, gt=0, le=LARGEST_OUTPUT)
    robots: int | None = Field(default=None, ge=0, le=1_000_000)
    people: int | None = Field(default=None, ge=0, le=1_000_000)
    cranes: int | None = Field(default=None, ge=0, le=10_000)
    skills: Path | None = None
    assume_skills: bool = True
    min_success: float = Field(default=0.9, ge=0, le=1)
    proposer: str = "template"
    seconds: float = Field(default=20.0, gt=0, le=86_400)
    schedules: int | None = Field(default=None, ge=1)
    threads: int = Field(default=2, ge=1, le=2)
    seed: int = Field(default=0, ge=0, lt=2**31)
    max_tasks: int = Field(default=10_000, ge=1)

    @model_validator(mode="after")
    def _check(self) -> "PlanConfig":
        if not self.goal.strip() and self.good is None:
            raise ValueError("goal: expected words, or the key good")
        return self
