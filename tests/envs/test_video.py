"""Scenes fit to be filmed, and files that play."""

import imageio_ffmpeg
import mujoco
import numpy as np
import pytest

from envs.video import CAMERA, video_scene, write_video
from hand_model import build_hand


def test_a_scene_gets_camera_floor_light_and_sky_and_keeps_its_physics():
    bare = build_hand()
    before = bare.compile()
    model = video_scene(bare, markers=["goal_a", "goal_b"]).compile()
    assert model.camera(CAMERA).id >= 0
    assert (model.geom_type == mujoco.mjtGeom.mjGEOM_PLANE).sum() == 1
    assert model.nlight == 1
    assert (model.tex_type == mujoco.mjtTexture.mjTEXTURE_SKYBOX).sum() == 1
    assert [int(model.body(name).mocapid[0]) for name in ("goal_a", "goal_b")] == [0, 1]
    assert (model.nq, model.nv, model.nu) == (before.nq, before.nv, before.nu)
    assert bare.compile().ngeom == before.ngeom


def test_what_a_scene_has_already_is_kept():
    spec = video_scene(build_hand())
    spec.camera(CAMERA).name = "own"
    model = video_scene(spec).compile()
    assert (model.geom_type == mujoco.mjtGeom.mjGEOM_PLANE).sum() == 1
    assert model.nlight == 1


@pytest.mark.parametrize(("width", "height"), [(64, 48), (63, 47)])
def test_a_video_decodes_to_as_many_frames_as_went_in(tmp_path, width, height):
    path = tmp_path / "videos" / "clip.mp4"
    frames = [np.full((height, width, 3), 40 + 20 * i, np.uint8) for i in range(7)]
    write_video(path, iter(frames), fps=36)
    reader = imageio_ffmpeg.read_frames(path)
    about = next(reader)
    assert about["fps"] == 36
    assert about["codec"] == "h264"
    assert about["pix_fmt"].startswith("yuv420p")
    assert all(side % 2 == 0 for side in about["size"])
    decoded = [np.frombuffer(frame, np.uint8).mean() for frame in reader]
    assert decoded == pytest.approx([40 + 20 * i for i in range(7)], abs=6)


def test_a_video_of_no_frames_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no frames"):
        write_video(tmp_path / "empty.mp4", [], fps=36)
