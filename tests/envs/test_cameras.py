"""What cameras show is what the states say, in the worlds, at the times and with the looks that were asked for."""

import itertools

import mujoco
import numpy as np
import pytest
import torch
from camera_scene import KINDS, build, cast

from envs.cameras.config import CameraConfig, CamerasConfig, LooksConfig
from envs.cameras.lens import expose
from envs.cameras.painter import Painter, View
from envs.cameras.rig import Rig
from envs.physics import make_physics
from envs.rates import Rates

SIZE, NWORLD = 48, 3
VIEWS = [View("front", SIZE, SIZE, ("rgb", "depth", "segmentation")), View("side", SIZE, SIZE)]
RATES = Rates(physics_hz=180, video_hz=36, control_hz=18)
LOOKS = LooksConfig(field_of_view=(0.9, 1.1), brightness=(0.5, 1.5), colour=0.2, noise=0.05)


@pytest.fixture(scope="module")
def model():
    return build().compile()


@pytest.fixture(scope="module")
def painter(model):
    return Painter(model, VIEWS, capacity=2, device="cpu", threads=1, varied=["cam_fovy", "light_diffuse"])


def draw(painter, heights, **changes):
    qpos = torch.tensor(heights)[:, None]
    own = {
        name: painter.default(name).expand(len(qpos), *painter.default(name).shape)
        for name in ("cam_fovy", "light_diffuse")
    }
    return painter.draw(qpos, varied=own | changes)


class TestPainter:
    def test_geoms_and_depth_are_those_of_mujocos_own_rays(self, painter, model):
        frames = draw(painter, [0.1])[0]
        data = mujoco.MjData(model)
        data.qpos[0] = 0.1
        mujoco.mj_forward(model, data)
        geoms, depth = cast(model, data, "front", SIZE)
        drawn = frames["segmentation"][0, ..., 0].numpy()
        same = drawn == geoms
        assert same.mean() > 0.99
        assert set(np.unique(drawn)) >= set(range(model.ngeom)), "some geom is not in the picture"
        assert (frames["segmentation"][0, ..., 1].numpy()[drawn >= 0] == int(mujoco.mjtObj.mjOBJ_GEOM)).all()
        np.testing.assert_allclose(frames["depth"][0].numpy()[same], depth[same], atol=2e-3)

    def test_each_geom_has_its_colour(self, painter, model):
        frames = draw(painter, [0.1])[0]
        seen = frames["segmentation"][0, ..., 0]
        for kind, (colour, _) in KINDS.items():
            pixels = frames["rgb"][0][seen == model.geom(kind).id].float()
            hue = pixels.mean(0) / pixels.mean(0).norm()
            assert hue @ torch.tensor(colour) / torch.tensor(colour).norm() > 0.98, kind

    def test_states_do_not_depend_on_how_they_are_shared_out(self, painter, model):
        heights = [0.0, 0.05, 0.1, 0.15, 0.2]
        one = draw(painter, heights)
        for index, height in enumerate(heights):
            alone = draw(painter, [height])
            for view in (0, 1):
                assert torch.equal(one[view]["rgb"][index], alone[view]["rgb"][0])
        threaded = Painter(
            model, VIEWS, capacity=2, device="cpu", threads=2, varied=["cam_fovy", "light_diffuse"]
        )
        assert torch.equal(draw(threaded, heights)[0]["rgb"], one[0]["rgb"])

    def test_light_and_lens_may_differ_between_states(self, painter):
        light = painter.default("light_diffuse")[None] * torch.tensor([0.2, 1.0])[:, None, None]
        dim, bright = draw(painter, [0.1, 0.1], light_diffuse=light)[0]["rgb"].float().mean((1, 2, 3))
        assert dim < 0.9 * bright
        narrow = torch.stack([painter.default("cam_fovy"), painter.default("cam_fovy") / 2])
        frames = draw(painter, [0.1, 0.1], cam_fovy=narrow)[0]["segmentation"][..., 0]
        wide, close = (len(torch.unique(frame)) for frame in frames)
        assert close < wide

    @pytest.mark.parametrize(
        ("builtin", "tint", "folded"),
        [("FLAT", None, True), ("CHECKER", None, False), ("FLAT", [0.2, 0.9, 0.4, 1], False)],
    )
    def test_a_texture_of_one_colour_is_left_out_and_nobody_sees_it(self, monkeypatch, builtin, tint, folded):
        spec = build()
        material = spec.add_material(name="paint", rgba=[0.9, 0.8, 0.7, 1])
        material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = "paint"
        pattern = getattr(mujoco.mjtBuiltin, f"mjBUILTIN_{builtin}")
        colours = {"rgb1": [0.6, 0.3, 0.45], "rgb2": [0.1, 0.3, 0.2], "width": 16, "height": 16}
        spec.add_texture(name="paint", type=mujoco.mjtTexture.mjTEXTURE_2D, builtin=pattern, **colours)
        spec.geom("ground").material = "paint"
        spec.geom("ground").rgba = tint or [0.5, 0.5, 0.5, 1]
        model, pose = spec.compile(), torch.tensor([[0.1]])
        view = [View("front", SIZE, SIZE)]
        quick = Painter(model, view, device="cpu", threads=1)
        assert (quick.model.mat_texid.max() < 0) == folded
        assert model.mat_texid.max() == 0
        monkeypatch.setattr("envs.cameras.painter.fold_flat_textures", lambda model: None)
        plain = Painter(model, view, device="cpu", threads=1)
        ours, theirs = (painter.draw(pose)[0]["rgb"].int() for painter in (quick, plain))
        assert (ours - theirs).abs().max() <= 1

    def test_positions_of_another_shape_are_refused(self, painter):
        with pytest.raises(ValueError, match=r"qpos must have shape \(n, 1\)"):
            painter.draw(torch.zeros(2, 3))


def make_rig(model, backend="cpu", cameras=("front", "side"), hz=(None, None), latency=0.0, looks=LOOKS):
    physics = make_physics(model, NWORLD, backend, threads=1, device="cpu")
    spot = torch.tensor([[0.0, 0.0, 0.3]]).repeat(NWORLD, 1)
    config = CamerasConfig(
        cameras=[
            CameraConfig(name=n, width=SIZE, height=SIZE, hz=h) for n, h in zip(cameras, hz, strict=True)
        ],
        latency=latency,
        looks=looks,
    )
    rig = Rig(physics, model, config, RATES, lambda: {"spot": spot}, threads=1)
    physics.forward()
    rig.reset(torch.arange(NWORLD))
    return rig, physics, spot


def advance(rig, physics, periods=1):
    """Some control periods with the ball moving up; every frame."""
    seen = []
    for _ in range(periods):
        physics.field("qvel")[:] = 2.0
        for _ in range(rig.frames):
            physics.step(5)
            rig.capture()
        seen.append(rig.observe())
    return seen


STILL = LooksConfig(field_of_view=(1.0, 1.0 + 1e-9), brightness=(1.0, 1.0 + 1e-9), colour=1e-9)
"""As `LOOKS` to the ray tracer, and no change to see."""


def top(frame):
    """The highest row with the red ball, in a picture (3, H, W)."""
    red = (frame[0].int() > 40 + 3 * frame[1:].int().amax(0)).any(1)
    return int(red.nonzero()[0])


def _unmoved(model, config):
    """What cameras at their mounts see."""
    physics = make_physics(model, NWORLD, "cpu", threads=1)
    rig = Rig(physics, model, config, RATES, lambda: {"spot": torch.zeros(3, 3)}, threads=1)
    physics.forward()
    rig.reset(torch.arange(NWORLD))
    return rig.observe()


class TestRig:
    def test_pixels_are_the_last_periods_video_oldest_first(self, model):
        rig, physics, _ = make_rig(model, looks=STILL)
        (pixels,) = advance(rig, physics)
        assert pixels.shape == (NWORLD, 2, 2, 3, SIZE, SIZE)
        assert pixels.dtype == torch.uint8
        for world in range(NWORLD):
            assert top(pixels[world, 1, 0]) < top(pixels[world, 0, 0])

    def test_a_late_camera_shows_what_was(self, model):
        prompt, late = (make_rig(model, looks=STILL, latency=latency) for latency in (0.0, 1 / 36))
        now, then = (advance(rig, physics, 3) for rig, physics, _ in (prompt, late))
        assert torch.equal(then[2][:, 1], now[2][:, 0])
        assert torch.equal(then[2][:, 0], now[1][:, 1])

    def test_a_slow_camera_shows_a_frame_until_its_next(self, model):
        rig, physics, _ = make_rig(model, hz=(9, 36), looks=STILL)
        first, second, third = advance(rig, physics, 3)
        slow = torch.cat([frames[0, :, 0] for frames in (first, second, third)])
        same = [torch.equal(a, b) for a, b in itertools.pairwise(slow)]
        assert same == [True, True, False, True, True]

    def test_only_worlds_that_begin_are_drawn_anew(self, model):
        rig, physics, spot = make_rig(model)
        (before,) = advance(rig, physics)
        spot[1] += torch.tensor([0.2, 0.0, 0.0])
        looks = {name: value.clone() for name, value in rig.looks.state.items()}
        rig.reset(torch.tensor([1]))
        after = rig.observe()
        assert torch.equal(after[[0, 2]], before[[0, 2]])
        assert not torch.equal(after[1], before[1])
        assert torch.equal(after[1, 0], after[1, 1])
        for name in rig.looks.varied:
            assert torch.equal(rig.looks.state[name][[0, 2]], looks[name][[0, 2]])
            assert not torch.equal(rig.looks.state[name][1], looks[name][1])

    def test_markers_keep_their_colour(self, model):
        rig, _, _ = make_rig(model)
        colours = rig.looks.state["geom_rgba"]
        spot, ground = model.geom("marker_spot").id, model.geom("ground").id
        assert (colours[:, spot] == 1).all()
        assert (colours[0, ground] != colours[1, ground]).any()

    def test_cameras_are_as_far_off_their_mounts_as_is_said(self, model):
        physics = make_physics(model, NWORLD, "cpu", threads=1)
        off = torch.tensor([0.0, 0.02, 0.05]), torch.tensor([0.0, 0.1, 0.2])
        config = CamerasConfig(cameras=[CameraConfig(name="front", width=SIZE, height=SIZE)])
        rig = Rig(physics, model, config, RATES, lambda: {"spot": torch.zeros(3, 3)}, mounting=lambda: off)
        physics.forward()
        for _ in range(2):  # off the mounts, not off where they were before
            rig.reset(torch.arange(NWORLD))
        away = rig.looks.state["cam_pos"] - torch.tensor(model.cam_pos).float()
        cosine = (rig.looks.state["cam_quat"] * torch.tensor(model.cam_quat).float()).sum(-1).abs()
        cameras = (NWORLD, model.ncam)
        torch.testing.assert_close(away.norm(dim=-1), off[0][:, None].expand(cameras), atol=1e-6, rtol=0)
        torch.testing.assert_close(
            2 * cosine.clamp(max=1).acos(), off[1][:, None].expand(cameras), atol=2e-3, rtol=0
        )
        assert (away[1, 0] - away[1, 1]).norm() > 1e-3, "each camera goes its own way"
        seen = rig.observe()
        assert torch.equal(seen[0], _unmoved(model, config)[0])
        assert not torch.equal(seen[1], seen[0])

    def test_a_restored_rig_goes_on_to_the_bit(self, model):
        rig, physics, _ = make_rig(model, latency=1 / 36)
        advance(rig, physics)
        kept, state = rig.state_dict(), physics.get_state()
        expected = advance(rig, physics, 2)
        other, world, _ = make_rig(model, latency=1 / 36)
        world.set_state(state)
        world.forward()
        other.load_state_dict(kept)
        for now, then in zip(advance(other, world, 2), expected, strict=True):
            assert torch.equal(now, then)

    def test_either_backend_feeds_the_cameras(self, model):
        frames = []
        for backend in ("cpu", "warp"):
            rig, physics, _ = make_rig(model, backend, looks=STILL)
            frames.append(advance(rig, physics)[0].float())
        assert (frames[0] - frames[1]).abs().mean() < 0.5

    def test_bodies_of_a_worlds_own_shape_are_drawn_as_they_are(self, model):
        full, physics, spot = make_rig(model, looks=STILL)
        physics.expand("geom_size")[1, physics.model.geom("sphere").id] *= 0.5
        config, marks = full.config, {"spot": spot}
        own = Rig(physics, model, config, RATES, lambda: marks, threads=1, shaped=["sphere"])
        own.reset(torch.arange(NWORLD))
        before, after = full.observe()[:, 0, 0].int(), own.observe()[:, 0, 0].int()
        red = [(f[:, 0] > 40 + 3 * f[:, 1:].amax(1)).sum((1, 2)).double() for f in (before, after)]
        assert torch.equal(after[[0, 2]], before[[0, 2]])
        assert red[1][1] / red[0][1] == pytest.approx(0.25, abs=0.12)  # of a few dozen pixels

    def test_a_camera_that_is_not_there_is_refused(self, model):
        with pytest.raises(ValueError, match="no camera is called 'top'"):
            make_rig(model, cameras=("top", "side"))

    def test_a_rate_that_does_not_divide_the_videos_is_refused(self, model):
        with pytest.raises(ValueError, match="whole multiple of front's hz"):
            make_rig(model, hz=(10, None))


def test_exposure_vignette_and_noise():
    grey = torch.full((2, 3, 33, 33), 100, dtype=torch.uint8)
    generator = torch.Generator().manual_seed(0)
    plain = expose(grey, torch.tensor([1.0, 0.5]), torch.tensor([0.0, 0.4]), 0.0, generator)
    assert (plain[0] == 100).all()
    assert plain[1, 0, 16, 16] == 50
    assert plain[1, 0, 0, 0] == 30
    noisy = expose(grey, torch.ones(2), torch.zeros(2), 0.1, generator).float()
    assert noisy.mean() == pytest.approx(100, abs=1)
    assert noisy.std() == pytest.approx(255 * 0.1 * (100 / 255) ** 0.5, rel=0.05)
