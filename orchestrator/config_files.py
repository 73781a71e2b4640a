"""Configs: YAML files checked against a typed schema, with overrides from the command line.

A config is a name under `configs/` (`hand-reach`) or a path to a YAML file. `extends: NAME` begins with another
config's keys, which a file's own replace one by one; a path in it is taken from the file's folder. Whatever is wrong
with a config is an `InputError` of one line that names the file or the override, the key, what was expected and what
was given.
"""

import re
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

import orchestrator
from orchestrator.config_errors import Problem, coerced, problems
from orchestrator.errors import InputError, nearest

CONFIGS = Path(orchestrator.__file__).resolve().parents[1] / "configs"
"""The configs that ship with the project."""

Config = TypeVar("Config", bound=BaseModel)


def load_config(name_or_path: str | Path, overrides: Sequence[str], schema: type[Config]) -> Config:
    """Read a config.

    Args:
        name_or_path: a name under `configs/` or a path.
        overrides: each `key.sub=value`; the value is YAML.
        schema: what the config must be.

    Raises:
        InputError: the first thing that is wrong, and how many more there are.
    """
    path = find_config(name_or_path)
    data, keys = _overridden(path, overrides)
    try:
        config = schema.model_validate(data)
        found = list(coerced(data, config))
    except ValidationError as error:
        found = problems(error, schema, data)
        config = None
    if config is None or found:
        raise _input_error(found, path, keys)
    return config


def read_key(name_or_path: str | Path, overrides: Sequence[str], key: str) -> object:
    """One key at a config's top, as it is written; none where it is left out.

    Raises:
        InputError: the config cannot be read.
    """
    return _overridden(find_config(name_or_path), overrides)[0].get(key)


def dump_config(config: BaseModel) -> str:
    """The config with every default spelled out, as YAML that loads to an equal config."""
    return yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False)


def config_names() -> list[str]:
    """Names of the configs that ship with the project."""
    return sorted(path.relative_to(CONFIGS).with_suffix("").as_posix() for path in CONFIGS.rglob("*.yaml"))


def find_config(name_or_path: str | Path) -> Path:
    """File of a config.

    Raises:
        InputError: there is none.
    """
    given = str(name_or_path)
    names = config_names()
    if given in names:
        return CONFIGS / f"{given}.yaml"
    path = Path(given)
    if path.is_file():
        return path
    hint = nearest(path.stem, names)
    if path.is_dir():
        raise InputError(given, f"expected a config's name or a YAML file, got a directory{hint}")
    raise InputError(given, f"no such config or file{hint}")


class _Loader(yaml.SafeLoader):
    """YAML without silently lost keys, and with `1e-3` as a number, as YAML 1.2 has it."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        problem=f"key {key.value!r} is given twice", problem_mark=key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][-+]?[0-9]+$"),
    list("-+.0123456789"),
)


def _parse(text: str, where: object) -> object:
    try:
        # A SafeLoader: builds plain values only.
        return yaml.load(text, _Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise InputError(where, f"{place}not valid YAML: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(where, f"not valid YAML: {str(error).splitlines()[0]}") from error


def _read_mapping(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(path, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(path, "expected YAML, got a file that is not UTF-8 text") from error
    data = _parse(text, path)
    if not isinstance(data, dict):
        given = "nothing" if data is None else "a list" if isinstance(data, list) else f"{data!r:.60}"
        raise InputError(path, f"expected a mapping of keys, got {given}")
    return data


def _read_config(path: Path, readers: tuple[Path, ...] = ()) -> dict[str, Any]:
    """A config's keys, on those of the config that it extends."""
    data = _read_mapping(path)
    if "extends" not in data:
        return data
    base = data.pop("extends")
    if not isinstance(base, str):
        raise InputError(f"{path}: extends", f"expected a config's name or a YAML file, got {base!r:.60}")
    beside = path.parent / base
    try:
        found = beside if beside.is_file() else find_config(base)
    except InputError as error:
        raise InputError(f"{path}: extends", f"{error.where}: {error.message}") from error
    chain = (*readers, path.resolve())
    if found.resolve() in chain:
        raise InputError(f"{path}: extends", f"in a circle: {found} extends this in turn")
    return merged(_read_config(found, chain), data)


def merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The base's keys, replaced by our own; mappings are merged, but one that names its `source` is a value."""
    both = dict(base)
    for key, value in own.items():
        inner = both.get(key)
        if isinstance(inner, dict) and isinstance(value, dict) and "source" not in value:
            both[key] = merged(inner, value)
        else:
            both[key] = value
    return both


def _overridden(path: Path, overrides: Sequence[str]) -> tuple[dict[str, Any], dict[tuple[str, ...], str]]:
    """A config's keys, and which override set which of them."""
    data = _read_config(path)
    return data, {_override(data, text): text for text in overrides}


def _override(data: dict[str, Any], text: str) -> tuple[str, ...]:
    """Set one key of `data` from `key.sub=value`; returns the key's parts."""
    key, equals, value = text.partition("=")
    parts = tuple(key.strip().split("."))
    if not equals or not all(parts):
        raise InputError(f"--set {text}", "expected key=value, with dots between a key's parts")
    inner = data
    for part in parts[:-1]:
        if not isinstance(inner.get(part), dict):
            inner[part] = {}
        inner = inner[part]
    inner[parts[-1]] = _parse(value, f"--set {text}")
    return parts


def _input_error(found: list[Problem], path: Path, overrides: dict[tuple[str, ...], str]) -> InputError:
    first = found[0]
    where, key = str(path), ".".join(first.key)
    for parts, text in overrides.items():
        shared = min(len(parts), len(first.key))
        if shared and parts[:shared] == first.key[:shared]:
            where = f"--set {text}"
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return InputError(f"{where}: {key}" if key else where, first.message + more)
