"""The config of a plan."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from orchestrator.records import Record

LARGEST_OUTPUT = 1e9
"""Units a month, above which a goal is a mistake."""


class LlmConfig(Record):
    """The language model behind `proposer: llm`.

    Attributes:
        endpoint: base address of a server that speaks OpenAI's chat completions, as in http://127.0.0.1:8080/v1.
        model: its name there.
        key_env: environment variable that holds the key; a server that wants none needs none.
        detail: what it may order: every piece of work, or only phases, which also small models manage.
        output: how the reply is typed: by the endpoint's JSON schemas, by a tool call, or by words alone.
        timeout_s: that one answer may take, s.
        repairs: rounds of findings that it gets before the template answers.
        max_tokens: of one answer.
        temperature: of sampling.
        seed: of sampling, where the endpoint knows seeds.
        documents: text files about the site, shown to it as data.
    """

    endpoint: str | None = Field(default=None, pattern=r"^https?://")
    model: str = "default"
    key_env: str = "OPENAI_API_KEY"
    detail: Literal["work", "phases"] = "work"
    output: Literal["native", "tool", "prompted"] = "native"
    timeout_s: float = Field(default=120.0, gt=0, le=3600)
    repairs: int = Field(default=3, ge=0, le=20)
    max_tokens: int = Field(default=4000, ge=1)
    temperature: float = Field(default=0.0, ge=0, le=2)
    seed: int = Field(default=0, ge=0, lt=2**31)
    documents: tuple[Path, ...] = ()


class Shift(Record):
    """Hours in which people work.

    Attributes:
        days: of the week, from Monday on.
        begin: hour of the day.
        end: hour of the day.
    """

    days: int = Field(ge=1, le=7)
    begin: int = Field(ge=0, le=23)
    end: int = Field(ge=1, le=24)

    @model_validator(mode="after")
    def _check(self) -> "Shift":
        if self.begin >= self.end:
            raise ValueError("end: expected an hour after begin")
        return self


class PlanConfig(Record):
    """What to plan, with whom, and how long to search.

    Attributes:
        goal: in words; what the keys below say counts more.
        good: id of what the factory makes.
        output_per_month: in the template's unit.
        robots: in the fleet.
        people: on the site, shared out over the trades as in the building's file.
        cranes: on the site.
        pools: counts of single pools of the building's file, as in {crane: 8}; they count more than the three above.
        shift: that people keep, where it is not the building's.
        skills: folder of skill cards.
        assume_skills: take estimates for skills without a card; otherwise people do that work.
        min_success: success rate below which robots are not assigned.
        proposer: of the task graph: `template` or `llm`.
        llm: for `proposer: llm`.
        seconds: that the scheduler searches at the most.
        schedules: that it builds at the most; given this, the same config gives the same plan.
        threads: that it uses.
        histories: in which the plan is carried out, to see what its makespan may become.
        seed: of everything random.
        max_tasks: above which a goal is refused as too large to plan in one piece.
    """

    goal: str = Field(default="", max_length=2000)
    good: str | None = None
    output_per_month: float | None = Field(default=None, gt=0, le=LARGEST_OUTPUT)
    robots: int | None = Field(default=None, ge=0, le=1_000_000)
    people: int | None = Field(default=None, ge=0, le=1_000_000)
    cranes: int | None = Field(default=None, ge=0, le=10_000)
    pools: dict[str, Annotated[int, Field(ge=0, le=1_000_000)]] = Field(default={})
    shift: Shift | None = None
    skills: Path | None = None
    assume_skills: bool = True
    min_success: float = Field(default=0.9, ge=0, le=1)
    proposer: str = "template"
    llm: LlmConfig = LlmConfig()
    seconds: float = Field(default=20.0, gt=0, le=86_400)
    schedules: int | None = Field(default=None, ge=1)
    threads: int = Field(default=2, ge=1, le=2)
    seed: int = Field(default=0, ge=0, lt=2**31)
    histories: int = Field(default=30, ge=2, le=10_000)
    max_tasks: int = Field(default=10_000, ge=1)

    @model_validator(mode="after")
    def _check(self) -> "PlanConfig":
        if not self.goal.strip() and self.good is None:
            raise ValueError("goal: expected words, or the key good")
        return self
