from importlib.util import find_spec

import mujoco
import numpy as np
import pytest

from envs.grasping.hands import our_hand
from envs.grasping.posing import Poser
from envs.grasping.scene import build_scene
from envs.grasping.shadow import shadow_hand
from envs.grasping.trial import Schedule, TrialRunner, moments, pose
from hand_model.grasps import load_grasp

pytestmark = pytest.mark.skipif(find_spec("gymnasium_robotics") is None, reason="needs the benchmark extra")

GRASP = load_grasp("11-power-sphere")


def tips(hand, angles):
    """Fingertips in the palm's frame, by digit."""
    model = build_scene(hand, GRASP).compile()
    data = mujoco.MjData(model)
    data.qpos[:] = pose(model, hand, angles)
    mujoco.mj_kinematics(model, data)
    palm = model.body(hand.palm.body).id
    turn = data.xmat[palm].reshape(3, 3)
    found = {}
    for digit in ("thumb", "index", "middle", "ring", "little"):
        segment = hand.segments[f"{digit}_distal"]
        body = model.body(segment.body).id
        end = data.xpos[body] + data.xmat[body].reshape(3, 3) @ segment.turn @ [segment.length, 0, 0]
        local = turn.T @ (end - data.xpos[palm]) - np.array(hand.origin)
        found[digit] = hand.palm.turn.T @ local
    return found


@pytest.mark.parametrize(
    ("joint", "digit", "axis", "sign"),
    [
        ("index_mcp_flexion", "index", 2, -1),
        ("little_pip_flexion", "little", 2, -1),
        ("index_mcp_abduction", "index", 1, 1),
        ("ring_mcp_abduction", "ring", 1, -1),
        ("little_mcp_abduction", "little", 1, -1),
        ("thumb_cmc_abduction", "thumb", 2, -1),
    ],
)
def test_joints_move_as_ours_do(joint, digit, axis, sign):
    for hand in (our_hand(), shadow_hand()):
        rest, moved = tips(hand, {})[digit], tips(hand, {joint: 15.0})[digit]
        assert sign * (moved - rest)[axis] > 0.003, hand.name


def test_its_hand_is_about_where_ours_is():
    ours, theirs = tips(our_hand(), {}), tips(shadow_hand(), {})
    for finger in ("index", "middle", "ring", "little"):
        # its little finger reaches 39 mm further
        assert np.linalg.norm(ours[finger] - theirs[finger]) < 0.045


def test_the_same_data_pose_it_and_move_it():
    poser = Poser(shadow_hand(), GRASP)
    qpos = poser.touching()
    near = poser.approach()
    assert max(abs(near[contact.segment].distance) for contact in GRASP.contacts) < 0.004
    assert np.isfinite(qpos).all()
    trace = TrialRunner(shadow_hand(), GRASP, 1).run([GRASP], moments(Schedule(hold=0.05)))
    assert np.isfinite(trace.position).all()
    assert np.isnan(trace.winding).all()
