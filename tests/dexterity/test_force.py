import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planar_finger import LINKS, planar_finger

from hand_model.dexterity.force import (
    directed_force,
    directions,
    fingertip_force,
    grip_force,
    holding_forces,
    isotropic_force,
    pinch_force,
    programmed_force,
    push_at,
)
from hand_model.dexterity.workspace import random_poses

FINGER = planar_finger()
REDUNDANT = planar_finger(motors=(2, 1))
limits = st.lists(st.floats(0.1, 10), min_size=2, max_size=2).map(np.array)
angles = st.tuples(st.floats(-3, 3), st.floats(0.2, 2.9)).map(np.array)


def push_of(specimen, qpos):
    digit = specimen.digits[0]
    return push_at(specimen, digit, digit.pulp, qpos)


@given(limits=limits, qpos=angles)
def test_a_planar_finger_pushes_what_its_arms_say(limits, qpos):
    tip = np.linalg.norm([LINKS[0] + LINKS[1] * np.cos(qpos[1]), LINKS[1] * np.sin(qpos[1])])
    expected = min(limits[0] / tip, limits[1] / LINKS[1])
    assert isotropic_force(push_of(FINGER, qpos), limits) == pytest.approx(expected)


@settings(deadline=None, max_examples=25)  # a program takes a moment
@given(limits=limits, qpos=angles)
def test_the_program_agrees_with_the_closed_form(limits, qpos):
    push = push_of(FINGER, qpos)
    exact = isotropic_force(push, limits)
    assert exact * (1 - 1e-6) <= programmed_force(push, limits, directions()) <= 1.02 * exact


@settings(deadline=None, max_examples=25)
@given(scale=st.floats(0.01, 100), qpos=angles)
def test_force_scales_with_the_limits(scale, qpos):
    for finger in (FINGER, REDUNDANT):
        push, limits = push_of(finger, qpos), finger.burst
        assert isotropic_force(push, scale * limits) == pytest.approx(
            scale * isotropic_force(push, limits), rel=1e-4
        )


@settings(deadline=None, max_examples=50)
@given(more=st.tuples(st.floats(0, 3), st.floats(0, 3), st.floats(0, 3)), qpos=angles, way=st.floats(0, 6.28))
def test_a_stronger_actuator_never_weakens(more, qpos, way):
    push, limits = push_of(REDUNDANT, qpos), REDUNDANT.burst
    direction = np.array([np.cos(way), 0.0, np.sin(way)])
    before = directed_force(push, direction, limits)
    assert directed_force(push, direction, limits + more) >= before * (1 - 1e-6)


def test_two_motors_at_a_joint_share_the_load():
    one, two = push_of(FINGER, np.array([0.0, 1.0])), push_of(REDUNDANT, np.array([0.0, 1.0]))
    held = holding_forces(two, np.array([0.0, 0.0, 3.0]), np.array([1.0, 3.0, 1.0]))
    alone = holding_forces(one, np.array([0.0, 0.0, 3.0]), np.ones(2))
    assert held[0] + held[1] == pytest.approx(alone[0], rel=1e-3)
    assert held[1] == pytest.approx(3 * held[0], rel=1e-3)


def test_no_joint_feels_a_push_across_the_plane():
    assert (
        directed_force(push_of(FINGER, np.array([0.0, 1.0])), np.array([0.0, 1.0, 0.0]), np.ones(2)) == np.inf
    )


@pytest.mark.parametrize("hand", ["right", "coupled", "shadow"])
def test_what_holds_a_push_balances_it(hand, request):
    specimen = request.getfixturevalue(hand)
    for digit in specimen.digits:
        qpos = random_poses(specimen, specimen.free(digit.joints), 1, np.random.default_rng(0))[0]
        push = push_at(specimen, digit, digit.pulp, qpos)
        force = np.array([1.0, -2.0, 0.5])
        held = holding_forces(push, force, specimen.burst)
        np.testing.assert_allclose(push.moments @ held, push.loads @ force, atol=1e-9)


def test_mirrored_hands_are_equally_strong(right, left):
    for one, other in zip(right.digits, left.digits, strict=True):
        force = fingertip_force(right, one, right.continuous, samples=100)
        assert force == pytest.approx(fingertip_force(left, other, left.continuous, samples=100))
    assert grip_force(right, right.burst) == pytest.approx(grip_force(left, left.burst))
    rest = right.model.qpos0
    assert pinch_force(right, right.fingers[0], rest, right.burst) == pytest.approx(
        pinch_force(left, left.fingers[0], rest, left.burst)
    )


def test_pushing_lifts_no_more_than_virtual_work_allows(right):
    # A force times the pulp's way is the actuators' work: checked against a small turn of each joint.
    digit = right.digit("index")
    qpos = random_poses(right, digit.joints, 1, np.random.default_rng(3))[0]
    push = push_at(right, digit, digit.pulp, qpos)
    step = 1e-6
    for column, joint in enumerate(digit.joints):
        turned = qpos.copy()
        turned[right.addresses((joint,))] += step
        before, after = (right.place(right.posed(q), digit.pulp)[0] for q in (qpos, turned))
        np.testing.assert_allclose((after - before) / step, push.loads[column], atol=1e-5)
