"""The humanoid's body: masses, joints, variants."""

import math
from functools import cache

import mujoco
import numpy as np
import pytest
import torch
from pydantic import ValidationError

from envs.humanoid import HumanoidConfig, build_humanoid
from envs.humanoid.build import hold_pose
from envs.humanoid.joints import BODY
from envs.humanoid.terrain import Terrain, TerrainConfig
from envs.physics import make_physics
from hand_model import HandConfig, build_hand
from hand_model.drives import driven_joints

# de Leva 1996, Table 4, males: share of mass (%), length (mm, at 1.741 m), centre (%), radii of gyration (%)
DE_LEVA = {
    "head": (6.94, 203.3, 59.76, (36.2, 37.6, 31.2)),
    "trunk": (43.46, 531.9, 44.86, (37.2, 34.7, 19.1)),
    "upper_arm": (2.71, 281.7, 57.72, (28.5, 26.9, 15.8)),
    "thigh": (14.16, 422.2, 40.95, (32.9, 32.9, 14.9)),
    "shank": (4.33, 434.0, 44.59, (25.5, 24.9, 10.3)),
    "foot": (1.37, 258.1, 44.15, (25.7, 24.5, 12.4)),
}
VARIANTS = {
    "full": (HumanoidConfig(), 78),
    "coupled": (HumanoidConfig(hand=HandConfig(transmission="coupled")), 68),
    "locked": (HumanoidConfig(hands="locked"), 24),
    "legs": (HumanoidConfig(moves="legs", hands="locked"), 12),
    "upper": (HumanoidConfig(moves="upper"), 66),
    "right arm": (
        HumanoidConfig(moves="right_arm", hands="right", hand=HandConfig(transmission="coupled")),
        26,
    ),
}


@cache
def compiled(name="full"):
    return compile_humanoid(VARIANTS[name][0])


def compile_humanoid(config):
    return build_humanoid(config).compile()


def standing(model):
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    return data


def test_the_waist_is_tuned_for_what_it_carries():
    """A loop that is tuned for less gives way under a trunk that policies of legs alone take for rigid."""
    model = compiled("locked")
    data = standing(model)
    matter = np.zeros((model.nv, model.nv))
    mujoco.mj_fullM(model, data, matter)
    waist = next(placed for placed in BODY if placed.name == "waist_pitch").joint.drive
    dof = model.joint("waist_pitch").dofadr[0]
    assert matter[dof, dof] == pytest.approx(waist.gearmotor().armature + waist.load, rel=0.1)


@pytest.mark.parametrize(("height", "mass"), [(1.80, 57.0), (1.60, 80.0)])
def test_segments_weigh_what_the_table_says(height, mass):
    model = compile_humanoid(HumanoidConfig(height=height, mass=mass))
    for segment in ("head", "upper_arm", "thigh", "shank", "foot"):
        share, length, _, radii = DE_LEVA[segment]
        long = length / 1741 * height
        moments = mass * share / 100 * (long * np.array(radii) / 100) ** 2
        if segment == "foot":  # its long axis points ahead
            moments = moments[[2, 1, 0]]
        names = [segment] if segment == "head" else [f"left_{segment}", f"right_{segment}"]
        for name in names:
            body = model.body(name)
            assert body.mass[0] == pytest.approx(mass * share / 100, rel=1e-3)
            assert inertia_axes(model, name) == pytest.approx(moments, rel=1e-3)


def inertia_axes(model, name):
    """Moments about the body's x, y and z, whatever order the compiler sorted them in."""
    turn = np.zeros(9)
    mujoco.mju_quat2Mat(turn, model.body(name).iquat)
    turn = turn.reshape(3, 3)
    tensor = turn @ np.diag(model.body(name).inertia) @ turn.T
    assert abs(tensor - np.diag(np.diag(tensor))).max() < 1e-9
    return np.diag(tensor)


@pytest.mark.parametrize("height", [1.80, 1.60])
def test_centres_of_mass_lie_where_the_table_says(height):
    model = compile_humanoid(HumanoidConfig(height=height))
    data = standing(model)

    def centre(segment):
        _, length, share, _ = DE_LEVA[segment]
        return pytest.approx(height / 1.741 * length / 1000 * share / 100, rel=1e-3)

    for segment in ("thigh", "shank", "upper_arm"):
        body = data.body(f"left_{segment}")
        assert body.xpos[2] - body.xipos[2] == centre(segment), segment
    assert height - data.body("head").xipos[2] == centre("head")
    heel = min(model.geom(f"left_sole_{i}").pos[0] - model.geom(f"left_sole_{i}").size[0] for i in range(4))
    assert model.body("left_foot").ipos[0] - heel == centre("foot")


def test_pelvis_and_torso_together_are_the_trunk():
    model = compiled()
    data = standing(model)
    share, length, centre, radii = DE_LEVA["trunk"]
    long = length / 1741 * 1.80
    masses = np.array([model.body(name).mass[0] for name in ("pelvis", "torso")])
    centres = np.array([data.body(name).xipos for name in ("pelvis", "torso")])
    middle = masses @ centres / masses.sum()
    assert masses.sum() == pytest.approx(57 * share / 100, rel=1e-3)
    hips = data.body("pelvis").xpos[2]
    assert middle[2] - hips == pytest.approx(long * (1 - centre / 100), rel=1e-3)
    moments = sum(
        inertia_axes(model, name) + m * (np.sum((c - middle) ** 2) - (c - middle) ** 2)
        for name, m, c in zip(("pelvis", "torso"), masses, centres, strict=True)
    )
    assert moments == pytest.approx(57 * share / 100 * (long * np.array(radii) / 100) ** 2, rel=1e-3)


def test_forearms_and_hands_weigh_what_their_motors_make_them_weigh():
    model = compiled()
    own = build_hand(HandConfig(side="left")).compile()
    carried = model.body_subtreemass[model.body("left_forearm").id]
    assert carried == pytest.approx(own.body_mass.sum(), rel=1e-6)
    table = 57 * (1 - 2 * (1.62 + 0.61) / 100)
    assert model.body_mass.sum() == pytest.approx(table + 2 * own.body_mass.sum(), rel=1e-3)


@pytest.mark.parametrize("name", VARIANTS)
def test_variants_have_their_actuators_in_the_order_of_their_motors(name):
    config, count = VARIANTS[name]
    model = compiled(name)
    names = [model.actuator(i).name for i in range(model.nu)]
    assert len(names) == count == len(config.gearmotors())
    assert names == [p.name for p in config.body_joints] + list(config.hand_joints)
    assert all(model.actuator_forcelimited)


@pytest.mark.parametrize("name", ["locked", "legs"])
def test_locking_joints_moves_no_mass(name):
    whole, part = compiled(), compiled(name)
    assert part.body_mass.sum() == pytest.approx(whole.body_mass.sum(), rel=1e-9)
    one, other = standing(whole), standing(part)
    # a locked hand's fingers hang a little bent
    assert other.subtree_com[0] == pytest.approx(one.subtree_com[0], abs=1e-3)


def test_it_is_as_tall_as_asked_and_stands_on_its_soles():
    for height in (1.80, 1.50):
        model = compile_humanoid(HumanoidConfig(height=height))
        data = standing(model)
        for index in range(4):
            sole = f"left_sole_{index}"
            assert data.geom(sole).xpos[2] - model.geom(sole).size[0] == pytest.approx(0, abs=1e-9)
        solid = data.geom("head_solid_0")
        radius, half = model.geom("head_solid_0").size[:2]
        top = solid.xpos[2] + half + radius
        assert height - 0.04 < top < height


def test_no_other_parts_touch_upright():
    data = standing(compiled())
    deep = [c for c in data.contact if c.dist < -1e-3]
    assert not deep


@pytest.mark.parametrize("placed", BODY, ids=lambda placed: placed.name)
def test_left_and_right_move_alike(placed):
    """Turning a joint moves the body as the mirrored joint moves the mirrored body."""
    if placed.name.startswith("right_"):
        pytest.skip("its left fellow is tested against it")
    model = compiled("locked")
    left, right = standing(model), standing(model)
    other = placed.name.replace("left_", "right_")
    mirrored = -1 if "_yaw" in placed.name and other == placed.name else 1
    left.qpos[model.jnt_qposadr[model.joint(placed.name).id]] = 0.4
    right.qpos[model.jnt_qposadr[model.joint(other).id]] = 0.4 * mirrored
    mujoco.mj_forward(model, left)
    mujoco.mj_forward(model, right)
    for body in range(1, model.nbody):
        name = model.body(body).name
        twin = name.replace("left_", "x_").replace("right_", "left_").replace("x_", "right_")
        assert left.body(name).xipos == pytest.approx(right.body(twin).xipos * (1, -1, 1), abs=2e-4)


@pytest.mark.parametrize(
    ("joint", "body", "axis", "sign"),
    [
        ("left_hip_pitch", "left_shank", 0, 1),
        ("left_hip_roll", "left_shank", 1, 1),
        ("left_knee", "left_foot", 0, -1),
        ("waist_pitch", "head", 0, 1),
        ("left_shoulder_pitch", "left_forearm", 0, 1),
        ("left_shoulder_roll", "left_forearm", 1, 1),
        ("left_elbow", "left_forearm", 0, 1),
        ("right_shoulder_roll", "right_forearm", 1, -1),
    ],
)
def test_a_positive_angle_does_what_the_table_says(joint, body, axis, sign):
    model = compiled("locked")
    data = standing(model)
    before = data.body(body).xpos.copy()
    data.qpos[model.jnt_qposadr[model.joint(joint).id]] = 0.5
    mujoco.mj_forward(model, data)
    assert (data.body(body).xpos - before)[axis] * sign > 0.05


def test_palms_face_the_thighs_and_thumbs_point_ahead():
    data = standing(compiled())
    for side, outwards in (("left", 1), ("right", -1)):
        palm = data.body(f"{side}_palm").xmat.reshape(3, 3)
        assert palm[:, 2] == pytest.approx([0, outwards, 0], abs=1e-6)  # the back of the hand
        thumb, little = (data.body(f"{side}_{f}_distal").xpos for f in ("thumb", "little"))
        assert thumb[0] > little[0] + 0.05


def test_joints_stop_at_their_limits_under_stall_torque():
    config = HumanoidConfig(moves="upper", hands="locked")
    spec = build_humanoid(config)
    spec.option.timestep = 1 / 180
    for actuator in list(spec.actuators):
        spec.delete(actuator)
    model = spec.compile()
    for placed, gearmotor in zip(config.body_joints, config.gearmotors(), strict=True):
        data = mujoco.MjData(model)
        joint = model.joint(placed.name)
        data.qfrc_applied[joint.dofadr] = gearmotor.stall_force
        model.dof_armature[:] = gearmotor.armature
        mujoco.mj_step(model, data, 360)
        angle = math.degrees(data.qpos[joint.qposadr[0]])
        assert angle < placed.joint.range_deg[1] + 2


def test_joints_that_do_not_move_can_be_held_in_a_pose():
    angles = {"left_shoulder_pitch": -0.35, "left_shoulder_roll": 0.3, "left_elbow": 1.75, "waist_pitch": 0.2}
    whole = build_humanoid(HumanoidConfig(hands="locked")).compile()
    data = mujoco.MjData(whole)
    for name, angle in angles.items():
        data.joint(name).qpos = angle
    mujoco.mj_kinematics(whole, data)
    config = HumanoidConfig(moves="legs", hands="locked")
    spec = build_humanoid(config)
    hold_pose(spec, config, lambda name: angles.get(name, 0.0))
    spec.compiler.fusestatic = False
    held = standing(spec.compile())
    for body in ("torso", "head", "left_upper_arm", "left_forearm", "right_forearm"):
        np.testing.assert_allclose(held.body(body).xpos, data.body(body).xpos, atol=1e-9)
        np.testing.assert_allclose(held.body(body).xmat, data.body(body).xmat, atol=1e-9)


def test_legs_alone_cannot_have_free_hands():
    with pytest.raises(ValidationError, match="locked"):
        HumanoidConfig(moves="legs")


def test_its_hands_are_the_hand_models():
    model = compiled()
    names = {model.joint(i).name for i in range(model.njnt)}
    assert {f"{side}_{name}" for side in ("left", "right") for name in driven_joints("tendon")} <= names


@pytest.mark.parametrize("kind", ["flat", "rough", "stairs"])
def test_the_ground_is_where_its_height_says(kind):
    terrain = Terrain(TerrainConfig(kind=kind))
    spec = mujoco.MjSpec()
    terrain.add_to(spec)
    model = spec.compile()
    data = standing(model)
    generator = np.random.default_rng(0)
    seen = np.zeros(1, np.int32)
    for _ in range(50):
        # on the grid, where rough ground's heights are exact, and in the middle of the stairs' treads
        x, y = generator.integers(-300, 300, 2) * 0.1
        if kind == "stairs":
            x, y = round(x / 0.4) * 0.4, 0.1
        far = mujoco.mj_ray(model, data, np.array([x, y, 5.0]), np.array([0, 0, -1.0]), None, 1, -1, seen)
        height = float(terrain.height(torch.tensor([[x, y]]))[0])
        assert 5.0 - far == pytest.approx(height, abs=3e-3)


@pytest.mark.parametrize("backend", ["cpu", "warp"])
def test_both_backends_step_it(backend):
    spec = build_humanoid(HumanoidConfig(hands="locked"))
    Terrain(TerrainConfig()).add_to(spec)
    spec.option.timestep = 1 / 180
    physics = make_physics(spec.compile(), 2, backend=backend)
    physics.forward()
    physics.step(20)
    assert not physics.diverged().any()
    assert (physics.field("qpos")[:, 2] > 0.9).all()
