"""Clocks divide evenly, or the config is refused."""

import pytest
from pydantic import ValidationError

from envs.rates import Rates


def test_defaults_are_video_at_36_hz_and_control_at_18_hz():
    rates = Rates()
    assert (rates.video_hz, rates.control_hz) == (36, 18)
    assert rates.substeps == 10
    assert rates.timestep == pytest.approx(1 / 180)
    assert rates.control_period == pytest.approx(rates.substeps * rates.timestep)


@pytest.mark.parametrize(
    ("rates", "complaint"),
    [
        ({"physics_hz": 100}, r"physics_hz \(100\) must be a whole multiple of control_hz \(18\)"),
        ({"video_hz": 30}, r"video_hz \(30\) must be a whole multiple of control_hz \(18\)"),
        ({"physics_hz": 90}, r"physics_hz \(90\) must be a whole multiple of video_hz \(36\)"),
        ({"control_hz": 0}, "greater than 0"),
        ({"control_hz": float("nan")}, "finite"),
        ({"control_rate": 18}, "Extra inputs"),
    ],
)
def test_uneven_or_senseless_rates_are_refused(rates, complaint):
    with pytest.raises(ValidationError, match=complaint):
        Rates(**rates)
