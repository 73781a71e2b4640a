"""The hall: floor, columns, lamps, and what stands about; seen only, but for the floor."""

import mujoco

from envs.factory.looks import SEEN, add_box, add_materials
from envs.factory.stock import BEAM, add_panels
from envs.surroundings import add_daylight, add_tiles

_BAY = 6.0
"""Distance between columns, m: a common grid of steel halls; an estimate."""

_HEIGHT = 5.0
"""Of the lamps above the floor, m; an estimate."""

_LIGHTS = (
    ((2.0, 2.0, 4.0), (-0.5, -0.4, -1.0), (0.70, 0.70, 0.68)),
    ((-2.0, -3.0, 3.0), (0.5, 0.6, -0.6), (0.32, 0.32, 0.35)),
)


def add_hall(spec: mujoco.MjSpec) -> None:
    """Add a factory hall around the origin to a scene: its floor, the geom `ground`, and the package's materials.

    Args:
        spec: to which no materials of those names were added yet.
    """
    add_materials(spec)
    _add_floor(spec)
    body = spec.worldbody.add_body(name="hall")
    for x in (-_BAY / 2, _BAY):
        for y in (-_BAY, 0.0, _BAY):
            if x < 0 and y == 0.0:
                continue
            _add_column(body, x, y)
    back = _BAY + 0.3
    add_box(body, (back, 0, _HEIGHT / 2), (0.1, 4 * _BAY, _HEIGHT), "wall", **SEEN)
    for y in (-1.5 * _BAY, -0.5 * _BAY, 0.5 * _BAY, 1.5 * _BAY):
        add_box(body, (back - 0.1, y, 3.6), (0.04, 3.2, 1.2), "lamp", **SEEN)
        add_box(body, (0.5, y, _HEIGHT), (0.3, 1.6, 0.06), "lamp", **SEEN)
    for y in (-2.2, 2.2):  # the aisle
        add_box(body, (0, y, 0.001), (4 * _BAY, 0.08, 0.002), "safety_yellow", **SEEN)
    _add_rack(body, 5.2, -3.2)
    _add_rack(body, 5.2, 3.2)
    add_panels(spec, (3.2, -3.4, 0), 24)
    add_panels(spec, (3.2, 3.4, 0), 16)


def _add_floor(spec: mujoco.MjSpec) -> None:
    """Concrete in slabs, sky and lights."""
    slab = (0.52, 0.53, 0.54)
    add_tiles(spec, "slabs", (slab, slab), (0.38, 0.39, 0.40), side=2.0).specular = 0.2
    add_daylight(spec, _LIGHTS)
    spec.worldbody.add_geom(name="ground", type=mujoco.mjtGeom.mjGEOM_PLANE, size=[0, 0, 1], material="slabs")


def _add_column(body: mujoco.MjsBody, x: float, y: float) -> None:
    """An I-section column, 200 mm wide (HEA 200, EN 10365: flanges 10 mm, web 6.5 mm), with a yellow foot."""
    for side in (-1, 1):
        add_box(body, (x + side * 0.09, y, _HEIGHT / 2), (0.010, 0.20, _HEIGHT), "dark_steel", **SEEN)
        add_box(body, (x + side * 0.10, y, 0.6), (0.012, 0.21, 1.2), "safety_yellow", **SEEN)
    add_box(body, (x, y, _HEIGHT / 2), (0.19, 0.0065, _HEIGHT), "dark_steel", **SEEN)


def _add_rack(body: mujoco.MjsBody, x: float, y: float) -> None:
    """A rack with beams and boxes, 2.7 m wide, 0.8 m deep and 2.4 m high; an estimate."""
    width, depth, height = 2.7, 0.8, 2.4
    for side in (-1, 1):
        for front in (-1, 1):
            centre = (x + front * depth / 2, y + side * width / 2, height / 2)
            add_box(body, centre, (0.06, 0.08, height), "blue_plastic", **SEEN)
    for level, z in enumerate((0.15, 1.0, 1.85)):
        for front in (-1, 1):
            add_box(body, (x + front * depth / 2, y, z), (0.05, width, 0.10), "orange", **SEEN)
        add_box(body, (x, y, z + 0.06), (depth, width, 0.02), "beech", **SEEN)
        if level == 1:
            for index in range(6):  # beams, ends to the front
                centre = (x - 0.05, y - 1.0 + 0.11 * index, z + 0.11)
                add_box(body, centre, (0.9, BEAM.edge, BEAM.edge), "steel", **SEEN)
        boxes = (0.5, 0.95) if level == 1 else (-0.9, -0.35, 0.3, 0.9)
        for offset in boxes:
            add_box(body, (x - 0.1, y + offset, z + 0.07 + 0.11), (0.5, 0.4, 0.22), "blue_plastic", **SEEN)
