"""What collides: a few primitives for each body, unseen, without mass."""

import mujoco
import numpy as np

from envs.humanoid.joints import SIDES
from envs.humanoid.layout import Layout

_GROUP = 3
"""Geom group of what collides; viewers and cameras leave it out by default."""

_FOOT_FRICTION = 1.0
"""Of a rubber sole."""

SOLE_RADIUS = 0.018
"""Of the spheres that a foot of a 1.80 m body stands on, m."""

Capsule = tuple[tuple[float, float, float], tuple[float, float, float], float]
"""Start and end in the body's frame and radius, m, of a body of 1.80 m."""

_TRUNK: dict[str, tuple[Capsule, ...]] = {
    "pelvis": (((0, -0.06, 0.02), (0, 0.06, 0.02), 0.08),),
    "torso": (
        ((0, -0.05, 0.08), (0, 0.05, 0.08), 0.10),
        ((0, -0.08, 0.27), (0, 0.08, 0.27), 0.115),
    ),
    "head": (((0.005, 0, 0.07), (0.005, 0, 0.14), 0.085),),
}


def add_solids(spec: mujoco.MjSpec, bodies: dict[str, mujoco.MjsBody], layout: Layout) -> None:
    """Add the collision geoms of all bodies but the hands, which bring theirs."""
    for name, capsules in _TRUNK.items():
        for index, capsule in enumerate(capsules):
            _add_capsule(bodies[name], f"{name}_solid_{index}", capsule, layout.scale)
    for side in SIDES:
        down = -layout.upper_arm / layout.scale
        _add_capsule(
            bodies[f"{side}_upper_arm"],
            f"{side}_upper_arm_solid",
            ((0, 0, -0.04), (0, 0, down), 0.045),
            layout.scale,
        )
        # on a stand the torso is part of the world, whose children the engine does not leave out by itself
        spec.add_exclude(bodyname1="torso", bodyname2=f"{side}_upper_arm")
        if f"{side}_foot" in bodies:
            _add_leg(bodies, side, layout)
            spec.add_exclude(bodyname1="torso", bodyname2=f"{side}_thigh")


def sole_names() -> list[str]:
    """Geoms that the robot stands on."""
    return [f"{side}_sole_{index}" for side in SIDES for index in range(4)]


def sole(layout: Layout) -> np.ndarray:
    """Centres of the spheres that a foot stands on, in the foot's frame, (4, 3) m: two at the heel, two at the ball."""
    radius = SOLE_RADIUS * layout.scale
    ends = (-layout.heel + radius, layout.foot - layout.heel - 0.022 * layout.scale)
    z = radius - layout.ankle_height
    widths = (0.028 * layout.scale, 0.040 * layout.scale)
    return np.array([[x, y * w, z] for x, w in zip(ends, widths, strict=True) for y in (-1, 1)])


def _add_leg(bodies: dict[str, mujoco.MjsBody], side: str, layout: Layout) -> None:
    scale = layout.scale
    thigh, shank = -layout.thigh / scale, -layout.shank / scale
    for name, capsule in (
        ("thigh", ((0, 0, -0.06), (0, 0, thigh + 0.03), 0.068)),
        ("shank", ((0, 0, -0.02), (0, 0, shank + 0.04), 0.048)),
    ):
        _add_capsule(bodies[f"{side}_{name}"], f"{side}_{name}_solid", capsule, scale)
    for index, centre in enumerate(sole(layout)):
        bodies[f"{side}_foot"].add_geom(
            name=f"{side}_sole_{index}",
            type=mujoco.mjtGeom.mjGEOM_SPHERE,
            pos=centre,
            size=[SOLE_RADIUS * scale, 0, 0],
            friction=[_FOOT_FRICTION, 0.005, 0.0001],
            priority=1,  # the sole decides, whatever it stands on
            mass=0,
            group=_GROUP,
        )


def _add_capsule(body: mujoco.MjsBody, name: str, capsule: Capsule, scale: float) -> None:
    start, end, radius = capsule
    body.add_geom(
        name=name,
        type=mujoco.mjtGeom.mjGEOM_CAPSULE,
        fromto=scale * np.array([*start, *end]),
        size=[scale * radius, 0, 0],
        mass=0,
        group=_GROUP,
    )
