"""What the camera sees is what the state says, without OpenGL."""

import mujoco
import numpy as np
import pytest

from envs.rendering import Renderer
from envs.video import CAMERA, video_scene

WIDTH, HEIGHT = 64, 48


@pytest.fixture(scope="module")
def model():
    """A red ball on a slide along x, seen along y, inside a green box of group 3, with one marker."""
    spec = mujoco.MjSpec()
    spec.visual.global_.azimuth, spec.visual.global_.elevation = 90, -5
    # the free camera's distance follows from the extent
    spec.stat.center, spec.stat.extent = [0, 0, 0.5], 0.5
    ball = spec.worldbody.add_body(name="ball", pos=[0, 0, 0.5])
    ball.add_joint(name="x", type=mujoco.mjtJoint.mjJNT_SLIDE, axis=[1, 0, 0])
    ball.add_geom(type=mujoco.mjtGeom.mjGEOM_SPHERE, size=[0.05, 0, 0], rgba=[1, 0, 0, 1])
    hidden = ball.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=[0.2, 0.2, 0.2], mass=0, group=3)
    hidden.rgba = [0, 1, 0, 1]
    return video_scene(spec, markers=["goal"], marker_radius=0.05).compile()


@pytest.fixture(scope="module")
def renderer(model):
    return Renderer(model, WIDTH, HEIGHT, camera=CAMERA, samples=1, threads=2)


def where(frame, channel):
    """Mean column and row of the pixels in which one colour is far above the others."""
    others = np.delete(frame.astype(int), channel, axis=2).max(axis=2)
    rows, columns = np.nonzero(frame[..., channel] > others + 60)
    assert len(rows), "nothing of that colour"
    return columns.mean(), rows.mean()


def test_a_red_ball_in_front_of_the_camera_is_red_in_the_middle(renderer):
    frames = renderer.render(np.zeros((1, 1)))
    assert frames.shape == (1, HEIGHT, WIDTH, 3)
    assert frames.dtype == np.uint8
    assert where(frames[0], channel=0) == pytest.approx(((WIDTH - 1) / 2, (HEIGHT - 1) / 2), abs=1)


def test_pixels_follow_the_ball_and_frames_keep_their_order(renderer):
    path = np.array([[-0.2], [-0.1], [0.0], [0.1], [0.2]])
    columns = [where(frame, channel=0)[0] for frame in renderer.render(path)]
    assert columns == sorted(columns)
    assert columns[-1] - columns[0] > WIDTH / 5


def test_a_mocap_marker_is_drawn_where_it_is_put(renderer):
    positions = np.array([[[-0.2, 0, 0.6]], [[0.2, 0, 0.4]]])
    upper_left, lower_right = renderer.render(np.zeros((2, 1)), positions)
    # the first marker is red like the ball, so look at what changed
    still = renderer.render(np.zeros((1, 1)), np.array([[[0, 9, 0.5]]]))[0].astype(int)
    for frame, left, up in ((upper_left, True, True), (lower_right, False, False)):
        rows, columns = np.nonzero(np.abs(frame.astype(int) - still).max(axis=2) > 40)
        assert (columns.mean() < WIDTH / 2) == left
        assert (rows.mean() < HEIGHT / 2) == up


def test_collision_shapes_of_group_3_stay_out_of_the_picture(renderer):
    frame = renderer.render(np.zeros((1, 1)))[0].astype(int)
    assert not (frame[..., 1] > frame[..., [0, 2]].max(axis=2) + 60).any()


@pytest.mark.parametrize("shape", [(2, 3), (1,)])
def test_states_of_another_shape_are_refused(renderer, shape):
    with pytest.raises(ValueError, match=r"qpos must have shape \(n, 1\)"):
        renderer.render(np.zeros(shape))


def test_an_unknown_camera_is_refused(model):
    with pytest.raises(KeyError, match="front"):
        Renderer(model, camera="front")
