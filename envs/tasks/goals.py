"""Tasks of bringing objects to goals: when an object is at its goal, what that is worth, and what a fair goal is.

The rules are those of asymmetric self-play (OpenAI et al. 2021, "Asymmetric self-play for automatic goal discovery in
robotic manipulation", arXiv 2101.04882): a player, Alice, leaves objects somewhere, and that is another's, Bob's, goal.
"""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from envs.physics import Physics
from envs.task import Task, TaskConfig
from envs.tasks.symmetry import Symmetries, Symmetry

POSE = 7
"""Numbers of a pose: x, y, z in m, and a unit quaternion (w, x, y, z)."""

Outline = tuple[tuple[float, float], ...]
"""Corners of a polygon, x and y, m."""

Colour = tuple[float, float, float, float]

_DOT: Outline = ((0.01, 0.01), (-0.01, 0.01), (-0.01, -0.01), (0.01, -0.01))
_GREY: Colour = (0.5, 0.5, 0.5, 1.0)

REWARD_OBJECT, REWARD_ALL = 1.0, 5.0
"""Bob's, for each object at its goal, taken back when it leaves, and for all of them at once (section 3.1)."""


class GoalTaskConfig(TaskConfig):
    """What the configs of such tasks have.

    Attributes:
        tolerance: distance of an object from its goal up to which it is there, m.
        tolerance_rad: and angle, up to the object's symmetry.
        zone: half sides of the area that goals should lie in, m.
        table: half sides of the table, m; an object whose middle is beyond has fallen off.
    """

    tolerance: float = Field(default=0.04, gt=0)
    tolerance_rad: float = Field(default=0.2, gt=0)
    zone: tuple[float, float] = (0.16, 0.16)
    table: tuple[float, float] = (0.24, 0.24)


class GoalTask(Task):
    """A task of bringing every object to its goal.

    An episode is one goal. `state["goal"]` holds the poses to be brought about, (nworld, objects, 7),
    `state["there"]` which objects were at their goals before the last step, (nworld, objects) bool, and
    `state["steps"]` how many steps there were since the goal was given, (nworld,).

    Attributes:
        reward_terms: Bob's.
        poses: of the objects, (nworld, objects, 7), up to date after `update`.
        at_goal: (nworld, objects) bool, likewise.
    """

    reward_terms: ClassVar[tuple[str, ...]] = ("objects", "all")
    poses: Tensor
    at_goal: Tensor

    def __init__(self, config: GoalTaskConfig) -> None:
        super().__init__(config)
        self.config = config

    def bind(self, physics: Physics, generator: torch.Generator) -> None:
        """Allocate the goals; a subclass adds to `state`."""
        super().bind(physics, generator)
        each = self.symmetries()
        self._alike = Symmetries(each, physics.device)
        shape = (physics.nworld, len(each))
        goal = torch.zeros(*shape, POSE, device=physics.device)
        goal[..., 3] = 1.0
        there = torch.zeros(shape, dtype=torch.bool, device=physics.device)
        steps = torch.zeros(physics.nworld, device=physics.device)
        self.state |= {"goal": goal, "there": there, "steps": steps}

    @abstractmethod
    def symmetries(self) -> Sequence[Symmetry]:
        """Of every object."""

    def outlines(self) -> Sequence[tuple[Outline, Colour]]:
        """What every object looks like from above in its own frame, m, and its colour: for pictures of goals."""
        return [(_DOT, _GREY)] * len(self.symmetries())

    @abstractmethod
    def read_poses(self) -> Tensor:
        """Where the objects are, (nworld, objects, 7)."""

    @abstractmethod
    def command(self, poses: Tensor, goal: Tensor) -> Tensor:
        """The observation group `command` of objects at `poses` (n, objects, 7) and their goals, (n, size)."""

    def aim(self, worlds: Tensor, goal: Tensor) -> None:
        """Give worlds (n,) a goal (n, objects, 7), from now on; what is there already earns nothing."""
        self.state["goal"][worlds] = goal
        self.state["steps"][worlds] = 0.0
        self._compare()

    def alike(self, first: Tensor, second: Tensor) -> Tensor:
        """Which objects look to be in the same place, (n, objects) bool, from two poses (n, objects, 7)."""
        distance, angle = self.apart(first, second)
        return (distance <= self.config.tolerance) & (angle <= self.config.tolerance_rad)

    def apart(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        """Distances, m, and angles up to symmetry, rad, of two poses of each object, (n, objects) each."""
        distance = (first[..., :3] - second[..., :3]).norm(dim=-1)
        return distance, self._alike.angle(first[..., 3:], second[..., 3:])

    def is_valid(self, start: Tensor, end: Tensor) -> Tensor:
        """Whether what a player left, (n, objects, 7), is a goal: something moved, and nothing is off the table."""
        return ~self.alike(start, end).all(dim=1) & ~_beyond(end, self.config.table)

    def is_outside(self, end: Tensor) -> Tensor:
        """Whether an object was left outside the zone, (n,) bool."""
        return _beyond(end, self.config.zone)

    def update(self) -> None:
        """Where the objects are, and which are at their goals."""
        super().update()
        self.poses = self.read_poses()
        self._compare()

    def control(self, action: Tensor) -> None:
        """Remember what is at its goal; a subclass moves the robot."""
        self.state["there"][:] = self.at_goal
        self.state["steps"] += 1.0

    def reward(self) -> Tensor:
        """What came to its goal less what left it, and all at their goals, (nworld, 2)."""
        change = self.at_goal.float() - self.state["there"].float()
        return torch.stack([REWARD_OBJECT * change.sum(dim=1), REWARD_ALL * self.success().float()], dim=1)

    def terminated(self) -> Tensor:
        """All is done, or the time is over: it is the goal's, and critics are told it, so that no value lies beyond."""
        return self.success() | (self.state["steps"] >= self.config.episode_steps)

    def success(self) -> Tensor:
        """Every object is at its goal, (nworld,)."""
        return self.at_goal.all(dim=1)

    def metrics(self) -> dict[str, Tensor]:
        """Mean distance of the objects from their goals, m, and share of them that are there."""
        distance, _ = self.apart(self.poses, self.state["goal"])
        return {"distance/mean": distance.mean(dim=1), "at_goal": self.at_goal.float().mean(dim=1)}

    def _compare(self) -> None:
        self.at_goal = self.alike(self.poses, self.state["goal"])


def _beyond(poses: Tensor, half: tuple[float, float]) -> Tensor:
    """Whether any object's middle is beyond half sides, (n,) bool."""
    return (poses[..., :2].abs() > poses.new_tensor(half)).any(dim=2).any(dim=1)
