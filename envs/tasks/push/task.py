"""`hand-push`: push every block to its goal."""

import math
from collections.abc import Sequence

import mujoco
import torch
from pydantic import Field
from torch import Tensor

from envs.joints import DrivenJoints
from envs.physics import Physics
from envs.rates import Rates
from envs.registry import register_task
from envs.task import Observation, Vector
from envs.tasks import rotations
from envs.tasks.goals import POSE, Colour, GoalTask, GoalTaskConfig, Outline
from envs.tasks.push.blocks import BLOCKS, HALF_HEIGHT
from envs.tasks.push.holdout import Holdout, read_holdout
from envs.tasks.push.placing import CANDIDATES, place_apart
from envs.tasks.push.scene import build_push_scene
from envs.tasks.symmetry import Symmetry
from envs.widening import Quantity, Schedule, Widening
from hand_model import HandConfig

_SPEED = (0.25, 0.25, 0.25, 1.5)
"""Largest change of the targets along x, y and z, m/s, and of the yaw, rad/s: those of `envs.carrier.AXES`."""

_LOW, _HIGH = (-0.26, -0.26, -0.059, -1.6), (0.26, 0.26, 0.0, 1.6)
"""Reach of the targets: over the table; from fingertips 5 mm above it to clear of the blocks."""

_GRIP = "middle_tip"

GOALS = {"distance": Quantity(0.06, (0.06, 0.24)), "turn": Quantity(0.0, (0.0, math.pi))}
"""Goals written by hand: how far every block is to be moved, m, and turned, rad, at first and at most."""


class HandPushConfig(GoalTaskConfig):
    """Config of `hand-push`.

    Attributes:
        hand: which; its joints are locked.
        blocks: how many lie on the table: disc, square, bar, ell, in this order.
        spread: half sides of the area over which starts and goals are drawn, m.
        widening: how the goals that are trained with grow, from near the start to anywhere (`GOALS`); none: they are
            uniform over `spread`.
    """

    # pushing is slow: 6 Hz leave a policy 30 decisions in a goal's 5 s
    rates: Rates = Rates(physics_hz=108, control_hz=6, video_hz=36)
    episode_seconds: float = Field(default=5.0, gt=0, le=3600)
    hand: HandConfig = HandConfig()
    blocks: int = Field(default=2, ge=1, le=len(BLOCKS))
    spread: tuple[float, float] = (0.12, 0.12)
    widening: Schedule | None = None


@register_task
class HandPush(GoalTask):
    """Push flat blocks to their goals with a hand as one piece, its fingertips down.

    Starts are drawn uniformly over `spread`, and so are goals where they are trained with; held-out episodes have the
    starts and goals of `configs/goals/hand-push.yaml`.

    Actions move the carrier's targets along x, y and z, and its yaw; `state["target"]` holds them, (nworld, 4).
    """

    name = "hand-push"
    config_type = HandPushConfig
    groups = ("proprioception", "object", "command", "privileged")
    config: HandPushConfig

    def __init__(self, config: HandPushConfig) -> None:
        super().__init__(config)
        self.config = config
        self._blocks = BLOCKS[: config.blocks]

    def build_scene(self) -> mujoco.MjSpec:
        """Table, blocks and hand."""
        config = self.config
        return build_push_scene(config.hand, self._blocks, config.table, config.rates.timestep)

    def bind(self, physics: Physics, generator: torch.Generator) -> None:
        """Look up the carrier and the blocks."""
        super().bind(physics, generator)
        model, device, count = physics.model, physics.device, physics.nworld
        self._carrier = DrivenJoints(model, device)
        joints = [model.joint(block.name) for block in self._blocks]
        place = [[int(joint.qposadr[0]) + i for i in range(POSE)] for joint in joints]
        speed = [[int(joint.dofadr[0]) + i for i in (0, 1, 5)] for joint in joints]
        self._place = torch.tensor(place, device=device)
        self._moving = torch.tensor(speed, device=device)
        self._grip = model.site(_GRIP).id
        self._radii = torch.tensor([block.radius for block in self._blocks], device=device)
        self._order = torch.tensor([float(block.order) for block in self._blocks], device=device)
        self._step = self.config.rates.control_period * torch.tensor(_SPEED, device=device)
        self._low, self._high = torch.tensor(_LOW, device=device), torch.tensor(_HIGH, device=device)
        self._holdout: Holdout | None = None
        if self.split == "heldout":
            self._holdout = read_holdout(self.config.blocks, device)
        self._widening: Widening | None = None
        if self.config.widening:
            self._widening = Widening(count, GOALS, self.config.widening, generator)
            self.state |= {f"widening.{name}": tensor for name, tensor in self._widening.state.items()}
            self.shared |= {f"widening.{name}": tensor for name, tensor in self._widening.shared.items()}
        self.state |= {
            "target": torch.zeros(count, len(_SPEED), device=device),
            "number": torch.zeros(count, device=device),
        }

    def symmetries(self) -> Sequence[Symmetry]:
        """The blocks'."""
        return [block.symmetry for block in self._blocks]

    def outlines(self) -> Sequence[tuple[Outline, Colour]]:
        """The blocks'."""
        return [(block.outline, block.colour) for block in self._blocks]

    @property
    def action_size(self) -> int:
        """x, y, z and yaw."""
        return len(_SPEED)

    def reset(self, worlds: Tensor) -> None:
        """Lay the blocks down, draw the hand's place over them and their goals."""
        if self._holdout is None:
            start = self.draw_layout(len(worlds))
            goal = self.draw_goal(worlds, start)
        else:
            number = torch.randint(len(self._holdout.start), (len(worlds),), generator=self.generator)
            self.state["number"][worlds] = number.to(self.physics.device).float()
            start, goal = self._holdout.start[number], self._holdout.goal[number]
        qpos = self.physics.field("qpos")
        qpos[worlds[:, None, None], self._place] = self.poses_of(start).to(qpos.dtype)
        target = torch.zeros(len(worlds), len(_SPEED), device=self.physics.device)
        target[:, :2] = self.draw(len(worlds), 2) * target.new_tensor(self.config.spread)
        qpos[worlds[:, None], self._carrier.position] = target.to(qpos.dtype)
        self.state["target"][worlds] = target
        self.aim(worlds, self.poses_of(goal))
        self._write_targets()

    def draw(self, count: int, size: int) -> Tensor:
        """Numbers uniform in [-1, 1], (count, size)."""
        return (2 * torch.rand(count, size, generator=self.generator) - 1).to(self.physics.device)

    def draw_layout(self, count: int) -> Tensor:
        """Places and headings uniform over `spread`, no block over another, (count, blocks, 3) m and rad."""
        blocks = len(self._blocks)
        tries = self.draw(count, CANDIDATES * blocks * 2).reshape(count, CANDIDATES, blocks, 2)
        place = place_apart(tries * tries.new_tensor(self.config.spread), self._radii)
        return torch.cat([place, math.pi * self.draw(count, blocks)[..., None]], dim=2)

    def draw_goal(self, worlds: Tensor, start: Tensor) -> Tensor:
        """Goals (n, blocks, 3), m and rad, for worlds (n,) that begin an episode with blocks at `start`."""
        if self._widening is None:
            return self.draw_layout(len(worlds))
        self._widening.draw(worlds, self.success()[worlds])
        distance, turn = (self._widening[name].to(start.device)[worlds] for name in GOALS)
        blocks, count = len(self._blocks), len(worlds)
        way = math.pi * self.draw(count, CANDIDATES * blocks).reshape(count, CANDIDATES, blocks)
        moved = distance[:, None, None, None] * torch.stack([way.cos(), way.sin()], dim=3)
        far = start.new_tensor(self.config.spread)
        place = place_apart((start[:, None, :, :2] + moved).clamp(-far, far), self._radii)
        turned = start[..., 2] + turn[:, None] * self.draw(count, blocks)
        return torch.cat([place, turned[..., None]], dim=2)

    def poses_of(self, layout: Tensor) -> Tensor:
        """Poses (n, blocks, 7) of blocks that lie flat at places and headings (n, blocks, 3)."""
        half = layout[..., 2] / 2
        zero = torch.zeros_like(half)
        height = torch.full_like(half, HALF_HEIGHT)
        return torch.stack(
            [layout[..., 0], layout[..., 1], height, half.cos(), zero, zero, half.sin()], dim=-1
        )

    def read_poses(self) -> Tensor:
        """Where the blocks are, (nworld, blocks, 7)."""
        return self.physics.field("qpos")[:, self._place].float()

    def control(self, action: Tensor) -> None:
        """Move the carrier's targets by at most their speeds."""
        super().control(action)
        moved = self.state["target"] + action * self._step
        self.state["target"][:] = torch.maximum(torch.minimum(moved, self._high), self._low)
        self._write_targets()

    def observe(self) -> Observation:
        """The carrier, the blocks about the fingertips, how they are from their goals, and how long it has been.

        Lengths times 10 1/m, speeds times 5 s/m and 0.5 s/rad.
        """
        qpos, qvel = self.physics.field("qpos"), self.physics.field("qvel")
        at = qpos[:, self._carrier.position].float()
        grip = self.physics.field("site_xpos")[:, self._grip].float()
        heading = at[:, 3:]
        hand = [10 * at[:, :3], heading, heading.cos(), heading.sin(), 10 * grip]
        hand += [10 * (self.state["target"] - at), 5 * qvel[:, self._carrier.velocity].float()]
        speed = qvel[:, self._moving].float() * qvel.new_tensor([5.0, 5.0, 0.5]).float()
        about = 10 * (self.poses[..., :3] - grip[:, None])
        blocks = [10 * self.poses[..., :3], about, self._headings(self.poses), speed]
        return {
            "proprioception": torch.cat(hand, dim=1),
            "object": torch.cat(blocks, dim=2).flatten(1),
            "command": self.command(self.poses, self.state["goal"]),
            "privileged": self.state["steps"][:, None] / self.config.episode_steps,
        }

    def command(self, poses: Tensor, goal: Tensor) -> Tensor:
        """Goals, the way to them, how far each block is to be turned, and whether it is there, (n, blocks * 9)."""
        between = rotations.multiply(rotations.conjugate(poses[..., 3:]), goal[..., 3:])
        turn = torch.cat([goal[..., :3], between], dim=-1)
        there = self.alike(poses, goal).float()[..., None]
        way = 10 * (goal[..., :2] - poses[..., :2])
        parts = [10 * goal[..., :2], way, self._headings(goal), self._headings(turn), there]
        return torch.cat(parts, dim=2).flatten(1)

    def metrics(self) -> dict[str, Tensor]:
        """See `GoalTask`; and the number of the held-out goal."""
        return super().metrics() | {"number": self.state["number"].clone()}

    def viewpoint(self) -> tuple[Vector, Vector]:
        """From above, a little from the side of the forearm."""
        return (0.35, 0.25, -1.0), (1.0, 0.0, 0.0)

    def _headings(self, poses: Tensor) -> Tensor:
        """Headings up to symmetry: cosine and sine of `order` times the turn about the vertical, (n, blocks, 2)."""
        turn = 2 * torch.atan2(poses[..., 6], poses[..., 3])
        angle = self._order * turn
        return torch.stack([angle.cos(), angle.sin()], dim=-1) * (self._order > 0)[:, None]

    def _write_targets(self) -> None:
        ctrl = self.physics.field("ctrl")
        ctrl[:, self._carrier.actuators] = self._carrier.controls(self.state["target"]).to(ctrl.dtype)
