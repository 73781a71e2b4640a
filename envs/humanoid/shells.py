"""The looks of the body: smooth shells over dark joints, without mass."""

from functools import cache

import mujoco
import numpy as np

from envs.humanoid.joints import SIDES
from envs.humanoid.layout import Layout
from hand_model.surface import Flesh, Mesh, blended, mesh_of

_GRID = 0.008
"""Spacing of the grid that shells are meshed on, m."""

_BLEND = 0.006
"""Softness of the blend between a shell's pieces, m."""

_GROUP = 2
"""Geom group of what is only seen."""

_MATERIALS = {
    "shell": {"rgba": [0.86, 0.87, 0.88, 1], "specular": 0.5, "shininess": 0.6},
    "frame": {"rgba": [0.11, 0.115, 0.125, 1], "specular": 0.3, "shininess": 0.4},
    "visor": {"rgba": [0.02, 0.02, 0.025, 1], "specular": 0.9, "shininess": 0.95, "reflectance": 0.15},
    "glow": {"rgba": [0.55, 0.8, 1.0, 1], "emission": 0.9},
}
_HAND_COLOURS = {"skin": [0.2, 0.205, 0.215, 1], "nail": [0.3, 0.31, 0.32, 1]}


Point = tuple[float, float, float]


def _pair(start: Point, end: Point, radius: tuple[float, float]) -> tuple[Flesh, Flesh]:
    """A piece and its mirror image in y = 0."""
    (x, y, z), (u, v, w) = start, end
    return Flesh(start, end, radius), Flesh((x, -y, z), (u, -v, w), radius)


SHELLS: dict[str, dict[str, tuple[Flesh, ...]]] = {
    "pelvis": {
        "shell": (
            *_pair((0, 30, 30), (0, 78, 35), (72, 62)),
            Flesh((-25, 0, 20), (-20, 0, 40), (70, 72)),
            Flesh((15, 0, -25), (15, 0, 30), (46, 66)),
        ),
        "frame": (Flesh((0, -88, 2), (0, 88, 2), (52, 52)),),
    },
    "torso": {
        "frame": (*_pair((0, 28, -8), (0, 30, 150), (62, 74)), Flesh((-6, 0, 395), (-4, 0, 452), (47, 44))),
        "shell": (
            *_pair((2, 50, 165), (0, 78, 325), (70, 84)),
            Flesh((8, 0, 175), (12, 0, 330), (80, 88)),
            Flesh((-22, 0, 190), (-26, 0, 340), (76, 84)),
            *_pair((-8, 30, 385), (-4, 140, 388), (46, 42)),
        ),
    },
    "head": {
        "shell": (
            Flesh((-16, 0, 168), (-10, 0, 160), (80, 82)),
            Flesh((16, 0, 88), (2, 0, 150), (50, 70)),
        ),
        "visor": (*_pair((34, 16, 118), (26, 20, 176), (48, 56)),),
        "frame": (Flesh((-8, 0, 0), (-6, 0, 75), (43, 46)),),
    },
    "thigh": {
        "frame": (Flesh((0, -24, 0), (0, 28, 0), (68, 66)), Flesh((0, 0, -20), (0, 0, -420), (42, 40))),
        "shell": (
            Flesh((2, 2, -62), (0, 0, -352), (76, 55)),
            Flesh((16, 2, -90), (14, 0, -300), (66, 52)),
        ),
    },
    "shank": {
        "frame": (Flesh((0, -18, 0), (0, 18, 0), (47, 47)), Flesh((0, 0, -20), (0, 0, -430), (36, 28))),
        "shell": (
            Flesh((0, 0, -78), (-2, 0, -375), (52, 36)),
            Flesh((-26, 0, -110), (-14, 0, -260), (46, 40)),
            Flesh((20, 0, -30), (14, 0, -110), (40, 40)),
        ),
    },
    "foot": {
        "frame": (Flesh((0, -26, 0), (0, 26, 0), (36, 36)),),
        "shell": (
            *_pair((-38, 10, -44), (130, 22, -52), (29, 20)),
            *_pair((120, 18, -52), (178, 14, -53), (20, 17)),
            Flesh((-4, 0, -22), (70, 0, -44), (36, 24)),
        ),
    },
    "upper_arm": {
        "shell": (Flesh((0, 0, 2), (0, 0, -6), (62, 60)), Flesh((0, 0, -70), (0, 0, -228), (50, 42))),
        "frame": (Flesh((0, 0, -10), (0, 0, -270), (42, 36)), Flesh((0, -26, -291), (0, 26, -291), (40, 40))),
    },
    "forearm": {"frame": (Flesh((-276, 0, 0), (-205, 0, 0), (36, 33)),)},
}
"""Tapered capsules, mm, in the frames of a body of 1.80 m; limbs are the left one's, and all but symmetric."""


def add_shells(spec: mujoco.MjSpec, bodies: dict[str, mujoco.MjsBody], layout: Layout) -> None:
    """Cover the bodies, and paint the hands like the body."""
    for name, look in _MATERIALS.items():
        spec.add_material(name=name, **look)
    for body, parts in SHELLS.items():
        wearers = [name for name in (body, *(f"{side}_{body}" for side in SIDES)) if name in bodies]
        for material in parts if wearers else ():
            mesh = shell_of(body, material)
            spec.add_mesh(
                name=f"{body}_{material}",
                uservert=(layout.scale * mesh.vertices).ravel(),
                usernormal=mesh.normals.ravel(),
                userface=mesh.faces.ravel(),
            )
            for wearer in wearers:
                _add_seen(bodies[wearer], f"{wearer}_{material}", material, f"{body}_{material}")
    _add_eyes(bodies["head"], layout.scale)
    for side in SIDES:
        for name, colour in _HAND_COLOURS.items():
            spec.material(f"{side}_{name}").rgba = colour


@cache
def shell_of(body: str, material: str) -> Mesh:
    """One of a body's shells in its frame; shared between callers, not to be written to."""
    pieces = SHELLS[body][material]
    ends = 1e-3 * np.array([[p.start_mm, p.end_mm] for p in pieces])
    radii = 1e-3 * np.array([p.radius_mm for p in pieces])[..., None]

    def field(points: np.ndarray) -> np.ndarray:
        return blended([piece.distance(points) for piece in pieces], _BLEND)

    margin = 3 * _GRID
    return mesh_of(field, (ends - radii).min((0, 1)) - margin, (ends + radii).max((0, 1)) + margin, _GRID)


def _add_eyes(head: mujoco.MjsBody, scale: float) -> None:
    """A thin band of light over the visor."""
    for left in (-1, 1):
        head.add_geom(
            name=f"eye_{'right' if left < 0 else 'left'}",
            type=mujoco.mjtGeom.mjGEOM_CAPSULE,
            fromto=scale * np.array([0.0855, left * 0.012, 0.160, 0.0765, left * 0.040, 0.160]),
            size=[0.0035 * scale, 0, 0],
            material="glow",
            mass=0,
            contype=0,
            conaffinity=0,
            group=_GROUP,
        )


def _add_seen(body: mujoco.MjsBody, name: str, material: str, mesh: str) -> None:
    body.add_geom(
        name=name,
        type=mujoco.mjtGeom.mjGEOM_MESH,
        meshname=mesh,
        material=material,
        mass=0,
        contype=0,
        conaffinity=0,
        group=_GROUP,
    )
