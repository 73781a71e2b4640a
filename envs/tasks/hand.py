"""What every task of the hand shares: joint targets that actions move, and what the hand feels of itself."""

import math
from collections.abc import Mapping
from typing import ClassVar

import mujoco
import torch
from pydantic import Field
from torch import Tensor

from envs.deployment import SETPOINT, ActionMap, Signal, Term, numbers
from envs.imperfections import WITHOUT_FEET, ImperfectConfig, ImperfectTask, bodies_under
from envs.joints import DrivenJoints
from envs.physics import Physics
from envs.task import Vector
from envs.touch import Touch
from hand_model import FINGERS, HandConfig, build_hand, couple, hand_pads
from hand_model.gearmotors import Gearmotor

TIPS = tuple(f"{finger}_tip" for finger in FINGERS)
"""Sites at the ends of the pulps."""


_ROOT = "forearm"
"""The body that carries the hand."""


class HandTaskConfig(ImperfectConfig):
    """What the config of every hand task has.

    Attributes:
        hand: which hand is built.
        step_fraction: largest change of a joint target in one control step, as a share of the joint's range.
    """

    lacks: ClassVar[tuple[str, ...]] = WITHOUT_FEET
    hand: HandConfig = HandConfig()
    step_fraction: float = Field(default=0.15, gt=0, le=1)


class HandTask(ImperfectTask):
    """A task of a hand whose actions move the targets of the joints that have a motor.

    The motors' position loops follow the targets at every physics step. `state["setpoint"]` holds them, (nworld, nu)
    rad in the actuators' order.
    """

    config_type = HandTaskConfig

    def __init__(self, config: HandTaskConfig) -> None:
        super().__init__(config)
        self.config = config

    def build_scene(self) -> mujoco.MjSpec:
        """The hand on a fixed forearm."""
        return build_hand(self.config.hand)

    def gearmotors(self) -> list[Gearmotor]:
        """The hand's."""
        return self.config.hand.gearmotors()

    def bind(self, physics: Physics, generator: torch.Generator) -> None:
        """Look up joints and fingertips, and allocate the joint targets."""
        super().bind(physics, generator)
        model, device = physics.model, physics.device
        self._tips = torch.tensor([model.site(name).id for name in TIPS], device=device)
        self._touch = Touch(physics, hand_pads(self.config.hand)) if self.config.hand.touch else None
        self._joints = DrivenJoints(model, device)
        self._span = self._joints.high - self._joints.low
        self._furthest = self.config.step_fraction * self._span
        self.state = {"setpoint": torch.zeros(physics.nworld, model.nu, device=device)}
        self.add_imperfections(self._joints, bodies=bodies_under(model, _ROOT))

    def update(self) -> None:
        """Where the fingertips are."""
        self._fingertips = self.physics.field("site_xpos").index_select(1, self._tips).float()

    def control(self, action: Tensor) -> None:
        """Move the joint targets by at most `step_fraction` of each joint's range."""
        self.steer(self.state["setpoint"] + action * self._furthest)

    def steer(self, wanted: Tensor) -> None:
        """Send the joint targets to `wanted` (nworld, nu) rad, as far as limits and `step_fraction` let them."""
        setpoint = self.state["setpoint"]
        step = (wanted - setpoint).clamp(-self._furthest, self._furthest)
        setpoint[:] = self._joints.clip(setpoint + step)
        self.robot.tell(setpoint)

    def pose(self, angles_deg: Mapping[str, float]) -> Tensor:
        """A pose by the joints' names, (nu,) rad in the actuators' order; joints that are left out are at zero."""
        angles = [math.radians(angles_deg.get(name, 0.0)) for name in self._joints.names]
        return self._joints.clip(torch.tensor(angles, device=self.physics.device))

    def start_at(self, worlds: Tensor, angles: Tensor) -> None:
        """Begin at rest in a pose, the joint targets on the joints.

        Args:
            worlds: (n,) int64.
            angles: (n, nu) rad, clipped to the joints' ranges.
        """
        angles = self._joints.clip(angles)
        qpos = self.physics.field("qpos")
        rows = qpos[worlds].cpu()
        rows[:, self._joints.position.cpu()] = angles.to("cpu", rows.dtype)
        if (model := self.physics.model).neq:
            couple(model, rows.numpy())
        qpos[worlds] = rows.to(qpos.device)
        self.state["setpoint"][worlds] = angles.float()
        self.robot.begin(worlds, angles.float())

    def draw(self, worlds: Tensor, size: int) -> Tensor:
        """Numbers uniform in [-1, 1], (n, size) float32 on the worlds' device."""
        unit = torch.rand(len(worlds), size, generator=self.generator)
        return (2 * unit - 1).to(self.physics.device)

    def joint_targets(self) -> Tensor:
        """The joint targets, (nworld, nu) rad."""
        return self.state["setpoint"]

    def proprioception(self) -> Tensor:
        """Encoders, joint targets and fingertips by forward kinematics, (nworld, size).

        Joint angles scaled by their ranges, differences of joint target and angle scaled likewise, joint speeds times
        0.1 s/rad, fingertips times 10 1/m. With heat each winding's way to its limit as well; with touch every
        taxel's force, N. Encoders may have play and noise before them; fingertips and speeds are exact.
        """
        qpos = self.physics.field("qpos")[:, self._joints.position].float() + self.robot.encoder_error()
        qvel = self.physics.field("qvel")[:, self._joints.velocity].float()
        centre, half = (self._joints.low + self._joints.high) / 2, self._span / 2
        parts = [(qpos - centre) / half, (self.state["setpoint"] - qpos) / half, 0.1 * qvel]
        if self.motors:
            parts.append(self.motors.heat.load().float())
        if self._touch:
            parts.append(self._touch.read().flatten(1))
        return torch.cat([*parts, 10 * self._fingertips.flatten(1)], dim=1)

    def felt(self) -> tuple[Term, ...]:
        """What `proprioception` is made of, for `deployment`.

        Raises:
            ValueError: it has parts that no program of its own could make.
        """
        if self._touch:
            raise ValueError(f"task {self.name!r}: no description yet for a policy that reads hand.touch")
        names = tuple(self._joints.names)
        qpos, qvel = Signal("joint", names, "qpos"), Signal("joint", names, "qvel")
        centre, half = (self._joints.low + self._joints.high) / 2, self._span / 2
        scale = numbers(1 / half)
        return (
            Term(qpos, scale=scale, offset=numbers(-centre / half)),
            Term(SETPOINT, qpos, scale),
            Term(qvel, scale=0.1),
            Term(Signal("site", TIPS, "xpos"), scale=10.0),
        )

    def steering(self) -> ActionMap:
        """What `control` makes of an action, for `deployment`."""
        return self._joints.action_map(range(len(self._joints.names)), self._furthest)

    def viewpoint(self) -> tuple[Vector, Vector]:
        """Into the palm, a little from the thumb's side, fingers up."""
        thumb = 1.0 if self.config.hand.side == "right" else -1.0
        return (0.15, -0.35 * thumb, 0.9), (1.0, 0.0, 0.0)


def effort_term(action: Tensor) -> Tensor:
    """Minus the actions' mean square, (nworld,)."""
    return -action.square().mean(dim=1)
