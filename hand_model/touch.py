"""Taxels: where the hand's skin feels, and the contact sensors that feed them.

MuJoCo's `contact` sensors report the strongest contacts of each pad's body with their forces; `envs.touch` spreads them
over the taxels. The pads lie on the capsules that collide.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import mujoco
import numpy as np

from hand_model.anatomy import PALM, SEGMENTS, Strut

CONTACTS = 4
"""Contacts that a pad reports, the strongest first."""

SENSOR_WIDTH = 12
"""Numbers of a contact: force in its frame, position, normal and first tangent in the world's."""

_FORCE, _POSITION, _NORMAL, _TANGENT = 1, 4, 5, 6
_DATA = sum(1 << bit for bit in (_FORCE, _POSITION, _NORMAL, _TANGENT))
"""Bits of `mjtConDataField`."""

_TIP, _SEGMENT, _STRUT = (5, 4), (3, 3), (5, 3)
"""Taxels along and around a fingertip, another segment, and one of the palm's struts."""

_HALF_WIDTH = np.deg2rad(60)
"""Angle about the bone that a pad reaches to both sides."""


@dataclass(frozen=True)
class Pad:
    """The taxels of one body, in its frame.

    Attributes:
        body: name.
        points: on the skin, (n, 3) m.
        normals: out of the skin, (n, 3).
        pitch: distance between neighbours, m.
    """

    body: str
    points: np.ndarray
    normals: np.ndarray
    pitch: float

    @property
    def sensor(self) -> str:
        """Name of the body's contact sensor."""
        return f"touch_{self.body}"


def pads(scale: float, side: float) -> list[Pad]:
    """Every pad of a hand.

    Args:
        scale: the hand's length over the reference length.
        side: 1 for a right hand, -1 for a left one.
    """
    mirror = np.array([1.0, side, 1.0])
    made = []
    for body, struts in _surfaces():
        parts = [_grid(strut, *counts) for strut, counts in struts]
        points = np.concatenate([p for p, _ in parts]) * scale * mirror
        normals = np.concatenate([n for _, n in parts]) * mirror
        pitch = float(np.median(_nearest(points)))
        made.append(Pad(body, points, normals, pitch))
    return made


def add_sensors(spec: mujoco.MjSpec, made: list[Pad]) -> None:
    """Add each pad's contact sensor, all of which report alike."""
    for pad in made:
        spec.add_sensor(
            name=pad.sensor,
            type=mujoco.mjtSensor.mjSENS_CONTACT,
            objtype=mujoco.mjtObj.mjOBJ_BODY,
            objname=pad.body,
            intprm=[_DATA, 2, CONTACTS],
        )


def _surfaces() -> Iterator[tuple[str, list[tuple[Strut, tuple[int, int]]]]]:
    """Bodies with their capsules and the numbers of taxels along and around each."""
    yield "palm", [(strut, _STRUT) for strut in PALM]
    for segment in SEGMENTS.values():
        tip = segment.name.endswith("_distal")
        end = segment.length - (segment.radius if tip else 0.0)
        yield (
            segment.name,
            [(Strut(segment.name, (0, 0, 0), (end, 0, 0), segment.radius), _TIP if tip else _SEGMENT)],
        )


def _grid(strut: Strut, along: int, around: int) -> tuple[np.ndarray, np.ndarray]:
    """Points on the palmar side of a capsule and the normals there, (along * around, 3) each.

    On a fingertip the last row lies on the cap that ends it.
    """
    start, end = np.array(strut.start), np.array(strut.end)
    axis = (end - start) / np.linalg.norm(end - start)
    palmar = np.array([0.0, 0.0, -1.0])
    palmar -= axis * (palmar @ axis)
    palmar /= np.linalg.norm(palmar)
    across = np.cross(axis, palmar)
    points, normals = [], []
    for place in np.linspace(0.15, 1.0, along):
        for angle in np.linspace(-_HALF_WIDTH, _HALF_WIDTH, around):
            normal = np.cos(angle) * palmar + np.sin(angle) * across
            if place == 1.0:  # halfway over the cap
                normal = (normal + axis) / np.sqrt(2)
            points.append(start + place * (end - start) + strut.radius * normal)
            normals.append(normal)
    return np.array(points), np.array(normals)


def _nearest(points: np.ndarray) -> np.ndarray:
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    return distance.min(axis=1)
