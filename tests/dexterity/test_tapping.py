import numpy as np
import pytest

from hand_model import HandConfig
from hand_model.dexterity.design import frame_of, tapping_estimate
from hand_model.dexterity.human import tapping_limit
from hand_model.dexterity.ours import our_hand
from hand_model.dexterity.tapping import SWING, swing, tapping_rate


@pytest.fixture(scope="module")
def tapped(right):
    return tapping_rate(right, right.fingers[0])


def test_the_rate_is_the_highest_that_swings_far_enough(right, tapped):
    rate, at = tapped
    assert at.way >= SWING
    assert swing(right, right.fingers[0], 1.03 * rate).way < SWING


def test_one_turning_joint_predicts_the_hand(tapped):
    config = HandConfig()
    motors = [config.digits.gearmotor(config.cable_of("index_mcp_flexion"))]
    assert tapping_estimate(frame_of(config), motors)[0] == pytest.approx(tapped[0], rel=0.03)


def test_more_voltage_taps_faster(tapped):
    config = HandConfig.model_validate({"digits": {"driver": {"voltage": 9.0}}})
    faster = our_hand(config)
    assert swing(faster, faster.fingers[0], 1.1 * tapped[0]).way > SWING


def test_the_joint_stays_below_the_speed_without_load(right, tapped):
    gearmotor = right.gearmotors[3]
    assert tapped[1].speed < gearmotor.no_load_speed / 0.010
    assert tapping_limit(right, tapped[1]) in ("motor speed", "motor torque")


def test_slow_taps_use_the_whole_range(right):
    way = swing(right, right.fingers[0], 0.5).way
    low, high = right.model.joint("index_mcp_flexion").range
    assert way == pytest.approx(high - low, abs=np.deg2rad(3))


def test_full_force_is_no_slower(right, tapped):
    # a stiff loop asks for nearly all that its motor has anyway
    full = swing(right, right.fingers[0], tapped[0], full_force=True)
    assert full.way >= 0.98 * tapped[1].way


def test_a_soft_loop_holds_shadow_back(shadow):
    rate, _ = tapping_rate(shadow, shadow.fingers[0])
    assert swing(shadow, shadow.fingers[0], rate, full_force=True).way > 1.05 * SWING
