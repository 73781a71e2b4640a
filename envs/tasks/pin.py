"""A pin with a handle, and a plate with a hole for it.

The pin has a round nose, as locating pins have; the hole is round by eight flat walls. Its clearance is the difference
of two diameters: the pin's, and that of the circle that touches all eight walls.
"""

import math

import mujoco

from envs.tasks.objects import TORSION, matter

PIN, PLATE = "pin", "plate"
"""The body that is inserted, with its joint, and the mocap body with the hole."""

RADIUS = 0.008
"""Of the pin in the model, m; each world has its own."""

HANDLE_RADIUS, HANDLE_HALF = 0.015, 0.016
"""Of the handle: its radius, and half its length without its rounded ends, m. The pin's frame is in its middle."""

SHAFT = 0.062
"""From the handle's middle to where the pin's nose begins, m: the end of its full diameter."""

WALLS = 8
_THICKNESS, _WIDTH = 0.020, 0.024
"""Half of a wall's thickness away from the hole, and half its width along the hole, m."""

DEPTH = 0.040
"""Of the hole, which goes through the plate, m."""


def add_pin(spec: mujoco.MjSpec, timestep: float) -> None:
    """Add a pin, nose down: two capsules on one axis, which lies along z.

    Args:
        spec: with the hand.
        timestep: of the physics, s.
    """
    body = spec.worldbody.add_body(name=PIN)
    body.add_freejoint(name=PIN)
    capsule, solid = mujoco.mjtGeom.mjGEOM_CAPSULE, matter(timestep)
    body.add_geom(
        name="handle", type=capsule, size=[HANDLE_RADIUS, HANDLE_HALF, 0], rgba=[0.25, 0.45, 0.7, 1], **solid
    )
    body.add_geom(
        name="shaft",
        type=capsule,
        size=[RADIUS, SHAFT / 2, 0],
        pos=[0, 0, -SHAFT / 2],
        rgba=[0.75, 0.76, 0.78, 1],
        **solid,
    )


def add_plate(spec: mujoco.MjSpec, timestep: float, clearance: float) -> None:
    """Add a plate with a hole; its frame lies where the hole's axis leaves the plate, z out of it.

    Args:
        spec: with the hand.
        timestep: of the physics, s.
        clearance: between the hole's diameter and the pin's, m.
    """
    body = spec.worldbody.add_body(name=PLATE, mocap=True)
    steel = matter(timestep) | {"priority": 2, "solimp": _STIFF, "friction": [0.3, 0.3 * TORSION, 0]}
    for wall in range(WALLS):
        turn = 2 * math.pi * wall / WALLS
        away = RADIUS + clearance / 2 + _THICKNESS
        body.add_geom(
            name=f"wall_{wall}",
            type=mujoco.mjtGeom.mjGEOM_BOX,
            size=[_THICKNESS, _WIDTH, DEPTH / 2],
            pos=[away * math.cos(turn), away * math.sin(turn), -DEPTH / 2],
            quat=[math.cos(turn / 2), 0, 0, math.sin(turn / 2)],
            rgba=[0.55, 0.56, 0.6, 1],
            **steel,
        )


_STIFF = (0.995, 0.9995, 0.0001, 0.5, 2)
"""Impedance of the walls' contacts: the pin sinks less far into them than its clearance; `docs/hand-tasks.md` says how
far."""
