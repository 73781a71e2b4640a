"""The pose in which the robot stands."""

import math

from envs.humanoid.joints import sideless
from envs.humanoid.layout import Layout

THIGH, SHANK = 0.22, 0.30
"""How far thighs and shanks lean, rad: knees that are a little bent can push, and the body's weight is over the middle
of the feet."""

_ANGLES = {
    "hip_pitch": THIGH,
    "knee": THIGH + SHANK,
    "ankle_pitch": SHANK,
    "hip_roll": 0.02,
    "ankle_roll": 0.02,
    "shoulder_roll": 0.12,
    "shoulder_pitch": -0.05,
    "elbow": 0.45,
}
"""By kind of joint, rad; the others' angles are zero. Feet are flat on the ground, arms a little bent."""


def standing_angle(joint: str) -> float:
    """Of a joint of the model, rad; hands are open."""
    return _ANGLES.get(sideless(joint), 0.0)


def standing_height(layout: Layout, lean: tuple[float, float] = (THIGH, SHANK)) -> float:
    """Of mid-hip above the ground, m, where thighs and shanks lean by so much, rad."""
    thigh, shank = lean
    return layout.ankle_height + math.cos(thigh) * layout.thigh + math.cos(shank) * layout.shank
