"""What blocks of paths add up to, and that it takes no more memory for more of them."""

import pickle

import numpy as np
import pytest
from small_ramp import run

from orchestrator.ramp.bands import EXACT_PATHS
from orchestrator.ramp.gather import Gathered, Scalars, limited_weight


def test_the_weight_of_the_paths_that_each_factor_limits():
    generator = np.random.default_rng(0)
    limiting, weights = generator.integers(0, 4, (7, 50)).astype(np.int16), generator.random(50)
    found = limited_weight(limiting, weights, 5)
    for factor in range(5):
        assert found[factor] == pytest.approx(((limiting == factor) * weights).sum(axis=1))
    assert (found[4] == 0).all()


@pytest.mark.parametrize("paths", [10_000, EXACT_PATHS + 1], ids=["kept", "counted"])
def test_a_figure_is_of_the_paths_that_have_it(paths):
    values = np.random.default_rng(1).lognormal(10, 1, 10_000) - 5e4
    values[::4] = np.nan
    scalars = Scalars(paths)
    for first in range(0, 10_000, 1000):
        scalars.add(values[first : first + 1000], np.ones(1000))
    figure = scalars.figure(10_000.0)
    wanted = np.nanquantile(values, (0.05, 0.5, 0.95))
    assert figure.share == 0.75
    assert (figure.p5, figure.p50, figure.p95) == pytest.approx(tuple(wanted), rel=0.01)


def test_a_figure_that_no_path_has():
    scalars = Scalars(10)
    scalars.add(np.full(10, np.nan), np.ones(10))
    assert scalars.figure(10.0).model_dump() == {"share": 0, "p5": None, "p50": None, "p95": None}


def test_memory_does_not_grow_with_the_paths(uneven):
    block = run(uneven)
    gathered, sizes = Gathered(uneven.model_copy(update={"paths": 1_000_000})), []
    for _ in range(4):
        gathered.add(block)
        sizes.append(len(pickle.dumps(gathered)))
    assert max(sizes) <= sizes[0] + 100
    assert gathered.paths == 4 * uneven.paths
