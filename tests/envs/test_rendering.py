"""What the camera sees is what the state says, without OpenGL."""

import mujoco
import numpy as np
import pytest

from envs.rendering import Renderer

WIDTH, HEIGHT = 64, 48


@pytest.fixture(scope="module")
def model():
    """A red ball on a slide along x, inside a green box of group 3, and a blue marker; seen along y."""
    spec = mujoco.MjSpec()
    world = spec.worldbody
    # turned by a right angle about x, a camera looks along y, with z up
    world.add_camera(name="front", pos=[0, -1.0, 0.5], quat=[1, 1, 0, 0], fovy=45)
    ball = world.add_body(name="ball", pos=[0, 0, 0.5])
    ball.add_joint(name="x", type=mujoco.mjtJoint.mjJNT_SLIDE, axis=[1, 0, 0])
    ball.add_geom(type=mujoco.mjtGeom.mjGEOM_SPHERE, size=[0.05, 0, 0], rgba=[1, 0, 0, 1])
    ball.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=[0.2, 0.2, 0.2], rgba=[0, 1, 0, 1], group=3)
    marker = world.add_body(name="marker", mocap=True, pos=[0, 9, 0.5])
    marker.add_geom(type=mujoco.mjtGeom.mjGEOM_SPHERE, size=[0.05, 0, 0], rgba=[0, 0, 1, 1])
    return spec.compile()


@pytest.fixture(scope="module")
def renderer(model):
    return Renderer(model, WIDTH, HEIGHT, camera="front", samples=1, threads=2)


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
    column, row = where(upper_left, channel=2)
    assert column < WIDTH / 3
    assert row < HEIGHT / 2
    column, row = where(lower_right, channel=2)
    assert column > 2 * WIDTH / 3
    assert row > HEIGHT / 2


def test_collision_shapes_of_group_3_stay_out_of_the_picture(renderer):
    frame = renderer.render(np.zeros((1, 1)))[0].astype(int)
    assert not (frame[..., 1] > frame[..., [0, 2]].max(axis=2) + 60).any()


@pytest.mark.parametrize("shape", [(2, 3), (1,)])
def test_states_of_another_shape_are_refused(renderer, shape):
    with pytest.raises(ValueError, match=r"qpos must have shape \(n, 1\)"):
        renderer.render(np.zeros(shape))


def test_an_unknown_camera_is_refused(model):
    with pytest.raises(KeyError, match="side"):
        Renderer(model, camera="side")
