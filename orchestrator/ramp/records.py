"""What a projection is, as JSON."""

from orchestrator.records import Record

BANDS = {
    "output_per_month": "output",
    "cumulative_units": "cumulative",
    "fleet": "fleet",
    "cost_per_unit_usd": "cost",
    "power_mw": "power",
    "cash_usd": "cash",
}
"""A projection's bands, and which of the simulation's figures each is of; the page's model has the same names."""


class Band(Record):
    """Percentiles, one value per month."""

    p5: tuple[float, ...]
    p10: tuple[float, ...]
    p25: tuple[float, ...]
    p50: tuple[float, ...]
    p75: tuple[float, ...]
    p90: tuple[float, ...]
    p95: tuple[float, ...]


class Figure(Record):
    """Percentiles of one figure over the paths on which it came to be.

    Attributes:
        share: of the paths.
    """

    share: float
    p5: float | None
    p50: float | None
    p95: float | None


class Effect(Record):
    """One bar of a tornado: what an input's 5th and 95th percentile do while the others are at their medians.

    Attributes:
        name: dotted key.
        low_value: the input's 5th percentile.
        high_value: its 95th.
        low: the result at the former.
        high: the result at the latter.
    """

    name: str
    low_value: float
    high_value: float
    low: float
    high: float


class Indices(Record):
    """Sobol's indices of one input, and their 95% bootstrap intervals' ends."""

    name: str
    first: float
    total: float
    first_ci95: tuple[float, float]
    total_ci95: tuple[float, float]


class Sobol(Record):
    """Shares of the variance of log10(1 + cumulative units at the end).

    Attributes:
        samples: base samples.
        inputs: that were varied, the tornado's widest; the others stayed at their medians.
        correlations_left_out: whether the config has any: the indices take inputs as independent.
    """

    samples: int
    inputs: tuple[Indices, ...]
    correlations_left_out: bool


class Recursion(Record):
    """Robots build robots: the loop's figures at its medians, with learning and usefulness as they are then.

    Attributes:
        month: index.
        build_rate: robots that a working robot would build per month, if only its labour counted.
        loop_gain: robots that a robot's share in the factories builds in its life; null: it does not retire.
        growth_per_month: of the loop alone, without people.
        doubling_months: of the loop alone; null where it shrinks.
    """

    month: int
    build_rate: float
    loop_gain: float | None
    growth_per_month: float
    doubling_months: float | None


class Input(Record):
    """One of the config's quantities.

    Attributes:
        name: dotted key.
        value: number or distribution.
        source: where it comes from; null where the config does not say.
    """

    name: str
    value: str
    source: str | None


class Projection(Record):
    """`projection.json`, and what `optimus ramp project --json` prints.

    Attributes:
        title: of the scenario.
        config: name or path that it was made from.
        months: YYYY-MM.
        output_per_month: units.
        cumulative_units: ever made.
        fleet: robots in use.
        cost_per_unit_usd: of the next unit.
        power_mw: charging of the whole fleet, training cluster and own factories.
        cash_usd: in hand; only zeros where the config has no capital.
        limiting_factor: the one that limits most of the paths, by month.
        limiting_share: share of the paths that each factor limits, by month.
        means: of further figures, by month.
        night: hours of the day, by the hour that they begin at, in which `figures.fleet_night_mw` is drawn.
        figures: one per path.
        recursion: robots build robots; empty without labour.
        tornado: the widest first.
        sobol: null where it was left out.
        inputs: all quantities, with their sources.
        paths: samples.
        effective_paths: that they are worth after conditioning.
        seed: of the samples.
        seconds: wall-clock time of the simulation.
        warnings: what a reader should know.
    """

    title: str
    config: str
    months: tuple[str, ...]
    output_per_month: Band
    cumulative_units: Band
    fleet: Band
    cost_per_unit_usd: Band
    power_mw: Band
    cash_usd: Band
    limiting_factor: tuple[str, ...]
    limiting_share: dict[str, tuple[float, ...]]
    means: dict[str, tuple[float, ...]]
    night: tuple[int, ...]
    figures: dict[str, Figure]
    recursion: tuple[Recursion, ...]
    tornado: tuple[Effect, ...]
    sobol: Sobol | None
    inputs: tuple[Input, ...]
    paths: int
    effective_paths: float
    seed: int
    seconds: float
    warnings: tuple[str, ...]
