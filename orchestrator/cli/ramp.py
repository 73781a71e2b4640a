"""`optimus ramp`: projections of output, fleet, cost and power."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.commands import command_group
from orchestrator.cli.options import AsJson
from orchestrator.cli.output import only_results_on_stdout, print_result
from orchestrator.cli.ramp_history import backtest, fit, forecast
from orchestrator.errors import InputError, check_writable

if TYPE_CHECKING:
    from orchestrator.ramp.records import Projection

ramp = command_group("ramp", "Project how many robots there will be, what limits them, what they cost.")
for command in (fit, forecast, backtest):
    ramp.command()(command)

Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the config, as in stretch=1.5."),
]


@ramp.command()
def project(
    config: Annotated[
        str, typer.Argument(metavar="CONFIG", help="A preset, a name under configs/ or a YAML file.")
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the files go.", show_default="runs/ramp/CONFIG")
    ] = None,
    overrides: Overrides = None,
    overlay: Annotated[
        list[str] | None,
        typer.Option(metavar="SCENARIO", help="Draw this one beside it: a projection's folder or a config."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Sample a config's futures, and write projection.json, .csv, .parquet and report.html."""
    with only_results_on_stdout():
        from orchestrator.cli.progress import share_progress
        from orchestrator.ramp.files import load_ramp_config, write_projection
        from orchestrator.ramp.inputs import read_inputs
        from orchestrator.ramp.project import project as run_projection

        resolved, path = load_ramp_config(config, overrides or [])
        place = out or Path("runs") / "ramp" / path.stem
        check_writable(place, "--out")
        inputs = read_inputs(resolved, path.parent)
        others = [_scenario(name) for name in overlay or []]
        with share_progress("projected") as progress:
            result = run_projection(resolved, inputs, name=config, progress=progress)
        write_projection(result, resolved, inputs, place, others)
    print_result(result, [*_summary(result), f"report    {place / 'report.html'}"], as_json=as_json)


@ramp.command()
def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="A projection's folder, or a config.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where the page goes.", show_default="runs/ramp/A-beside-B"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Two scenarios beside each other, year by year, as a table and a page; configs are projected."""
    with only_results_on_stdout():
        from orchestrator.ramp.compare import compare as run_comparison
        from orchestrator.ramp.compare import lines
        from orchestrator.ramp.files import PAGE, write_comparison

        place = out or Path("runs") / "ramp" / f"{Path(first).stem}-beside-{Path(second).stem}"
        check_writable(place, "--out")
        a, b = _scenario(first), _scenario(second)
        result = run_comparison(a, b)
        write_comparison(result, a, b, place)
    print_result(result, [*lines(result), f"page  {place / PAGE}"], as_json=as_json)


def _scenario(name: str) -> "Projection":
    """A projection that was made before, or one made now from a config."""
    from orchestrator.ramp.files import JSON, load_ramp_config, read_projection
    from orchestrator.ramp.inputs import read_inputs
    from orchestrator.ramp.project import project as run_projection

    path = Path(name)
    if path.is_dir() or path.suffix == ".json":
        if path.is_dir() and not (path / JSON).is_file():
            raise InputError(name, f"expected a projection's folder; it has no {JSON}")
        return read_projection(path)
    config, file = load_ramp_config(name, ["sobol_samples=0"])
    return run_projection(config, read_inputs(config, file.parent), name=name)


def _summary(projection: "Projection") -> list[str]:
    def last(name: str, label: str, per: float = 1) -> str:
        band = getattr(projection, name)
        low, middle, high = (per * line[-1] for line in (band.p5, band.p50, band.p95))
        return f"{label:<10}{middle:,.4g} (90% interval {low:,.4g} to {high:,.4g})"

    limits = list(dict.fromkeys(projection.limiting_factor))
    return [
        f"{projection.title}: {projection.months[-1]}, {projection.paths:,} paths in {projection.seconds:.2f} s",
        last("output_per_month", "per year", 12),
        last("cumulative_units", "made"),
        last("fleet", "in use"),
        last("cost_per_unit_usd", "USD each"),
        last("power_mw", "MW"),
        f"limits    {', '.join(limits)}",
        *(f"warning   {text}" for text in projection.warnings),
    ]
