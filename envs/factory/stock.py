"""What is carried and made: beams, bolts and panels."""

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from envs.factory.looks import SEEN, Point, add_box

STEEL = 7850.0
"""Density, kg/m³ (EN 10219-2, 8)."""


@dataclass(frozen=True)
class HollowSection:
    """A square steel tube.

    Attributes:
        edge: outer, m.
        wall: thickness, m.
        per_metre: mass, kg/m.
    """

    edge: float
    wall: float
    per_metre: float

    def moments(self, length: float) -> tuple[float, float, float]:
        """About x, its length (y) and z through the middle of a piece, kg·m²: a solid bar less its hollow."""
        inner, mass = self.edge - 2 * self.wall, self.per_metre * length
        square = (self.edge**2 + inner**2) / 12  # (a⁴ - b⁴) / (12 (a² - b²))
        across = mass * (square + length**2 / 12)
        return across, 2 * mass * square, across


BEAM = HollowSection(edge=0.08, wall=0.003, per_metre=7.07)
"""Square hollow section 80 x 80 x 3, cold formed (EN 10219-2)."""


def add_beam(body: mujoco.MjsBody, name: str, length: float, section: HollowSection = BEAM) -> None:
    """Make a body a beam along its y, with the section's mass and moments.

    Args:
        body: of a scene with `looks.MATERIALS`.
        name: of the geom.
        length: m.
        section: its profile.
    """
    body.explicitinertial = True
    body.mass = section.per_metre * length
    body.inertia = section.moments(length)
    edge = section.edge
    add_box(body, (0, 0, 0), (edge, length, edge), "steel", name=name, mass=0.0)
    for end in (-1, 1):  # the dark of the tube's inside
        inner = edge - 2 * section.wall
        add_box(body, (0, end * length / 2, 0), (inner, 0.001, inner), "dark_steel", **SEEN)


PANEL = (2.0, 1.0, 0.003)
"""Length, width and thickness of sheet metal in small format, m (EN 10131 gives its tolerances)."""


def add_panels(spec: mujoco.MjSpec, place: Point, count: int) -> None:
    """Add a stack of sheets on a pallet, seen only.

    Args:
        spec: with `looks.MATERIALS`.
        place: middle of the stack's foot on the floor, m.
        count: sheets.
    """
    body = spec.worldbody.add_body(pos=list(place))
    for x in (-0.5, 0.0, 0.5):  # a pallet of 144 mm, EN 13698-1
        add_box(body, (0, x, 0.06), (1.0, 0.12, 0.12), "beech", **SEEN)
    add_box(body, (0, 0, 0.132), (1.0, 1.9, 0.024), "beech", **SEEN)
    for index in range(count):
        z = 0.144 + (index + 0.5) * 2 * PANEL[2]  # spaced by as much as they are thick
        add_box(body, (0.01 * (index % 2), 0, z), (PANEL[1], PANEL[0], PANEL[2]), "steel", **SEEN)


@dataclass(frozen=True)
class Bolt:
    """A hexagon head bolt (ISO 4014), m.

    Attributes:
        diameter: of the shank.
        across_flats: of the head.
        head: its height.
        length: of the shank.
    """

    diameter: float
    across_flats: float
    head: float
    length: float


M20 = Bolt(diameter=0.020, across_flats=0.030, head=0.0125, length=0.080)
"""M20 x 80."""


def add_bolt(spec: mujoco.MjSpec, place: Point, bolt: Bolt = M20) -> None:
    """Add a bolt that stands on its head, seen only.

    Args:
        spec: with `looks.MATERIALS`.
        place: of the head's underside, m.
        bolt: its size.
    """
    name = f"bolt_head_{1000 * bolt.across_flats:.0f}"
    if spec.mesh(name) is None:
        turn = np.arange(6) * math.pi / 3
        ring = bolt.across_flats / math.sqrt(3) * np.stack([np.cos(turn), np.sin(turn)], axis=1)
        corners = np.array([[*point, z] for z in (0.0, bolt.head) for point in ring])
        spec.add_mesh(name=name, uservert=corners.ravel())
    body = spec.worldbody.add_body(pos=list(place))
    # a mesh's geom lies at its centre
    body.add_geom(
        type=mujoco.mjtGeom.mjGEOM_MESH,
        meshname=name,
        material="dark_steel",
        pos=[0, 0, bolt.head / 2],
        **SEEN,
    )
    body.add_geom(
        type=mujoco.mjtGeom.mjGEOM_CYLINDER,
        pos=[0, 0, bolt.head + bolt.length / 2],
        size=[bolt.diameter / 2, bolt.length / 2, 0],
        material="steel",
        **SEEN,
    )
