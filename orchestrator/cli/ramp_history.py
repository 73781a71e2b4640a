"""`optimus ramp fit`, `forecast` and `backtest`: what past ramps and a series of its own say about the next periods."""

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.options import AsJson
from orchestrator.cli.output import only_results_on_stdout, print_result
from orchestrator.errors import InputError

if TYPE_CHECKING:
    from orchestrator.ramp.history.backtest import Backtest
    from orchestrator.ramp.history.reading import ReadOptions
    from orchestrator.ramp.history.series import Series

SeriesFile = Annotated[
    Path, typer.Argument(metavar="SERIES.csv", help="A header with period,units; a line each.")
]
Column = Annotated[str | None, typer.Option(metavar="NAME", help="Column of units.", show_default="units")]
Cumulative = Annotated[bool, typer.Option("--cumulative", help="The column counts everything made so far.")]
Start = Annotated[str | None, typer.Option(metavar="PERIOD", help="Use no earlier periods.")]
AllowJumps = Annotated[
    bool, typer.Option("--allow-jumps", help="Accept jumps that look like a change of unit.")
]
LeaveOut = Annotated[
    str | None, typer.Option(metavar="NAME", help="A past ramp, or group, not to learn from.")
]

HORIZON = re.compile(r"(\d{1,3})([qym]?)$")
KINDS = {"q": "quarter", "y": "year", "m": "month"}


def fit(
    series: SeriesFile,
    column: Column = None,
    cumulative: Cumulative = False,
    start: Start = None,
    allow_jumps: AllowJumps = False,
    leave_out: LeaveOut = None,
    cost: Annotated[
        str | None, typer.Option(metavar="NAME", help="Column of unit costs, for the learning rate.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fit S-curves to a production series: asymptote, inflection, rate, and which curve it is."""
    with only_results_on_stdout():
        from orchestrator.ramp.history.forecast import fit as run_fit
        from orchestrator.ramp.history.priors import priors_for
        from orchestrator.ramp.history.reading import ReadOptions, read_series
        from orchestrator.ramp.history.wright import learning_rate, read_costs

        options = ReadOptions(column, cumulative, start, allow_jumps)
        data = read_series(series, options)
        rate = None if cost is None else learning_rate(*read_costs(series, cost, options))
        result = run_fit(data, priors_for(data, leave_out), rate)
    _warn(result.warnings)
    best = max(result.families, key=lambda name: result.families[name])
    asymptote, share = result.asymptote, result.share_of_asymptote
    lines = [
        f"series      {result.series}, {result.seen} periods, {result.first} to {result.last}",
        f"asymptote   {asymptote.p50:,.4g} per period (80% between {asymptote.p10:,.4g} and {asymptote.p90:,.4g})",
        f"reached     {share.p50:.0%} of it (80% between {share.p10:.0%} and {share.p90:.0%})",
        f"inflection  {result.inflection}",
        f"curve       {best} with probability {result.families[best]:.0%}",
    ]
    if result.learning_rate is not None:
        lines.append(
            f"learning    {result.learning_rate:.1%} cheaper with each doubling of everything made so far"
        )
    print_result(result, lines, as_json=as_json)


def forecast(
    series: SeriesFile,
    horizon: Annotated[int, typer.Option(min=1, max=200, help="Periods ahead.")] = 4,
    column: Column = None,
    cumulative: Cumulative = False,
    start: Start = None,
    allow_jumps: AllowJumps = False,
    leave_out: LeaveOut = None,
    as_json: AsJson = False,
) -> None:
    """Forecast a production series: a median and an 80% band for each period ahead."""
    with only_results_on_stdout():
        from orchestrator.ramp.history.forecast import forecast as run_forecast
        from orchestrator.ramp.history.priors import priors_for
        from orchestrator.ramp.history.reading import ReadOptions, read_series

        data = read_series(series, ReadOptions(column, cumulative, start, allow_jumps))
        result = run_forecast(data, horizon, priors_for(data, leave_out))
    _warn(result.warnings)
    rows = zip(result.period, result.p10, result.p50, result.p90, strict=True)
    lines = [f"{'period':<10}{'p10':>14}{'p50':>14}{'p90':>14}"]
    lines += [
        f"{period:<10}{low:>14,.4g}{middle:>14,.4g}{high:>14,.4g}" for period, low, middle, high in rows
    ]
    print_result(result, lines, as_json=as_json)


def backtest(
    series: Annotated[list[Path], typer.Argument(metavar="SERIES.csv...", help="One file or several.")],
    horizon: Annotated[
        str, typer.Option(metavar="H", help="Periods ahead, or by the length of a period: 4q,3y,12m.")
    ] = "4q,3y,12m",
    column: Column = None,
    cumulative: Cumulative = False,
    start: Start = None,
    allow_jumps: AllowJumps = False,
    leave_out: LeaveOut = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of the bootstrap.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Forecast from every past period of a series, and compare with what was made and with simple methods."""
    with only_results_on_stdout():
        from orchestrator.ramp.history.backtest import backtest as run_backtest
        from orchestrator.ramp.history.priors import priors_for
        from orchestrator.ramp.history.reading import ReadOptions

        data = _read_all(series, ReadOptions(column, cumulative, start, allow_jumps))
        horizons = _horizons(horizon, data)
        for one in data:
            _warn(f"{one.name}: {note}" for note in one.notes)
        result = run_backtest(data, horizons, [priors_for(one, leave_out) for one in data], seed)
    if result.missing:
        _warn([f"not compared with {', '.join(result.missing)}: pip install 'optimus-academy[benchmark]'"])
    print_result(result, _table(result), as_json=as_json)


def _read_all(paths: list[Path], options: "ReadOptions") -> "list[Series]":
    from orchestrator.ramp.history.reading import read_series

    data = [read_series(path, options) for path in paths]
    names = [one.name for one in data]
    for path, name in zip(paths, names, strict=True):
        if names.count(name) > 1:
            raise InputError(path, f"expected files of different names, got {name!r} more than once")
    return data


def _horizons(text: str, data: "list[Series]") -> list[int]:
    """Periods ahead for each series from `3` or `4q,3y`."""
    found: dict[str, int] = {}
    for part in text.split(","):
        match = HORIZON.match(part.strip())
        if match is None or int(match[1]) < 1:
            raise InputError(
                f"--horizon {text}", "expected periods such as 4, or 4q,3y,12m by the length of a period"
            )
        found[KINDS.get(match[2], "any")] = int(match[1])
    for one in data:
        if one.first.kind not in found and "any" not in found:
            raise InputError(
                f"--horizon {text}", f"says nothing about {one.name}, whose periods are {one.first.kind}s"
            )
    return [found.get(one.first.kind, found.get("any", 1)) for one in data]


def _table(result: "Backtest") -> list[str]:
    lines = [f"{'':<36}{'MASE':>8}{'sMAPE':>8}{'in 80% band':>13}  origins"]
    for name, score in result.series.items():
        lines.append(
            f"{name:<36}{score.mase:>8.2f}{score.smape:>8.1f}{score.coverage80:>13.0%}  {score.origins}"
        )
    low, high = result.mean.coverage80_ci95
    for name, mean in {"mean over series": result.mean, **result.baselines}.items():
        lines.append(f"{name:<36}{mean.mase:>8.2f}{mean.smape:>8.1f}{mean.coverage80:>13.0%}  {mean.origins}")
    for name, apart in result.differences.items():
        lines.append(
            f"ours less {name:<26}{apart.mase:>8.2f}{apart.smape:>8.1f}   MASE's 95% interval "
            f"{apart.mase_ci95[0]:.2f} to {apart.mase_ci95[1]:.2f}"
        )
    return [*lines, f"95% interval of our coverage: {low:.0%} to {high:.0%}"]


def _warn(texts: Iterable[str]) -> None:
    for text in texts:
        print(f"warning: {text}", file=sys.stderr)
