"""`hand-push`: push every block to its goal with a carried hand."""

from collections.abc import Sequence

import mujoco
import torch
from torch import Tensor

from envs.joints import DrivenJoints
from envs.physics import Physics
from envs.registry import register_task
from envs.task import Vector
from envs.tasks.blocks.task import BlocksConfig, BlocksTask
from envs.tasks.push.scene import build_push_scene
from hand_model import HandConfig


class HandPushConfig(BlocksConfig):
    """Config of `hand-push`.

    Attributes:
        hand: which; its joints are locked.
    """

    hand: HandConfig = HandConfig()


@register_task
class HandPush(BlocksTask):
    """The hand hangs from the carrier, whose joints are where the target is."""

    name = "hand-push"
    config_type = HandPushConfig
    # over the table; from fingertips 5 mm above it to clear of the blocks
    low, high = (-0.26, -0.26, -0.059, -1.6), (0.26, 0.26, 0.0, 1.6)
    grip = "middle_tip"
    config: HandPushConfig

    def build_scene(self) -> mujoco.MjSpec:
        """Table, blocks and hand."""
        config = self.config
        return build_push_scene(config.hand, self._blocks, config.table, config.rates.timestep)

    def bind(self, physics: Physics, generator: torch.Generator) -> None:
        """Look up the carrier."""
        super().bind(physics, generator)
        self._carrier = DrivenJoints(physics.model, physics.device)

    def start_hand(self, worlds: Tensor) -> None:
        """Put the carrier's joints to the target."""
        qpos = self.physics.field("qpos")
        qpos[worlds[:, None], self._carrier.position] = self.state["target"][worlds].to(qpos.dtype)
        self.follow()

    def follow(self) -> None:
        """Tell the carrier the target."""
        ctrl = self.physics.field("ctrl")
        ctrl[:, self._carrier.actuators] = self._carrier.controls(self.state["target"]).to(ctrl.dtype)

    def feel(self) -> Sequence[Tensor]:
        """The carrier's joints, the fingertips by its geometry, how far the target leads, and speeds."""
        qpos, qvel = self.physics.field("qpos"), self.physics.field("qvel")
        at = qpos[:, self._carrier.position].float()
        heading = at[:, 3:]
        return (
            *(10 * at[:, :3], heading, heading.cos(), heading.sin(), 10 * self.fingertips()),
            10 * (self.state["target"] - at),
            5 * qvel[:, self._carrier.velocity].float(),
        )

    def viewpoint(self) -> tuple[Vector, Vector]:
        """From above, a little from the side of the forearm."""
        return (0.35, 0.25, -1.0), (1.0, 0.0, 0.0)
