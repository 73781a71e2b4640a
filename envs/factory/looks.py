"""Materials of a factory, and geoms that are only seen."""

from typing import Any

import mujoco

Point = tuple[float, float, float]
"""x, y, z, m."""

MATERIALS: dict[str, dict[str, Any]] = {
    "steel": {"rgba": [0.50, 0.53, 0.56, 1], "specular": 0.5, "shininess": 0.5},
    "dark_steel": {"rgba": [0.20, 0.22, 0.25, 1], "specular": 0.3, "shininess": 0.3},
    "beech": {"rgba": [0.72, 0.56, 0.38, 1], "specular": 0.1, "shininess": 0.1},
    "blue_plastic": {"rgba": [0.10, 0.28, 0.55, 1], "specular": 0.2, "shininess": 0.2},
    "safety_yellow": {"rgba": [0.93, 0.72, 0.08, 1], "specular": 0.1, "shininess": 0.1},
    "orange": {"rgba": [0.90, 0.38, 0.10, 1], "specular": 0.2, "shininess": 0.3},
    "brass": {"rgba": [0.78, 0.60, 0.25, 1], "specular": 0.6, "shininess": 0.6},
    "wall": {"rgba": [0.80, 0.82, 0.84, 1], "specular": 0.0, "shininess": 0.0},
    "lamp": {"rgba": [1.0, 1.0, 0.95, 1], "emission": 1.0},
}

SEEN: dict[str, Any] = {"contype": 0, "conaffinity": 0, "mass": 0.0}
"""Of a geom that touches nothing: worlds that are stepped leave it out."""


def add_materials(spec: mujoco.MjSpec) -> None:
    """Add the materials that builders of this package name; once for each scene."""
    for name, look in MATERIALS.items():
        spec.add_material(name=name, **look)


def add_box(body: mujoco.MjsBody, centre: Point, size: Point, material: str, **more: Any) -> mujoco.MjsGeom:  # noqa: ANN401 - whatever a geom has
    """Add a box by its whole edge lengths, m."""
    half = [edge / 2 for edge in size]
    return body.add_geom(
        type=mujoco.mjtGeom.mjGEOM_BOX, pos=list(centre), size=half, material=material, **more
    )
