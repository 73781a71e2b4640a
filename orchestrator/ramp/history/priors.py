"""What past ramps taught, as it ships with the package: `priors.yaml`, written by `learning.py`."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import yaml
from pydantic import TypeAdapter

from orchestrator.errors import InputError, nearest
from orchestrator.ramp.history.periods import parse_period
from orchestrator.ramp.history.posterior import CurvePriors
from orchestrator.ramp.history.series import Series
from orchestrator.ramp.history.trends import TrendPriors
from orchestrator.records import Record

Array = np.ndarray

HERE = Path(__file__).parent
PRIORS, PAST_RAMPS = HERE / "priors.yaml", HERE / "past_ramps.yaml"

SAME = 0.02
"""Two series are the same where their log changes differ by less than this, in the median."""


class MixingPriors(Record):
    """How the members are averaged.

    Attributes:
        weights: of each member before a series is seen; they sum to 1.
        learning: how fast a member's own past errors on the series outweigh that.
        memory: weight of an error relative to one an origin later.
    """

    weights: dict[str, float]
    learning: float
    memory: float


class ScalePriors(Record):
    """How large errors are.

    Attributes:
        error: mean absolute error one period ahead, in logarithms, over past ramps.
        weight: how many observed errors that is worth.
        memory: weight of an error relative to the one after it.
    """

    error: float
    weight: float
    memory: float


class Hyperparameters(Record):
    """Everything that is learned from a set of past ramps.

    Attributes:
        trends: how recent growth goes on.
        curves: S-curves before a series is seen.
        mixing: how the members are averaged.
        scale: how large errors are.
    """

    trends: TrendPriors
    curves: CurvePriors
    mixing: MixingPriors
    scale: ScalePriors


class PastErrors(Record):
    """Errors of forecasts of one past ramp, made with priors that had not seen its group.

    Attributes:
        name: of the ramp.
        group: ramps that are left out together.
        seen: periods seen at each origin.
        errors: for each origin and horizon, log(actual / forecast) in units of the scale expected there; null where
            the actual is not known.
    """

    name: str
    group: str
    seen: tuple[int, ...]
    errors: tuple[tuple[float | None, ...], ...]

    def table(self) -> Array:
        """(origins, horizons), NaN where nothing is known."""
        return np.array([[np.nan if e is None else e for e in row] for row in self.errors], dtype=float)


class PriorFile(Record):
    """`priors.yaml`.

    Attributes:
        prior_series: the past ramps behind it.
        everything: learned from all of them.
        without: learned from all but one group, by that group's name.
        past: the errors that bands are calibrated with.
    """

    prior_series: tuple[str, ...]
    everything: Hyperparameters
    without: dict[str, Hyperparameters]
    past: tuple[PastErrors, ...]


class Priors:
    """The priors for one series: without the group that holds it, where one does.

    Attributes:
        prior_series: names of the past ramps that are used.
        left_out: names of those that are not.
        hyperparameters: what was learned.
        past: errors for the bands.
    """

    def __init__(self, file: PriorFile, group: str | None) -> None:
        self.hyperparameters = file.everything if group is None else file.without[group]
        self.past = tuple(past for past in file.past if past.group != group)
        self.prior_series = tuple(past.name for past in self.past)
        self.left_out = tuple(name for name in file.prior_series if name not in self.prior_series)


class PastRamp(Record):
    """One entry of `past_ramps.yaml`.

    Attributes:
        name: short name.
        group: ramps that share shocks and owners.
        what: what is counted.
        source: where the figures come from.
        first: label of the first period.
        units: per period; with `cumulative`, everything made until its end.
        cumulative: see `units`.
    """

    name: str
    group: str
    what: str
    source: str
    first: str
    units: tuple[float, ...]
    cumulative: bool = False

    def series(self) -> Series:
        """As units per period."""
        first = parse_period(self.first)
        if first is None:
            raise ValueError(f"{self.name}: {self.first!r} is no period")
        units = np.array(self.units, dtype=float)
        if self.cumulative:
            return Series(self.name, first.shifted(1), np.diff(units))
        return Series(self.name, first, units)


@cache
def past_ramps() -> tuple[PastRamp, ...]:
    """The past ramps that ship with the package."""
    return TypeAdapter(tuple[PastRamp, ...]).validate_python(yaml.safe_load(PAST_RAMPS.read_text("utf-8")))


@cache
def load_prior_file() -> PriorFile:
    """The priors that ship with the package."""
    return PriorFile.model_validate(yaml.safe_load(PRIORS.read_text("utf-8")))


def priors_for(series: Series, leave_out: str | None = None) -> Priors:
    """The priors that may be used for a series: those that never saw it.

    Args:
        series: to be forecast. Where it is one of the past ramps, or a part of one, that ramp's group is left out.
        leave_out: a past ramp, or a group of them, to be left out in any case.

    Raises:
        InputError: there is no such ramp or group.
    """
    file = load_prior_file()
    groups = {ramp.name: ramp.group for ramp in past_ramps()}
    if leave_out is not None:
        if leave_out not in groups and leave_out not in file.without:
            raise InputError(
                f"--leave-out {leave_out}",
                f"no such past ramp or group{nearest(leave_out, [*groups, *file.without])}",
            )
        return Priors(file, groups.get(leave_out, leave_out))
    for ramp in past_ramps():
        if ramp.name == series.name or any(same_series(series.units, units) for units in _summed(ramp)):
            return Priors(file, ramp.group)
    return Priors(file, None)


def _summed(ramp: PastRamp) -> Iterator[Array]:
    """A past ramp's units, and where these are by quarter, its units by year, whenever the year begins."""
    series = ramp.series()
    yield series.units
    if series.first.kind == "quarter":
        for first in range(4):
            years = (len(series) - first) // 4
            yield series.units[first : first + 4 * years].reshape(years, 4).sum(axis=1)


def same_series(one: Array, other: Array, shared: int = 4) -> bool:
    """Whether two series are the same in other units, or one a part of the other.

    Args:
        one: (n,) units.
        other: (m,) units.
        shared: changes that must overlap.
    """
    if min(len(one), len(other)) <= shared or np.any(one <= 0) or np.any(other <= 0):
        return False
    short, long = sorted((np.diff(np.log(one)), np.diff(np.log(other))), key=len)
    for lag in range(shared - len(short), len(long) - shared + 1):
        ours = short[max(0, -lag) : len(long) - lag]
        theirs = long[max(0, lag) : lag + len(short)]
        if np.median(np.abs(ours - theirs)) < SAME and np.corrcoef(ours, theirs)[0, 1] > 0.99:
            return True
    return False
