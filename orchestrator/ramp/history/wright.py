"""Wright's law: unit cost falls by the same share with each doubling of everything made so far."""

from pathlib import Path

import numpy as np

from orchestrator.errors import InputError
from orchestrator.ramp.history.reading import ReadOptions, read_column, read_cumulative

Array = np.ndarray


def learning_rate(cumulative: Array, cost: Array) -> tuple[float, float]:
    """Fall of the unit cost with each doubling, by least squares of log cost on log cumulative output.

    Args:
        cumulative: (n,) everything made until the end of each period, above zero.
        cost: (n,) unit cost, above zero.

    Returns:
        The rate, 0.2 for a fall by a fifth, and its standard error. Errors of neighbouring periods are alike, so the
        standard error is too small as a rule.
    """
    x, y = np.log2(cumulative), np.log2(cost)
    x0, y0 = x - x.mean(), y - y.mean()
    slope = (x0 @ y0) / (x0 @ x0)
    residual = y0 - slope * x0
    error = np.sqrt((residual @ residual) / max(len(x) - 2, 1) / (x0 @ x0))
    factor = 2.0**slope
    return float(1.0 - factor), float(np.log(2.0) * factor * error)


def read_costs(path: Path, cost: str, options: ReadOptions) -> tuple[Array, Array]:
    """Cumulative output and unit cost from two columns of a CSV file.

    Args:
        path: as for `read_series`.
        cost: name of the column of unit costs.
        options: how the column of units is read.

    Returns:
        Everything made until the end of each period (n,), and unit cost (n,).

    Raises:
        InputError: what `read_series` raises, or a cost or a count that is not above zero.
    """
    column = read_column(path, cost, options)
    made = read_cumulative(path, options)
    if np.any(made <= 0) or np.any(column <= 0) or len(made) < 3:
        raise InputError(path, f"expected at least three periods with output and {cost!r} above zero")
    return made, column
