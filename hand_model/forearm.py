"""The forearm, and where the motors sit."""

import math
from collections.abc import Iterator

import mujoco
import numpy as np

from hand_model.anatomy import JOINTS as ANATOMY
from hand_model.anatomy import SEGMENTS, Strut
from hand_model.config import HandConfig
from hand_model.drives import Transmission
from hand_model.gearmotors import Gearmotor

MOTOR_GROUP = 4
"""Geom group of the gearmotors, which have mass, touch nothing and lie under the skin."""

_STUB = Strut("forearm", (-0.0600, 0.0, 0.0), (-0.0100, 0.0, 0.0), 0.0240)
_FULL = Strut("forearm", (-0.2200, 0.0, 0.0), (-0.0400, 0.0, 0.0), 0.0340)

_STUB_DENSITY = 1100.0
_FULL_DENSITY = 350.0
"""Of the forearm without its motors, kg/m³: a stub is solid, a full one a shell with bulkheads; estimates."""

_DENSITY = 5000.0
"""Of a motor with its gearhead, kg/m³: Faulhaber's 0816 and 1331 have 5,600 and 4,900."""

_SLENDERNESS = 4.0
"""Length of a motor with its gearhead over its diameter."""

_TIER = 12
"""Gearmotors side by side in the forearm: three within nine."""


def forearm_of(transmission: Transmission) -> tuple[Strut, float]:
    """The forearm in its own frame, in the reference hand, and its density, kg/m³: a stub unless motors fill it."""
    return (_STUB, _STUB_DENSITY) if transmission == "direct" else (_FULL, _FULL_DENSITY)


def add_gearmotors(bodies: dict[str, mujoco.MjsBody], config: HandConfig) -> None:
    """Add the gearmotors' masses: at the joints of a direct hand, else in the forearm; the wrist's always there."""
    bay = _bay(config)
    for name, gearmotor in zip(config.joints, config.gearmotors(), strict=True):
        body, place = ("forearm", next(bay)) if _in_forearm(name, config) else _at_joint(name, config)
        radius, half_length = _size(gearmotor)
        bodies[body].add_geom(
            name=f"{name}_motor",
            type=mujoco.mjtGeom.mjGEOM_CYLINDER,
            pos=place,
            quat=[math.sqrt(0.5), 0, math.sqrt(0.5), 0],  # along x
            size=[radius, half_length, 0],
            mass=gearmotor.mass,
            contype=0,
            conaffinity=0,
            group=MOTOR_GROUP,
            rgba=[0.75, 0.75, 0.78, 1],
        )


def _in_forearm(joint: str, config: HandConfig) -> bool:
    return joint.startswith("wrist_") or config.cable_of(joint) is not None


def _at_joint(joint: str, config: HandConfig) -> tuple[str, np.ndarray]:
    """The middle of the segment that carries a joint."""
    moved = next(j.segment for j in ANATOMY if j.name == joint)
    body = SEGMENTS[moved].parent
    along = 0.055 if body == "palm" else SEGMENTS[body].length / 2
    return body, config.scale * np.array([along, 0.0, 0.0])


def _size(gearmotor: Gearmotor) -> tuple[float, float]:
    """Radius and half the length, m."""
    diameter = (gearmotor.mass / (_DENSITY * _SLENDERNESS * math.pi / 4)) ** (1 / 3)
    return diameter / 2, _SLENDERNESS * diameter / 2


def _bay(config: HandConfig) -> Iterator[np.ndarray]:
    """Places in the forearm, from the wrist on: tiers of three gearmotors within nine."""
    radius, half_length = max(_size(g) for g in config.gearmotors())
    start = config.scale * forearm_of(config.transmission)[0].end[0]
    count = len(config.joints)
    for index in range(count):
        tier, place = divmod(index, _TIER)
        inner = place < 3
        ring = radius / math.sin(math.pi / 3) if inner else radius * (1 + 1 / math.sin(math.pi / 3) + 1.05)
        angle = 2 * math.pi * (place / 3 if inner else (place - 3) / (_TIER - 3))
        x = start - (2 * tier + 1) * 1.03 * half_length
        yield np.array([x, ring * math.cos(angle), ring * math.sin(angle)])
