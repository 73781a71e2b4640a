"""Masses, centres and inertias of a body's segments, scaled from de Leva's table.

P. de Leva, "Adjustments to Zatsiorsky-Seluyanov's segment inertia parameters", Journal of Biomechanics 29(9), 1996,
Table 4, males. Radii of gyration are given about axes through the segment's centre of mass: sagittal (x, forward),
transverse (y, to the left) and longitudinal (z, along the segment; the foot's runs from heel to toe).
"""

from dataclasses import dataclass

import numpy as np

REFERENCE_HEIGHT = 1.741
"""Of the men in the table, m."""


@dataclass(frozen=True)
class Row:
    """A row of the table, for a man of the reference height.

    Attributes:
        mass: share of the body's.
        length: m.
        centre: of mass, from the segment's upper end (the foot's heel), as a share of its length.
        radii: of gyration about x, y and the long axis, as shares of its length.
    """

    mass: float
    length: float
    centre: float
    radii: tuple[float, float, float]


TABLE: dict[str, Row] = {
    "head": Row(0.0694, 0.2033, 0.5976, (0.362, 0.376, 0.312)),
    "trunk": Row(0.4346, 0.5319, 0.4486, (0.372, 0.347, 0.191)),
    "upper_arm": Row(0.0271, 0.2817, 0.5772, (0.285, 0.269, 0.158)),
    "forearm": Row(0.0162, 0.2689, 0.4574, (0.276, 0.265, 0.121)),
    "hand": Row(0.0061, 0.0862, 0.7900, (0.628, 0.513, 0.401)),
    "thigh": Row(0.1416, 0.4222, 0.4095, (0.329, 0.329, 0.149)),
    "shank": Row(0.0433, 0.4340, 0.4459, (0.255, 0.249, 0.103)),
    "foot": Row(0.0137, 0.2581, 0.4415, (0.257, 0.245, 0.124)),
}
"""Head from the vertex to the jaw's angles, trunk from the sternum's upper end to mid-hip, arm segments from joint to
joint, hand from the wrist to the third knuckle, foot from heel to the longest toe."""

_LOWER_TRUNK = Row(0.1117, 0.1457, 0.6115, (0.615, 0.551, 0.587))
"""From the navel to mid-hip: the part of the trunk below the waist."""

_TRUNK, _PELVIS, _TORSO = "trunk", "pelvis", "torso"


@dataclass(frozen=True)
class Inertia:
    """How mass is spread.

    Attributes:
        mass: kg.
        centre: (3,) m.
        moments: about the centre's x, y and z, (3,) kg·m².
    """

    mass: float
    centre: np.ndarray
    moments: np.ndarray

    def about(self, point: np.ndarray) -> np.ndarray:
        """Moments about the axes through `point` (3,), (3,) kg·m²; the offset must lie along one axis."""
        offset = self.centre - point
        return self.moments + self.mass * (offset @ offset - offset**2)

    def without(self, part: "Inertia") -> "Inertia":
        """What is left when `part` is taken away; both centres lie on the z axis."""
        mass = self.mass - part.mass
        centre = (self.mass * self.centre - part.mass * part.centre) / mass
        left = Inertia(mass, centre, np.zeros(3))
        return Inertia(mass, centre, self.about(centre) - part.about(centre) - left.about(centre))


class Segments:
    """The table's segments of a body.

    Args:
        height: m.
        mass: kg.
    """

    def __init__(self, height: float, mass: float) -> None:
        self.scale = height / REFERENCE_HEIGHT
        self.mass = mass

    def length(self, segment: str) -> float:
        """Of a segment, m."""
        return self.scale * TABLE[segment].length

    def inertia(self, segment: str) -> Inertia:
        """Of a segment in its body's frame.

        Frames lie at the segment's upper joint with z up along it; the trunk's, the pelvis's and the torso's at
        mid-hip, the head's at the vertex, the foot's at the heel with x towards the toes.
        """
        if segment == _PELVIS:
            return self._hanging(_LOWER_TRUNK, top=_LOWER_TRUNK.length)
        if segment == _TORSO:
            return self.inertia(_TRUNK).without(self.inertia(_PELVIS))
        row = TABLE[segment]
        if segment == "foot":
            return self._lying(row)
        return self._hanging(row, top=row.length if segment == _TRUNK else 0.0)

    def _hanging(self, row: Row, top: float) -> Inertia:
        """A segment along z whose upper end is at height `top` of the reference body, m."""
        centre = np.array([0.0, 0.0, self.scale * (top - row.centre * row.length)])
        return Inertia(self.mass * row.mass, centre, self._moments(row))

    def _lying(self, row: Row) -> Inertia:
        """A segment along x."""
        up, across, along = self._moments(row)
        centre = np.array([self.scale * row.centre * row.length, 0.0, 0.0])
        return Inertia(self.mass * row.mass, centre, np.array([along, across, up]))

    def _moments(self, row: Row) -> np.ndarray:
        return self.mass * row.mass * (self.scale * row.length * np.array(row.radii)) ** 2
