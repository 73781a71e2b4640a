import mujoco
import pytest
import torch

from envs.physics import make_physics
from envs.touch import Touch
from hand_model import HandConfig, build_hand, hand_pads

MASS = 0.1


HEIGHTS = {"index_distal": 0.0185, "middle_proximal": 0.0205, "palm": 0.027}
"""Above a body's axis, where a ball of 10 mm is about to touch it, m."""


def press(side, body):
    """A hand with its palm up, and a ball that can only move up and down on one body."""
    config = HandConfig(side=side, touch=True)
    spec = mujoco.MjSpec()
    spec.option.timestep = 1 / 360
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    spec.attach(build_hand(config), prefix="hand_", frame=spec.worldbody.add_frame(quat=[0, 1, 0, 0]))
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    index = model.body(f"hand_{body}").id
    x, y, z = data.xpos[index] + 0.012 * data.xmat[index][[0, 3, 6]]
    ball = spec.worldbody.add_body(name="ball", pos=[x, y, z + HEIGHTS[body]])
    ball.add_joint(type=mujoco.mjtJoint.mjJNT_SLIDE, axis=[0, 0, 1])
    ball.add_geom(type=mujoco.mjtGeom.mjGEOM_SPHERE, size=[0.01, 0, 0], mass=MASS)
    return spec.compile(), hand_pads(config)


def test_every_pad_lies_on_its_bodys_skin_and_looks_out_of_the_palm():
    for side in ("right", "left"):
        config = HandConfig(side=side)
        model = build_hand(config).compile()
        for pad in hand_pads(config):
            assert len(pad.points) == len(pad.normals) >= 9
            geoms = [g for g in range(model.ngeom) if model.geom(g).bodyid[0] == model.body(pad.body).id]
            capsules = [g for g in geoms if model.geom(g).type[0] == mujoco.mjtGeom.mjGEOM_CAPSULE]
            for point, normal in zip(pad.points, pad.normals, strict=True):
                assert min(abs(capsule_distance(model, g, point)) for g in capsules) < 1e-6
                assert normal[2] < 0.2


def capsule_distance(model, geom, point):
    axis = torch.zeros(9, dtype=torch.float64).numpy()
    mujoco.mju_quat2Mat(axis, model.geom_quat[geom])
    axis = axis.reshape(3, 3)[:, 2]
    offset = point - model.geom_pos[geom]
    radius, half = model.geom_size[geom][:2]
    along = min(max(offset @ axis, -half), half)
    return ((offset - along * axis) ** 2).sum() ** 0.5 - radius


def test_a_fingertip_has_at_least_sixteen_taxels():
    tips = [pad for pad in hand_pads(HandConfig()) if pad.body.endswith("_distal")]
    assert len(tips) == 5
    assert all(len(pad.points) >= 16 for pad in tips)


@pytest.mark.parametrize("backend", ["cpu", "warp"])
@pytest.mark.parametrize(
    ("side", "body"), [("right", "index_distal"), ("left", "middle_proximal"), ("right", "palm")]
)
def test_taxels_carry_what_rests_on_them(side, body, backend):
    model, pads = press(side, body)
    physics = make_physics(model, 2, backend, device="cpu")
    touch = Touch(physics, pads, "hand_")
    physics.step(360)
    felt = touch.read()
    assert felt.shape == (2, sum(len(pad.points) for pad in pads), 3)
    start = 0
    for pad in pads:
        of_pad = felt[:, start : start + len(pad.points)]
        start += len(pad.points)
        if pad.body == body:
            assert of_pad[0].norm(dim=1).sum().item() == pytest.approx(9.81 * MASS, rel=0.05)
            # mostly into the skin, whose taxels look aside where it is round
            assert 0.6 * 9.81 * MASS < of_pad[0, :, 0].sum().item() <= 9.81 * MASS * 1.05
        else:
            assert of_pad.abs().max() < 1e-6
    torch.testing.assert_close(felt[0], felt[1])
