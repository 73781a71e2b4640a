import math

import mujoco
import numpy as np
import pytest
from pydantic import ValidationError

from hand_model import FINGERS, JOINTS, HandConfig, build_hand, shaft_angles

THUMB_SIDE = np.array([0, 1, 0])
PALMWARD = np.array([0, 0, -1])
DISTAL = np.array([1, 0, 0])


def test_joints_and_actuators_follow_the_anatomy(right_model):
    assert right_model.nq == right_model.nv == right_model.nu == 27
    assert [right_model.actuator(i).name for i in range(27)] == [joint.name for joint in JOINTS]
    for joint in JOINTS:
        assert right_model.joint(joint.name).range == pytest.approx(np.deg2rad(joint.range_deg))
        actuator = right_model.actuator(joint.name)
        shaft = shaft_angles(right_model)[actuator.id]
        assert np.flatnonzero(shaft).tolist() == [right_model.joint(joint.name).dofadr[0]]
        assert actuator.ctrlrange == pytest.approx(shaft.max() * np.deg2rad(joint.range_deg))


def test_model_takes_the_integrator_and_cone_of_this_house(right_model):
    assert right_model.opt.integrator == mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    assert right_model.opt.cone == mujoco.mjtCone.mjCONE_ELLIPTIC


@pytest.mark.parametrize("length", [0.15, 0.188, 0.21])
def test_wrist_to_middle_fingertip_is_the_hands_length(hand_of, length):
    hand = hand_of(length=length)
    wrist = hand.data.joint("wrist_flexion").xanchor
    assert hand.tip("middle") - wrist == pytest.approx([length, 0, 0])


def test_lengths_scale_linearly_and_masses_cubically(hand_of, right):
    large = hand_of(length=0.282)
    for finger in FINGERS:
        assert large.tip(finger) == pytest.approx(1.5 * right.tip(finger))
    motors = [right.model.geom(i).name.endswith("_motor") for i in range(right.model.ngeom)]
    hand = np.arange(right.model.nbody) > right.model.body("forearm").id
    assert large.model.body_mass[hand] == pytest.approx(1.5**3 * right.model.body_mass[hand])
    assert large.model.body_inertia[hand] == pytest.approx(1.5**5 * right.model.body_inertia[hand], rel=1e-6)
    assert large.model.geom_rbound[~np.array(motors)] == pytest.approx(
        1.5 * right.model.geom_rbound[~np.array(motors)], rel=1e-5
    )
    assert large.model.geom_size[motors] == pytest.approx(right.model.geom_size[motors])


def test_a_hand_weighs_what_its_frame_and_its_motors_do(variants):
    """A man's hand weighs 0.45 kg, his forearm 1.2 kg."""
    frame = variants["tendon"].body("palm").subtreemass[0]
    assert 0.3 < frame < 0.45
    for name, model in variants.items():
        config = HandConfig(transmission=name)
        masses = dict(zip(config.joints, (g.mass for g in config.gearmotors()), strict=True))
        moved = sum(
            m for joint, m in masses.items() if config.cable_of(joint) is None and "wrist" not in joint
        )
        assert model.body("palm").subtreemass[0] == pytest.approx(frame + moved)
        assert model.body("forearm").subtreemass[0] > frame + sum(masses.values())
        assert model.body("forearm").subtreemass[0] < 2.5


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("length", [0.12, 0.188, 0.25])
def test_rest_pose_touches_nothing(hand_of, side, length):
    assert hand_of(side=side, length=length).data.ncon == 0


@pytest.mark.parametrize("finger", FINGERS[1:])
@pytest.mark.parametrize("joint", ["mcp", "pip", "dip"])
def test_flexion_bends_a_finger_into_the_palm(right, finger, joint):
    rest = right.tip(finger)
    moved = right.pose(**{f"{finger}_{joint}_flexion": 30}).tip(finger) - rest
    assert moved @ PALMWARD > 0.005
    assert moved @ DISTAL < 0


@pytest.mark.parametrize(("finger", "sign"), [("index", 1), ("middle", 1), ("ring", -1), ("little", -1)])
def test_abduction_spreads_the_fingers(right, finger, sign):
    rest = right.tip(finger)
    moved = right.pose(**{f"{finger}_mcp_abduction": 20}).tip(finger) - rest
    assert sign * (moved @ THUMB_SIDE) > 0.02


@pytest.mark.parametrize(
    ("joint", "direction"),
    [
        ("wrist_flexion", PALMWARD),
        ("wrist_deviation", THUMB_SIDE),
        ("ring_cmc_flexion", PALMWARD),
        ("little_cmc_flexion", PALMWARD),
    ],
)
def test_wrist_and_palm_move_as_named(right, joint, direction):
    finger = joint.split("_")[0] if "cmc" in joint else "middle"
    rest = right.tip(finger)
    assert (right.pose(**{joint: 10}).tip(finger) - rest) @ direction > 0.005


def test_pronation_turns_the_palm_away_from_the_thumbs_side(right):
    assert -right.pose(wrist_pronation=70).direction("palm", "z") @ THUMB_SIDE < -0.9
    assert -right.pose(wrist_pronation=-85).direction("palm", "z") @ THUMB_SIDE > 0.9


def test_little_cmc_rotation_faces_the_pad_to_the_thumb(right):
    rest = -right.direction("little_distal", "z") @ THUMB_SIDE
    assert -right.pose(little_cmc_rotation=15).direction("little_distal", "z") @ THUMB_SIDE > rest + 0.2


def test_thumb_crosses_the_palm_lifts_off_and_bends_to_its_pad(right):
    rest = right.tip("thumb")
    pad = -right.direction("thumb_distal", "z")
    assert (right.pose(thumb_cmc_flexion=20).tip("thumb") - rest) @ THUMB_SIDE < -0.02
    assert (right.pose(thumb_cmc_abduction=20).tip("thumb") - rest) @ PALMWARD > 0.02
    assert (right.pose(thumb_mcp_flexion=20).tip("thumb") - rest) @ pad > 0.01
    assert (right.pose(thumb_ip_flexion=20).tip("thumb") - rest) @ pad > 0.005


def test_thumb_is_on_the_side_that_makes_a_right_or_a_left_hand(right, left):
    assert right.tip("thumb") @ THUMB_SIDE > 0.05
    assert left.tip("thumb") @ THUMB_SIDE < -0.05


def test_left_hand_mirrors_the_right_in_every_pose(right, left):
    low, high = right.model.jnt_range.T
    rng = np.random.default_rng(0)
    for _ in range(20):
        qpos = rng.uniform(low, high)
        right.set(qpos)
        left.set(qpos)
        for finger in FINGERS:
            assert left.tip(finger) == pytest.approx(right.tip(finger) * (1, -1, 1), abs=1e-9)
        assert left.data.subtree_com[1] == pytest.approx(right.data.subtree_com[1] * (1, -1, 1), abs=1e-9)
        assert left.data.ncon == right.data.ncon


def test_two_hands_attach_to_one_robot():
    robot = mujoco.MjSpec()
    robot.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    robot.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    torso = robot.worldbody.add_body(name="torso")
    torso.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=[0.1, 0.1, 0.3])
    for side, y in (("right", -0.3), ("left", 0.3)):
        robot.attach(
            build_hand(HandConfig(side=side)), prefix=f"{side}_", frame=torso.add_frame(pos=[0, y, 0])
        )
    model = robot.compile()
    assert model.nu == 54
    for side in ("right", "left"):
        for joint in JOINTS:
            name = f"{side}_{joint.name}"
            assert model.joint(name).range == pytest.approx(np.deg2rad(joint.range_deg))
            shaft = shaft_angles(model)[model.actuator(name).id]
            assert np.flatnonzero(shaft).tolist() == [model.joint(name).dofadr[0]]
    data = mujoco.MjData(model)
    mujoco.mj_step(model, data)
    assert data.ncon == 0
    assert data.site("right_middle_tip").xpos[1] == pytest.approx(-0.3, abs=1e-4)


def test_builds_are_independent():
    first, second = build_hand(), build_hand()
    first.joint("wrist_flexion").range = [0, 0.1]
    assert second.joint("wrist_flexion").range == pytest.approx(np.deg2rad([-70, 75]))


@pytest.mark.parametrize(
    "config",
    [
        {"length": -0.188},
        {"length": 0},
        {"length": math.nan},
        {"length": math.inf},
        {"length": 188},
        {"length": "long"},
        {"side": "middle"},
        {"sides": "right"},
    ],
    ids=str,
)
def test_bad_config_is_refused(config):
    with pytest.raises(ValidationError):
        HandConfig(**config)


@pytest.mark.parametrize("transmission", ["tendon", "direct", "coupled"])
def test_mirrored_hands_mirror_in_motion(hand_of, transmission):
    """The same commands move both hands alike, through contacts of digits with each other too."""
    rng = np.random.default_rng(0)
    hands = [hand_of(side=side, transmission=transmission) for side in ("right", "left")]
    for hand in hands:
        hand.model.opt.gravity[:] = 0
        mujoco.mj_resetData(hand.model, hand.data)
    for _ in range(6):
        command = rng.uniform(*hands[0].model.actuator_ctrlrange.T)
        for hand in hands:
            hand.data.ctrl[:] = command
            mujoco.mj_step(hand.model, hand.data, nstep=10)
    right, left = (hand.data for hand in hands)
    assert np.abs(right.qvel).max() > 0.1
    np.testing.assert_allclose(left.qpos, right.qpos, atol=1e-4)
    np.testing.assert_allclose(left.actuator_force, right.actuator_force, atol=1e-5)
