"""What a scene for cameras has that physics does not know: markers, a backdrop, a light, a sky."""

from collections.abc import Mapping
from dataclasses import dataclass

import mujoco
import numpy as np

from envs.marks import add_mark

Vector = tuple[float, float, float]

MARKER = "marker_"
"""Begins the names of the geoms that mark something by their colour, which never changes."""

GOAL = "goal_"
"""Begins the names of the mocap bodies that stand where a task's goal points are."""

BACKDROP = "backdrop"
"""Name of the surface behind the scene and of its material; its textures' names begin with it."""

_TEXTURES = {
    "plain": (mujoco.mjtBuiltin.mjBUILTIN_FLAT, (0.75, 0.76, 0.78), (0.75, 0.76, 0.78)),
    "checker": (mujoco.mjtBuiltin.mjBUILTIN_CHECKER, (0.85, 0.85, 0.85), (0.35, 0.37, 0.4)),
    "wood": (mujoco.mjtBuiltin.mjBUILTIN_GRADIENT, (0.62, 0.45, 0.3), (0.35, 0.24, 0.16)),
    "cloth": (mujoco.mjtBuiltin.mjBUILTIN_CHECKER, (0.2, 0.25, 0.4), (0.3, 0.38, 0.55)),
}


def add_marker(
    spec: mujoco.MjSpec, goal: str, radius: float, rgba: tuple[float, float, float, float]
) -> None:
    """A coloured ball that stands where the task's goal point of this name is."""
    body = spec.worldbody.add_body(name=f"{GOAL}{goal}", mocap=True)
    add_mark(body, radius, rgba, name=f"{MARKER}{goal}")


@dataclass(frozen=True)
class Views:
    """Cameras that look at a place, each with a backdrop on the place's other side, and daylight from one side.

    Attributes:
        middle: the place, m.
        ways: from the place to each camera, by its name; their lengths mean nothing.
        distance: from the place to the cameras, m.
        fovy_deg: vertical field of view, degrees.
        up: upwards in the pictures.
        behind: from the place to the backdrops, m.
        light: where the daylight goes.
    """

    middle: Vector
    ways: Mapping[str, Vector]
    distance: float
    fovy_deg: float
    up: Vector
    behind: float
    light: Vector


def add_views(spec: mujoco.MjSpec, views: Views, mirror: float) -> None:
    """Add cameras, backdrops and daylight; a mirror of -1 puts them on the other side of the plane of x and z."""
    sides, middle = np.array([1.0, mirror, 1.0]), np.array(views.middle)
    for name, way in views.ways.items():
        direction = sides * way / np.linalg.norm(way)
        position = middle + views.distance * direction
        quat = look_at(position, middle, np.array(views.up))
        spec.worldbody.add_camera(name=name, pos=position, quat=quat, fovy=views.fovy_deg)
        add_backdrop(spec, middle - views.behind * direction, quat, half_size=1.0)
    spec.worldbody.add_light(
        type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL, dir=sides * views.light, diffuse=[0.6] * 3
    )


def add_backdrop(spec: mujoco.MjSpec, pos: np.ndarray, quat: np.ndarray, half_size: float) -> None:
    """A square surface, seen from its z; in each world all such surfaces have one of several textures."""
    if BACKDROP not in {material.name for material in spec.materials}:
        _add_backdrop_material(spec)
    spec.worldbody.add_geom(
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        pos=pos,
        quat=quat,
        size=[half_size, half_size, 0.1],
        material=BACKDROP,
        contype=0,
        conaffinity=0,
    )


def _add_backdrop_material(spec: mujoco.MjSpec) -> None:
    for name, (builtin, first, second) in _TEXTURES.items():
        spec.add_texture(
            name=f"{BACKDROP}_{name}",
            type=mujoco.mjtTexture.mjTEXTURE_2D,
            builtin=builtin,
            rgb1=first,
            rgb2=second,
            width=128,
            height=128,
        )
    material = spec.add_material(name=BACKDROP, texrepeat=[4, 4], specular=0.0)
    material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = f"{BACKDROP}_plain"


def look_at(position: np.ndarray, target: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Attitude (4,) of a camera at a position that has a target in the middle of its picture, `up` upwards."""
    back = position - target
    back = back / np.linalg.norm(back)
    right = np.cross(up, back)
    right /= np.linalg.norm(right)
    quat = np.zeros(4)
    # a camera looks along its -z, with x to the right and y up
    mujoco.mju_mat2Quat(quat, np.stack([right, np.cross(back, right), back], axis=1).flatten())
    return quat
