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

Array = np.ndarray

CORRELATIONS = {0.0: 0.6, 0.5: 0.25, 0.9: 0.15}
"""Correlation of the noise from one period to the next (white, in between, nearly a random walk), and its prior
probability: an assumption, that the plainer noise is the likelier one until a series says otherwise."""

FAMILIES: dict[Family, float] = {"logistic": 0.8, "gompertz": 0.12, "richards": 0.05, "bass": 0.03}
"""Prior probability of each family: an assumption, likewise, chosen on synthetic curves."""

COARSE, FINE = (22, 26), (14, 14)
"""Grid points in rate and stage, of the first grid and of the later ones."""

REFINEMENTS, RESOLVED = (2, 8), 20
"""Least and most later grids; beyond the least, they stop once so many points carry the posterior. A series with hardly
any noise needs more: on too coarse a grid its misfit would pass for noise that persists."""

MARGIN = 2.0
"""Cells by which a later grid reaches beyond the points that carry the posterior."""

NOISE = 0.1
"""Noise that the prior of its variance is centred on, worth one observation: an assumption."""

WORTH = 9.0
"""Log posterior below the best at which a grid point is no longer worth refining."""


@dataclass(frozen=True)
class CurvePriors:
    """What past ramps say about curves before a series is seen.

    Attributes:
        log_rate_mean: mean over ramps of the logarithm of the rate per period.
        log_rate_sd: its standard deviation.
        headroom: mean of log(asymptote / output today); exponential.
        noise: typical standard deviation around the curves, in logarithms; told, not used: it differs too much
            between ramps to say anything of the next one.
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
        columns = {name: getattr(self, name)[mask] for name in _COLUMNS}
        return Posterior(
            shapes=self.shapes[mask], weight=self.weight[mask] / total, seen=self.seen, **columns
        )

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
    columns = {name: np.concatenate([part[name] for part in parts])[keep] for name in _COLUMNS}
    return Posterior(
        shapes=shape_index[keep], weight=weight[keep] / weight[keep].sum(), seen=len(log_units), **columns
    )


def _fit_shape(log_units: Array, priors: CurvePriors, shape: Shape) -> list[dict[str, Array]]:
    """Grid points of one curve for each correlation of the noise, on grids that close in on the posterior."""
    low, high = np.log(shape.rates)
    coarse = _Grid(shape, priors, len(log_units), (low, high), shape.stages, COARSE)
    found = []
    for correlation in CORRELATIONS:
        grid, points = coarse, _evaluate(log_units, coarse, correlation)
        for number in range(REFINEMENTS[1]):
            if number >= REFINEMENTS[0] and _carrying(points) >= RESOLVED:
                break
            grid = grid.closer(points["log_weight"])
            points = _evaluate(log_units, grid, correlation)
        found.append(points)
    return found


def _carrying(points: dict[str, Array]) -> int:
    """How many points carry the posterior."""
    return int((points["log_weight"] > points["log_weight"].max() - WORTH).sum())


class _Grid:
    """Rates and stages of one shape at the middles of equal cells, with what depends on nothing else.

    Attributes:
        log_rate: (m,).
        stage: (m,).
        logs: (m, count) logarithm of the fraction of the asymptote at the periods seen.
        log_prior: (m,) of the cells.
    """

    def __init__(
        self,
        shape: Shape,
        priors: CurvePriors,
        count: int,
        rates: tuple[float, float],
        stages: tuple[float, float],
        size: tuple[int, int],
    ) -> None:
        self.shape, self.priors, self.count = shape, priors, count
        self.cell = ((rates[1] - rates[0]) / size[0], (stages[1] - stages[0]) / size[1])
        rate = rates[0] + self.cell[0] * (np.arange(size[0]) + 0.5)
        stage = stages[0] + self.cell[1] * (np.arange(size[1]) + 0.5)
        mesh = np.meshgrid(rate, stage, indexing="ij")
        self.log_rate, self.stage = mesh[0].ravel(), mesh[1].ravel()
        self.logs = log_fraction(shape, np.exp(self.log_rate), self.stage, np.arange(count) - (count - 1.0))
        self.log_prior = self._log_prior(np.repeat(_slope(shape, stage)[None, :], size[0], axis=0).ravel())

    def closer(self, log_weight: Array) -> "_Grid":
        """A finer grid over the part that carries the posterior, and a little beyond.

        Rate and stage go together along a narrow ridge: its best point on a coarse grid can be cells away from its
        best point, so that a finer grid has to reach beyond this one's edge.
        """
        worth = log_weight > log_weight.max() - WORTH
        limits = (tuple(np.log(self.shape.rates)), self.shape.stages)
        boxes = []
        for values, cell, (low, high) in zip((self.log_rate, self.stage), self.cell, limits, strict=True):
            margin = MARGIN * cell
            boxes.append((max(low, values[worth].min() - margin), min(high, values[worth].max() + margin)))
        return _Grid(self.shape, self.priors, self.count, boxes[0], boxes[1], FINE)

    def _log_prior(self, slope: Array) -> Array:
        """Normal in the logarithm of the rate, exponential in the headroom log(asymptote / curve today)."""
        priors, shape = self.priors, self.shape
        rate = -0.5 * ((self.log_rate - priors.log_rate_mean) / priors.log_rate_sd) ** 2
        headroom = self.logs[:, -1] / priors.headroom + np.log(slope)
        # a family's probability is shared by its shapes; a cell's grows with its area
        share = FAMILIES[shape.family] / sum(other.family == shape.family for other in SHAPES)
        constant = share * self.cell[0] * self.cell[1] / (priors.log_rate_sd * priors.headroom)
        return rate + headroom + np.log(constant)


def _slope(shape: Shape, stage: Array) -> Array:
    """(k,) derivative of the logarithm of the fraction by the stage."""
    step, still = 1e-4, np.zeros(1)
    later, now = (log_fraction(shape, np.ones(len(stage)), stage + by, still)[:, 0] for by in (step, 0.0))
    return np.maximum((later - now) / step, 1e-12)


def _evaluate(log_units: Array, grid: _Grid, correlation: float) -> dict[str, Array]:
    """Log posterior of each grid point, with the asymptote and the noise at their closed forms."""
    count, points = len(log_units), len(grid.stage)
    error = log_units[None, :] - grid.logs
    # whitened: the first residual keeps its stationary variance, later ones are innovations
    first = np.sqrt(1.0 - correlation**2)
    white = np.concatenate([first * error[:, :1], error[:, 1:] - correlation * error[:, :-1]], axis=1)
    ones = np.concatenate([[first], np.full(count - 1, 1.0 - correlation)])
    information = float(ones @ ones)
    log_asymptote = white @ ones / information
    squares = np.maximum((white**2).sum(1) - information * log_asymptote**2, 0.0)
    # inverse gamma prior on the innovations' variance, worth one observation
    prior_shape, prior_scale = 0.5, 0.5 * NOISE**2
    freedom = prior_shape + 0.5 * (count - 1)
    variance = (prior_scale + 0.5 * squares) / freedom
    log_weight = grid.log_prior - freedom * np.log(prior_scale + 0.5 * squares)
    log_weight += prior_shape * np.log(prior_scale) + np.log(first) - 0.5 * np.log(information)
    log_weight += np.log(CORRELATIONS[correlation])
    return {
        "shape": np.full(points, SHAPES.index(grid.shape)),
        "rate": np.exp(grid.log_rate),
        "stage": grid.stage,
        "correlation": np.full(points, correlation),
        "log_asymptote": log_asymptote,
        "asymptote_sd": np.sqrt(variance / information),
        "residual": error[:, -1] - log_asymptote,
        "noise": np.sqrt(variance) / first,
        "log_weight": log_weight,
    }
