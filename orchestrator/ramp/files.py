"""A projection on the disk: JSON, CSV, Parquet and a page."""

import csv
from collections.abc import Sequence
from pathlib import Path

from orchestrator.config_files import config_names, dump_config, find_config, load_config
from orchestrator.ramp.compare import Comparison
from orchestrator.ramp.compare_page import render_comparison
from orchestrator.ramp.config import RampConfig
from orchestrator.ramp.inputs import Inputs, read_json
from orchestrator.ramp.records import BANDS, Band, Projection
from orchestrator.ramp.report import render_report

COMPARISON = "comparison.json"

JSON, CSV, PARQUET, PAGE, CONFIG = (
    "projection.json",
    "projection.csv",
    "projection.parquet",
    "report.html",
    "config.yaml",
)

PRESETS = "ramp/"
"""Where the presets are, below `configs/`."""


def load_ramp_config(name: str, overrides: Sequence[str]) -> tuple[RampConfig, Path]:
    """Read a projection's config.

    Args:
        name: of a preset (`owners-plan`), of a config below `configs/`, or a path.
        overrides: each `key.sub=value`.

    Returns:
        The config and its file.

    Raises:
        InputError: what is wrong with it.
    """
    preset = PRESETS + name
    given = preset if preset in config_names() and not Path(name).is_file() else name
    return load_config(given, overrides, RampConfig), find_config(given)


def write_projection(
    projection: Projection,
    config: RampConfig,
    inputs: Inputs,
    out: Path,
    overlays: Sequence[Projection] = (),
) -> None:
    """Write a projection's files into a folder; each is replaced whole.

    Args:
        projection: to be written.
        config: that it was made from.
        inputs: the files that it names.
        out: folder; made where it is missing.
        overlays: other scenarios, for the page.
    """
    page = render_report(projection, config, inputs, overlays)
    out.mkdir(parents=True, exist_ok=True)
    projection.write(out / JSON)
    names, rows = table(projection)
    _replace(out / CONFIG, dump_config(config))
    _replace(out / PAGE, page)
    partial = out / f".{CSV}.partial"
    with partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows(rows)
    partial.replace(out / CSV)
    _write_parquet(names, rows, out / PARQUET)


def write_comparison(comparison: Comparison, first: Projection, second: Projection, out: Path) -> None:
    """Write a comparison's record and its page into a folder; each is replaced whole.

    Args:
        comparison: of the two.
        first: projection.
        second: projection.
        out: folder; made where it is missing.
    """
    page = render_comparison(comparison, first, second)
    out.mkdir(parents=True, exist_ok=True)
    comparison.write(out / COMPARISON)
    _replace(out / PAGE, page)


def table(projection: Projection) -> tuple[list[str], list[list[str | float]]]:
    """One row per month: the bands, the means, the limiting factor and how many paths each factor limits."""
    columns: dict[str, Sequence[str | float]] = {"month": projection.months}
    for name in BANDS:
        band: Band = getattr(projection, name)
        columns |= {f"{name}_{line}": values for line, values in band.model_dump().items()}
    columns |= {f"{name}_mean": values for name, values in projection.means.items()}
    columns["limiting_factor"] = projection.limiting_factor
    columns |= {f"limits_{name}": values for name, values in projection.limiting_share.items()}
    return list(columns), [list(row) for row in zip(*columns.values(), strict=True)]


def read_projection(path: Path) -> Projection:
    """Read a projection from its folder or its JSON file.

    Raises:
        InputError: it is missing or damaged.
    """
    return read_json(path / JSON if path.is_dir() else path, Projection)


def _replace(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def _write_parquet(names: Sequence[str], rows: Sequence[Sequence[str | float]], path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    partial = path.with_name(f".{path.name}.partial")
    columns = zip(*rows, strict=True)
    pq.write_table(
        pa.table({name: list(column) for name, column in zip(names, columns, strict=True)}), partial
    )
    partial.replace(path)
