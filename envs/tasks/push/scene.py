"""The scene of `hand-push`: a table, blocks on it, and over it a hand as one piece, its fingertips down."""

import math
from collections.abc import Sequence

import mujoco

from envs.carrier import build_carried_hand
from envs.tasks.objects import matter
from envs.tasks.push.blocks import Block, add_block
from hand_model import HandConfig
from hand_model.locking import lock_joints, remove_senses

MOVED = ("carrier_x", "carrier_y", "carrier_z", "carrier_yaw")
"""Joints that move; pitch and the hand's own are locked."""

TOOL_HEIGHT = 0.09
"""Of the carrier's tool centre with its joints at zero, m: the fingertips are then clear of the blocks."""

_BANDWIDTH = 15.0
"""Of the carrier's position loops, rad/s: a target that jumps by what a hand may move in a control period of 1/6 s is
followed with no more than 0.25 m/s (critically damped: step times bandwidth over e)."""

_POSTURE_DEG = {
    "index_mcp_flexion": 75.0,
    "index_pip_flexion": 15.0,
    "index_dip_flexion": 10.0,
    "middle_mcp_flexion": 60.0,
    "middle_pip_flexion": 43.0,
    "middle_dip_flexion": 29.0,
    "ring_mcp_flexion": 60.0,
    "ring_pip_flexion": 40.0,
    "ring_dip_flexion": 27.0,
    "little_mcp_flexion": 75.0,
    "thumb_cmc_abduction": 0.0,
    "thumb_mcp_flexion": 30.0,
    "thumb_ip_flexion": 30.0,
}
"""Of the hand: four fingertips down, side by side, equally far below the palm: a rake of 80 mm."""

_TABLE_FRICTION = 0.4


def build_push_scene(
    hand: HandConfig, blocks: Sequence[Block], table: tuple[float, float], timestep: float
) -> mujoco.MjSpec:
    """Build table, blocks and hand.

    Args:
        hand: which.
        blocks: what lies on the table.
        table: its half sides, m; what is pushed off it stays in its plane, and its rules call that off the table.
        timestep: of the physics, s.
    """
    spec = build_carried_hand(hand, (0.0, 0.0, TOOL_HEIGHT), bandwidth=_BANDWIDTH)
    angles = {name: math.radians(angle) for name, angle in _POSTURE_DEG.items()}
    lock_joints(spec, angles, keep=MOVED)
    remove_senses(spec)
    spec.option.cone = mujoco.mjtCone.mjCONE_PYRAMIDAL  # all contacts slide: no friction has to hold for long
    spec.worldbody.add_geom(
        name="table",
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        size=[*table, 0.01],
        friction=[_TABLE_FRICTION, 0.001, 0.0],
        rgba=[0.83, 0.82, 0.79, 1],
        **matter(timestep) | {"condim": 3, "priority": 0},
    )
    for block in blocks:
        add_block(spec, block, timestep)
    return spec
