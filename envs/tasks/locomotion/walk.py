"""Walk where told: a velocity ahead, and a heading that turns at a commanded rate."""

import torch
from pydantic import Field
from torch import Tensor

from envs.deployment import Deployment, Signal, Term
from envs.physics import Physics
from envs.registry import register_task
from envs.task import Observation
from envs.tasks.locomotion import stride, terms
from envs.tasks.locomotion.base import LocomotionConfig, LocomotionTask, Weights, terms_of

_STILL = 0.08
"""Speed (m/s) and turning rate (rad/s) below which one stands on both feet."""

_HEADING_GAIN, _CORRECTION = 1.0, 0.3
"""Turning rate for each radian off the heading, 1/s, and the most that it adds, rad/s: a robot that lost its heading is
not told to spin."""


class WalkWeights(Weights):
    """Of walking."""

    speed: float = 1.5
    turning: float = 0.75
    clearance: float = 1.0
    rhythm: float = 0.75
    upright: float = -2.0
    wobble: float = -0.05
    bounce: float = -0.5
    sinking: float = -0.2
    slip: float = -0.25
    stride: float = -0.3
    pose: float = -0.3
    jerk: float = -0.1
    effort: float = -0.2
    fall: float = -60.0


class WalkConfig(LocomotionConfig):
    """The task.

    Attributes:
        speed_range: of the commanded velocity ahead, m/s.
        turn_range: of the commanded turning rate, rad/s, to either side.
        still_share: share of the commands that are to stand.
        command_seconds: time between commands, s.
        swing_height: of a foot in the middle of its swing, m.
    """

    speed_range: tuple[float, float] = (-0.3, 1.2)
    turn_range: float = Field(default=0.8, ge=0, le=2)
    still_share: float = Field(default=0.05, ge=0, le=1)
    command_seconds: float = Field(default=5.0, gt=0)
    swing_height: float = Field(default=0.09, gt=0, le=0.3)
    weights: WalkWeights = WalkWeights()  # pyright: ignore[reportIncompatibleVariableOverride] - it is frozen


@register_task
class Walk(LocomotionTask):
    """Success is being on one's feet at the end; velocity and heading errors are metrics."""

    name = "humanoid-walk"
    config_type = WalkConfig
    groups = ("proprioception", "command", "tracking", "privileged")
    reward_terms = tuple(WalkWeights.model_fields)
    terms = terms_of(WalkWeights, terms)
    config: WalkConfig  # pyright: ignore[reportIncompatibleVariableOverride] - set once

    def bind(self, physics: Physics, generator: torch.Generator) -> None:
        """Allocate commands, clocks and sums."""
        super().bind(physics, generator)
        count, device = physics.nworld, physics.device
        for name in ("speed", "turn", "heading", "phase", "left", "steps", "speed_error", "turn_error"):
            self.state[name] = torch.zeros(count, device=device)

    def reset(self, worlds: Tensor) -> None:
        """Start with a new command, at any phase of the stride."""
        super().reset(worlds)
        device = self.physics.device
        self.state["phase"][worlds] = torch.rand(len(worlds), generator=self.generator).to(device)
        w, z = self.physics.field("qpos")[worlds][:, [3, 6]].float().unbind(1)
        self.state["heading"][worlds] = 2 * torch.atan2(z, w)
        self._command(worlds)

    def control(self, action: Tensor) -> None:
        """Advance the clocks; at times, tell the robot something else."""
        super().control(action)
        period = self.config.rates.control_period
        state = self.state
        state["phase"][:] = torch.where(self.still(), 0.0, (state["phase"] + stride.STEP_HZ * period) % 1.0)
        state["heading"] += state["turn"] * period
        state["left"] -= period
        if len(due := (state["left"] <= 0).nonzero().squeeze(1)):
            self._command(due)

    def update(self) -> None:
        """How far the robot is from what it was told."""
        super().update()
        off = self.state["heading"] - self.yaw
        self.off_heading = torch.atan2(off.sin(), off.cos())

    def observe(self) -> Observation:
        """What the robot senses and is told; the critic knows its velocity and its feet as well."""
        privileged = [self.velocity, self.height[:, None], self.foot_height, self.contact.float()]
        return {
            "proprioception": self.proprioception(),
            **self.told(),
            "privileged": torch.cat([*privileged, self.foot_place.flatten(1), self.effort()], dim=1),
        }

    def told(self) -> dict[str, Tensor]:
        """Velocity ahead, turning rate and the stride's clock; the turning rate that leads to the heading, rad/s."""
        state = self.state
        clock = stride.clock(state["phase"], ~self.still())
        command = torch.stack([state["speed"], state["turn"]], dim=1)
        return {"command": torch.cat([command, clock], dim=1), "tracking": self.wanted_turn()[:, None]}

    def deployment(self) -> Deployment:
        """See `Task.deployment`: whoever tells the robot where to walk keeps its clock and its heading."""
        told = {
            "command": "velocity ahead, m/s; turning rate to the left, rad/s; sine and cosine of the stride's phase, "
            f"which advances by {stride.STEP_HZ:g} turns a second; 1. All but the first two are 0, and the phase "
            f"begins anew, where speed and turning rate are both below {_STILL:g}",
            "tracking": "turning rate, rad/s, that leads to the heading: the commanded one, and "
            f"{_HEADING_GAIN:g} 1/s of the angle to the heading, at most {_CORRECTION:g} rad/s of it either way",
        }
        passed = {name: (Term(Signal("own", (name,))),) for name in told}
        return Deployment({"proprioception": self.felt()} | passed, self.steering(), self.on_feet(), told)

    def reward(self) -> Tensor:
        """See `LocomotionTask.reward`; adds up how far off the robot is."""
        state = self.state
        state["steps"] += 1
        state["speed_error"] += (self.velocity[:, :2] - self.wanted_velocity()).norm(dim=1)
        state["turn_error"] += self.off_heading.abs()
        return super().reward()

    def metrics(self) -> dict[str, Tensor]:
        """Means over the episode: velocity over ground off the commanded one, m/s, and off the heading, rad."""
        steps = self.state["steps"].clamp(min=1)
        return super().metrics() | {
            "velocity_error": self.state["speed_error"] / steps,
            "heading_error": self.state["turn_error"] / steps,
        }

    def still(self) -> Tensor:
        """Worlds that are told to stand, (nworld,) bool."""
        return (self.state["speed"].abs() < _STILL) & (self.state["turn"].abs() < _STILL)

    def wanted_velocity(self) -> Tensor:
        """Ahead and to the left, (nworld, 2) m/s."""
        return torch.stack([self.state["speed"], torch.zeros_like(self.state["speed"])], dim=1)

    def wanted_turn(self) -> Tensor:
        """Turning rate that leads to the heading, (nworld,) rad/s."""
        return self.state["turn"] + (_HEADING_GAIN * self.off_heading).clamp(-_CORRECTION, _CORRECTION)

    def swinging(self) -> Tensor:
        """Which feet should be in the air, (nworld, 2) bool."""
        return (stride.swing(self.state["phase"]) < 1) & ~self.still()[:, None]

    def wanted_foot_height(self) -> Tensor:
        """Of the soles, (nworld, 2) m."""
        return stride.foot_height(self.state["phase"], self.config.swing_height)

    def _command(self, worlds: Tensor) -> None:
        """Draw what to do next."""
        draw = torch.rand(len(worlds), 3, generator=self.generator).to(self.physics.device)
        low, high = self.config.speed_range
        moves = (draw[:, 2] >= self.config.still_share).float()
        self.state["speed"][worlds] = moves * (low + (high - low) * draw[:, 0])
        self.state["turn"][worlds] = moves * self.config.turn_range * (2 * draw[:, 1] - 1)
        self.state["left"][worlds] = self.config.command_seconds
