"""Triangle meshes of implicit surfaces, for skins and shells."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Field = Callable[[np.ndarray], np.ndarray]
"""Maps points (..., 3), m, to values (...), m: negative inside, positive outside, zero on the surface."""


@dataclass(frozen=True)
class Mesh:
    """A closed surface.

    Attributes:
        vertices: (n, 3), m.
        normals: (n, 3), unit vectors that point outside.
        faces: (m, 3) vertex indices, counterclockwise seen from outside.
    """

    vertices: np.ndarray
    normals: np.ndarray
    faces: np.ndarray


@dataclass(frozen=True)
class Flesh:
    """A tapered capsule, mm, in its body's frame.

    Attributes:
        start_mm: Centre of its proximal end.
        end_mm: Centre of its distal end.
        radius_mm: At the two ends, in the plane of the hand.
        flatness: Its thickness over its width.
    """

    start_mm: tuple[float, float, float]
    end_mm: tuple[float, float, float]
    radius_mm: tuple[float, float]
    flatness: float = 1.0

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Roughly the distance of points (..., 3), m, from it, m."""
        squash = np.array([1, 1, 1 / self.flatness])
        start, end = (1e-3 * squash * np.array(p) for p in (self.start_mm, self.end_mm))
        axis = end - start
        along = np.clip((points * squash - start) @ axis / (axis @ axis), 0, 1)
        radius = 1e-3 * (self.radius_mm[0] + along * (self.radius_mm[1] - self.radius_mm[0]))
        return np.linalg.norm(points * squash - start - along[..., None] * axis, axis=-1) - radius


def blended(distances: list[np.ndarray], softness: float) -> np.ndarray:
    """The smooth minimum of several distances, whatever their order.

    Args:
        distances: m.
        softness: of the blend, m: two equal surfaces swell by 0.7 of it where they meet.
    """
    return -softness * np.logaddexp.reduce([-distance / softness for distance in distances])


def mesh_of(field: Field, low: np.ndarray, high: np.ndarray, step: float) -> Mesh:
    """Mesh the surface `field` = 0 with surface nets: one vertex per grid cell that the surface crosses.

    Each vertex is then moved onto the surface along the field's gradient. S. Gibson, "Constrained elastic
    surface nets", 1998.

    Args:
        field: The implicit surface; it must lie inside the box.
        low: The box's lower corner, (3,), m.
        high: Its upper corner, (3,), m.
        step: Grid spacing, m.

    Returns:
        The mesh.
    """
    axes = [np.arange(a, b + step, step) for a, b in zip(low, high, strict=True)]
    inside = field(np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)) < 0
    corners = np.stack([inside[_corner(inside.shape, number)] for number in range(8)])
    crossed = corners.any(axis=0) & ~corners.all(axis=0)
    index = np.full(crossed.shape, -1)
    index[crossed] = np.arange(crossed.sum())
    vertices = np.asarray(low) + step * (np.argwhere(crossed) + 0.5)
    for _ in range(6):
        normals = _gradient(field, vertices, 0.1 * step)
        vertices = vertices - np.clip(field(vertices), -step, step)[:, None] * normals
    return Mesh(vertices, _gradient(field, vertices, 0.1 * step), _faces(inside, index))


def _corner(shape: tuple[int, ...], number: int) -> tuple[slice, ...]:
    """The slices that select one of the eight corners of every cell."""
    bits = [(number >> axis) & 1 for axis in range(3)]
    return tuple(slice(bit, size - 1 + bit) for bit, size in zip(bits, shape, strict=True))


def _gradient(field: Field, points: np.ndarray, step: float) -> np.ndarray:
    """The field's gradient at `points` (n, 3), scaled to unit length."""
    offsets = step * np.eye(3)
    gradient = np.stack([field(points + offset) - field(points - offset) for offset in offsets], axis=-1)
    return gradient / np.linalg.norm(gradient, axis=-1, keepdims=True)


def _faces(inside: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Two triangles around every grid edge that the surface crosses, (m, 3)."""
    quads = []
    for axis in range(3):
        first, second = (axis + 1) % 3, (axis + 2) % 3
        start = np.moveaxis(inside, (axis, first, second), (0, 1, 2))[:-1, 1:-1, 1:-1]
        end = np.moveaxis(inside, (axis, first, second), (0, 1, 2))[1:, 1:-1, 1:-1]
        cells = np.moveaxis(index, (axis, first, second), (0, 1, 2))
        ring = np.stack([cells[:, :-1, :-1], cells[:, 1:, :-1], cells[:, 1:, 1:], cells[:, :-1, 1:]], axis=-1)
        quads.append(ring[start & ~end])
        quads.append(ring[~start & end][:, ::-1])
    quad = np.concatenate(quads)
    return np.concatenate([quad[:, [0, 1, 2]], quad[:, [0, 2, 3]]])
