"""`BlocksTask`: push every block on a table to its goal, whatever moves the hand."""

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from envs import rotations
from envs.physics import Physics
from envs.rates import Rates
from envs.task import Observation
from envs.tasks.blocks.holdout import Holdout, read_holdout
from envs.tasks.blocks.placing import CANDIDATES, place_apart
from envs.tasks.blocks.scene import TABLE
from envs.tasks.blocks.shapes import BLOCKS, HALF_HEIGHT, marked
from envs.tasks.goals import POSE, Colour, GoalTask, GoalTaskConfig, Outline
from envs.tasks.symmetry import Symmetry
from envs.widening import Quantity, Schedule, Widening

SPEED = (0.25, 0.25, 0.25, 1.5)
"""Largest change of the hand's targets along x, y and z, m/s, and of its yaw, rad/s: those of `envs.carrier.AXES`."""

GOALS = {"distance": Quantity(0.06, (0.06, 0.24)), "turn": Quantity(0.0, (0.0, math.pi))}
"""Goals written by hand: how far every block is to be moved, m, and turned, rad, at first and at most."""


class BlocksConfig(GoalTaskConfig):
    """What the configs of these tasks have.

    Attributes:
        blocks: how many lie on the table: disc, square, bar, ell, in this order.
        spread: half sides of the area over which starts and goals are drawn, m.
        widening: how the goals that are trained with grow, from near the start to anywhere (`GOALS`); none: they are
            uniform over `spread`.
    """

    # pushing is slow: 6 Hz leave a policy 30 decisions in a goal's 5 s
    rates: Rates = Rates(physics_hz=108, control_hz=6, video_hz=36)
    episode_seconds: float = Field(default=5.0, gt=0, le=3600)
    blocks: int = Field(default=2, ge=1, le=len(BLOCKS))
    spread: tuple[float, float] = (0.12, 0.12)
    widening: Schedule | None = None


class BlocksTask(GoalTask):
    """Flat blocks on a table, a hand as one piece with its fingertips down, and a goal for every block.

    Poses are in the frame of the site `table`, the middle of the area that blocks lie in. Starts are drawn uniformly
    over `spread`, and so are goals where they are trained with; held-out episodes have the starts and goals of
    `configs/goals/TASK.yaml`.

    Actions move the hand's target along x, y and z, and its yaw; `state["target"]` holds it, (nworld, 4), and a
    subclass says how a robot follows.

    Attributes:
        low: least target, m and rad.
        high: greatest target.
        grip: name of the site at the fingertips.
    """

    groups = ("proprioception", "object", "command", "privileged")
    mark_radius = 0.008
    low: ClassVar[tuple[float, float, float, float]]
    high: ClassVar[tuple[float, float, float, float]]
    grip: ClassVar[str]

    def __init__(self, config: BlocksConfig) -> None:
        super().__init__(config)
        self.config = config
        self._blocks = BLOCKS[: config.blocks]

    def bind(self, physics: Physics, generator: torch.Generator) -> None:
        """Look up the table and the blocks."""
        super().bind(physics, generator)
        model, device, count = physics.model, physics.device, physics.nworld
        joints = [model.joint(block.name) for block in self._blocks]
        place = [[int(joint.qposadr[0]) + i for i in range(POSE)] for joint in joints]
        speed = [[int(joint.dofadr[0]) + i for i in (0, 1, 5)] for joint in joints]
        self._place = torch.tensor(place, device=device)
        self._moving = torch.tensor(speed, device=device)
        self._middle = torch.tensor(model.site(TABLE).pos, dtype=torch.float32, device=device)
        self._grip = model.site(self.grip).id
        self._radii = torch.tensor([block.radius for block in self._blocks], device=device)
        self._order = torch.tensor([float(block.order) for block in self._blocks], device=device)
        self._step = self.config.rates.control_period * torch.tensor(SPEED, device=device)
        self._low, self._high = (torch.tensor(corner, device=device) for corner in (self.low, self.high))
        self._holdout: Holdout | None = None
        if self.split == "heldout":
            self._holdout = read_holdout(self.name, self.config.blocks, device)
        self._widening: Widening | None = None
        if self.config.widening:
            self._widening = Widening(count, GOALS, self.config.widening, generator)
            self.state |= {f"widening.{name}": tensor for name, tensor in self._widening.state.items()}
            self.shared |= {f"widening.{name}": tensor for name, tensor in self._widening.shared.items()}
        self.state |= {
            "target": torch.zeros(count, len(SPEED), device=device),
            "number": torch.zeros(count, device=device),
        }

    @abstractmethod
    def start_hand(self, worlds: Tensor) -> None:
        """Put the robot of worlds (n,) to where its hand is at the target, at rest and told to stay there."""

    @abstractmethod
    def follow(self) -> None:
        """Tell the robot to bring its hand to the target."""

    @abstractmethod
    def feel(self) -> Sequence[Tensor]:
        """What the robot's own sensors say, (nworld, size) each."""

    def symmetries(self) -> Sequence[Symmetry]:
        """The blocks'."""
        return [block.symmetry for block in self._blocks]

    def outlines(self) -> Sequence[tuple[Outline, Colour]]:
        """The blocks'."""
        return [(block.outline, block.colour) for block in self._blocks]

    @property
    def action_size(self) -> int:
        """x, y, z and yaw."""
        return len(SPEED)

    def reset(self, worlds: Tensor) -> None:
        """Lay the blocks down, draw the hand's place over them and their goals."""
        if self._holdout is None:
            start = self.draw_layout(len(worlds))
            goal = self.draw_goal(worlds, start)
        else:
            number = torch.randint(len(self._holdout.start), (len(worlds),), generator=self.generator)
            self.state["number"][worlds] = number.to(self.physics.device).float()
            start, goal = self._holdout.start[number], self._holdout.goal[number]
        poses, qpos = self.poses_of(start), self.physics.field("qpos")
        poses[..., :3] += self._middle
        qpos[worlds[:, None, None], self._place] = poses.to(qpos.dtype)
        target = torch.zeros(len(worlds), len(SPEED), device=self.physics.device)
        target[:, :2] = self.draw(len(worlds), 2) * target.new_tensor(self.config.spread)
        self.state["target"][worlds] = target
        self.start_hand(worlds)
        self.aim(worlds, self.poses_of(goal))

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
        poses = self.physics.field("qpos")[:, self._place].float()
        poses[..., :3] -= self._middle
        return poses

    def control(self, action: Tensor) -> None:
        """Move the hand's target by at most its speeds."""
        super().control(action)
        moved = self.state["target"] + action * self._step
        self.state["target"][:] = torch.maximum(torch.minimum(moved, self._high), self._low)
        self.follow()

    def observe(self) -> Observation:
        """What the robot feels, the blocks about its fingertips, how they are from their goals, and for how long.

        Lengths times 10 1/m, speeds times 5 s/m and 0.5 s/rad.
        """
        qvel = self.physics.field("qvel")
        speed = qvel[:, self._moving].float() * qvel.new_tensor([5.0, 5.0, 0.5]).float()
        about = 10 * (self.poses[..., :3] - self.fingertips()[:, None])
        blocks = [10 * self.poses[..., :3], about, self._headings(self.poses), speed]
        return {
            "proprioception": torch.cat([*self.feel()], dim=1),
            "object": torch.cat(blocks, dim=2).flatten(1),
            "command": self.command(self.poses, self.state["goal"]),
            "privileged": self.state["steps"][:, None] / self.config.episode_steps,
        }

    def fingertips(self) -> Tensor:
        """Where they are on the table, (nworld, 3) m."""
        return self.physics.field("site_xpos")[:, self._grip].float() - self._middle

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

    def goal_points(self) -> dict[str, Tensor]:
        """Where the marks on the blocks' tops should be; of turns that look the same, the nearest one's."""
        goal = self.state["goal"]
        turn, period = _turn(goal), 2 * math.pi / self._order.clamp(min=1)
        turn = turn + period * ((_turn(self.poses) - turn) / period).round()
        heading = rotations.about(goal.new_tensor([0.0, 0.0, 1.0]).expand(*turn.shape, 3), turn)
        middle = self._middle + goal[..., :3]
        points = {}
        for i, block in enumerate(self._blocks):
            for name, (x, y) in marked(block).items():
                place = goal.new_tensor([x, y, HALF_HEIGHT]).expand(len(goal), 3)
                points[name] = middle[:, i] + rotations.rotate(heading[:, i], place)
        return points

    def _headings(self, poses: Tensor) -> Tensor:
        """Headings up to symmetry: cosine and sine of `order` times the turn about the vertical, (n, blocks, 2)."""
        angle = self._order * _turn(poses)
        return torch.stack([angle.cos(), angle.sin()], dim=-1) * (self._order > 0)[:, None]


def _turn(poses: Tensor) -> Tensor:
    """Turn about the vertical of blocks that lie flat, from poses (..., 7), rad."""
    return 2 * torch.atan2(poses[..., 6], poses[..., 3])
