"""Learning rates are recovered from costs."""

import os
from pathlib import Path

import numpy as np
import pytest

from orchestrator.errors import InputError
from orchestrator.ramp.history.reading import ReadOptions
from orchestrator.ramp.history.wright import learning_rate, read_costs

RAMPS = Path(
    os.environ.get("OPTIMUS_RAMPS", Path(__file__).resolve().parents[4] / "shared" / "data" / "ramps")
)
PV = RAMPS / "pv_modules_cumulative_and_cost.csv"


def test_an_exact_law_is_found_exactly():
    made = np.geomspace(1, 1e6, 30)
    rate, error = learning_rate(made, 50 * made ** np.log2(0.8))
    assert rate == pytest.approx(0.2)
    assert error == pytest.approx(0.0, abs=1e-9)


def test_the_standard_error_is_that_of_many_repetitions():
    generator = np.random.default_rng(0)
    made = np.geomspace(1, 1e4, 25)
    found = np.array(
        [learning_rate(made, made**-0.3 * np.exp(0.1 * generator.normal(size=25))) for _ in range(400)]
    )
    assert found[:, 0].mean() == pytest.approx(1 - 2**-0.3, abs=0.001)
    assert found[:, 0].std() == pytest.approx(found[:, 1].mean(), rel=0.1)


def test_units_are_summed_up_and_cumulative_counts_are_not(tmp_path):
    path = tmp_path / "costs.csv"
    path.write_text("period,units,cumulative,cost\n2019,1,1,8\n2020,1,2,4\n2021,2,4,2\n")
    for options in (ReadOptions(), ReadOptions(column="cumulative")):
        made, cost = read_costs(path, "cost", options)
        np.testing.assert_array_equal(made, [1, 2, 4])
        np.testing.assert_array_equal(cost, [8, 4, 2])


def test_a_cost_of_nothing_is_refused(tmp_path):
    path = tmp_path / "costs.csv"
    path.write_text("period,units,cost\n2019,1,8\n2020,1,0\n2021,2,2\n")
    with pytest.raises(InputError, match="above zero"):
        read_costs(path, "cost", ReadOptions())


@pytest.mark.skipif(not PV.exists(), reason="needs the data folder; OPTIMUS_RAMPS names it")
def test_pv_modules():
    rate, _ = learning_rate(*read_costs(PV, "unit_cost_usd_per_w", ReadOptions()))
    assert rate == pytest.approx(0.226, abs=0.005)
