"""What lies on the table: flat blocks of four shapes."""

import math
from dataclasses import dataclass

import mujoco

from envs.task import Vector
from envs.tasks.goals import Colour, Outline
from envs.tasks.objects import matter
from envs.tasks.symmetry import ROUND, Symmetry, dihedral

HALF_HEIGHT = 0.015
"""Of every block, m."""

_DENSITY = 500.0
"""Of beech and plywood, about, kg/m³; an estimate."""

_FRICTION = 0.4
"""Sliding coefficient of wood on felt or on skin, at the lower end; an estimate."""

_CYLINDER, _BOX = mujoco.mjtGeom.mjGEOM_CYLINDER, mujoco.mjtGeom.mjGEOM_BOX


@dataclass(frozen=True)
class Part:
    """One geom of a block.

    Attributes:
        kind: of the geom.
        size: as MuJoCo has it, m.
        place: of its middle in the block's frame, x and y, m.
    """

    kind: mujoco.mjtGeom
    size: tuple[float, float, float]
    place: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Block:
    """A shape.

    Attributes:
        name: of the body.
        parts: its geoms.
        symmetry: turns after which it looks the same.
        order: how often it looks the same in a full turn about the vertical; 0: always.
        radius: of the circle about it, m.
        outline: corners as seen from above, m.
        colour: to be drawn in.
    """

    name: str
    parts: tuple[Part, ...]
    symmetry: Symmetry
    order: int
    radius: float
    outline: Outline
    colour: Colour


def _rectangle(x: float, y: float) -> Outline:
    return ((x, y), (-x, y), (-x, -y), (x, -y))


_CIRCLE: Outline = tuple(
    (0.035 * math.cos(2 * math.pi * k / 24), 0.035 * math.sin(2 * math.pi * k / 24)) for k in range(24)
)

BLOCKS = (
    Block(
        "disc",
        (Part(_CYLINDER, (0.035, HALF_HEIGHT, 0.0)),),
        ROUND,
        0,
        0.035,
        _CIRCLE,
        (0.80, 0.36, 0.30, 1.0),
    ),
    Block(
        "square",
        (Part(_BOX, (0.03, 0.03, HALF_HEIGHT)),),
        dihedral(4),
        4,
        0.0425,
        _rectangle(0.03, 0.03),
        (0.33, 0.50, 0.78, 1.0),
    ),
    Block(
        "bar",
        (Part(_BOX, (0.05, 0.02, HALF_HEIGHT)),),
        dihedral(2),
        2,
        0.054,
        _rectangle(0.05, 0.02),
        (0.36, 0.62, 0.42, 1.0),
    ),
    Block(
        "ell",
        (
            Part(_BOX, (0.045, 0.015, HALF_HEIGHT), (0.010, -0.012)),
            Part(_BOX, (0.015, 0.015, HALF_HEIGHT), (-0.020, 0.018)),
        ),
        Symmetry(),
        1,
        0.062,
        (
            (0.055, -0.027),
            (0.055, 0.003),
            (-0.005, 0.003),
            (-0.005, 0.033),
            (-0.035, 0.033),
            (-0.035, -0.027),
        ),
        (0.85, 0.66, 0.28, 1.0),
    ),
)
"""In the order in which a scene takes them, the easiest first: the more symmetric, the less there is to turn."""


def marked(block: Block) -> dict[str, tuple[float, float]]:
    """Places on a block's top that say how it lies, by the names of their sites: x and y in its frame, m."""
    middle = {f"{block.name}_middle": (0.0, 0.0)}
    return middle | ({f"{block.name}_front": (block.radius, 0.0)} if block.order else {})


def add_block(spec: mujoco.MjSpec, block: Block, middle: Vector, timestep: float) -> None:
    """Put a block that can move freely on the table's middle.

    Args:
        spec: of the scene.
        block: which.
        middle: of the table, m.
        timestep: of the physics, s.
    """
    body = spec.worldbody.add_body(name=block.name, pos=[middle[0], middle[1], middle[2] + HALF_HEIGHT])
    body.add_freejoint(name=block.name)
    stuff = matter(timestep) | {"density": _DENSITY, "condim": 3, "friction": [_FRICTION, 0.001, 0.0]}
    for index, part in enumerate(block.parts):
        body.add_geom(
            name=f"{block.name}_{index}",
            type=part.kind,
            size=part.size,
            pos=[*part.place, 0.0],
            rgba=block.colour,
            **stuff,
        )
    for name, place in marked(block).items():
        body.add_site(name=name, pos=[*place, HALF_HEIGHT])
