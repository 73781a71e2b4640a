"""`humanoid-sumo`: push the other out of the ring, or down."""

import math

import mujoco
import torch
from pydantic import Field, field_validator
from torch import Tensor

from envs.humanoid import HumanoidConfig, build_humanoid
from envs.humanoid.build import hold_pose
from envs.humanoid.joints import sideless
from envs.humanoid.terrain import Terrain, TerrainConfig
from envs.match import MatchTask, duel_scores
from envs.physics import Physics
from envs.rates import Rates
from envs.registry import register_task
from envs.task import Observation, Vector
from envs.tasks.locomotion.base import LocomotionConfig, LocomotionTask
from envs.tasks.locomotion.loads import CARRYING
from envs.tasks.matches.arena import COLOURS, PLAYERS, seat_prefix
from hand_model.scene import new_scene

APART = 0.60
"""From the ring's middle to each robot at the start, m."""

_START_NOISE = 0.04
"""Standard deviation of the legs' start angles around the pose, rad, the same for both."""

_START_SPEED = 0.1
"""The same of mid-hip's velocity ahead, to the left and up, m/s."""

_STEADY = 0.5
"""Speed towards the other, or outwards, that counts as full, m/s."""


class HumanoidSumoConfig(LocomotionConfig):
    """Config of `humanoid-sumo`.

    Attributes:
        robot: both players'. Legs act; arms are held ahead.
        radius: of the ring, m: whose ankle is beyond has lost.
        tilt_deg: of a pelvis from upright, beyond which its robot is down, degrees.
        height: of mid-hip, below which a robot is down, m.
    """

    rates: Rates = Rates(physics_hz=108, control_hz=36, video_hz=36)
    episode_seconds: float = Field(default=8.0, gt=0, le=3600)
    robot: HumanoidConfig = HumanoidConfig(moves="body", hands="locked")
    radius: float = Field(default=1.5, gt=0.8, le=10)
    tilt_deg: float = Field(default=60.0, gt=0, le=90)
    height: float = Field(default=0.55, gt=0, le=1)

    @field_validator("terrain")
    @classmethod
    def _flat(cls, terrain: TerrainConfig) -> TerrainConfig:
        if terrain.kind != "flat":
            raise ValueError("kind: expected flat, as a ring is")
        return terrain


@register_task
class HumanoidSumo(MatchTask, LocomotionTask):
    """Be the one who is in the ring and on its feet when the other is not.

    Two humanoids face each other on either side of a ring's middle. Whose ankle leaves the ring, or who falls, has
    lost; where both do in one control step, or nobody does in time, the match is drawn.
    """

    name = "humanoid-sumo"
    config_type = HumanoidSumoConfig
    players = PLAYERS
    prefixes = tuple(seat_prefix(player) for player in PLAYERS)
    groups = ("proprioception", "object", "command", "privileged")
    player_terms = ("outcome", "stand", "approach", "push")
    exploration_terms = ("stand", "approach", "push")
    config: HumanoidSumoConfig  # pyright: ignore[reportIncompatibleVariableOverride] - set once

    def build_scene(self) -> mujoco.MjSpec:
        """Two humanoids on either side of a ring's middle."""
        spec = new_scene("sumo")
        spec.compiler.fusestatic = True
        self.terrain = Terrain(self.config.terrain)
        self.terrain.add_to(spec)
        add_ring(spec, self.config.radius)
        for player, x, turn in (("red", -APART, (1, 0, 0, 0)), ("blue", APART, (0, 0, 0, 1))):
            robot = build_humanoid(self.config.robot)
            hold_pose(robot, self.config.robot, self.standing_angle)
            add_belt(robot, player)
            frame = spec.worldbody.add_frame(pos=[x, 0, 0], quat=turn)
            spec.attach(robot, prefix=seat_prefix(player), frame=frame)
        return spec

    def standing_angle(self, joint: str) -> float:
        """The arms are ahead."""
        return CARRYING.get(sideless(joint), super().standing_angle(joint))

    def bind(self, physics: Physics, generator: torch.Generator) -> None:
        """Begin the match's clock."""
        super().bind(physics, generator)
        self.state["clock"] = torch.zeros(physics.nworld, device=physics.device)
        self._upright = torch.as_tensor(physics.model.qpos0, device=physics.device)

    def weights(self) -> list[float]:
        """Of the columns of the reward; they carry their own."""
        return [1.0] * len(self.reward_terms)

    @property
    def player_action_size(self) -> int:
        """One for each joint of the legs."""
        return self._own_legs

    def reset(self, worlds: Tensor) -> None:
        """Face each other, a little disturbed, either as the other's half turn."""
        count, device = len(worlds), self.physics.device
        qpos, qvel = self.physics.field("qpos"), self.physics.field("qvel")
        noise = torch.randn(count, self._own_legs + 3, generator=self.generator).to(device)
        angles = self._pose.repeat(count, 1)
        angles[:, self._legs] += _START_NOISE * noise[:, 3:].repeat(1, len(PLAYERS))
        rows = self._upright.repeat(count, 1).to(qpos.dtype)
        rows[:, self._joints.position] = self._joints.clip(angles).to(qpos.dtype)
        rows[:, self._root[:, 2]] = self.stance_height + 0.01
        qpos[worlds] = rows
        moves = torch.zeros(count, qvel.shape[1], dtype=qvel.dtype, device=device)
        own = _START_SPEED * noise[:, :3]
        facing = torch.tensor([[1.0, 1.0, 1.0], [-1.0, -1.0, 1.0]], device=device)
        moves[:, self._root_speed[:, :3].flatten()] = (own[:, None] * facing).flatten(1).to(qvel.dtype)
        qvel[worlds] = moves
        for name in ("actions", "push", "push_left", "clock"):
            self.state[name][worlds] = 0
        self.robot.begin(worlds, self._targets()[worlds])

    def control_players(self, action: Tensor) -> None:
        """Move the legs' targets around the pose."""
        self.state["clock"] += 1.0
        LocomotionTask.control(self, action.flatten(1))

    def update(self) -> None:
        """How both stand, and where the other is, as each sees it."""
        super().update()
        self.lost = (self._out() | self._down()).unflatten(0, (-1, len(PLAYERS)))
        # of mid-hip over ground, (nworld, players, 2)
        place = self.place[:, :2].unflatten(0, (-1, len(PLAYERS)))
        cos, sin = (f.unflatten(0, (-1, len(PLAYERS))) for f in (self.yaw.cos(), self.yaw.sin()))
        velocity = self.velocity[:, :2].unflatten(0, (-1, len(PLAYERS)))
        world = _turned(velocity, cos, -sin)
        away = place.flip(1) - place
        self.apart = away.norm(dim=2, keepdim=True)
        self.towards = away / self.apart.clamp(min=1e-3)
        self.world_velocity, self.from_middle = world, place
        self.seen = [_turned(v, cos, sin) for v in (away, world.flip(1) - world, place)]

    def observe_players(self) -> Observation:
        """See `MatchTask`; what a robot sees of the other and of the ring is ahead and to the left of it."""
        players = len(PLAYERS)

        def seats(rows: Tensor) -> Tensor:
            return rows.unflatten(0, (-1, players))

        down, spin = seats(self.down).flip(1), 0.25 * seats(self.spin).flip(1)
        turn = seats(self.yaw).flip(1) - seats(self.yaw)
        facing = torch.stack([turn.cos(), turn.sin()], dim=2)
        edge = self.config.radius - self.from_middle.norm(dim=2, keepdim=True)
        left = 1 - self.state["clock"] / self.config.episode_steps
        hidden = [self.velocity, self.height[:, None], self.foot_height, self.contact.float()]
        return {
            "proprioception": seats(self.proprioception()),
            "object": torch.cat([*self.seen, edge, facing, down, spin], dim=2),
            "command": left[:, None, None].expand(-1, players, 1),
            "privileged": seats(torch.cat([*hidden, self.foot_place.flatten(1), self.effort()], dim=1)),
        }

    def scores(self) -> Tensor:
        """See `MatchTask`."""
        red, blue = self.lost.unbind(1)
        return duel_scores(blue, red)

    def reward_players(self) -> Tensor:
        """Plus or minus one as a match ends; while exploring, standing, closing in, and driving the other outwards."""
        period = self.config.rates.control_period
        tilt = self.down[:, :2].square().sum(dim=1).unflatten(0, (-1, len(PLAYERS)))
        stand = period * (1 - 2 * tilt)
        closing = (self.world_velocity * self.towards).sum(dim=2) / _STEADY
        near = self.apart[:, :, 0] < APART
        approach = 0.5 * period * torch.where(near, 1.0, closing.clamp(-1, 1))
        outwards = self.from_middle / self.from_middle.norm(dim=2, keepdim=True).clamp(min=1e-3)
        driven = (self.world_velocity * outwards).sum(dim=2).flip(1) / _STEADY
        push = 0.5 * period * torch.where(near, driven.clamp(-1, 1), 0.0)
        return torch.stack([2 * self.scores() - 1, stand, approach, push], dim=2)

    def terminated(self) -> Tensor:
        """Somebody has lost."""
        return self.lost.any(dim=1)

    def success(self) -> Tensor:
        """Nobody fell."""
        return ~self.fallen()

    def match_metrics(self) -> dict[str, Tensor]:
        """How many fell, and how many left the ring, at the end."""
        rows = {"fell": self._down(), "out": self._out()}
        return {
            name: values.unflatten(0, (-1, len(PLAYERS))).float().sum(dim=1) for name, values in rows.items()
        }

    def viewpoint(self) -> tuple[Vector, Vector]:
        """From the side, from above."""
        return (-0.15, 0.9, -0.45), (0.0, 0.0, 1.0)

    def _down(self) -> Tensor:
        """Robots that are down, (rows,) bool."""
        return (self.down[:, 2] > -math.cos(math.radians(self.config.tilt_deg))) | (
            self.height < self.config.height
        )

    def _out(self) -> Tensor:
        """Robots with an ankle outside the ring, (rows,) bool."""
        ankles = self._rows(self.physics.field("xpos")[:, self._feet].float())[:, :, :2]
        return (ankles.norm(dim=2) > self.config.radius).any(dim=1)


def add_ring(spec: mujoco.MjSpec, radius: float) -> None:
    """Draw a clay disc with a straw border on the ground; they touch nothing."""
    seen = {"contype": 0, "conaffinity": 0, "group": 1}
    for name, size, height, colour in (
        ("border", radius + 0.10, 0.003, (0.88, 0.84, 0.72, 1)),
        ("clay", radius, 0.004, (0.66, 0.47, 0.33, 1)),
    ):
        spec.worldbody.add_geom(
            name=name,
            type=mujoco.mjtGeom.mjGEOM_CYLINDER,
            size=[size, height / 2, 0],
            pos=[0, 0, height / 2],
            rgba=colour,
            **seen,
        )
    for x in (-APART, APART):
        spec.worldbody.add_geom(
            type=mujoco.mjtGeom.mjGEOM_BOX,
            size=[0.02, 0.35, 0.003],
            pos=[math.copysign(abs(x) - 0.25, x), 0, 0.003],
            rgba=[0.93, 0.92, 0.88, 1],
            **seen,
        )


def add_belt(robot: mujoco.MjSpec, player: str) -> None:
    """Tie a belt of the player's colour about the pelvis; it has no mass and touches nothing."""
    robot.body("pelvis").add_geom(
        name="belt",
        type=mujoco.mjtGeom.mjGEOM_ELLIPSOID,
        size=[0.125, 0.175, 0.05],
        pos=[0, 0, 0.06],
        rgba=COLOURS[player],
        contype=0,
        conaffinity=0,
        mass=0,
        group=1,
    )


def _turned(vectors: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Vectors of the world (n, players, 2) ahead and to the left of bodies that face along (cos, sin)."""
    x, y = vectors.unbind(2)
    return torch.stack([cos * x + sin * y, cos * y - sin * x], dim=2)
