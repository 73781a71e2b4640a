"""`hand-reach`: bring all five fingertips to the fingertip positions of a target hand pose."""

import torch
from pydantic import Field
from torch import Tensor

from envs.deployment import Bound, Deployment, Signal, Success, Term
from envs.physics import Physics
from envs.registry import register_task
from envs.task import Observation
from envs.tasks.hand import TIPS, HandTask, HandTaskConfig
from envs.tasks.pose_sampler import PoseSampler
from hand_model import FINGERS


class HandReachConfig(HandTaskConfig):
    """Config of `hand-reach`.

    Attributes:
        range_fraction: share of every joint's range over which target and start poses are drawn.
        tolerance: distance of each fingertip to its target that counts as reached, m.
        reward_scale: distance below which the reward flattens, m.
        start_progress: how much of the way from a start pose to the target pose lies behind the hand when an episode
            begins: this share at most, of which the larger of two uniform draws is taken.
    """

    range_fraction: float = Field(default=0.9, ge=0.8, le=1.0)
    tolerance: float = Field(default=0.010, gt=0)
    reward_scale: float = Field(default=0.005, gt=0)
    start_progress: float = Field(default=0.0, ge=0, le=1)


@register_task
class HandReach(HandTask):
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

    def bind(self, physics: Physics, generator: torch.Generator) -> None:
        """Prepare the drawing of poses, and allocate the targets."""
        super().bind(physics, generator)
        self._sampler = PoseSampler(physics.model, self.config.range_fraction, TIPS)
        self.state["target"] = torch.zeros(physics.nworld, len(TIPS), 3, device=physics.device)

    def credit(self) -> Tensor:
        """A digit's joints answer for its own fingertip, the wrist for all five."""
        rows = [
            [name.startswith((f"{finger}_", "wrist_")) for name in self._joints.names] for finger in FINGERS
        ]
        credit = torch.tensor(rows)
        return credit | ~credit.any(dim=0)  # a joint that the hand does not name may move all of it

    def reset(self, worlds: Tensor) -> None:
        """Draw a target pose and, apart from it, a start pose; begin as far between them as the config says."""
        count = len(worlds)
        pose, target = self._sampler.draw(count, self.generator)
        start, _ = self._sampler.draw(count, self.generator)
        if self.config.start_progress:  # else no number is drawn
            draws = torch.rand(count, 2, generator=self.generator, dtype=start.dtype)
            done = self.config.start_progress * draws.amax(dim=1, keepdim=True)
            start = start + done * (pose - start)
        device = self.physics.device
        self.state["target"][worlds] = target.to(device, torch.float32)
        self.state["setpoint"][worlds] = start.to(device, torch.float32)[:, self._joints.position]
        self.physics.field("qpos")[worlds] = start.to(device, self.physics.dtype)
        self.robot.begin(worlds, self.state["setpoint"][worlds])

    def update(self) -> None:
        """Where the fingertips are, and how far from their targets."""
        super().update()
        self._distance = (self._fingertips - self.state["target"]).norm(dim=2)

    def observe(self) -> Observation:
        """What the hand feels of itself; fifteen coordinates; the fingertips' offsets to them."""
        target = self.state["target"]
        return {
            "proprioception": self.proprioception(),
            "command": 10 * target.flatten(1),
            "tracking": 20 * (target - self._fingertips).flatten(1),
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
        return super().metrics() | each | {"distance/mean": distances.mean(dim=1)}

    def goal_points(self) -> dict[str, Tensor]:
        """Each fingertip's target, (nworld, 3) m."""
        return {f"{finger}_tip": self.state["target"][:, i] for i, finger in enumerate(FINGERS)}

    def deployment(self) -> Deployment:
        """See `Task.deployment`: the targets are what the robot is told."""
        tips, goal = Signal("site", TIPS, "xpos"), Signal("own", ("goal",))
        groups = {
            "proprioception": self.felt(),
            "command": (Term(goal, scale=10.0),),
            "tracking": (Term(goal, tips, 20.0),),
        }
        near = Bound(Term(goal, tips), 3, self.config.tolerance)
        told = {"goal": f"x, y, z in the world, m, of where {', '.join(TIPS)} are to be"}
        return Deployment(groups, self.steering(), Success(at_end=(near,)), told)

    def _log_distance(self) -> Tensor:
        return torch.log1p(self._distance / self.config.reward_scale)
