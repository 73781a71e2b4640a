"""The scene of `hand-push`: a table, blocks on it, and over it a hand as one piece, its fingertips down."""

from collections.abc import Sequence

import mujoco

from envs.carrier import build_carried_hand
from envs.tasks.blocks.scene import RAKE, TABLE, lay_blocks
from envs.tasks.blocks.shapes import Block
from envs.tasks.objects import matter
from hand_model import HandConfig
from hand_model.locking import lock_joints, remove_senses

MOVED = ("carrier_x", "carrier_y", "carrier_z", "carrier_yaw")
"""Joints that move; pitch and the hand's own are locked."""

TOOL_HEIGHT = 0.09
"""Of the carrier's tool centre with its joints at zero, m: the fingertips are then clear of the blocks."""

_BANDWIDTH = 15.0
"""Of the carrier's position loops, rad/s: a target that jumps by what a hand may move in a control period of 1/6 s is
followed with no more than 0.25 m/s (critically damped: step times bandwidth over e)."""

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
    lock_joints(spec, RAKE, keep=MOVED)
    remove_senses(spec)
    spec.worldbody.add_geom(
        name=TABLE,
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        size=[*table, 0.01],
        rgba=[0.83, 0.82, 0.79, 1],
        friction=[_TABLE_FRICTION, 0.001, 0.0],
        **matter(timestep) | {"condim": 3, "priority": 0},
    )
    lay_blocks(spec, blocks, (0.0, 0.0, 0.0), timestep)
    return spec
