"""The anatomy of the hand: 27 joints, 18 moving segments, and where they sit.

Everything here describes a **right** hand whose wrist crease is `REFERENCE_LENGTH` from its middle fingertip.
Frame of every segment: x runs distally along the bone, z points dorsally (to the back of the hand, or to the
nail), y completes it (radially, to the thumb's side, in the palm). The palm's frame has its origin at the
middle of the wrist crease. The left hand is the mirror image in the plane y = 0.

A joint's axis is given in the frame of the segment that it moves, and its positive direction is what its
`motion` says, on both hands. Several joints of one segment are listed from the proximal to the distal one.

Sources: ranges, e-hand.com; bones, Buryanov & Kotiuk 2010 (n = 66); "estimate" marks a figure without a
measurement behind it.
"""

from dataclasses import dataclass

import mujoco
import numpy as np

Vector = tuple[float, float, float]

FINGERS = ("thumb", "index", "middle", "ring", "little")
"""The five digits, from the radial to the ulnar side."""

_E_HAND = "e-hand.com"
_ESTIMATE = "estimate"

_FLEX: Vector = (0, 1, 0)
_RADIAL: Vector = (0, 0, 1)
_ULNAR: Vector = (0, 0, -1)
_PRONATE: Vector = (-1, 0, 0)
_SUPINATE: Vector = (1, 0, 0)


@dataclass(frozen=True)
class Joint:
    """One degree of freedom.

    Attributes:
        name: The joint's and its actuator's name.
        segment: The segment that it moves.
        axis: Unit vector in that segment's frame, right hand.
        motion: What a positive angle does.
        range_deg: Lower and upper limit, degrees.
        source: Where the range comes from.
    """

    name: str
    segment: str
    axis: Vector
    motion: str
    range_deg: tuple[float, float]
    source: str


@dataclass(frozen=True)
class Bones:
    """Lengths of one digit's bones, m. The thumb has no middle phalanx (0)."""

    metacarpal: float
    proximal: float
    middle: float
    distal: float
    pulp: float


@dataclass(frozen=True)
class Segment:
    """One rigid link, at the reference length.

    Attributes:
        name: The body's name.
        parent: The body that it hangs on.
        origin: Its joints' centre in the parent's frame, m.
        turn_deg: Its rest attitude in the parent's frame: yaw about z, then pitch about y, then roll about x.
        length: From its joints' centre to the next joint's centre or to the tip, m.
        radius: Of the soft tissue around the bone, m.
    """

    name: str
    parent: str
    origin: Vector
    turn_deg: Vector
    length: float
    radius: float

    @property
    def attitude(self) -> np.ndarray:
        """The rest attitude as a rotation matrix, (3, 3)."""
        quat, matrix = np.zeros(4), np.zeros(9)
        mujoco.mju_euler2Quat(quat, np.deg2rad(self.turn_deg), "zyx")
        mujoco.mju_quat2Mat(matrix, quat)
        return matrix.reshape(3, 3)


@dataclass(frozen=True)
class Strut:
    """A capsule fixed in the palm, from `start` to `end`, m, in the palm's frame."""

    name: str
    start: Vector
    end: Vector
    radius: float


BONES = {
    "thumb": Bones(0.0462, 0.0316, 0.0, 0.0217, 0.0057),
    "index": Bones(0.0681, 0.0398, 0.0224, 0.0158, 0.0038),
    "middle": Bones(0.0646, 0.0446, 0.0263, 0.0174, 0.0040),
    "ring": Bones(0.0580, 0.0414, 0.0257, 0.0173, 0.0040),
    "little": Bones(0.0537, 0.0327, 0.0181, 0.0160, 0.0037),
}

CARPUS = 0.031
"""Length of the carpus along the middle ray, m."""

REFERENCE_LENGTH = CARPUS + sum(vars(BONES["middle"]).values())
"""Wrist crease to middle fingertip of the hand that these tables describe, m."""


def _finger_joints(finger: str) -> tuple[Joint, ...]:
    """The four joints of a finger; positive abduction spreads it away from the middle of the hand."""
    radial = finger in ("index", "middle")
    side = "radially" if radial else "ulnarly"
    proximal = f"{finger}_proximal"
    return (
        Joint(
            f"{finger}_mcp_abduction",
            proximal,
            _RADIAL if radial else _ULNAR,
            f"moves the finger {side}",
            (-20, 20),
            _E_HAND,
        ),
        Joint(f"{finger}_mcp_flexion", proximal, _FLEX, "bends towards the palm", (-45, 90), _E_HAND),
        Joint(
            f"{finger}_pip_flexion", f"{finger}_middle", _FLEX, "bends towards the palm", (0, 100), _E_HAND
        ),
        Joint(f"{finger}_dip_flexion", f"{finger}_distal", _FLEX, "bends towards the palm", (0, 80), _E_HAND),
    )


# The thumb's in-plane range is the 60 degrees between the metacarpal lying beside the index (flexed) and
# radial abduction (extended), counted from the middle of the two. The little carpometacarpal joint is a
# saddle: besides flexing it turns its metacarpal about the long axis, which faces the little finger's pad to
# the thumb.
JOINTS: tuple[Joint, ...] = (
    Joint("wrist_pronation", "palm", _PRONATE, "turns a palm that faces the body down", (-85, 70), _E_HAND),
    Joint("wrist_flexion", "palm", _FLEX, "bends the hand towards the palm", (-70, 75), _E_HAND),
    Joint("wrist_deviation", "palm", _RADIAL, "moves the hand radially", (-35, 20), _E_HAND),
    Joint("ring_cmc_flexion", "ring_metacarpal", _FLEX, "arches the palm", (0, 10), _ESTIMATE),
    Joint("little_cmc_flexion", "little_metacarpal", _FLEX, "arches the palm", (0, 25), _ESTIMATE),
    Joint(
        "little_cmc_rotation",
        "little_metacarpal",
        _SUPINATE,
        "faces the pad to the thumb",
        (0, 15),
        _ESTIMATE,
    ),
    Joint(
        "thumb_cmc_flexion", "thumb_metacarpal", _FLEX, "moves the thumb across the palm", (-30, 30), _E_HAND
    ),
    Joint(
        "thumb_cmc_abduction", "thumb_metacarpal", _RADIAL, "lifts the thumb off the palm", (0, 45), _E_HAND
    ),
    Joint("thumb_mcp_flexion", "thumb_proximal", _FLEX, "bends towards the thumb's pad", (-10, 55), _E_HAND),
    Joint(
        "thumb_mcp_abduction", "thumb_proximal", _RADIAL, "lifts the thumb off the palm", (-15, 15), _ESTIMATE
    ),
    Joint("thumb_ip_flexion", "thumb_distal", _FLEX, "bends towards the thumb's pad", (-15, 80), _E_HAND),
    *_finger_joints("index"),
    *_finger_joints("middle"),
    *_finger_joints("ring"),
    *_finger_joints("little"),
)
"""The 27 joints, in the order of the actuators."""


def _finger_segments(
    finger: str, parent: str, origin: Vector, yaw_deg: float, radii: Vector
) -> tuple[Segment, ...]:
    """The three phalanges of a finger, straight on from its knuckle at `origin`."""
    bones = BONES[finger]
    proximal, middle, distal = (f"{finger}_{bone}" for bone in ("proximal", "middle", "distal"))
    return (
        Segment(proximal, parent, origin, (yaw_deg, 0, 0), bones.proximal, radii[0]),
        Segment(middle, proximal, (bones.proximal, 0, 0), (0, 0, 0), bones.middle, radii[1]),
        Segment(distal, middle, (bones.middle, 0, 0), (0, 0, 0), bones.distal + bones.pulp, radii[2]),
    )


# Places and radii are estimates, fitted by eye to a male hand: knuckles about 20 mm apart on an arch whose
# highest is the middle one, metacarpals fanned out from the carpus, fingers fanned out less than their
# metacarpals.
_INDEX_KNUCKLE: Vector = (0.0915, 0.0220, -0.0010)
_MIDDLE_KNUCKLE: Vector = (CARPUS + BONES["middle"].metacarpal, 0.0, 0.0)
_RING_METACARPAL: Vector = (0.0300, -0.0105, -0.0010)
_LITTLE_METACARPAL: Vector = (0.0265, -0.0195, -0.0030)
_THUMB_METACARPAL: Vector = (0.0180, 0.0190, -0.0080)

# The thumb has no joint about its long axis: its metacarpal lies as pronated as in opposition. The trapezium is
# pronated by 80 degrees against the third metacarpal and the joint on it turns by 17 about the bone (medians of Cooney
# et al. 1981, J Bone Joint Surg Am 63:1371); the rest is the metacarpophalangeal joint's, an estimate. At 90 degrees
# the pulp turns its side to the little finger and to the palm.
_SEGMENTS = (
    Segment("thumb_metacarpal", "palm", _THUMB_METACARPAL, (39, 28, -110), BONES["thumb"].metacarpal, 0.0115),
    Segment(
        "thumb_proximal",
        "thumb_metacarpal",
        (BONES["thumb"].metacarpal, 0, 0),
        (0, 0, 0),
        BONES["thumb"].proximal,
        0.0100,
    ),
    Segment(
        "thumb_distal",
        "thumb_proximal",
        (BONES["thumb"].proximal, 0, 0),
        (0, 0, 0),
        BONES["thumb"].distal + BONES["thumb"].pulp,
        0.0092,
    ),
    *_finger_segments("index", "palm", _INDEX_KNUCKLE, 4, (0.0093, 0.0085, 0.0077)),
    *_finger_segments("middle", "palm", _MIDDLE_KNUCKLE, 0, (0.0095, 0.0087, 0.0079)),
    Segment("ring_metacarpal", "palm", _RING_METACARPAL, (-9, 1, 0), BONES["ring"].metacarpal, 0.0098),
    *_finger_segments(
        "ring", "ring_metacarpal", (BONES["ring"].metacarpal, 0, 0), 5, (0.0090, 0.0082, 0.0075)
    ),
    Segment("little_metacarpal", "palm", _LITTLE_METACARPAL, (-19, 4, 0), BONES["little"].metacarpal, 0.0090),
    *_finger_segments(
        "little", "little_metacarpal", (BONES["little"].metacarpal, 0, 0), 9, (0.0080, 0.0072, 0.0066)
    ),
)
SEGMENTS = {segment.name: segment for segment in _SEGMENTS}
"""The links that move against the palm, by name; parents come before their children."""

PALM: tuple[Strut, ...] = (
    Strut("carpus", (0.0160, 0.0120, -0.0030), (0.0160, -0.0120, -0.0030), 0.0130),
    Strut("index_metacarpal", (0.0290, 0.0110, -0.0020), _INDEX_KNUCKLE, 0.0100),
    Strut("middle_metacarpal", (CARPUS, 0.0, -0.0010), _MIDDLE_KNUCKLE, 0.0100),
)
"""The part of the hand that is one piece with the wrist's moving side."""
