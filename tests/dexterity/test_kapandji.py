import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hand_model.dexterity.opposition import FACING, PENETRATION, TOUCH, Reach, kapandji, reach, score


@pytest.fixture(scope="module")
def tries(right):
    return kapandji(right)


def test_the_default_hand_reaches_all_places(tries):
    assert score(tries) == 10


def test_the_left_hand_does_as_the_right(left, tries):
    for mine, other in zip(tries, kapandji(left), strict=True):
        assert mine.touched == other.touched
        assert mine.distance == pytest.approx(other.distance, abs=2e-4)


def test_poses_are_what_the_tries_say(right, tries):
    low, high = right.model.jnt_range.T
    for spot, tried in zip(right.kapandji, tries, strict=True):
        assert (tried.qpos >= low - 1e-9).all()
        assert (tried.qpos <= high + 1e-9).all()
        data = right.posed(tried.qpos)
        pulp, inward = right.place(data, right.thumb.pulp)
        place, outward = right.place(data, spot)
        assert np.linalg.norm(pulp - place) == pytest.approx(tried.distance, abs=1e-9)
        assert np.arccos(-inward @ outward) == pytest.approx(tried.angle, abs=1e-6)
        deepest = max((-contact.dist for contact in data.contact[: data.ncon]), default=0)
        assert max(deepest, 0) == pytest.approx(tried.penetration, abs=1e-9)


def test_a_stiff_thumb_reaches_less(right):
    import copy
    from dataclasses import replace

    model = copy.copy(right.model)
    for name in ("thumb_cmc_flexion", "thumb_cmc_abduction"):
        model.joint(name).range[:] = [0, 0.01]
    stiff = replace(right, model=model)
    assert not reach(stiff, stiff.kapandji[8], np.random.default_rng(0)).touched


outcomes = st.lists(st.booleans(), min_size=11, max_size=11)


@given(outcomes)
def test_the_score_is_the_last_stage_before_the_first_miss(touched):
    tries = [Reach(0.0 if hit else 1.0, 0.0, 0.0, np.zeros(1)) for hit in touched]
    got = score(tries)
    assert 0 <= got <= 10
    assert all(touched[: got + 1]) or (got == 0 and not touched[0])
    assert got == 10 or not touched[got + 1] or not touched[0]


@pytest.mark.parametrize(
    "miss", [(2 * TOUCH, 0.0, 0.0), (0.0, 1.1 * FACING, 0.0), (0.0, 0.0, 1.1 * PENETRATION)]
)
def test_a_touch_is_near_facing_and_whole(miss):
    assert Reach(TOUCH / 2, FACING / 2, PENETRATION / 2, np.zeros(1)).touched
    assert not Reach(*miss, np.zeros(1)).touched


def test_shadow_misses_the_palm(shadow):
    assert not reach(shadow, shadow.kapandji[10], np.random.default_rng(0)).touched
