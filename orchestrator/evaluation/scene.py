"""A task's scene for the eye: with its goal points, lights and a camera. Training never sees this copy."""

import math

import mujoco
import numpy as np

from envs.marks import add_mark, colour
from envs.task import Task, Vector

CAMERA = "view"
"""The camera that recordings look through."""

_SITE_SHARE = 0.8
"""Radius of a site's mark as a share of its goal's."""

_FOVY_DEG = 40.0

_SKY = (0.965, 0.97, 0.98)

_MARGIN = 1.08
"""Room around what has to be in the picture."""


def viewing_spec(task: Task, goals: tuple[str, ...], focus: np.ndarray | None = None) -> mujoco.MjSpec:
    """The task's scene with coloured marks, light and a camera.

    Joints keep their order, so a state of the task's own model fits. Goal points are mocap bodies, in the order of
    `goals`, each a sphere of its own colour; the sites that should reach them carry a smaller one.

    Args:
        task: whose scene to show.
        goals: names of the sites that have a goal point.
        focus: (n, 3) m, points that have to be in the picture; by default the model's own bounds.
    """
    spec = task.build_scene()
    stat = spec.copy().compile().stat
    extent = float(stat.extent)
    for index, name in enumerate(goals):
        rgba = (*colour(index), 1.0)
        add_mark(spec.worldbody.add_body(name=f"goal_{name}", mocap=True), task.mark_radius, rgba)
        site = spec.site(name)
        add_mark(site.parent, _SITE_SHARE * task.mark_radius, rgba, site.pos)
    box = np.stack([stat.center - extent / 2, stat.center + extent / 2]) if focus is None else focus
    add_camera_and_light(spec, task.viewpoint(), box)
    return spec


def between(model: mujoco.MjModel, before: np.ndarray, after: np.ndarray, fraction: float) -> np.ndarray:
    """The position at a fraction, 0 to 1, of the way between two: `qpos` (nq,) of any joint types."""
    velocity = np.zeros(model.nv)
    mujoco.mj_differentiatePos(model, velocity, 1.0, before, after)
    position = before.copy()
    mujoco.mj_integratePos(model, position, velocity, fraction)
    return position


def add_camera_and_light(spec: mujoco.MjSpec, viewpoint: tuple[Vector, Vector], points: np.ndarray) -> None:
    """A camera that has all `points` (n, 3) m in its picture, light from over its shoulder, and a pale sky."""
    forward = np.array(viewpoint[0]) / np.linalg.norm(viewpoint[0])
    right = np.cross(forward, viewpoint[1])
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    quat = np.zeros(4)
    # a camera looks along its -z, with x to the right and y up
    mujoco.mju_mat2Quat(quat, np.stack([right, up, -forward], axis=1).flatten())
    across = points @ np.stack([right, up], axis=1)
    middle = (across.min(axis=0) + across.max(axis=0)) / 2
    slope = math.tan(math.radians(_FOVY_DEG) / 2) / _MARGIN
    # as far back as it takes for every point to be inside the picture's edges
    back = float((np.abs(across - middle).max(axis=1) / slope - points @ forward).max())
    position = middle[0] * right + middle[1] * up - back * forward
    spec.worldbody.add_camera(name=CAMERA, pos=position, quat=quat, fovy=_FOVY_DEG)
    if not spec.lights:
        direction = forward + 0.4 * right - 0.4 * up
        spec.worldbody.add_light(type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL, dir=direction)
    if not any(texture.type == mujoco.mjtTexture.mjTEXTURE_SKYBOX for texture in spec.textures):
        spec.add_texture(
            name="view_sky",
            type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
            builtin=mujoco.mjtBuiltin.mjBUILTIN_FLAT,
            rgb1=_SKY,
            rgb2=_SKY,  # of the face below
            width=64,
            height=64 * 6,
        )
