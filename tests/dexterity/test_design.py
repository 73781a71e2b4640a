import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hand_model import HandConfig
from hand_model.cables import Cable
from hand_model.dexterity.design import PINCH, assess, frame_of, pareto
from hand_model.dexterity.endurance import Effort, endurance
from hand_model.dexterity.force import fingertip_force, pinch
from hand_model.dexterity.opposition import reach
from hand_model.dexterity.ours import our_hand
from hand_model.gearheads import load_gearhead
from hand_model.gearmotors import Gearmotor
from hand_model.motors import load_motor

STRONG = {"motor": "faulhaber-1331t006sr", "gearhead": "faulhaber-22gpt", "ratio": 131}


@pytest.fixture(scope="module")
def frame():
    return frame_of(HandConfig())


@pytest.mark.parametrize(
    "drive", [STRONG, {"motor": "maxon-ecx-8-m", "gearhead": "maxon-gpx-10", "ratio": 256}]
)
def test_a_design_is_assessed_as_it_is_measured(frame, drive):
    config = HandConfig.model_validate({"digits": drive, "cable": {"spool": 0.003}})
    hand = our_hand(config)
    found = assess(frame, [config.digits.gearmotor(config.cable)])
    forces = [fingertip_force(hand, digit, hand.continuous) for digit in hand.digits]
    assert found.force[0] == pytest.approx(np.mean(forces), rel=1e-6)
    assert found.mass[0] == pytest.approx(hand.mass)
    assert found.moving[0] == pytest.approx(hand.mass_without_forearm)
    qpos = reach(hand, hand.kapandji[3], np.random.default_rng([0, 3])).qpos
    thumb, finger, way = pinch(hand, hand.fingers[0], qpos)
    lasts = endurance(hand, Effort(((thumb, way), (finger, -way)), shared=True), [PINCH])[0]
    assert found.pinch_seconds[0] == pytest.approx(lasts, rel=0.15)


def test_a_motor_in_the_finger_weighs_with_it():
    direct = frame_of(HandConfig(transmission="direct"))
    assert direct.moving_motors == direct.count == 24
    light, heavy = (
        Gearmotor(load_motor(motor), load_gearhead("maxon-gpx-10").at(256))
        for motor in ("faulhaber-0816k003sr", "faulhaber-1331t006sr")
    )
    found = assess(direct, [light, heavy])
    assert found.moving[1] - found.moving[0] == pytest.approx(24 * (heavy.mass - light.mass))
    assert found.fits.tolist() == [True, False]


def test_a_smaller_spool_trades_speed_for_force(frame):
    motor, head = load_motor("faulhaber-1331t006sr"), load_gearhead("faulhaber-12-4").at(64)
    found = assess(frame, [Gearmotor(motor, head, cable=Cable(spool=s)) for s in (0.004, 0.005, 0.006)])
    assert (np.diff(found.force) < 0).all()
    assert (np.diff(found.tapping) > 0).all()


goals = arrays(float, st.tuples(st.integers(1, 30), st.just(3)), elements=st.integers(0, 4).map(float))


@given(goals)
def test_the_front_is_what_nothing_beats(goals):
    front = set(pareto(goals).tolist())

    def beaten(i):
        others = [
            j for j in range(len(goals)) if (goals[j] >= goals[i]).all() and (goals[j] > goals[i]).any()
        ]
        return bool(others)

    for i in range(len(goals)):
        twin = any((goals[j] == goals[i]).all() for j in front if j != i)
        assert (i in front) == (not beaten(i) and not (twin and i not in front))
    assert front
