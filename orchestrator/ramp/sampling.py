"""Draws of a config's uncertain quantities: uniform variates, a Gaussian copula, inverse distribution functions.

Every path draws one number per uncertain quantity. Paths come in blocks of `BLOCK`, each with a generator of its own
made of the seed and the block's number: results depend neither on how many blocks are held at once nor on their order.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from pydantic import BaseModel

from orchestrator.quantities import Quantity

BLOCK = 5000
"""Paths with a generator of their own."""

Array = np.ndarray

_Z90 = NormalDist().inv_cdf(0.95)


def quantities(value: object, key: str = "") -> Iterator[tuple[str, Quantity]]:
    """All quantities in a config, by dotted key."""
    if isinstance(value, Quantity):
        yield key, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from quantities(getattr(value, name), f"{key}.{name}" if key else name)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from quantities(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from quantities(inner, f"{key}.{index}" if key else str(index))


@dataclass(frozen=True)
class Correlation:
    """Two quantities that go together, by the correlation of their normal scores."""

    first: str
    second: str
    value: float


class Sampler:
    """Draws of a config's quantities.

    Args:
        config: whose quantities they are.
        correlations: between uncertain quantities; the others are independent.

    Raises:
        ValueError: no joint distribution has these correlations, or one is of an unknown quantity.

    Attributes:
        names: dotted keys of the uncertain quantities, in the order of a draw's columns.
    """

    def __init__(self, config: BaseModel, correlations: Sequence[Correlation] = ()) -> None:
        self._all = dict(quantities(config))
        self.names = [name for name, quantity in self._all.items() if quantity.uncertain]
        paired = sorted(
            {self.names.index(name) for item in correlations for name in (item.first, item.second)}
        )
        self._paired = np.array(paired, dtype=np.intp)
        self._factor = _cholesky([self.names[i] for i in paired], correlations) if paired else None

    def uniforms(self, block: int, count: int, seed: int) -> Array:
        """One block's draws.

        Args:
            block: its number.
            count: how many of its paths, at most `BLOCK`.
            seed: of the projection.

        Returns:
            (count, quantities), inside (0, 1), correlated.
        """
        generator = np.random.default_rng([seed, block])
        draws = generator.random((BLOCK, len(self.names)))[:count]
        # random() can return 0, whose normal score is infinite.
        draws = np.clip(draws, 2.0**-54, 1 - 2.0**-53)
        if self._factor is None:
            return draws
        from scipy.special import ndtr, ndtri

        scores = ndtri(draws[:, self._paired]) @ self._factor.T
        draws[:, self._paired] = np.clip(ndtr(scores), 2.0**-54, 1 - 2.0**-53)
        return draws

    def values(self, uniforms: Array) -> "Values":
        """Quantities from uniform variates (n, quantities)."""
        column = {name: uniforms[:, index] for index, name in enumerate(self.names)}
        return Values(
            {
                name: quantile(quantity, column[name])
                if quantity.uncertain
                else np.full(len(uniforms), quantity.parameters[0])
                for name, quantity in self._all.items()
            },
            len(uniforms),
        )


class Values:
    """Each quantity's value on each path.

    Args:
        arrays: (n,) by dotted key.
        count: n.
    """

    def __init__(self, arrays: Mapping[str, Array], count: int) -> None:
        self._arrays = arrays
        self.count = count

    def single(self) -> "Values":
        """The same in float32."""
        return Values({key: array.astype(np.float32) for key, array in self._arrays.items()}, self.count)

    def __call__(self, key: str) -> Array:
        """The quantity at `key`, (n,)."""
        return self._arrays[key]


def quantile(quantity: Quantity, u: Array) -> Array:
    """Inverse distribution function of a quantity, cut to its bounds.

    Args:
        quantity: a distribution or a number.
        u: probabilities, inside (0, 1).
    """
    bounds, p = quantity.bounds, quantity.parameters
    if quantity.kind == "number":
        return np.full_like(u, p[0])
    if quantity.kind in ("triangular", "uniform", "beta"):  # their support lies within the bounds
        return _bounded_quantile(quantity.kind, p, u)
    if quantity.kind == "interval":
        return _interval_quantile(p, bounds.low, bounds.high, u)
    floor, ceiling = quantity.truncation()
    score = _ndtri(floor + (ceiling - floor) * u)
    if quantity.kind == "lognormal":
        return p[0] * np.exp(p[1] * score)
    return np.clip(p[0] + p[1] * score, bounds.low, bounds.high)


def _interval_quantile(p: Sequence[float], low: float, high: float, u: Array) -> Array:
    """A 90% interval: normal, lognormal where values are positive, logit-normal where they are shares."""
    score = _ndtri(u) / _Z90

    def spread(a: float, b: float) -> Array:
        return 0.5 * (a + b) + 0.5 * (b - a) * score

    if low == 0 and high == 1:
        logits = spread(math.log(p[0] / (1 - p[0])), math.log(p[1] / (1 - p[1])))
        return 1 / (1 + np.exp(-logits))
    if low >= 0:
        return np.exp(spread(math.log(p[0]), math.log(p[1])))
    return spread(p[0], p[1])


def _bounded_quantile(kind: str, p: Sequence[float], u: Array) -> Array:
    if kind == "uniform":
        return p[0] + (p[1] - p[0]) * u
    if kind == "beta":
        from scipy.special import betaincinv

        low, high = (p[2], p[3]) if len(p) == 4 else (0.0, 1.0)
        return low + (high - low) * betaincinv(p[0], p[1], u)
    low, mode, high = p
    split = (mode - low) / (high - low)
    rising = low + np.sqrt(u * (high - low) * (mode - low))
    falling = high - np.sqrt((1 - u) * (high - low) * (high - mode))
    return np.where(u < split, rising, falling)


def _cholesky(names: Sequence[str], correlations: Sequence[Correlation]) -> Array:
    matrix = np.eye(len(names))
    for item in correlations:
        first, second = names.index(item.first), names.index(item.second)
        matrix[first, second] = matrix[second, first] = item.value
    try:
        return np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError as error:
        raise ValueError(
            "no joint distribution has these correlations: their matrix is not positive"
        ) from error


def _ndtri(u: Array) -> Array:
    # Imported here: configs without distributions need no scipy.
    from scipy.special import ndtri

    return ndtri(u)
