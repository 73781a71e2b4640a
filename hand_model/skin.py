"""The looks of the hand: one smooth mesh of skin per body, and fingernails.

Each body's skin is an implicit surface: tapered capsules of flesh around its bones, blended into each other.
The bodies of the palm move little against each other and share one surface, of which each wears the part
around its own flesh, so that no seam shows at rest. The shapes are those of the right reference hand (see
`anatomy`), fitted by eye.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from hand_model.anatomy import SEGMENTS, Segment
from hand_model.surface import Flesh, Mesh, blended, mesh_of

_GRID = 0.003
"""Spacing of the grid that the skin is meshed on, m."""

_BLEND = 0.0022
"""Softness of the blend, m: two equal pieces of flesh swell by 0.7 of it where they meet."""

_OVERLAP = 0.007
"""How far a body of the palm wears the common skin beyond its own flesh, m; more than any swelling."""

_HEM = 0.004
"""How far from its cut a body's share of the common skin begins to round inwards, m."""


@dataclass(frozen=True)
class Nail:
    """A fingernail: a flat ellipsoid in its segment's frame, m."""

    position: tuple[float, float, float]
    size: tuple[float, float, float]


FULL_FOREARM_FLESH = (
    Flesh((-95, 10, 0), (-4, 14, -2), (31, 15)),
    Flesh((-95, 0, 0), (-4, 0, -2), (32, 16)),
    Flesh((-95, -10, 0), (-4, -14, -2), (31, 15)),
    Flesh((-230, 6, 0), (-110, 8, 0), (34, 27)),
    Flesh((-230, -6, 0), (-110, -8, 0), (34, 27)),
)
"""Of a forearm that is full of motors."""

FOREARM_FLESH = (
    Flesh((-60, 12, 0), (-4, 14, -2), (26, 15)),
    Flesh((-60, 0, 0), (-4, 0, -2), (27, 16)),
    Flesh((-60, -12, 0), (-4, -14, -2), (26, 15)),
)

_FOREARMS = {"forearm": FOREARM_FLESH, "full_forearm": FULL_FOREARM_FLESH}

THUMB_FLESH = (
    Flesh((1, 0, -1), (46, 0, 0), (12, 11)),
    Flesh((10, 1, -8), (33, 1, -4), (14, 11.5)),
    Flesh((18, -6, -14), (36, -6, -9), (10, 7)),
)

PALM_FLESH: dict[str, tuple[Flesh, ...]] = {
    "palm": (
        # Wrist and carpus.
        Flesh((-4, 14, -2), (22, 13, -4), (14, 13)),
        Flesh((-4, 0, -2), (22, 0, -4), (15, 13)),
        Flesh((-4, -14, -2), (22, -15, -4), (14, 12)),
        # Metacarpals with their knuckles.
        Flesh((24, 12, -4), (86, 21.5, -4), (13, 12.5)),
        Flesh((24, 0, -4), (90, 0, -4), (13, 12)),
        Flesh((86, 21, 2), (98, 22, 1.5), (8.5, 7.5)),
        Flesh((90, 0, 3), (102, 0, 2), (8.8, 7.8)),
        # The muscles between the metacarpals.
        Flesh((30, 6, -5), (84, 10, -5), (13, 10.5)),
        Flesh((30, -5, -5), (80, -8, -5), (13, 10.5)),
        # Pads and webs at the fingers' roots.
        Flesh((86, 20, -7), (108, 22, -3), (9.5, 5.5)),
        Flesh((88, 1, -7), (112, 0, -3), (9.5, 5.5)),
        Flesh((103, 15, -4), (103, 6, -4), (6, 6)),
        Flesh((101, -7, -4), (99, -13, -4), (6, 6)),
        # The thenar's root and the muscle between thumb and index.
        Flesh((18, 12, -9), (48, 16, -9), (13, 9)),
        Flesh((28, 19, -7), (64, 27, -6), (12, 8)),
    ),
    "ring_metacarpal": (
        Flesh((0, 0, -4), (54, 0, -4), (12.5, 11.5)),
        Flesh((53, 0, 2.5), (64, 0, 1.5), (8.5, 7.5)),
        Flesh((48, 0, -7), (76, 0, -3), (9.5, 5.5)),
    ),
    "little_metacarpal": (
        Flesh((0, 0, -4), (50, 0, -4), (11.5, 10.5)),
        Flesh((49, 0, 2), (59, 0, 1), (7.5, 6.8)),
        Flesh((42, 0, -6), (68, 0, -2.5), (9.5, 5)),
        Flesh((60, 9, -5), (62, 5, -5), (6, 6)),
        Flesh((6, 6, -4), (46, 8, -4), (11, 9.5)),
        Flesh((2, -2, -8), (36, -4, -8), (10, 10)),
    ),
}
"""The flesh of the bodies that share the palm's skin."""


def _phalanx_flesh(segment: Segment, next_radius: float) -> tuple[Flesh, ...]:
    """A phalanx: thick at its joints, waisted between them, padded on the palm's side."""
    length, r, n = 1e3 * segment.length, 1.08e3 * segment.radius, 1.08e3 * next_radius
    if segment.name.endswith("distal"):
        end = length - 0.8 * r - 1.3  # the blend swells by as much
        return (
            Flesh((0, 0, 0), (end, 0, 0), (r, 0.80 * r), 0.94),
            Flesh((0.4 * length, 0, -0.14 * r), (end, 0, -0.1 * r), (0.95 * r, 0.78 * r)),
        )
    return (
        Flesh((0, 0, 0), (length, 0, 0), (r, 0.96 * n)),
        Flesh((0.95 * length, 0, 0), (length, 0, 0), (1.03 * n, 1.03 * n)),
        Flesh((0.2 * length, 0, -0.18 * r), (0.75 * length, 0, -0.18 * r), (0.95 * r, 0.92 * n)),
    )


def _flesh_of(body: str) -> tuple[Flesh, ...]:
    """The flesh of one body."""
    if body in _FOREARMS:
        return _FOREARMS[body]
    if body == "thumb_metacarpal":
        return THUMB_FLESH
    if body in PALM_FLESH:
        return PALM_FLESH[body]
    segment = SEGMENTS[body]
    following = next((s for s in SEGMENTS.values() if s.parent == body), segment)
    return _phalanx_flesh(segment, following.radius)


def _palm_field(points: np.ndarray, body: str) -> np.ndarray:
    """The palm's common skin where `body` wears it; points in the frame of `body`."""
    rest, turn = _rest_in_palm(body)
    points = rest + points @ turn.T
    distances = {}
    for other, pieces in PALM_FLESH.items():
        rest, turn = _rest_in_palm(other)
        distances[other] = [piece.distance((points - rest) @ turn) for piece in pieces]
    common = blended([distance for several in distances.values() for distance in several], _BLEND)
    cut = np.min(distances[body], axis=0) - _OVERLAP
    rounding = np.clip(_HEM - np.abs(common - cut), 0, None) ** 2 / (4 * _HEM)
    return np.maximum(common, cut) + rounding


def _rest_in_palm(body: str) -> tuple[np.ndarray, np.ndarray]:
    """Origin (3,), m, and attitude (3, 3) of one of the palm's bodies in the palm's frame, at rest."""
    if body == "palm":
        return np.zeros(3), np.eye(3)
    segment = SEGMENTS[body]
    return np.array(segment.origin), segment.attitude


@cache
def skin_of(body: str) -> Mesh:
    """The skin of one body of the right reference hand, in the body's frame.

    Args:
        body: The body's name; `full_forearm` is the forearm of a hand with its motors there.

    Returns:
        The mesh; shared between callers, not to be written to.
    """
    pieces = _flesh_of(body)

    def field(points: np.ndarray) -> np.ndarray:
        if body in PALM_FLESH:
            return _palm_field(points, body)
        return blended([piece.distance(points) for piece in pieces], _BLEND)

    margin = 2 * _GRID + _OVERLAP
    ends = 1e-3 * np.array([[p.start_mm, p.end_mm] for p in pieces])
    radii = 1e-3 * np.array([p.radius_mm for p in pieces])[..., None]
    return mesh_of(field, (ends - radii).min((0, 1)) - margin, (ends + radii).max((0, 1)) + margin, _GRID)


def nail_of(finger: str) -> Nail:
    """The nail of one digit of the right reference hand, in the frame of its distal phalanx."""
    segment = SEGMENTS[f"{finger}_distal"]
    r = segment.radius
    return Nail((segment.length - 0.95 * r, 0, 0.72 * r), (0.75 * r, 0.64 * r, 0.3 * r))


BODIES = ("forearm", "palm", *SEGMENTS)
"""The bodies that have skin."""
