"""S-curves against their definitions."""

import numpy as np
import pytest

from orchestrator.ramp import curves

TIME = np.linspace(-60, 400, 4601)
CURVES = {
    "logistic": lambda t: curves.logistic(t, np.array(50.0), np.array(40.0)),
    "gompertz": lambda t: curves.gompertz(t, np.array(50.0), np.array(40.0)),
    "richards": lambda t: curves.richards(t, np.array(50.0), np.array(40.0), np.array(2.5)),
    "sharif_kabir": lambda t: curves.sharif_kabir(t, np.array(50.0), np.array(40.0), np.array(0.3)),
}


def crossing(curve, level):
    return np.interp(level, curve(TIME), TIME)


@pytest.mark.parametrize("name", CURVES)
def test_midpoint_and_duration_are_what_they_say(name):
    curve = CURVES[name]
    assert crossing(curve, 0.5) == pytest.approx(50, abs=0.05)
    assert crossing(curve, 0.9) - crossing(curve, 0.1) == pytest.approx(40, abs=0.1)


@pytest.mark.parametrize("name", CURVES)
def test_curves_rise_from_nothing_to_all(name):
    values = CURVES[name](TIME)
    assert (np.diff(values) >= 0).all()
    assert values[0] < 0.01
    assert values[-1] > 0.99


def test_special_cases_are_logistic():
    wanted = CURVES["logistic"](TIME)
    fifty, forty = np.array(50.0), np.array(40.0)
    assert curves.richards(TIME, fifty, forty, np.array(1.0)) == pytest.approx(wanted, abs=1e-9)
    assert curves.sharif_kabir(TIME, fifty, forty, np.array(0.0)) == pytest.approx(wanted, abs=1e-6)
    small = curves.richards(TIME, fifty, forty, np.array(1e-4))
    assert small == pytest.approx(CURVES["gompertz"](TIME), abs=1e-3)


def test_sharif_and_kabir_solve_their_equation():
    share = CURVES["sharif_kabir"](TIME)
    inside = (share > 1e-3) & (share < 0.999)
    y = np.log(share / (1 - share)) + 0.3 / (1 - share)
    slope = np.diff(y[inside]) / np.diff(TIME[inside])
    assert slope == pytest.approx(slope[0], rel=1e-5)


def test_bass_solves_its_equation():
    p, q = 0.02, 0.5
    months = np.linspace(0, 240, 24_001)
    share = curves.bass(months, np.array(p), np.array(q))
    rate = np.gradient(share, months / 12)
    assert rate[1:-1] == pytest.approx(((p + q * share) * (1 - share))[1:-1], abs=1e-6)
    assert curves.bass(np.array([-5.0]), np.array(p), np.array(q)) == 0


def test_the_owners_phases():
    months = tuple(np.array(x) for x in (10.0, 20.0, 30.0, 40.0))
    levels = tuple(np.array(x) for x in (0.01, 0.2, 0.7))

    def at(t):
        return curves.piecewise(np.asarray(t, dtype=float), months, levels)

    assert at([-1, 0, 5, 10, 30, 60, 100, 500]) == pytest.approx([0, 0, 0.005, 0.01, 0.2, 0.7, 1, 1])
    exponential = at([12.0, 14.0, 16.0])
    assert exponential[1] / exponential[0] == pytest.approx(exponential[2] / exponential[1])
    assert np.diff(at([35.0, 40.0, 45.0])) == pytest.approx(5 * 0.5 / 30)
    late = np.diff(at(np.arange(60.0, 101.0)))
    assert (np.diff(late) < 0).all()  # slower and slower
