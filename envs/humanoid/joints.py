"""The 24 joints outside the wrists, and the gearmotors that turn them."""

from dataclasses import dataclass

from hand_model.drives import DriveConfig
from hand_model.gearmotors import Driver

SIDES = ("left", "right")

Axis = tuple[float, float, float]


def sideless(name: str) -> str:
    """A joint's or body's name without its side."""
    return name.removeprefix("left_").removeprefix("right_")


_MOTOR = "tmotor-u8-kv100"
"""One motor for the whole body: light for its torque, as strain-wave gears turn slowly at high loads."""

_SUPPLY = Driver(voltage=48.0)
"""Battery voltage: a knee turns at 6.9 rad/s with it, as fast as a walker swings it."""


def _drive(size: int, bandwidth: float, load: float, damping_ratio: float = 0.8) -> DriveConfig:
    gearhead = f"harmonic-drive-csg-{size}"
    tuning = {"bandwidth": bandwidth, "load": load, "damping_ratio": damping_ratio}
    return DriveConfig(motor=_MOTOR, gearhead=gearhead, ratio=50, driver=_SUPPLY, **tuning)


@dataclass(frozen=True)
class BodyJoint:
    """A hinge.

    Attributes:
        name: of a joint in the middle, or of the left one of a pair without its side.
        segment: body that it moves.
        axis: of a positive turn in the body's frame (x forward, y left, z up), on the left side.
        range_deg: limits; the body stands upright with its arms hanging where all angles are zero.
        drive: what turns it.
        does: what a positive angle does.
    """

    name: str
    segment: str
    axis: Axis
    range_deg: tuple[float, float]
    drive: DriveConfig
    does: str

    def on(self, side: str) -> Axis:
        """Its axis on a side: mirroring in the plane y = 0 turns rotations about x and z."""
        x, y, z = self.axis
        return self.axis if side == "left" else (-x, y, -z)


_HIP = _drive(25, bandwidth=20.0, load=0.6)
_ANKLE = _drive(25, bandwidth=22.0, load=0.6)
_SMALL_LEG = _drive(20, bandwidth=22.0, load=0.3)
_WAIST_YAW = _drive(25, bandwidth=22.0, load=1.0)
_WAIST_PITCH = _drive(25, bandwidth=22.0, load=3.4)  # trunk, head and arms above it
_SHOULDER = _drive(20, bandwidth=16.0, load=0.3)
_UPPER_ARM = _drive(17, bandwidth=16.0, load=0.15)
_NECK = _drive(14, bandwidth=14.0, load=0.05)

LEG = (
    BodyJoint("hip_yaw", "thigh", (0, 0, 1), (-40, 45), _SMALL_LEG, "turns the foot outwards"),
    BodyJoint("hip_roll", "thigh", (1, 0, 0), (-25, 45), _HIP, "lifts the leg sideways"),
    BodyJoint("hip_pitch", "thigh", (0, -1, 0), (-30, 120), _HIP, "lifts the knee to the front"),
    BodyJoint("knee", "shank", (0, 1, 0), (-2, 140), _HIP, "bends the knee"),
    BodyJoint("ankle_pitch", "foot", (0, -1, 0), (-50, 35), _ANKLE, "lifts the toes"),
    BodyJoint("ankle_roll", "foot", (1, 0, 0), (-25, 25), _SMALL_LEG, "lowers the foot's inner edge"),
)
WAIST = (
    BodyJoint("waist_yaw", "torso", (0, 0, 1), (-60, 60), _WAIST_YAW, "turns the chest to the left"),
    BodyJoint("waist_pitch", "torso", (0, 1, 0), (-20, 70), _WAIST_PITCH, "bends forward"),
)
NECK = (
    BodyJoint("neck_yaw", "head", (0, 0, 1), (-75, 75), _NECK, "looks to the left"),
    BodyJoint("neck_pitch", "head", (0, 1, 0), (-40, 50), _NECK, "looks down"),
)
ARM = (
    BodyJoint("shoulder_pitch", "upper_arm", (0, -1, 0), (-60, 175), _SHOULDER, "lifts the arm to the front"),
    BodyJoint("shoulder_roll", "upper_arm", (1, 0, 0), (-10, 150), _SHOULDER, "lifts the arm sideways"),
    BodyJoint("shoulder_yaw", "upper_arm", (0, 0, 1), (-90, 90), _UPPER_ARM, "turns the arm outwards"),
    BodyJoint("elbow", "forearm", (0, -1, 0), (-2, 145), _SHOULDER, "bends the elbow"),
)


@dataclass(frozen=True)
class PlacedJoint:
    """A joint of one side, or in the middle.

    Attributes:
        name: in the model.
        body: that it moves, in the model.
        axis: of a positive turn.
        joint: the table's row.
    """

    name: str
    body: str
    axis: Axis
    joint: BodyJoint


def _pairs(rows: tuple[BodyJoint, ...]) -> tuple[PlacedJoint, ...]:
    return tuple(
        PlacedJoint(f"{side}_{row.name}", f"{side}_{row.segment}", row.on(side), row)
        for side in SIDES
        for row in rows
    )


def _middle(rows: tuple[BodyJoint, ...]) -> tuple[PlacedJoint, ...]:
    return tuple(PlacedJoint(row.name, row.segment, row.axis, row) for row in rows)


LEGS, ARMS = _pairs(LEG), _pairs(ARM)
RIGHT_ARM = tuple(placed for placed in ARMS if placed.name.startswith("right_"))
UPPER = (*_middle(WAIST), *_middle(NECK), *ARMS)
BODY = (*LEGS, *UPPER)
"""All 24, in the order of their actuators."""
