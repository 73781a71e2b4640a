"""Data sheets as files: YAML whose quantities stand as they are printed, with their units."""

from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from hand_model.quantities import si

SHEETS = Path(__file__).resolve().parents[1] / "configs"
"""Where the data sheets that ship with the project lie, in a folder for each kind."""

Schema = TypeVar("Schema", bound=BaseModel)


class DatasheetError(ValueError):
    """A data sheet that cannot be: the file, the figure, what was expected."""


def sheet_names(kind: str) -> list[str]:
    """Names of the data sheets of a kind (`motors`, `gearheads`) that ship with the project."""
    return sorted(path.stem for path in (SHEETS / kind).glob("*.yaml"))


def read_sheet(kind: str, name_or_path: str, schema: type[Schema]) -> Schema:
    """Read a data sheet.

    Args:
        kind: folder under `configs/`.
        name_or_path: a name in that folder, or a YAML file.
        schema: what the sheet must hold. A field with a unit among its annotations is a quantity of that kind.

    Raises:
        DatasheetError: what is wrong, in one line that names the file and the figure.
    """
    path = _find(kind, name_or_path)
    figures = _in_si(_read(path), schema, str(path))
    try:
        return schema.model_validate(figures)
    except ValidationError as error:
        raise DatasheetError(f"{path}: {_first(error, schema)}") from error


def _find(kind: str, name_or_path: str) -> Path:
    names = sheet_names(kind)
    if name_or_path in names:
        return SHEETS / kind / f"{name_or_path}.yaml"
    path = Path(name_or_path)
    if not path.is_file():
        raise DatasheetError(
            f"{name_or_path}: no such file, and none of the {kind}{_nearest(path.stem, names)}"
        )
    return path


def _read(path: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DatasheetError(f"{path}: not a YAML file: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise DatasheetError(f"{path}: expected a mapping of figures")
    return {str(key): value for key, value in data.items()}


def _in_si(data: dict[str, Any], schema: type[BaseModel], where: str) -> dict[str, Any]:
    """The figures as numbers; a list of rows row by row."""
    figures: dict[str, Any] = {}
    for key, value in data.items():
        field = schema.model_fields.get(key)
        unit = next((m for m in field.metadata if isinstance(m, str)), None) if field else None
        row = next((t for t in get_args(field.annotation) if _is_record(t)), None) if field else None
        if row is not None and isinstance(value, list) and all(isinstance(item, dict) for item in value):
            figures[key] = [_in_si(item, row, f"{where}: {key}[{i}]") for i, item in enumerate(value)]
        elif unit is not None:
            try:
                figures[key] = si(value, unit)
            except ValueError as error:
                raise DatasheetError(f"{where}: {key}: {error}") from error
        else:
            figures[key] = value
    return figures


def _is_record(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _first(error: ValidationError, schema: type[BaseModel]) -> str:
    detail = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "missing":
        return f"{key}: missing"
    if detail["type"] == "extra_forbidden":
        return f"{key}: unknown figure{_nearest(key, list(schema.model_fields))}"
    message = detail["msg"].removeprefix("Value error, ")
    return f"{key}: {message}, got {detail['input']!r}" if key else message


def _nearest(name: str, names: list[str]) -> str:
    close = get_close_matches(name, names, n=1, cutoff=0.3)
    return f"; nearest: {close[0]}" if close else ""
