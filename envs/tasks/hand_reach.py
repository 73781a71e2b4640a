"""`hand-reach`: bring all five fingertips to the fingertip positions of a target hand pose."""

import mujoco
import torch
from pydantic import Field
from torch import Tensor

from envs.joints import actuated_joints
from envs.physics import Physics
from envs.registry import register_task
from envs.task import Observation, Task, TaskConfig, Vector
from envs.tasks.pose_sampler import PoseSampler
from envs.touch import Touch
from hand_model import FINGERS, HandConfig, build_hand, hand_pads, shaft_angles
from hand_model.gearmotors import Gearmotor


class HandReachConfig(TaskConfig):
    """Config of `hand-reach`.

    Attributes:
        hand: which hand is built.
        range_fraction: share of every joint's range over which target and start poses are drawn.
        tolerance: distance of each fingertip to its target that counts as reached, m.
        step_fraction: largest change of a joint target in one control step, as a share of the joint's range.
        reward_scale: distance below which the reward flattens, m.
    """

    hand: HandConfig = HandConfig()
    range_fraction: float = Field(default=0.9, ge=0.8, le=1.0)
    tolerance: float = Field(default=0.010, gt=0)
    step_fraction: float = Field(default=0.15, gt=0, le=1)
    reward_scale: float = Field(default=0.005, gt=0)


@register_task
class HandReach(Task):
    """Five fingertips to five points, from a start pose that knows nothing of the target.

    The points are the fingertips of a joint pose drawn without self-penetration, so they can always be reached; the
    pose itself is thrown away. Actions move the targets of the joints that have a motor; the command is the fifteen
    coordinates.
    """

    name = "hand-reach"
    config_type = HandReachConfig
    groups = ("proprioception", "command", "tracking", "privileged")
    reward_terms = FINGERS
    config: HandReachConfig

    def build_scene(self) -> mujoco.MjSpec:
        """The hand on a fixed forearm."""
        return build_hand(self.config.hand)

    def gearmotors(self) -> list[Gearmotor]:
        """The hand's."""
        return self.config.hand.gearmotors()

    def bind(self, physics: Physics, generator: torch.Generator) -> None:
        """Look up joints and fingertips, and allocate targets and joint targets."""
        super().bind(physics, generator)
        model, device = physics.model, physics.device
        tips = tuple(f"{finger}_tip" for finger in FINGERS)
        self._tips = torch.tensor([model.site(name).id for name in tips], device=device)
        self._touch = Touch(physics, hand_pads(self.config.hand)) if self.config.hand.touch else None
        self._sampler = PoseSampler(model, self.config.range_fraction, tips)
        # actuators come in the order of the anatomy's table, joints in the order of the bodies
        joints = actuated_joints(model)
        self._joints = [model.joint(j).name for j in joints]
        self._address = torch.as_tensor(model.jnt_qposadr[joints], dtype=torch.int64, device=device)
        limits = torch.as_tensor(model.jnt_range[joints], dtype=torch.float32, device=device)
        self._low, self._high = limits[:, 0], limits[:, 1]
        shafts = shaft_angles(model)[:, model.jnt_dofadr[joints]]
        self._shafts = torch.as_tensor(shafts, dtype=torch.float32, device=device)
        self.state = {
            "target": torch.zeros(physics.nworld, len(tips), 3, device=device),
            "setpoint": torch.zeros(physics.nworld, model.nu, device=device),
        }

    def credit(self) -> Tensor:
        """A digit's joints answer for its own fingertip, the wrist for all five."""
        rows = [[name.startswith((f"{finger}_", "wrist_")) for name in self._joints] for finger in FINGERS]
        credit = torch.tensor(rows)
        return credit | ~credit.any(dim=0)  # a joint that the hand does not name may move all of it

    def reset(self, worlds: Tensor) -> None:
        """Draw a target pose and, apart from it, a start pose."""
        count = len(worlds)
        _, target = self._sampler.draw(count, self.generator)
        start, _ = self._sampler.draw(count, self.generator)
        device = self.physics.device
        self.state["target"][worlds] = target.to(device, torch.float32)
        self.state["setpoint"][worlds] = start.to(device, torch.float32)[:, self._address]
        self.physics.field("qpos")[worlds] = start.to(device, self.physics.dtype)
        self._write_setpoint()

    def update(self) -> None:
        """Where the fingertips are, and how far from their targets."""
        self._fingertips = self.physics.field("site_xpos").index_select(1, self._tips).float()
        self._distance = (self._fingertips - self.state["target"]).norm(dim=2)

    def control(self, action: Tensor) -> None:
        """Move the joint targets by at most `step_fraction` of each joint's range."""
        step = self.config.step_fraction * (self._high - self._low)
        moved = self.state["setpoint"] + action * step
        self.state["setpoint"][:] = torch.maximum(torch.minimum(moved, self._high), self._low)
        self._write_setpoint()

    def observe(self) -> Observation:
        """Encoders, joint targets and fingertips by forward kinematics; fifteen coordinates; the offsets to them.

        With heat, proprioception has each winding's way to its limit as well; with touch, every taxel's force.
        """
        qpos = self.physics.field("qpos")[:, self._address].float()
        qvel = self.physics.field("qvel")[:, self._address].float()
        tips = self._fingertips
        target = self.state["target"]
        centre, half = (self._low + self._high) / 2, (self._high - self._low) / 2
        proprioception = [(qpos - centre) / half, (self.state["setpoint"] - qpos) / half, 0.1 * qvel]
        if self.motors:
            proprioception.append(self.motors.heat.load().float())
        if self._touch:
            proprioception.append(self._touch.read().flatten(1))
        return {
            "proprioception": torch.cat([*proprioception, 10 * tips.flatten(1)], dim=1),
            "command": 10 * target.flatten(1),
            "tracking": 20 * (target - tips).flatten(1),
            "privileged": self._log_distance(),
        }

    def reward(self) -> Tensor:
        """-log(1 + distance / scale) of each fingertip: the pull grows as the fingertip nears, (nworld, 5)."""
        return -self._log_distance()

    def success(self) -> Tensor:
        """Every fingertip within tolerance, (nworld,)."""
        return (self._distance < self.config.tolerance).all(dim=1)

    def metrics(self) -> dict[str, Tensor]:
        """Distance of each fingertip to its target, m."""
        distances = self._distance
        each = {f"distance/{finger}": distances[:, i] for i, finger in enumerate(FINGERS)}
        return each | {"distance/mean": distances.mean(dim=1)}

    def joint_targets(self) -> Tensor:
        """The joint targets, (nworld, nu) rad."""
        return self.state["setpoint"]

    def goal_points(self) -> dict[str, Tensor]:
        """Each fingertip's target, (nworld, 3) m."""
        return {f"{finger}_tip": self.state["target"][:, i] for i, finger in enumerate(FINGERS)}

    def viewpoint(self) -> tuple[Vector, Vector]:
        """Into the palm, a little from the thumb's side, fingers up."""
        thumb = 1.0 if self.config.hand.side == "right" else -1.0
        return (0.15, -0.35 * thumb, 0.9), (1.0, 0.0, 0.0)

    def _log_distance(self) -> Tensor:
        return torch.log1p(self._distance / self.config.reward_scale)

    def _write_setpoint(self) -> None:
        ctrl = self.physics.field("ctrl")
        ctrl[:] = (self.state["setpoint"] @ self._shafts.T).to(ctrl.dtype)
