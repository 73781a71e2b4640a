"""What the scenes have in common: blocks that lie about the site `table`, and how the hand is held."""

import math
from collections.abc import Sequence

import mujoco

from envs.task import Vector
from envs.tasks.blocks.shapes import Block, add_block

TABLE = "table"
"""Site in the middle of the area that blocks lie in, at the table's height; and the geom that they lie on."""

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

RAKE = {name: math.radians(angle) for name, angle in _POSTURE_DEG.items()}
"""Angles of the hand's joints, rad: four fingertips down, side by side, equally far below the palm: a rake of 80 mm."""


def lay_blocks(spec: mujoco.MjSpec, blocks: Sequence[Block], middle: Vector, timestep: float) -> None:
    """Add the blocks and the site `table` that their poses are told by.

    Args:
        spec: of the scene.
        blocks: which.
        middle: of the area that they lie in, m.
        timestep: of the physics, s.
    """
    spec.option.cone = mujoco.mjtCone.mjCONE_PYRAMIDAL  # all contacts slide: no friction has to hold for long
    spec.worldbody.add_site(name=TABLE, pos=middle)
    for block in blocks:
        add_block(spec, block, middle, timestep)
