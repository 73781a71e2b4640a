"""The scene of `humanoid-rearrange`: an upper body on a stand at a bench, with blocks on it."""

from collections.abc import Sequence

import mujoco

from envs.factory.furniture import BENCH_TOP, add_bench, add_stand
from envs.factory.hall import add_hall
from envs.humanoid import HumanoidConfig, build_humanoid
from envs.humanoid.right_arm import ARM_AND_WRIST
from envs.task import Vector
from envs.tasks.blocks.scene import RAKE, lay_blocks
from envs.tasks.blocks.shapes import Block
from envs.tasks.objects import stiffen
from hand_model.locking import lock_joints, remove_senses

BENCH_HEIGHT = 1.06
"""Of the bench above the floor, m: 16 cm below the elbows of a robot whose hips are 1.0 m up, as for light work."""

_BENCH_NEAR = 0.14
"""Of the bench's near edge ahead of the hips, m."""

MIDDLE: Vector = (0.34, -0.22, BENCH_HEIGHT)
"""Of the area that blocks lie in, m: before the right shoulder, where the arm is neither folded nor stretched."""


def build_rearrange_scene(robot: HumanoidConfig, blocks: Sequence[Block], timestep: float) -> mujoco.MjSpec:
    """Build robot, bench and blocks.

    Args:
        robot: on a stand, with a free right arm and hand; the hand's joints are locked as a rake.
        blocks: what lies on the bench.
        timestep: of the physics, s.
    """
    spec = build_humanoid(robot)
    lock_joints(spec, {f"right_{name}": angle for name, angle in RAKE.items()}, keep=ARM_AND_WRIST)
    remove_senses(spec)
    # a part of the world has no child whose contacts the engine leaves out by itself
    spec.add_exclude(bodyname1="torso", bodyname2="right_upper_arm")
    stiffen(spec, timestep)
    add_hall(spec)
    add_stand(spec, spec.body("pelvis").pos[2])
    add_bench(spec, "bench", (_BENCH_NEAR + BENCH_TOP[1] / 2, 0.0, BENCH_HEIGHT))
    lay_blocks(spec, blocks, MIDDLE, timestep)
    return spec
