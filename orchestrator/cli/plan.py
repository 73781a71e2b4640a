"""`optimus plan`: from a goal to a checked schedule."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.options import AsJson
from orchestrator.cli.output import only_results_on_stdout, print_result
from orchestrator.errors import InputError

if TYPE_CHECKING:
    from orchestrator.factory.leaf import Worker
    from orchestrator.factory.records import CarriedOut
    from orchestrator.plan_records import PlanResult
    from orchestrator.planner.config import PlanConfig
    from orchestrator.planner.planning import Planned

DEFAULT_CONFIG = "planner/default"
"""What `--goal` takes the rest of its config from."""


def plan(
    config: Annotated[
        str | None,
        typer.Argument(metavar="CONFIG", help="A name under configs/ or a path to a YAML file."),
    ] = None,
    goal: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What to build, in words, instead of CONFIG.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where the plan goes.", show_default="runs/plan-GOOD-TIME"),
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the config, as in robots=500."),
    ] = None,
    carry_out: Annotated[
        bool,
        typer.Option("--carry-out", help="Let the policies that the skill cards name carry the plan out."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Plan the building of a factory: tasks, who does them, when."""
    if (config is None) == (goal is None):
        raise InputError("plan", "expected either a config's name or file, or --goal with words")
    if goal is not None and not goal.strip():
        raise InputError("plan --goal", "expected words, got nothing")
    if out is not None and out.exists() and not out.is_dir():
        raise InputError(f"--out {out}", "expected a folder, got a file")
    with only_results_on_stdout():
        from orchestrator.config_files import load_config
        from orchestrator.planner.config import PlanConfig
        from orchestrator.planner.planning import make_plan
        from orchestrator.planner.write import write_plan

        resolved = load_config(config or DEFAULT_CONFIG, overrides or [], PlanConfig)
        where = config or "--goal"
        if goal is not None:
            resolved = _with_goal(resolved, goal)
        planned = make_plan(resolved, where)
        place = out or Path("runs") / f"plan-{planned.plan.good}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        workers = _workers(planned, resolved, where) if carry_out else None
        result = write_plan(planned, resolved, place)
        if workers is not None:
            result = _carried_out(planned, workers, resolved, result)
    lines = [
        f"plan      {result.out}",
        f"makespan  {result.makespan_days:,.1f} days, at most {result.gap_percent:.1f}% above the shortest",
        f"expected  {result.expected_days.p10:,.0f} to {result.expected_days.p90:,.0f} days in eight of ten histories",
        f"tasks     {result.tasks:,}, {result.robot_hours:,.0f} robot-hours, {result.people_hours:,.0f} people-hours",
        f"limit     {result.limiting_resource}",
        *(f"note      {note}" for note in result.notes),
        *(f"assumed   {assumption}" for assumption in result.assumptions),
        *_execution_lines(result),
        f"report    {Path(result.out) / 'report.html'}",
    ]
    print_result(result, lines, as_json=as_json)


def _workers(planned: "Planned", config: "PlanConfig", where: str) -> "dict[str, Worker]":
    from orchestrator.factory.carry_out import workers_for

    return workers_for(planned, config, where)


def _carried_out(
    planned: "Planned", workers: "dict[str, Worker]", config: "PlanConfig", result: "PlanResult"
) -> "CarriedOut":
    """The plan's result with that of its execution, which is written beside it."""
    from orchestrator.factory.carry_out import carry_out_plan
    from orchestrator.factory.records import CarriedOut

    execution = carry_out_plan(planned, workers, config)
    execution.write(Path(result.out) / "execution.json")
    if not execution.done:
        raise RuntimeError(
            f"the plan was not carried out: {execution.reason}; see {result.out}/execution.json"
        )
    return CarriedOut(**result.model_dump(), execution=execution)


def _execution_lines(result: "PlanResult") -> list[str]:
    execution = getattr(result, "execution", None)
    if execution is None:
        return []
    tried = (
        f"          {skill}: {did.successes} of {did.attempts} attempts, {did.seconds:,.0f} s"
        for skill, did in execution.skills.items()
    )
    return [
        f"executed  {execution.hours:.1f} h of {execution.planned_hours:.0f} h, {len(execution.repairs)} repairs",
        *tried,
    ]


def _with_goal(config: "PlanConfig", goal: str) -> "PlanConfig":
    from pydantic import ValidationError

    try:
        return type(config).model_validate({**config.model_dump(), "goal": goal})
    except ValidationError as error:
        raise InputError(
            "--goal", error.errors()[0]["msg"].replace("String should", "expected words that")
        ) from error
