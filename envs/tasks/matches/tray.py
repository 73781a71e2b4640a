"""A tray with a handle at either end, each for one of two hands that face each other."""

import math
from itertools import product

import mujoco

from envs.tasks.matches.arena import PLAYERS
from envs.tasks.objects import REFERENCE_DENSITY, matter

TRAY = "tray"
"""The body, and its joint."""

HANDLE_X, HANDLE_Z = 0.10, 0.075
"""From the tray's middle to each handle's axis, m; the axis lies along y."""

BASE_HALF = (0.13, 0.045, 0.008)
"""Of the board, m."""

RAIL_RADIUS, _HANDLE_HALF = 0.012, 0.055
_POST_RADIUS = 0.006
"""A towel rail at either end; half sizes and radii, m."""

CORNERS = tuple(
    product((-BASE_HALF[0], BASE_HALF[0]), (-BASE_HALF[1], BASE_HALF[1]), (-BASE_HALF[2], BASE_HALF[2]))
)
RAIL_ENDS = tuple(product((-HANDLE_X, HANDLE_X), (-_HANDLE_HALF, _HANDLE_HALF), (HANDLE_Z,)))
"""What sticks out, m: the board's corners, and the rails' ends, round with `RAIL_RADIUS`. One of them is lowest."""


def handle_of(player: str) -> str:
    """Name of a player's handle: of its geom, and of the site in its middle."""
    return f"{player}_handle"


def add_tray(spec: mujoco.MjSpec, timestep: float, density: float = REFERENCE_DENSITY) -> mujoco.MjsBody:
    """Add the tray to a scene, free, on the ground at the origin.

    Args:
        spec: of the scene.
        timestep: of the physics, s.
        density: kg/m³; at the default it weighs about 0.5 kg.
    """
    solid = matter(timestep) | {"density": density}
    box, capsule = mujoco.mjtGeom.mjGEOM_BOX, mujoco.mjtGeom.mjGEOM_CAPSULE
    body = spec.worldbody.add_body(name=TRAY, pos=[0, 0, BASE_HALF[2]])
    body.add_freejoint(name=TRAY)
    body.add_geom(name="board", type=box, size=BASE_HALF, rgba=[0.62, 0.47, 0.31, 1], **solid)
    for player, x in zip(PLAYERS, (-HANDLE_X, HANDLE_X), strict=True):
        rail = {"type": capsule, "rgba": [0.25, 0.27, 0.30, 1], **solid}
        bar = [x, -_HANDLE_HALF, HANDLE_Z, x, _HANDLE_HALF, HANDLE_Z]
        body.add_geom(name=handle_of(player), fromto=bar, size=[RAIL_RADIUS, 0, 0], **rail)
        body.add_site(name=handle_of(player), pos=[x, 0, HANDLE_Z], size=[0.002] * 3)
        for side in (-1, 1):
            y = side * _HANDLE_HALF
            post = [x, y, HANDLE_Z, x, math.copysign(BASE_HALF[1] - _POST_RADIUS, side), 0.0]
            body.add_geom(name=f"{player}_post_{side}", fromto=post, size=[_POST_RADIUS, 0, 0], **rail)
    return body
