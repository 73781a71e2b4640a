"""What a projection reads beside its config: skill cards and factory plans."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orchestrator.config_errors import problems
from orchestrator.errors import InputError
from orchestrator.ramp.config import RampConfig
from orchestrator.ramp.fleet_parts import Skill
from orchestrator.records import SkillCard

Model = TypeVar("Model", bound=BaseModel)


class FactoryPlan(BaseModel):
    """What the ramp reads of a factory plan; it has more.

    Attributes:
        valid: whether the planner's checks passed.
        makespan_days: from the start of work to the last task's end.
        robot_hours: of work in it.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    valid: bool
    makespan_days: float = Field(ge=0)
    robot_hours: float = Field(default=0.0, ge=0)


@dataclass(frozen=True)
class Inputs:
    """Contents of the files that a config names.

    Attributes:
        productivity: of a robot's hour in a person's hours, by the skill cards; None without cards.
        plans: a factory plan, or None, for each of the config's factories.
    """

    productivity: float | None
    plans: tuple[FactoryPlan | None, ...]


def read_inputs(config: RampConfig, folder: Path) -> Inputs:
    """Read the files that a config names.

    Args:
        config: a projection's.
        folder: of the config file: what is not found from the working directory is looked for there.

    Raises:
        InputError: a file is missing or not what it should be.
    """
    plans = tuple(
        None if site.plan is None else _read_plan(_find(site.plan, folder)) for site in config.factories
    )
    skills = config.labour.skills if config.labour else ()
    return Inputs(_productivity(skills, folder) if skills else None, plans)


def _productivity(skills: Iterable[Skill], folder: Path) -> float:
    """Mean of a robot's successful cycles per person's cycle in the same time, by weight."""
    total = weights = 0.0
    for skill in skills:
        path = _find(skill.card, folder)
        card = read_json(path, SkillCard)
        if card.cycle_time_s is None or card.cycle_time_s.mean <= 0:
            raise InputError(path, "cycle_time_s: expected a measured cycle time, got none")
        # A failed cycle takes its time too and yields nothing.
        total += skill.weight * skill.human_seconds / card.cycle_time_s.mean * card.success_rate
        weights += skill.weight
    return total / weights


def _read_plan(path: Path) -> FactoryPlan:
    plan = read_json(path, FactoryPlan)
    if not plan.valid:
        raise InputError(path, "valid: expected a valid plan, got false")
    return plan


def _find(name: str, folder: Path) -> Path:
    for path in (Path(name), folder / name):
        if path.is_file():
            return path
    raise InputError(name, f"no such file, neither here nor in {folder}")


def read_json(path: Path, schema: type[Model]) -> Model:
    """Read a record from a JSON file.

    Raises:
        InputError: it is missing, damaged, or another record's.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(path, f"not a readable JSON file: {str(error).splitlines()[0]}") from error
    if not isinstance(data, dict):
        raise InputError(path, "expected a JSON object")
    try:
        return schema.model_validate(data)
    except ValidationError as error:
        first = problems(error, schema, data)[0]
        key = ".".join(first.key)
        raise InputError(f"{path}: {key}" if key else path, first.message) from error
