import numpy as np
import pytest
from planar_finger import LINKS, planar_finger

from hand_model.dexterity.workspace import (
    VOXEL,
    Workspace,
    opposition_volume,
    pulp_kinematics,
    random_poses,
    shared,
    workspace,
)


def test_a_planar_finger_reaches_a_ring():
    finger = planar_finger()
    space = workspace(finger, finger.digits[0], samples=200_000)
    area = np.pi * ((LINKS[0] + LINKS[1]) ** 2 - (LINKS[0] - LINKS[1]) ** 2)
    # cubes on the rims stand out by half an edge in the mean
    rims = 2 * np.pi * 2 * LINKS[0] * VOXEL / 2
    assert space.volume / VOXEL == pytest.approx(area + rims, rel=0.05)


def test_manipulability_is_the_swept_volume():
    finger = planar_finger(swivel=True)
    space = workspace(finger, finger.digits[0], samples=5000, seed=4)
    qpos = random_poses(finger, finger.digits[0].joints, 5000, np.random.default_rng(4))
    _, root, knee = qpos.T
    reach = LINKS[0] * np.cos(root) + LINKS[1] * np.cos(root + knee)
    expected = LINKS[0] * LINKS[1] * np.abs(np.sin(knee) * reach)
    assert space.manipulability == pytest.approx(expected.mean())


def test_kinematics_agree_with_the_engine(right):
    import mujoco

    digit = right.digit("ring")
    qpos = random_poses(right, right.free(digit.joints), 3, np.random.default_rng(1))
    places, jacobians = pulp_kinematics(right, digit, qpos)
    for pose, place, jacobian in zip(qpos, places, jacobians, strict=True):
        data = right.posed(pose)
        point, _ = right.place(data, digit.pulp)
        palm = data.body("palm")
        frame = palm.xmat.reshape(3, 3)
        np.testing.assert_allclose(place, frame.T @ (point - palm.xpos), atol=1e-12)
        expected = np.zeros((3, right.model.nv))
        mujoco.mj_jac(right.model, data, expected, None, point, right.model.body(digit.pulp.body).id)
        np.testing.assert_allclose(jacobian, frame.T @ expected, atol=1e-12)


def test_followers_follow_and_stay_in_range(coupled):
    digit = coupled.digit("middle")
    qpos = random_poses(coupled, coupled.free(digit.joints), 200, np.random.default_rng(0))
    pip, dip = (qpos[:, coupled.addresses((f"middle_{name}_flexion",))[0]] for name in ("pip", "dip"))
    np.testing.assert_allclose(dip, 2 / 3 * pip)
    assert dip.max() <= coupled.model.joint("middle_dip_flexion").range[1] + 1e-12


def test_mirrored_hands_reach_equally_far(right, left):
    def volumes(hand):
        spaces = {digit.name: workspace(hand, digit, samples=4000) for digit in hand.digits}
        together, by_finger = opposition_volume(hand, spaces)
        return np.array([together, *by_finger.values(), *(s.manipulability for s in spaces.values())])

    # the mirror image falls on other cubes
    np.testing.assert_allclose(volumes(right), volumes(left), rtol=0.05)


def test_the_thumb_shares_each_cube_once():
    one = np.array([[0, 0, 0], [1, 0, 0], [5, 5, 5]])
    other = np.array([[1, 0, 0], [0, 0, 0], [7, 7, 7]])
    assert sorted(map(tuple, shared(one, other).tolist())) == [(0, 0, 0), (1, 0, 0)]
    assert shared(one, other + 100).shape == (0, 3)


def test_the_whole_is_no_more_than_its_fingers(right):
    thumb = np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0]])
    spaces = {"thumb": Workspace(0, 0, thumb)}
    for finger, cubes in zip(right.fingers, ([0], [0, 1], [1], [9]), strict=True):
        spaces[finger.name] = Workspace(0, 0, np.array([[c, 0, 0] for c in cubes]))
    together, by_finger = opposition_volume(right, spaces)
    assert together == pytest.approx(2 * VOXEL**3)
    assert [round(v / VOXEL**3) for v in by_finger.values()] == [1, 2, 1, 0]
