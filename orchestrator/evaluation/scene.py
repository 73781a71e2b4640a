"""A task's scene for the eye: with its goal points, lights and a camera. Training never sees this copy."""

import math

import mujoco
import numpy as np

from envs.task import Task

CAMERA = "view"
"""The camera that recordings look through; a scene that has one of this name keeps its own."""

PALETTE = ("#e8a33d", "#3d7be8", "#2fa866", "#c04fc9", "#e0453f", "#22b3bd", "#8a8f98")
"""One colour per goal point, in order, the same in plots, videos and the viewer."""

_GOAL_RADIUS, _SITE_RADIUS = 0.022, 0.014
"""Radii of the marks, as shares of the model's extent."""

_AZIMUTH_DEG, _ELEVATION_DEG, _DISTANCE = 155.0, -30.0, 1.35
"""Where the camera stands, seen from the model's centre, its distance as a share of the model's extent."""


def viewing_spec(task: Task, goals: tuple[str, ...]) -> mujoco.MjSpec:
    """The task's scene with coloured marks, light and a camera.

    Joints keep their order, so a state of the task's own model fits. Goal points are mocap bodies, in the
    order of `goals`, with a larger translucent sphere; the sites that should reach them carry a smaller one.

    Args:
        task: whose scene to show.
        goals: names of the sites that have a goal point.
    """
    spec = task.build_scene()
    extent = float(spec.copy().compile().stat.extent)
    for index, name in enumerate(goals):
        rgb = colour(index)
        _add_mark(
            spec.worldbody.add_body(name=f"goal_{name}", mocap=True), _GOAL_RADIUS * extent, (*rgb, 0.75)
        )
        site = spec.site(name)
        _add_mark(site.parent, _SITE_RADIUS * extent, (*rgb, 1.0), site.pos)
    _add_light_and_camera(spec)
    return spec


def colour(index: int) -> tuple[float, float, float]:
    """The palette's colour, red, green and blue in 0 to 1; it starts again after its last."""
    digits = PALETTE[index % len(PALETTE)].removeprefix("#")
    red, green, blue = (int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return red, green, blue


def between(model: mujoco.MjModel, before: np.ndarray, after: np.ndarray, fraction: float) -> np.ndarray:
    """The position at a fraction, 0 to 1, of the way between two: `qpos` (nq,) of any joint types."""
    velocity = np.zeros(model.nv)
    mujoco.mj_differentiatePos(model, velocity, 1.0, before, after)
    position = before.copy()
    mujoco.mj_integratePos(model, position, velocity, fraction)
    return position


def _add_mark(
    body: mujoco.MjsBody,
    radius: float,
    rgba: tuple[float, float, float, float],
    pos: np.ndarray | tuple[float, float, float] = (0, 0, 0),
) -> None:
    """A sphere without mass that touches nothing."""
    body.add_geom(
        type=mujoco.mjtGeom.mjGEOM_SPHERE,
        pos=pos,
        size=[radius, 0, 0],
        rgba=rgba,
        mass=0,
        contype=0,
        conaffinity=0,
    )


def _add_light_and_camera(spec: mujoco.MjSpec) -> None:
    stat = spec.copy().compile().stat
    if not spec.lights:
        spec.worldbody.add_light(type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL, dir=(0.3, 0.4, -1.0))
    if spec.camera(CAMERA) is not None:
        return
    azimuth, elevation = math.radians(_AZIMUTH_DEG), math.radians(_ELEVATION_DEG)
    forward = np.array(
        (
            math.cos(elevation) * math.cos(azimuth),
            math.cos(elevation) * math.sin(azimuth),
            math.sin(elevation),
        )
    )
    right = np.cross(forward, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    quat = np.zeros(4)
    # a camera looks along its -z, with x to the right and y up
    mujoco.mju_mat2Quat(quat, np.stack([right, np.cross(right, forward), -forward], axis=1).flatten())
    spec.worldbody.add_camera(name=CAMERA, pos=stat.center - _DISTANCE * stat.extent * forward, quat=quat)
