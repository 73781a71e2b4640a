"""`humanoid-rearrange`: push every block on a bench to its goal with the arm of an upper body."""

from collections.abc import Sequence
from typing import Self

import mujoco
import torch
from pydantic import Field, model_validator
from torch import Tensor

from envs import rotations
from envs.humanoid import HumanoidConfig
from envs.humanoid.right_arm import RightArm
from envs.joints import DrivenJoints
from envs.physics import Physics
from envs.registry import register_task
from envs.task import Vector
from envs.tasks.blocks.task import BlocksConfig, BlocksTask
from envs.tasks.rearrange.scene import build_rearrange_scene

_CLEAR = 0.075
"""Height above the bench that the fingertips are led to where the target's z is zero, m. The arm's weight lets them
hang 8 to 16 mm lower: they are clear of the blocks."""

_HOME = (0.1, 0.5, 0.3, 1.3, 1.0, 0.0, 0.0)
"""Of the arm's joints, rad: the elbow bent and out, the palm down."""

_SHOULDER = -0.19
"""Of the right shoulder, to the left, m: with a yaw of zero the hand points away from it."""

_DIP = 0.3
"""How far the hand points down, rad: the wrist reaches more of the bench than with a level hand."""

_ROUNDS = 3
"""Of inverse kinematics in a control step, in which a target moves by up to 7 cm."""


class HumanoidRearrangeConfig(BlocksConfig):
    """Config of `humanoid-rearrange`.

    Attributes:
        robot: on a stand; its right arm moves, and the joints of the hand beyond the wrist are locked.
        blocks: how many lie on the bench; there is no room for four where the arm reaches.
    """

    robot: HumanoidConfig = HumanoidConfig(moves="right_arm", hands="right")
    blocks: int = Field(default=2, ge=1, le=3)
    spread: tuple[float, float] = (0.10, 0.10)
    zone: tuple[float, float] = (0.14, 0.14)
    table: tuple[float, float] = (0.19, 0.19)

    @model_validator(mode="after")
    def _one_arm(self) -> Self:
        if self.robot.moves != "right_arm" or self.robot.hands != "right":
            raise ValueError(
                "robot: expected moves: right_arm and hands: right, an arm with a wrist that pushes"
            )
        return self


@register_task
class HumanoidRearrange(BlocksTask):
    """The arm brings the fingertips to the target; yaw is from where a forearm would point.

    `state["setpoint"]` holds the joint targets, (nworld, 7) rad: they follow the hand's target by inverse kinematics.
    """

    name = "humanoid-rearrange"
    config_type = HumanoidRearrangeConfig
    # where the arm can keep the hand's attitude; from fingertips led to 20 mm above the bench to clear of the blocks
    low, high = (-0.15, -0.15, -0.055, -0.35), (0.15, 0.15, 0.0, 0.35)
    grip = "right_middle_tip"
    config: HumanoidRearrangeConfig

    def build_scene(self) -> mujoco.MjSpec:
        """Robot, bench and blocks."""
        return build_rearrange_scene(self.config.robot, self._blocks, self.config.rates.timestep)

    def bind(self, physics: Physics, generator: torch.Generator) -> None:
        """Look up the arm."""
        super().bind(physics, generator)
        device = physics.device
        self._joints = DrivenJoints(physics.model, device)
        self._arm = RightArm(physics.model, self._joints, self.grip, _HOME, device)
        grip = physics.model.site(self.grip)
        self._attitude = torch.tensor(grip.quat, dtype=torch.float32, device=device)
        self._up, self._left = torch.eye(3, device=device)[[2, 1]]
        self.state["setpoint"] = torch.zeros(physics.nworld, len(self._joints.names), device=device)

    def start_hand(self, worlds: Tensor) -> None:
        """Search the joints that bring the fingertips to the target."""
        angles = self._led(worlds, self._arm.home(len(worlds)), rounds=30)
        self._tell(worlds, angles)
        qpos = self.physics.field("qpos")
        qpos[worlds[:, None], self._joints.position] = self.state["setpoint"][worlds].to(qpos.dtype)

    def follow(self) -> None:
        """Lead the arm's joints on."""
        every = torch.arange(self.physics.nworld, device=self.physics.device)
        self._tell(every, self._led(every, self.state["setpoint"][:, self._arm.places], rounds=_ROUNDS))

    def feel(self) -> Sequence[Tensor]:
        """The arm's joints, how far their targets lead, the fingertips by its geometry and how far theirs lead."""
        qpos, qvel = (self.physics.field(name) for name in ("qpos", "qvel"))
        at, tips = qpos[:, self._joints.position].float(), self.fingertips()
        heading = self._heading(self.state["target"])[:, None]
        return (
            *(at, 5 * (self.state["setpoint"] - at), 0.5 * qvel[:, self._joints.velocity].float()),
            *(10 * tips, 10 * (self._place_of(self.state["target"]) - self._middle - tips)),
            *(heading.cos(), heading.sin(), self.state["target"][:, 3:]),
        )

    def viewpoint(self) -> tuple[Vector, Vector]:
        """From the robot's left and above."""
        return (0.15, -0.75, -0.65), (0.0, 0.0, 1.0)

    def _place_of(self, target: Tensor) -> Tensor:
        """Where a target (n, 4) puts the fingertips in the world, (n, 3) m."""
        return target[:, :3] + self._middle + target.new_tensor([0.0, 0.0, _CLEAR])

    def _heading(self, target: Tensor) -> Tensor:
        """Where the hand points, (n,) rad to the left of ahead."""
        place = self._place_of(target)
        return target[:, 3] + torch.atan2(place[:, 1] - _SHOULDER, place[:, 0])

    def _led(self, worlds: Tensor, angles: Tensor, rounds: int) -> Tensor:
        """The arm's joints (n, 7) rad in worlds (n,) for the hand's target, from `angles` on."""
        target = self.state["target"][worlds]
        heading = self._heading(target)
        dip = rotations.about(self._left.expand(len(heading), 3), torch.full_like(heading, _DIP))
        hand = rotations.multiply(rotations.about(self._up.expand(len(heading), 3), heading), dip)
        turn = rotations.matrix(rotations.multiply(hand, self._attitude))
        return self._arm.follow(angles, self._place_of(target), turn, rounds)

    def _tell(self, worlds: Tensor, angles: Tensor) -> None:
        """Make the arm's joints (n, 7) rad the targets of worlds (n,)."""
        self.state["setpoint"][worlds[:, None], self._arm.places] = angles
        ctrl = self.physics.field("ctrl")
        ctrl[worlds] = self._joints.controls(self.state["setpoint"][worlds]).to(ctrl.dtype)
