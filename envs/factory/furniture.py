"""What stands on the floor: benches, bins and trestles."""

from typing import Any

import mujoco

from envs.factory.looks import SEEN, Point, add_box

BENCH_TOP = (1.50, 0.75, 0.04)
"""Width along the wall, depth and thickness of a bench's top, m: a common size of packing and assembly benches in beech
multiplex; an estimate."""

BIN = (0.30, 0.40, 0.06)
"""Outer depth, width and height of a parts tray, m: the footprint of VDA 4500's small load carriers of 400 x 300 mm;
the height, that of a flat tray, is an estimate."""

BIN_WALL = 0.003
"""Thickness of its injection-moulded walls and floor, m; an estimate."""

_LEG = 0.05
"""Edge of the square tubes that benches stand on, m; an estimate."""


def add_bench(spec: mujoco.MjSpec, name: str, place: Point) -> mujoco.MjsBody:
    """Add a bench whose long side runs along y.

    Args:
        spec: with `looks.MATERIALS`.
        name: of its body, and of the geom that is its top.
        place: middle of the top's upper face, m.

    Returns:
        The body, whose frame lies at `place`.
    """
    width, depth, thickness = BENCH_TOP
    bench = spec.worldbody.add_body(name=name, pos=list(place))
    add_box(bench, (0, 0, -thickness / 2), (depth, width, thickness), "beech", name=name)
    under = place[2] - thickness
    for x in (-1, 1):
        for y in (-1, 1):
            centre = (x * (depth / 2 - _LEG), y * (width / 2 - _LEG), -thickness - under / 2)
            add_box(bench, centre, (_LEG, _LEG, under), "dark_steel", **SEEN)
    beam = (_LEG, width - 2 * _LEG, 0.08)
    for x in (-1, 1):
        add_box(bench, (x * (depth / 2 - _LEG), 0, -thickness - 0.05), beam, "dark_steel", **SEEN)
    add_box(bench, (0, 0, 0.15 - place[2]), (depth - 0.1, width - 0.1, 0.02), "steel", **SEEN)
    # a board with rails at the far edge, as tools and bins hang there
    for z in (0.25, 0.45):
        add_box(bench, (depth / 2 - 0.02, 0, z), (0.03, width, 0.05), "steel", **SEEN)
    for y in (-1, 1):
        add_box(
            bench, (depth / 2 - 0.02, y * (width / 2 - 0.03), 0.27), (0.04, 0.04, 0.54), "dark_steel", **SEEN
        )
    return bench


def add_bin(
    spec: mujoco.MjSpec,
    name: str,
    place: Point,
    size: Point = BIN,
    material: str = "blue_plastic",
    **solid: Any,  # noqa: ANN401 - contact parameters of any kind
) -> mujoco.MjsBody:
    """Add an open bin: a floor and four walls.

    Args:
        spec: with `looks.MATERIALS`.
        name: of its body; its geoms carry it with `_floor`, `_front`, `_back`, `_left` and `_right`.
        place: middle of its underside, m.
        size: outer depth (x), width (y) and height, m.
        material: of `looks.MATERIALS`.
        solid: contact parameters.
    """
    depth, width, height = size
    wall = BIN_WALL
    body = spec.worldbody.add_body(name=name, pos=list(place))
    across, along = (depth - wall) / 2, (width - wall) / 2
    for side, centre, edges in (
        ("floor", (0, 0, wall / 2), (depth, width, wall)),
        ("front", (-across, 0, height / 2), (wall, width, height)),
        ("back", (across, 0, height / 2), (wall, width, height)),
        ("left", (0, along, height / 2), (depth, wall, height)),
        ("right", (0, -along, height / 2), (depth, wall, height)),
    ):
        add_box(body, centre, edges, material, name=f"{name}_{side}", **solid)
    # the rim is what stacks and stiffens: seen only
    for side in (-1, 1):
        add_box(body, (side * across, 0, height), (4 * wall, width + 2 * wall, wall), material, **SEEN)
        add_box(body, (0, side * along, height), (depth + 2 * wall, 4 * wall, wall), material, **SEEN)
    return body


def add_trestle(spec: mujoco.MjSpec, name: str, place: Point) -> mujoco.MjsBody:
    """Add a steel trestle whose rail runs along x.

    Args:
        spec: with `looks.MATERIALS`.
        name: of its body, and of the geom that is its rail.
        place: middle of the rail's upper face, m.
    """
    rail = (0.30, 0.08, 0.06)
    body = spec.worldbody.add_body(name=name, pos=list(place))
    add_box(body, (0, 0, -rail[2] / 2), rail, "safety_yellow", name=name)
    for x in (-1, 1):
        for y in (-1, 1):
            top, foot = (0.10 * x, 0.02 * y, -rail[2]), (0.17 * x, 0.22 * y, -place[2])
            body.add_geom(
                type=mujoco.mjtGeom.mjGEOM_CAPSULE,
                fromto=[*top, *foot],
                size=[0.016, 0, 0],
                material="dark_steel",
                **SEEN,
            )
    add_box(body, (0, 0, -0.6 * place[2]), (0.03, 0.30, 0.03), "dark_steel", **SEEN)
    return body


def add_stand(spec: mujoco.MjSpec, height: float) -> None:
    """Add what a robot without legs sits on: a column on a plate, seen only.

    Args:
        spec: with `looks.MATERIALS`.
        height: of the robot's mid-hip above the floor, m.
    """
    body = spec.worldbody.add_body(name="stand")
    add_box(body, (-0.05, 0, 0.01), (0.60, 0.60, 0.02), "dark_steel", **SEEN)
    top = height - 0.06
    body.add_geom(
        type=mujoco.mjtGeom.mjGEOM_CYLINDER,
        fromto=[-0.02, 0, 0, -0.02, 0, top],
        size=[0.06, 0, 0],
        material="steel",
        **SEEN,
    )
    for side in (-1, 1):
        add_box(body, (-0.05 + side * 0.26, 0, 0.021), (0.03, 0.60, 0.002), "safety_yellow", **SEEN)
