import pytest

from hand_model import HandConfig
from hand_model.dexterity.fist import track_fist


@pytest.mark.parametrize("transmission", ["tendon", "coupled"])
def test_a_fist_at_2_hz_follows_within_5_percent(transmission):
    joints = track_fist(HandConfig(transmission=transmission))
    assert len(joints) == (12 if transmission == "tendon" else 8)
    for joint in joints:
        assert joint.error < 0.05, joint
        assert joint.amplitude <= joint.full
        assert (joint.amplitude > 0.97 * joint.full) == (joint.limit == "range")


def test_a_faster_fist_is_a_smaller_one():
    slow, fast = (track_fist(HandConfig(), rate=rate)[0] for rate in (1.0, 4.0))
    assert slow.limit == "range"
    assert fast.limit == "speed"
    assert fast.amplitude < 0.5 * slow.amplitude
