"""What robots can do: estimates from a table, replaced by measured skill cards where there are any."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from orchestrator.config_errors import problems
from orchestrator.errors import InputError
from orchestrator.planner.domain import SkillLevel
from orchestrator.records import Record, SkillCard


class SkillEstimate(Record):
    """A skill as long as nobody has measured it.

    Attributes:
        task: name of the task whose skill cards tell about it.
        success_rate: of one attempt.
        cycle_time_s: of one attempt, s.
        power_w: mean, W.
        source: of these figures.
    """

    task: str
    success_rate: float = Field(gt=0, le=1)
    cycle_time_s: float = Field(gt=0)
    power_w: float = Field(gt=0)
    source: str


class SkillTable(Record):
    """`configs/planner/skills.yaml`.

    Attributes:
        skills: by name.
    """

    skills: dict[str, SkillEstimate]


def read_cards(folder: Path) -> list[SkillCard]:
    """The skill cards in a folder: its JSON files.

    Raises:
        InputError: there is no such folder, or a file in it is not a card.
    """
    if not folder.is_dir():
        raise InputError(f"skills: {folder}", "expected a folder of skill cards")
    return [_read_card(path) for path in sorted(folder.glob("*.json"))]


def known_skills(
    table: SkillTable, cards: list[SkillCard], *, assume: bool, min_success: float
) -> tuple[dict[str, SkillLevel], list[str]]:
    """What robots may be assigned, and what had to be guessed.

    A card counts with the lower end of its confidence interval: a skill that is too rarely shown to succeed is left
    to people. Of several cards for one task the surest counts.

    Args:
        table: the skills that work is described with.
        cards: what has been measured.
        assume: take the table's estimates for skills that no card tells about.
        min_success: success rate that robots need to be assigned.

    Returns:
        Skills by name, and assumptions.
    """
    levels: dict[str, SkillLevel] = {}
    assumptions: list[str] = []
    for name, estimate in table.skills.items():
        card = surest_card(cards, estimate.task)
        if card is not None:
            level, message = _measured(name, card, estimate, min_success)
            if level:
                levels[name] = level
            if message:
                assumptions.append(message)
        elif assume and estimate.success_rate >= min_success:
            levels[name] = SkillLevel.model_validate(estimate.model_dump(exclude={"task"}))
            assumptions.append(
                f"Skill {name!r} has no card: assumed {estimate.success_rate:.0%} success in "
                f"{estimate.cycle_time_s:g} s ({estimate.source})."
            )
    unused = sorted({card.task for card in cards} - {estimate.task for estimate in table.skills.values()})
    assumptions += [f"The card of task {task!r} tells about no skill that the work needs." for task in unused]
    return levels, assumptions


def surest_card(cards: Iterable[SkillCard], task: str) -> SkillCard | None:
    """Of the cards of a task the one whose success rate is surely highest."""
    return max((card for card in cards if card.task == task), key=lambda c: c.success_ci95[0], default=None)


def _measured(
    name: str, card: SkillCard, estimate: SkillEstimate, min_success: float
) -> tuple[SkillLevel | None, str | None]:
    if card.success_ci95[0] < min_success:
        low = f"{card.success_ci95[0]:.0%}"
        return None, f"Skill {name!r} is left to people: its card shows {low} success at the least."
    if card.verifier_flags:
        return (
            None,
            f"Skill {name!r} is left to people: a verifier of its card objected ({card.verifier_flags[0]}).",
        )
    if card.cycle_time_s is None or card.cycle_time_s.mean <= 0:
        return None, f"Skill {name!r} is left to people: its card has no cycle time."
    power, message = estimate.power_w, None
    if card.energy_per_cycle_j:
        power = card.energy_per_cycle_j / card.cycle_time_s.mean
    else:
        message = f"The card of skill {name!r} has no energy: assumed {power:g} W ({estimate.source})."
    level = SkillLevel(
        success_rate=card.success_ci95[0],
        cycle_time_s=card.cycle_time_s.mean,
        power_w=power,
        source=f"skill card of {card.policy}",
    )
    return level, message


def _read_card(path: Path) -> SkillCard:
    try:
        text = path.read_text(encoding="utf-8")
        return SkillCard.model_validate_json(text)
    except ValidationError as error:
        data: dict[str, Any] = {}
        first = problems(error, SkillCard, data)[0]
        key = ".".join(first.key)
        raise InputError(f"{path}: {key}" if key else path, f"not a skill card: {first.message}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(path, "cannot be read as text") from error
