from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from hand_model.dexterity.endurance import (
    LONGEST,
    PEAK_SECONDS,
    Effort,
    endurance,
    fading,
    holding_currents,
    holding_seconds,
    shaft_forces,
)
from hand_model.dexterity.force import hook
from hand_model.dexterity.human import limit_of
from hand_model.dexterity.ours import our_hand
from hand_model.gearheads import load_gearhead
from hand_model.gearmotors import Gearmotor
from hand_model.motors import COPPER, load_motor

MOTOR = load_motor("faulhaber-0816k003sr")
BARE = Gearmotor(MOTOR)


@pytest.fixture(scope="module")
def grip(right):
    return Effort(tuple((push, push.normal) for push in hook(right)), shared=False)


def test_what_is_continuous_lasts_and_a_little_more_does_not(right, grip):
    continuous = grip.force(right.continuous)
    lasting, more = endurance(right, grip, [0.99 * continuous, 1.05 * continuous])
    assert lasting == LONGEST
    assert PEAK_SECONDS <= more < LONGEST


def test_what_is_beyond_a_burst_lasts_no_time(right, grip):
    burst = grip.force(right.burst)
    assert endurance(right, grip, [1.01 * burst])[0] == 0
    assert endurance(right, grip, [0.99 * burst])[0] > 0


def test_harder_efforts_last_no_longer(right, grip):
    lasts = endurance(right, grip, np.linspace(0.1, 1, 12) * grip.force(right.burst))
    assert (np.diff(lasts) <= 0).all()


def test_a_full_effort_fades_from_the_burst_to_what_lasts(right, grip):
    faded = fading(right, grip)
    assert faded.seconds[0] == 0
    assert faded.force[0] == pytest.approx(grip.force(right.burst))
    assert faded.force[-1] == pytest.approx(grip.force(right.continuous), rel=0.01)
    assert (np.diff(faded.force) <= 1e-3 * faded.force[:-1]).all()


def test_a_hot_room_makes_it_shorter(right, grip):
    force = 1.2 * grip.force(right.continuous)
    cool, hot = (endurance(right, grip, [force], ambient=ambient)[0] for ambient in (22.0, 40.0))
    assert hot < cool


def test_a_motor_holds_a_current_as_long_as_its_two_nodes_let_it():
    current, m = 0.556, MOTOR

    def resistance(winding):
        return m.resistance * (1 + COPPER * (winding - m.reference))

    def slopes(_, nodes):
        winding, housing = nodes
        inwards = (winding - housing) / m.winding_to_housing
        outwards = (housing - 22) / m.housing_to_ambient
        return (
            (current**2 * resistance(winding) - inwards) * m.winding_to_housing / m.winding_time,
            (inwards - outwards) * m.housing_to_ambient / m.housing_time,
        )

    def spare(_, nodes):
        # what the driver allows: the current at which the winding would approach its limit in its own time
        winding, housing = nodes
        power = (2 * m.winding_limit - housing - winding) / m.winding_to_housing
        return power / resistance(winding) - current**2

    spare.terminal = True
    found = solve_ivp(slopes, (0, LONGEST), (22.0, 22.0), events=spare, rtol=1e-8, max_step=1.0)
    held = holding_seconds([BARE], np.array([[current]]))[0, 0]
    assert held == pytest.approx(found.t_events[0][0], rel=0.06)
    assert holding_seconds([BARE], np.array([[0.99 * m.continuous_current]]))[0, 0] == LONGEST


def test_more_current_holds_no_longer():
    seconds = holding_seconds([BARE], np.linspace(0.01, 1, 60)[:, None])[:, 0]
    assert (np.diff(seconds) <= 0).all()
    assert seconds[0] == LONGEST
    assert seconds[-1] < 10


@given(st.floats(0.05, 0.55))
def test_currents_and_forces_are_each_others_inverse(current):
    geared = Gearmotor(MOTOR, load_gearhead("faulhaber-08-1").at(64))
    force = shaft_forces([geared], np.array([current]))
    assert holding_currents([geared], force)[0] == pytest.approx(max(current, 0))


def test_models_without_motors_have_no_heat(right, grip):
    with pytest.raises(ValueError, match="no motors"):
        fading(replace(right, gearmotors=None), grip)


def test_the_weaker_of_motor_and_gearhead_is_named():
    weak, strong = load_gearhead("faulhaber-06-1").at(1024), load_gearhead("faulhaber-22gpt").at(196)
    assert limit_of(Gearmotor(MOTOR, weak), lasting=True) == "gearhead"
    assert limit_of(Gearmotor(MOTOR, strong), lasting=True) == "motor heat"
    assert limit_of(Gearmotor(MOTOR, strong), lasting=False) == "motor current"


def test_a_stronger_motor_grips_no_weaker(right, grip):
    from hand_model import HandConfig

    drive = {"motor": "faulhaber-1524t006sr", "gearhead": "faulhaber-14-1", "ratio": 66}
    other = our_hand(HandConfig.model_validate({"digits": drive}))
    stronger = right if right.burst.sum() > other.burst.sum() else other
    forces = {id(hand): grip.force(hand.burst) for hand in (right, other)}
    assert forces[id(stronger)] == max(forces.values())
