"""What is wrong with a config, in a user's words instead of a validator's."""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from orchestrator.errors import nearest

Key = tuple[str, ...]
"""A dotted key's parts."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        key: where in the config; empty where it concerns several keys.
        message: what was expected and what was given.
    """

    key: Key
    message: str


def problems(error: ValidationError, schema: type[BaseModel], data: dict[str, Any]) -> list[Problem]:
    """All problems in a validator's error.

    Args:
        error: what validating `data` against `schema` raised.
        schema: the config's schema.
        data: the config as it was given.
    """
    details = error.errors(include_url=False)
    known: list[Key] = []
    if any(detail["type"] == "extra_forbidden" for detail in details):
        known = list(_paths(schema, _without_unknown_keys(details, schema, data)))
    return [_problem(detail, known) for detail in details]


def coerced(given: object, value: object, key: Key = ()) -> Iterator[Problem]:
    """Values that a validator bent into the wanted type: `worlds: yes` is no number, nor is `"3"`.

    Args:
        given: plain data.
        value: what it was validated to.
        key: where both stand.
    """
    if isinstance(given, dict) and isinstance(value, BaseModel):
        for name, item in given.items():
            yield from coerced(item, getattr(value, name, item), (*key, name))
    elif isinstance(given, dict) and isinstance(value, dict):
        for name, item in given.items():
            yield from coerced(item, value.get(name, item), (*key, str(name)))
    elif isinstance(given, list) and isinstance(value, list | tuple):
        for index, (item, inner) in enumerate(zip(given, value, strict=False)):
            yield from coerced(item, inner, (*key, str(index)))
    elif isinstance(value, bool) and not isinstance(given, bool):
        yield Problem(key, f"expected true or false, got {show(given)}")
    elif isinstance(value, int | float) and not isinstance(value, bool) and isinstance(given, bool | str):
        yield Problem(key, f"expected a number, got {show(given)}")


def show(value: object) -> str:
    """A value as its YAML would be, shortened to fit a line."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    words: dict[object, str] = {None: "null", True: "true", False: "false"}
    text = words[value] if value is None or isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _problem(detail: ErrorDetails, known: list[Key]) -> Problem:
    key = tuple(str(part) for part in detail["loc"])
    kind, given = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        return Problem(key, f"unknown key{_nearest_key(key, known)}")
    if kind == "missing":
        return Problem(key, "expected a value; the key is missing")
    if kind == "invalid_key":
        return Problem(key, f"expected text as a key, got {show(detail['loc'][-1])}")
    if kind in ("model_type", "dict_type"):
        return Problem(key, f"expected a mapping of keys, got {show(given)}")
    if kind in ("value_error", "assertion_error"):
        return _with_key(key, detail["msg"].partition(", ")[2])
    # What pydantic says after the comma repeats what was given.
    wanted = re.sub(r", (unable to|got ).*", "", detail["msg"]).replace("Input should be", "expected")
    hint = ""
    if kind == "literal_error" and isinstance(given, str):
        hint = nearest(given, re.findall(r"'([^']*)'", detail.get("ctx", {})["expected"]))
    return Problem(key, f"{wanted}, got {show(given)}{hint}")


def _with_key(key: Key, message: str) -> Problem:
    """A check over several keys names the one at fault in its message: `ppo.clip: expected ...`."""
    match = re.fullmatch(r"([a-z_][a-z0-9_.]*): (.+)", message, re.DOTALL)
    return Problem((*key, *match[1].split(".")), match[2]) if match else Problem(key, message)


def _nearest_key(key: Key, known: list[Key]) -> str:
    """A hint at the key that was meant: the same name elsewhere, or the most alike beside it."""
    namesakes = [path for path in known if path[-1] == key[-1]]
    siblings = [path for path in known if path[:-1] == key[:-1]]
    return nearest(".".join(key), (".".join(path) for path in namesakes or siblings))


def _without_unknown_keys(
    details: list[ErrorDetails], schema: type[BaseModel], data: dict[str, Any]
) -> BaseModel | None:
    """The config without its unknown keys: shows which models its fields take, where that varies."""
    pruned = copy.deepcopy(data)
    unknown = [detail["loc"] for detail in details if detail["type"] == "extra_forbidden"]
    try:
        for *parents, name in unknown:
            inner: Any = pruned
            for part in parents:
                inner = inner[part]
            del inner[name]
        return schema.model_validate(pruned)
    except (ValidationError, LookupError, TypeError):
        return None


def _paths(schema: type[BaseModel], value: BaseModel | None) -> Iterator[Key]:
    """All keys of a schema; of the models that `value` has where it is given."""
    for name, field in schema.model_fields.items():
        yield (name,)
        inner = getattr(value, name, None)
        model = type(inner) if isinstance(inner, BaseModel) else field.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            for path in _paths(model, inner if isinstance(inner, BaseModel) else None):
                yield (name, *path)
