"""Pictures of grasps by ray tracing."""

import mujoco
import numpy as np
from numpy.typing import NDArray

from envs.grasping.hands import GraspHand
from envs.grasping.scene import OBJECT, STAND, build_scene
from envs.rendering import Renderer
from hand_model.grasps import Grasp

VIEWS = {
    "palmar": ((0.3, 0.55, -0.75), (1.0, 0.0, 0.0)),
    "radial": ((0.25, 0.95, -0.1), (0.0, 0.0, 1.0)),
}
"""Directions from the hand to the camera, and which way is up in the picture, in the palm's frame."""

_CENTRE = np.array([0.085, 0.005, -0.025])
"""What the cameras look at, in the palm's frame, m."""

_DISTANCE = 0.36
_COLLIDES, _SEEN = 3, 2


def draw(
    hand: GraspHand, grasp: Grasp, qpos: np.ndarray, width: int = 400, height: int = 400, samples: int = 2
) -> NDArray[np.uint8]:
    """Draw a state of a grasp from two sides, beside each other.

    Args:
        hand: the hand.
        grasp: whose scene the state is of.
        qpos: (nq,) of the scene.
        width: of each view, pixels.
        height: pixels.
        samples: per pixel along each axis.

    Returns:
        (height, 2 · width, 3) RGB.
    """
    spec = build_scene(hand, grasp, looks=True)
    _light(spec)
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    body = model.body(hand.palm.body).id
    turn = data.xmat[body].reshape(3, 3)
    origin, frame = data.xpos[body] + turn @ np.array(hand.origin), turn @ hand.palm.turn
    for name, (way, up) in VIEWS.items():
        _add_camera(spec, name, origin + frame @ _CENTRE, frame @ np.array(way), frame @ np.array(up))
    model = spec.compile()
    aside = np.tile(model.body(STAND).pos - np.array([0, 0, 5.0]), (1, model.nmocap, 1))
    views = []
    for name in VIEWS:
        renderer = Renderer(model, width, height, name, samples, threads=1)
        views.append(renderer.render(qpos[None], mocap_pos=aside)[0])
    return np.concatenate(views, axis=1)


def _light(spec: mujoco.MjSpec) -> None:
    for light in list(spec.lights):
        spec.delete(light)
    for place, bright in (((0.4, 0.9, 0.9), 0.6), ((0.6, 0.3, -1.0), 0.45)):
        way = -np.array(place)
        spec.worldbody.add_light(
            pos=place,
            dir=way,
            type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL,
            diffuse=[bright] * 3,
            castshadow=False,
        )
    spec.add_texture(
        name="sky", type=mujoco.mjtTexture.mjTEXTURE_SKYBOX, builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
        rgb1=[1, 1, 1], rgb2=[0.9, 0.92, 0.95], width=64, height=384,
    )  # fmt: skip
    stand = spec.body(STAND)
    for geom in stand.geoms:
        geom.rgba = [0.5, 0.5, 0.5, 0]
    for geom in spec.body(OBJECT).geoms:
        geom.group = _SEEN


def _add_camera(spec: mujoco.MjSpec, name: str, centre: np.ndarray, way: np.ndarray, up: np.ndarray) -> None:
    back = way / np.linalg.norm(way)
    right = np.cross(up, back)
    right /= np.linalg.norm(right)
    axes = np.stack([right, np.cross(back, right), back], axis=1)
    quat = np.zeros(4)
    mujoco.mju_mat2Quat(quat, axes.ravel())
    spec.worldbody.add_camera(name=name, pos=centre + _DISTANCE * back, quat=quat, fovy=38)
