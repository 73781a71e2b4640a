"""From words to a goal: what is to be made, how much of it, where, and with whom. What is not said is assumed."""

import re
from dataclasses import dataclass, field

from orchestrator.errors import InputError, nearest
from orchestrator.planner.catalogue import FactoryType, building, factory_type, factory_types
from orchestrator.planner.config import PlanConfig
from orchestrator.planner.domain import Calendar

_MONTHS = {"day": 365.25 / 12, "week": 365.25 / 84, "month": 1.0, "quarter": 1 / 3, "year": 1 / 12}
"""How many of each period a month has."""

_NUMBER = r"(?<![\w.])(\d[\d,]*(?:\.\d+)?)\s*(k|thousand|m|million)?"
_SCALES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6}
_PER = rf"\s*(?:a|per|each|every|/)\s*(?:{'|'.join(_MONTHS)})\b"
_BUILDERS = re.compile(
    r"\b(?:with|using|by|let|have|and)\s+(?:\d[\d,.]*\s*\w*\s+)?(?:\w+\s+)?robots?\b", re.IGNORECASE
)
"""Robots that build are not what is built."""

_HEADS = {
    "robots": r"(?:\w+\s+)?robots?\b",
    "people": r"(?:people|workers|persons|humans)\b",
    "cranes": r"cranes?\b",
}


@dataclass(frozen=True)
class Goal:
    """What a plan is for.

    Attributes:
        text: in words.
        factory: the template that makes the good.
        output_per_month: in the factory's unit.
        counts: of resources, where the goal or the config says them: robots, people, cranes.
        place: where, if it was said.
        assumptions: what was not said and had to be assumed.
        pools: counts of single pools, which count more than those.
        shift: that people keep, where it is not the building's.
    """

    text: str
    factory: FactoryType
    output_per_month: float
    counts: dict[str, int]
    place: str | None
    assumptions: tuple[str, ...]
    pools: dict[str, int] = field(default_factory=dict)
    shift: Calendar | None = None


def read_goal(config: PlanConfig, where: str) -> Goal:
    """The goal of a config: its keys, and its words where a key is not given.

    Args:
        config: of the plan.
        where: it comes from, for errors.

    Raises:
        InputError: no template makes what is asked for, or an amount makes no sense.
    """
    text = " ".join(config.goal.split())
    assumptions: list[str] = []
    factory = factory_type(config.good, f"{where}: good") if config.good else _named_factory(text, where)
    output = config.output_per_month or _output(text, factory, where)
    if output is None:
        output = factory.output_per_month
        assumptions.append(
            f"No output was given: assumed {output:,g} {factory.unit} a month, as the template."
        )
    asked = {"robots": config.robots, "people": config.people, "cranes": config.cranes}
    counts: dict[str, int] = {}
    for name, given in asked.items():
        count = _count(text, name) if given is None else given
        if count is not None:
            counts[name] = count
    match = re.search(r"\b(?:near|in|at|by)\s+([A-Z][\w'-]*(?:\s+[A-Z][\w'-]*)*)", text)
    place = match[1] if match else None
    assumptions.append(
        f"The site {'near ' + place if place else ''} is flat, dry and has road and grid beside it.".replace(
            "  ", " "
        )
    )
    return Goal(
        text=text or f"{factory.name}: {output:g} {factory.unit} a month",
        factory=factory,
        output_per_month=output,
        counts=counts,
        place=place,
        assumptions=tuple(assumptions),
        pools=_pools(config, where),
        shift=config.shift and Calendar(id="shift", **config.shift.model_dump()),
    )


def _pools(config: PlanConfig, where: str) -> dict[str, int]:
    known = [resource.id for resource in building().resources]
    for id_ in config.pools:
        if id_ not in known:
            message = f"there is no such pool: expected one of {', '.join(known)}{nearest(id_, known)}"
            raise InputError(f"{where}: pools.{id_}", message)
    return config.pools


def _named_factory(text: str, where: str) -> FactoryType:
    """The factory whose words come up in the text; the longest words win."""
    lowered = _BUILDERS.sub(" ", text).lower()
    found: list[tuple[int, str]] = []
    for good, factory in factory_types().items():
        for words in (good, good.replace("-", " "), factory.name.lower(), *factory.words):
            if re.search(rf"(?<!\w){re.escape(words.lower())}(?!\w)", lowered):
                found.append((len(words), good))
    if not found:
        known = ", ".join(sorted(factory_types()))
        raise InputError(where, f"it names no good that there is a template for: expected one of {known}")
    best = max(length for length, _ in found)
    goods = {good for length, good in found if length == best}
    if len(goods) > 1:
        raise InputError(where, f"it names more than one good: {', '.join(sorted(goods))}")
    return factory_types()[goods.pop()]


def _output(text: str, factory: FactoryType, where: str) -> float | None:
    """Output per month, where the text says an amount in one of the factory's units, per period."""
    units = {factory.unit: 1.0, **factory.units}
    names = "|".join(sorted((re.escape(unit) for unit in units), key=len, reverse=True))
    periods = "|".join(_MONTHS)
    pattern = (
        rf"{_NUMBER}\s*({names})s?\b(?:\s+(?:of\s+)?[\w-]+){{0,4}}?\s*(?:a|per|each|every|/)\s*({periods})\b"
    )
    match = re.search(pattern, text, re.IGNORECASE)
    if not match:
        return None
    unit = next(name for name in units if name.lower() == match[3].lower())
    output = _value(match[1], match[2]) * units[unit] * _MONTHS[match[4].lower()]
    if output <= 0:
        raise InputError(where, f"expected an output above 0, got {match[0]!r}")
    return output


def _count(text: str, name: str) -> int | None:
    match = re.search(rf"{_NUMBER}\s+{_HEADS[name]}(?!{_PER})", text, re.IGNORECASE)
    return round(_value(match[1], match[2])) if match else None


def _value(number: str, scale: str | None) -> float:
    return float(number.replace(",", "")) * _SCALES.get((scale or "").lower(), 1.0)
