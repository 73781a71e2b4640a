"""S-curves fitted to a series, as a posterior over a grid.

The model, in logarithms: log units = log asymptote + log fraction(rate, stage) + noise, the noise autoregressive of
order one, so that a ramp that runs above its curve today is expected above it tomorrow. For each point of the grid
the asymptote and the noise's variance have closed forms (variable projection), so that no optimizer runs: a coarse
grid finds where the posterior lies, finer ones resolve it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from orchestrator.ramp.history.curves import SHAPES, Family, Shape, log_fraction

Array = npt.NDArray[np.float64]

CORRELATIONS = {0.0: 0.6, 0.5: 0.25, 0.9: 0.15}
"""Correlation of the noise from one period to the next (white, in between, nearly a random walk), and its prior
probability: an assumption, that the plainer noise is the likelier one until a series says otherwise."""

FAMILIES: dict[Family, float] = {"logistic": 0.5, "gompertz": 0.2, "richards": 0.15, "bass": 0.15}
"""Prior probability of each family: an assumption, likewise."""

COARSE, FINE, REFINEMENTS = (22, 26), (14, 14), 2
"""Grid points in rate and stage, of the first grid and of the later ones, and how many later ones there are."""

WORTH = 9.0
"""Log posterior below the best at which a grid point is no longer worth refining."""


@dataclass(frozen=True)
class CurvePriors:
    """What past ramps say about curves before a series is seen.

    Attributes:
        log_rate_mean: mean over ramps of the logarithm of the rate per period.
        log_rate_sd: its standard deviation.
        headroom: mean of log(asymptote / output today); exponential.
        noise: typical standard deviation of the noise in logarithms.
    """

    log_rate_mean: float
    log_rate_sd: float
    headroom: float
    noise: float


@dataclass(frozen=True)
class Posterior:
    """Grid points of all curves with their weights.

    Attributes:
        shapes: index into `SHAPES`, (m,).
        rate: (m,) per period.
        stage: (m,) at the last period seen.
        correlation: (m,) of the noise.
        log_asymptote: (m,).
        asymptote_sd: (m,) standard deviation of `log_asymptote` given the point.
        residual: (m,) of the last period seen, in logarithms.
        noise: (m,) standard deviation of the noise in logarithms.
        weight: (m,) sum to 1.
    """

    shapes: npt.NDArray[np.int64]
    rate: Array
    stage: Array
    correlation: Array
    log_asymptote: Array
    asymptote_sd: Array
    residual: Array
    noise: Array
    weight: Array
    seen: int

    def of(self, family: Family) -> "Posterior | None":
        """The part of one family, its weights again summing to 1; None where it has none."""
        wanted = [index for index, shape in enumerate(SHAPES) if shape.family == family]
        mask = np.isin(self.shapes, wanted)
        total = self.weight[mask].sum()
        if total <= 0:
            return None
        columns = (getattr(self, name)[mask] for name in _COLUMNS)
        return Posterior(self.shapes[mask], *columns, self.weight[mask] / total, self.seen)

    def family_weights(self) -> dict[str, float]:
        """Posterior probability of each family."""
        totals: dict[str, float] = {}
        for index, shape in enumerate(SHAPES):
            part = float(self.weight[self.shapes == index].sum())
            totals[shape.family] = totals.get(shape.family, 0.0) + part
        return totals

    def log_paths(self, horizon: int) -> Array:
        """(m, horizon) log output expected by each point, its last residual fading with its correlation."""
        steps = np.arange(1, horizon + 1, dtype=float)
        # ages start before 0 so that Bass knows its launch
        age = np.concatenate([[-(self.seen - 1.0)], steps])
        logs = np.empty((len(self.rate), horizon))
        for index in np.unique(self.shapes):
            mask = self.shapes == index
            logs[mask] = log_fraction(SHAPES[index], self.rate[mask], self.stage[mask], age)[:, 1:]
        return (
            self.log_asymptote[:, None] + logs + self.residual[:, None] * self.correlation[:, None] ** steps
        )

    def log_path(self, horizon: int) -> Array:
        """(horizon,) mean over the points of log output."""
        return self.weight @ self.log_paths(horizon)

    def asymptote_quantiles(self, probabilities: Sequence[float]) -> Array:
        """Quantiles of the asymptote, in units."""
        nodes = np.array([-1.645, -0.954, -0.477, 0.0, 0.477, 0.954, 1.645])
        mass = np.exp(-0.5 * nodes**2)
        values = (self.log_asymptote[:, None] + self.asymptote_sd[:, None] * nodes).ravel()
        weights = (self.weight[:, None] * mass / mass.sum()).ravel()
        return np.exp(weighted_quantiles(values, weights, probabilities))


_COLUMNS = ("rate", "stage", "correlation", "log_asymptote", "asymptote_sd", "residual", "noise")


def weighted_quantiles(values: Array, weights: Array, probabilities: Sequence[float]) -> Array:
    """Quantiles of a weighted sample, interpolated between the middles of its steps."""
    order = np.argsort(values)
    values, weights = values[order], weights[order]
    middle = (np.cumsum(weights) - 0.5 * weights) / weights.sum()
    return np.interp(probabilities, middle, values)


def fit_curves(log_units: Array, priors: CurvePriors, shapes: Sequence[Shape] = SHAPES) -> Posterior:
    """Posterior of S-curves given a series.

    Args:
        log_units: (n,) logarithm of the units per period, n at least 2.
        priors: from past ramps.
        shapes: the curves to be considered, from `SHAPES`.

    Returns:
        Grid points with weights.
    """
    parts = [part for shape in shapes for part in _fit_shape(log_units, priors, shape)]
    log_weight = np.concatenate([part.pop("log_weight") for part in parts])
    shape_index = np.concatenate([part.pop("shape") for part in parts]).astype(np.int64)
    weight = np.exp(log_weight - log_weight.max())
    keep = weight > 1e-7
    columns = [np.concatenate([part[name] for part in parts])[keep] for name in _COLUMNS]
    return Posterior(shape_index[keep], *columns, weight[keep] / weight[keep].sum(), len(log_units))


def _fit_shape(log_units: Array, priors: CurvePriors, shape: Shape) -> list[dict[str, Array]]:
    """Grid points of one curve for each correlation of the noise, on grids that close in on the posterior."""
    low, high = np.log(shape.rates)
    coarse = _grid((low, high), shape.stages, COARSE)
    found = []
    for correlation in CORRELATIONS:
        points = _evaluate(log_units, priors, shape, coarse, correlation)
        box = coarse
        for _ in range(REFINEMENTS):
            box = _closer(points, box)
            points = _evaluate(log_units, priors, shape, box, correlation)
        found.append(points)
    return found


@dataclass(frozen=True)
class _Grid:
    log_rate: Array
    stage: Array
    cell: tuple[float, float]
    limits: tuple[tuple[float, float], tuple[float, float]]


def _grid(rates: tuple[float, float], stages: tuple[float, float], size: tuple[int, int]) -> _Grid:
    cell = ((rates[1] - rates[0]) / size[0], (stages[1] - stages[0]) / size[1])
    rate = rates[0] + cell[0] * (np.arange(size[0]) + 0.5)
    stage = stages[0] + cell[1] * (np.arange(size[1]) + 0.5)
    mesh = np.meshgrid(rate, stage, indexing="ij")
    return _Grid(mesh[0].ravel(), mesh[1].ravel(), cell, (rates, stages))


def _closer(points: dict[str, Array], grid: _Grid) -> _Grid:
    """A grid over the part of another one that carries the posterior."""
    worth = points["log_weight"] > points["log_weight"].max() - WORTH
    boxes = []
    for axis, values in enumerate((grid.log_rate, grid.stage)):
        low, high = grid.limits[axis]
        margin = grid.cell[axis]
        boxes.append((max(low, values[worth].min() - margin), min(high, values[worth].max() + margin)))
    return _grid(boxes[0], boxes[1], FINE)


def _evaluate(
    log_units: Array, priors: CurvePriors, shape: Shape, grid: _Grid, correlation: float
) -> dict[str, Array]:
    """Log posterior of each grid point, with the asymptote and the noise at their closed forms."""
    count = len(log_units)
    rate, stage = np.exp(grid.log_rate), grid.stage
    age = np.arange(count) - (count - 1.0)
    logs = log_fraction(shape, rate, stage, age)
    error = log_units[None, :] - logs
    # whitened: the first residual keeps its stationary variance, later ones are innovations
    first = np.sqrt(1.0 - correlation**2)
    white = np.concatenate([first * error[:, :1], error[:, 1:] - correlation * error[:, :-1]], axis=1)
    ones = np.concatenate([[first], np.full(count - 1, 1.0 - correlation)])
    information = float(ones @ ones)
    log_asymptote = white @ ones / information
    squares = np.maximum((white**2).sum(1) - information * log_asymptote**2, 0.0)
    # inverse gamma prior on the innovations' variance, worth three observations of the typical noise
    prior_shape, prior_scale = 1.5, 1.5 * (priors.noise * first) ** 2
    freedom = prior_shape + 0.5 * (count - 1)
    variance = (prior_scale + 0.5 * squares) / freedom
    log_weight = -freedom * np.log(prior_scale + 0.5 * squares) + prior_shape * np.log(prior_scale)
    log_weight += np.log(first) - 0.5 * np.log(information)
    log_weight += _log_prior(priors, shape, grid, logs[:, -1])
    log_weight += np.log(grid.cell[0] * grid.cell[1]) + np.log(CORRELATIONS[correlation])
    return {
        "shape": np.full(len(rate), SHAPES.index(shape)),
        "rate": rate,
        "stage": stage,
        "correlation": np.full(len(rate), correlation),
        "log_asymptote": log_asymptote,
        "asymptote_sd": np.sqrt(variance / information),
        "residual": error[:, -1] - log_asymptote,
        "noise": np.sqrt(variance) / first,
        "log_weight": log_weight,
    }


def _log_prior(priors: CurvePriors, shape: Shape, grid: _Grid, log_fraction_now: Array) -> Array:
    """Normal in the logarithm of the rate, exponential in the headroom log(asymptote / curve today)."""
    rate = -0.5 * ((grid.log_rate - priors.log_rate_mean) / priors.log_rate_sd) ** 2
    rate -= np.log(priors.log_rate_sd)
    step = 1e-4
    later = log_fraction(shape, np.exp(grid.log_rate), grid.stage + step, np.zeros(1))[:, 0]
    now = log_fraction(shape, np.exp(grid.log_rate), grid.stage, np.zeros(1))[:, 0]
    slope = np.maximum((later - now) / step, 1e-12)
    # a family's probability is shared by its shapes
    share = FAMILIES[shape.family] / sum(other.family == shape.family for other in SHAPES)
    return rate + log_fraction_now / priors.headroom - np.log(priors.headroom) + np.log(slope) + np.log(share)
