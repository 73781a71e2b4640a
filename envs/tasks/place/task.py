"""`humanoid-place`: take a part from a bin and set it down upright on a mark on the bench."""

import math
from typing import ClassVar

import mujoco
import torch
from pydantic import BaseModel, ConfigDict, Field, field_validator
from torch import Tensor

from envs.factory.furniture import BIN, BIN_WALL
from envs.humanoid import HumanoidConfig
from envs.imperfections import WITHOUT_FEET, ImperfectConfig, ImperfectTask
from envs.joints import DrivenJoints
from envs.physics import Physics
from envs.rates import Rates
from envs.registry import register_task
from envs.task import Observation, Vector
from envs.tasks.objects import ObjectConfig
from envs.tasks.place import terms
from envs.tasks.place.parts import PART, Parts
from envs.tasks.place.reaching import GRIP, Reaching
from envs.tasks.place.scene import (
    BENCH_HEIGHT,
    BIN_PLACE,
    MARK_PLACE,
    MARK_SPREAD,
    PART_SPREAD,
    TOUCH,
    build_place_scene,
)
from hand_model import HandConfig, couple
from hand_model.gearmotors import Gearmotor

_START, _START_SPREAD = (0.28, -0.30, BENCH_HEIGHT + 0.22), 0.03
"""Of the grip, m."""

_LOW, _HIGH = (0.22, -0.50, BENCH_HEIGHT + 0.03), (0.46, 0.04, BENCH_HEIGHT + 0.32)
"""Corners of the box that the grip is told to stay in, m."""

_FASTEST = 0.45
"""Of the grip's target along each axis, m/s."""

_CLOSES = 2.5
"""Fastest closing and opening, 1/s."""

_TIGHTEST = 1.3
"""How far a hand is told to close by an action of 1; 1 is the grasp's own, 0 an open hand's."""

_OVER = BIN[2] + 0.05
"""Height at which a part is carried over the bin's wall, m."""

_CLEARS, _GRIPS_AT = 0.13, 0.015
"""From a part's middle up to a grip that is clear of it, and to where it is gripped, m."""

_PRESSES = 0.2
"""Force from which a digit counts as pressing on the part, N."""

_FALLEN = math.cos(math.radians(60))


class PlaceWeights(BaseModel):
    """Weight of each reward term; `envs.tasks.place.terms` says what each measures."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    reach: float = 0.3
    early: float = -0.02
    close: float = 0.3
    hold: float = 0.5
    carry: float = 1.0
    progress: float = 10.0
    placed: float = 0.5
    released: float = 4.0
    tilt: float = -1.0
    jerk: float = -0.02
    drop: float = -2.0


class PlaceConfig(ImperfectConfig):
    """Config of `humanoid-place`.

    Attributes:
        robot: on a stand, with a right hand that is free; joints beside that arm's hold their pose.
        part: how parts differ.
        tolerance: distance from the mark that counts as on it, m.
        upright_deg: lean that counts as upright, degrees.
        rest_seconds: how long the part must have stood there untouched at the end, s.
        weights: of the reward's terms.
    """

    lacks: ClassVar[tuple[str, ...]] = WITHOUT_FEET
    rates: Rates = Rates(physics_hz=216)
    episode_seconds: float = Field(default=8.0, gt=0, le=3600)
    robot: HumanoidConfig = HumanoidConfig(
        moves="right_arm", hands="right", hand=HandConfig(transmission="coupled")
    )
    part: ObjectConfig = ObjectConfig(density=(600.0, 2000.0))
    tolerance: float = Field(default=0.03, gt=0, le=0.2)
    upright_deg: float = Field(default=10.0, gt=0, le=45)
    rest_seconds: float = Field(default=0.5, ge=0)
    weights: PlaceWeights = PlaceWeights()

    @field_validator("robot")
    @classmethod
    def _reaches(cls, robot: HumanoidConfig) -> HumanoidConfig:
        if not robot.seated or "right" not in robot.free_hands:
            raise ValueError(
                "expected moves: upper or right_arm, and hands: free or right, for a hand that places"
            )
        return robot


@register_task
class Place(ImperfectTask):
    """Success is a part that has stood upright on its mark, untouched, for the last half second.

    An action is four numbers: the velocity of the place that the grip is told to be at, and how far the hand is told to
    close, where 0 and less is an open hand.
    """

    name = "humanoid-place"
    config_type = PlaceConfig
    groups = ("proprioception", "command", "object", "privileged")
    reward_terms = tuple(PlaceWeights.model_fields)
    terms = tuple(getattr(terms, name) for name in PlaceWeights.model_fields)
    config: PlaceConfig  # pyright: ignore[reportIncompatibleVariableOverride] - set once

    def build_scene(self) -> mujoco.MjSpec:
        """The robot at a bench, with a bin to its right and a part in it."""
        return build_place_scene(self.config.robot, self.config.rates.timestep)

    def gearmotors(self) -> list[Gearmotor]:
        """The humanoid's."""
        return self.config.robot.gearmotors()

    def bind(self, physics: Physics, generator: torch.Generator) -> None:
        """Give every world its part, and look up the arm, the hand and what they touch."""
        super().bind(physics, generator)
        model, count, device = physics.model, physics.nworld, physics.device
        self._joints = DrivenJoints(model, device)
        self._reaching = Reaching(model, self._joints, device)
        self._parts = Parts(physics, self.config.part, generator)
        address, dof = int(model.joint(PART).qposadr[0]), int(model.joint(PART).dofadr[0])
        self._at, self._turn = slice(address, address + 3), slice(address + 3, address + 7)
        self._moves = slice(dof, dof + 6)
        self._grip = model.site(GRIP).id
        self._thumb, self._hand = (int(model.sensor(name).adr[0]) for name in TOUCH)
        self._moving = torch.cat([self._reaching.arm, self._reaching.fingers])
        self._low, self._high = (torch.tensor(corner, device=device) for corner in (_LOW, _HIGH))
        weights = [getattr(self.config.weights, name) for name in self.reward_terms]
        self._weights = torch.tensor(weights, device=device)
        for name in ("qpos", "qvel", "site_xpos", "sensordata"):
            physics.field(name)
        self.state = {
            "setpoint": torch.zeros(count, model.nu, device=device),
            "grip": torch.zeros(count, 3, device=device),
            "closure": torch.zeros(count, device=device),
            "mark": torch.zeros(count, 2, device=device),
            "rested": torch.zeros(count, device=device),
            "way": torch.zeros(count, device=device),
            "action": torch.zeros(count, 4, device=device),
            "action_before": torch.zeros(count, 4, device=device),
        }
        part = model.body(PART).id
        self.add_imperfections(self._joints, bodies=[i for i in range(1, model.nbody) if i != part])

    @property
    def action_size(self) -> int:
        """Where to the grip moves, and how far the hand closes."""
        return 4

    def reset(self, worlds: Tensor) -> None:
        """An open hand over the bin, a part that stands in it, and a mark beside it."""
        device = self.physics.device

        def uniform(size: int) -> Tensor:
            return (torch.rand(len(worlds), size, generator=self.generator) * 2 - 1).to(device)

        def about(middle: tuple[float, ...], spread: tuple[float, ...] | float) -> Tensor:
            return torch.tensor(middle, device=device) + torch.tensor(spread, device=device) * uniform(
                len(middle)
            )

        state = self.state
        state["grip"][worlds] = about(_START, _START_SPREAD)
        state["mark"][worlds] = about(MARK_PLACE, MARK_SPREAD)
        for name in ("closure", "rested", "action", "action_before"):
            state[name][worlds] = 0.0
        arm = self._reaching.follow(self._reaching.home(len(worlds)), state["grip"][worlds], rounds=30)
        state["setpoint"][worlds] = 0.0
        state["setpoint"][worlds] = self._posed(arm, state["closure"][worlds], state["setpoint"][worlds])
        qpos = self.physics.field("qpos")
        rows = qpos[worlds].cpu()
        rows[:, self._joints.position.cpu()] = state["setpoint"][worlds].to("cpu", rows.dtype)
        if (model := self.physics.model).neq:
            couple(model, rows.numpy())
        turn = math.pi * uniform(1)[:, 0].cpu()
        rows[:, self._at.start : self._at.start + 2] = about(BIN_PLACE, PART_SPREAD).to("cpu", rows.dtype)
        floor = BENCH_HEIGHT + BIN_WALL
        rows[:, self._at.stop - 1] = (self._parts.half_height[worlds].cpu() + floor).to(rows.dtype)
        rows[:, self._turn] = torch.stack(
            [(turn / 2).cos(), torch.zeros_like(turn), torch.zeros_like(turn), (turn / 2).sin()], dim=1
        ).to(rows.dtype)
        qpos[worlds] = rows.to(qpos.device)
        self.robot.begin(worlds, state["setpoint"][worlds])
        self.update()
        state["way"][worlds] = self.way[worlds]

    def control(self, action: Tensor) -> None:
        """Move the place that the grip is told to be at, open or close the hand, and let the joints follow."""
        state, period = self.state, self.config.rates.control_period
        state["action_before"][:] = state["action"]
        state["action"][:] = action
        state["way"][:] = self.way
        grip = state["grip"] + _FASTEST * period * action[:, :3]
        state["grip"][:] = torch.maximum(torch.minimum(grip, self._high), self._low)
        wanted = _TIGHTEST * action[:, 3].clamp(0, 1)
        state["closure"] += (wanted - state["closure"]).clamp(-_CLOSES * period, _CLOSES * period)
        arm = self._reaching.follow(state["setpoint"][:, self._reaching.arm], state["grip"])
        state["setpoint"][:] = self._posed(arm, state["closure"], state["setpoint"])
        self.robot.tell(state["setpoint"])

    def update(self) -> None:
        """Where the part is and how it stands; see the attributes set here."""
        qpos, qvel = self.physics.field("qpos").float(), self.physics.field("qvel").float()
        self.part = qpos[:, self._at]
        w, x, y, z = qpos[:, self._turn].unbind(1)
        # the part's own up in the world, (nworld, 3)
        self.up = torch.stack([2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)], dim=1)
        self.upright = self.up[:, 2]
        self.speed = qvel[:, self._moves]
        self.grip = self.physics.field("site_xpos")[:, self._grip].float()
        self.to_part = self.part - self.grip
        # over the part, then down around it
        beside, above = self.to_part[:, :2].norm(dim=1), -self.to_part[:, 2] - _GRIPS_AT
        self.hand_way = _way(beside, above, _across(beside, _CLEARS, 0.015, 0.04))
        data = self.physics.field("sensordata").float()
        thumb, hand = (data[:, at : at + 3] for at in (self._thumb, self._hand))
        self.press = torch.stack([thumb.norm(dim=1), (hand - thumb).norm(dim=1)], dim=1)
        self.held = (self.press > _PRESSES).all(dim=1)
        self.off = (self.press == 0).all(dim=1)
        self.height = self.part[:, 2] - self._parts.half_height - BENCH_HEIGHT
        self.to_mark = self.state["mark"] - self.part[:, :2]
        apart = self.to_mark.norm(dim=1)
        # over the wall, then down
        self.over = _across(apart, _OVER, self.config.tolerance, 0.10)
        self.way = _way(apart, self.height, self.over)
        self.placed = (
            (apart < self.config.tolerance)
            & (self.upright > math.cos(math.radians(self.config.upright_deg)))
            & (self.height < 0.008)
        )
        self.lost = (self.upright < _FALLEN) | (self.height < -0.05)

    @property
    def before_way(self) -> Tensor:
        """`way` before the last step."""
        return self.state["way"]

    def observe(self) -> Observation:
        """What arm and hand feel, the mark, the part as it is tracked, and for critics what it is made of."""
        qpos = self.physics.field("qpos")[:, self._joints.position].float() + self.robot.encoder_error()
        qpos = qpos[:, self._moving]
        target = self.state["setpoint"][:, self._moving]
        arm = len(self._reaching.arm)
        middle = (self._low + self._high) / 2
        feels = [
            qpos[:, :arm],
            5 * (target - qpos),
            5 * (self.grip - middle),
            10 * (self.state["grip"] - self.grip),
            self.state["closure"][:, None],
            self.press.clamp(max=20) / 5,
            self.state["action"],
        ]
        mark = torch.cat([self.state["mark"] - middle[:2]], dim=1)
        part = [
            10 * self.to_part,
            self.up,
            5 * self.to_mark,
            10 * self.height[:, None],
            2 * self.speed[:, :3],
        ]
        return {
            "proprioception": torch.cat(feels, dim=1),
            "command": 5 * mark,
            "object": torch.cat([*part, 0.2 * self.speed[:, 3:], 20 * self._half_sizes()], dim=1),
            "privileged": torch.cat([self._parts.features(), self.placed.float()[:, None]], dim=1),
        }

    def reward(self) -> Tensor:
        """Its terms times their weights, (nworld, terms); counts for how long the part has stood."""
        still = (self.speed[:, :3].norm(dim=1) < 0.02) & (self.speed[:, 3:].norm(dim=1) < 0.3)
        stands = self.placed & self.off & still
        self.state["rested"][:] = torch.where(stands, self.state["rested"] + 1, 0.0)
        return torch.stack([term(self) for term in self.terms], dim=1) * self._weights

    def terminated(self) -> Tensor:
        """A part that fell over or off the bench, (nworld,)."""
        return self.lost

    def success(self) -> Tensor:
        """It stands where it belongs, and has been left alone, (nworld,)."""
        return self.state["rested"] >= self.config.rest_seconds * self.config.rates.control_hz

    def metrics(self) -> dict[str, Tensor]:
        """Distance from the mark, m, and whether the part was lost."""
        return super().metrics() | {
            "distance": self.to_mark.norm(dim=1),
            "lost": self.lost.float(),
            "placed": self.placed.float(),
        }

    def joint_targets(self) -> Tensor:
        """The joint targets, (nworld, nu) rad."""
        return self.state["setpoint"]

    def viewpoint(self) -> tuple[Vector, Vector]:
        """From the robot's left and above."""
        return (-0.35, -0.75, -0.55), (0.0, 0.0, 1.0)

    def _half_sizes(self) -> Tensor:
        """Of the parts, (nworld, 2) m: half width and half height, as a tracker has to know them."""
        return torch.stack([self._parts.half_width, self._parts.half_height], dim=1)

    def _posed(self, arm: Tensor, closure: Tensor, setpoint: Tensor) -> Tensor:
        """Joint targets (n, nu) with the arm's and the fingers' put in, within limits."""
        targets = setpoint.clone()
        targets[:, self._reaching.arm] = arm
        targets[:, self._reaching.fingers] = self._reaching.posture(closure)
        return self._joints.clip(targets)


def _across(beside: Tensor, over: float, near: float, width: float) -> Tensor:
    """Height (n,) m that a way asks for: `over` far from its end, and down to nothing near it.

    Args:
        beside: horizontal distance from its end, (n,) m.
        over: at which one goes across, m.
        near: distance from which on one may be down at the end, m.
        width: of the ring around that in which the way goes down, m.
    """
    return over * ((beside - near) / width).clamp(0, 1)


def _way(beside: Tensor, above: Tensor, wanted: Tensor) -> Tensor:
    """Length of a way (n,) m that goes up, across and down.

    Args:
        beside: horizontal distance from its end, (n,) m.
        above: height over its end, (n,) m.
        wanted: height that the way asks for there, (n,) m.
    """
    return beside + (above - wanted).abs() + wanted
