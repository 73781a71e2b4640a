"""`hand-tug`: two hands fight over one object across a line."""

import math

import mujoco
import torch
from pydantic import Field
from torch import Tensor

from envs.joints import DrivenJoints
from envs.match import DRAWN, LOST, WON, MatchTask
from envs.physics import Physics
from envs.registry import register_task
from envs.task import Observation, TaskConfig, Vector
from envs.tasks.matches.arena import PLAYERS, build_arena, facing, own_frame, seat_prefix
from envs.tasks.objects import Span, matter
from envs.tasks.synergies import Synergies, Synergy
from hand_model import HandConfig

PRIZE = "prize"
"""The body that is fought over, and its joint."""

HANDLE_X, HANDLE_Z = 0.10, 0.075
"""From the prize's middle to each handle's axis, m; the axis lies along y."""

_HANDLE_RADIUS, _HANDLE_HALF = 0.012, 0.055
_BASE_HALF = (0.13, 0.045, 0.008)
_POST_RADIUS = 0.006
"""A board with a towel rail at either end; half sizes and radii, m."""

_AWAY, _HEIGHT = 0.22, 0.14
"""Of the carriers' tool centres with their joints at zero, from the middle and above the table, m."""

_SOLVER_TOLERANCE = 1e-5

OPEN_DEG = {
    "thumb_cmc_flexion": -12.0,
    "thumb_cmc_abduction": 38.0,
    "thumb_ip_flexion": 5.0,
    **{f"{finger}_mcp_flexion": 15.0 for finger in ("index", "middle", "ring", "little")},
    **{f"{finger}_pip_flexion": 20.0 for finger in ("index", "middle", "ring", "little")},
    **{f"{finger}_dip_flexion": 10.0 for finger in ("index", "middle", "ring", "little")},
}
"""The hand before it closes."""

SYNERGIES = (
    Synergy(
        "fingers",
        {
            f"{finger}_{joint}": way
            for finger in ("index", "middle", "ring", "little")
            for joint, way in (("mcp_flexion", 65.0), ("pip_flexion", 75.0), ("dip_flexion", 50.0))
        },
        speed=4.0,
    ),
    Synergy(
        "thumb", {"thumb_cmc_flexion": 40.0, "thumb_mcp_flexion": 40.0, "thumb_ip_flexion": 45.0}, speed=4.0
    ),
)

SINGLES = {"carrier_x": 0.25, "carrier_y": 0.25, "carrier_z": 0.25, "carrier_pitch": 1.5}
"""Joints that are told themselves, and the largest change of their targets, m/s or rad/s."""


class HandTugConfig(TaskConfig):
    """Config of `hand-tug`.

    Attributes:
        hand: both players'.
        line: how far the prize's middle has to be on a player's side to be won, m.
        friction: sliding coefficient of the prize's contacts, drawn for each match.
        turn: the prize starts turned by up to this much about the vertical, rad.
        spread: the hands start this far about their places, m; each the other's, turned by half a turn.
    """

    episode_seconds: float = Field(default=6.0, gt=0, le=3600)
    hand: HandConfig = HandConfig()
    line: float = Field(default=0.10, gt=0, le=0.25)
    friction: Span = (0.6, 1.0)
    turn: float = Field(default=0.2, ge=0, le=0.5)
    spread: float = Field(default=0.02, ge=0, le=0.04)


@register_task
class HandTug(MatchTask):
    """Pull the prize over one's own line before the other does.

    The prize, a board with a handle at either end, lies across the middle of a table. It is won once its middle is
    `line` on a player's side; a match that nobody wins in time is drawn. A start is the same for both players: a half
    turn of the scene changes nothing.

    Actions close the fingers and the thumb, carry the hand along its own x, y and z, and pitch it.
    `state["values"]` holds what they have come to, (nworld, players, actions).
    """

    name = "hand-tug"
    config_type = HandTugConfig
    players = PLAYERS
    groups = ("proprioception", "object", "command", "privileged")
    player_terms = ("outcome", "reach", "pull")
    exploration_terms = ("reach", "pull")
    config: HandTugConfig

    def __init__(self, config: HandTugConfig) -> None:
        super().__init__(config)
        self.config = config

    def build_scene(self) -> mujoco.MjSpec:
        """Two hands over a table, and the prize between them."""
        timestep = self.config.rates.timestep
        spec = build_arena(self.config.hand, _AWAY, _HEIGHT, timestep)
        spec.option.tolerance = _SOLVER_TOLERANCE
        add_prize(spec, timestep)
        add_lines(spec, self.config.line)
        return spec

    def bind(self, physics: Physics, generator: torch.Generator) -> None:
        """Look up both robots' joints, and the prize."""
        super().bind(physics, generator)
        model, device, period = physics.model, physics.device, self.config.rates.control_period
        self._robots = [DrivenJoints(model, device, seat_prefix(player)) for player in PLAYERS]
        own = self._robots[0]  # both robots are of one build
        self._synergies = Synergies(own, OPEN_DEG, SYNERGIES, SINGLES, period)
        self._position = torch.stack([robot.position for robot in self._robots])
        self._velocity = torch.stack([robot.velocity for robot in self._robots])
        self._centre, self._half = (own.low + own.high) / 2, (own.high - own.low) / 2
        tips = [
            [model.site(f"{seat_prefix(p)}{finger}_tip").id for finger in ("thumb", "middle")]
            for p in PLAYERS
        ]
        self._tips = torch.tensor(tips, device=device)
        self._prize, joint = model.body(PRIZE).id, model.joint(PRIZE)
        self._free, self._spin = int(joint.qposadr[0]), int(joint.dofadr[0])
        first, count = int(model.body_geomadr[self._prize]), int(model.body_geomnum[self._prize])
        self._sliding = physics.expand("geom_friction")[:, first : first + count, 0]
        shape = (physics.nworld, len(PLAYERS), self.player_action_size)
        self.state = {
            "values": torch.zeros(shape, device=device),
            "clock": torch.zeros(physics.nworld, device=device),
            "along": torch.zeros(physics.nworld, device=device),
            "friction": torch.ones(physics.nworld, device=device),
        }

    @property
    def player_action_size(self) -> int:
        """Fingers, thumb, x, y, z and pitch."""
        return len(SYNERGIES) + len(SINGLES)

    def reset(self, worlds: Tensor) -> None:
        """Lay the prize across the middle, and hold the hands over its handles, open."""
        config, device, count = self.config, self.physics.device, len(worlds)
        draw = 2 * torch.rand(count, 5, generator=self.generator).to(device) - 1
        low, high = config.friction
        self.state["friction"][worlds] = low + (draw[:, 4] + 1) / 2 * (high - low)
        self.restore()
        values = torch.zeros(count, self.player_action_size, device=device)
        start = torch.tensor([0.04, 0.0, 0.05], device=device)
        values[:, len(SYNERGIES) : len(SYNERGIES) + 3] = start + config.spread * draw[:, :3]
        both = values[:, None].expand(-1, len(PLAYERS), -1)
        targets = self._synergies.targets(both)
        qpos, turn = self.physics.field("qpos"), config.turn * draw[:, 3]
        rows = qpos[worlds]
        rows[:, self._position.flatten()] = targets.flatten(1).to(rows.dtype)
        rows[:, self._free + 3] = torch.cos(turn / 2).to(rows.dtype)
        rows[:, self._free + 6] = torch.sin(turn / 2).to(rows.dtype)
        qpos[worlds] = rows
        self.state["values"][worlds] = both
        self.state["clock"][worlds] = 0.0
        self.state["along"][worlds] = 0.0
        self._write_targets()

    def restore(self) -> None:
        """Give every world's prize its friction."""
        self._sliding[:] = self.state["friction"][:, None].to(self._sliding.dtype)

    def control_players(self, action: Tensor) -> None:
        """Move every player's synergies and carrier by at most their speeds."""
        self.state["along"][:] = self.physics.field("xpos")[:, self._prize, 0].float()
        self.state["clock"] += 1.0
        self.state["values"][:] = self._synergies.move(self.state["values"], action)
        self._write_targets()

    def update(self) -> None:
        """Where the prize, its handles and the hands are, as each player sees it."""
        xpos = self.physics.field("xpos")[:, self._prize].float()
        turned = self.physics.field("xmat")[:, self._prize].float().unflatten(1, (3, 3))
        self._along = xpos[:, 0]
        self._middle = facing(xpos)
        ends = torch.tensor([[-HANDLE_X, 0, HANDLE_Z], [HANDLE_X, 0, HANDLE_Z]], device=xpos.device)
        handles = xpos[:, None] + ends @ turned.transpose(1, 2)
        self._handle = own_frame(handles)
        # the board's own x axis, as each player sees it, points away from that player
        self._heading = torch.stack([turned[:, :, 0], turned[:, :, 0] * turned.new_tensor([1, 1, -1])], dim=1)
        self._upright = torch.stack(
            [turned[:, :, 2], turned[:, :, 2] * turned.new_tensor([-1, -1, 1])], dim=1
        )
        tips = self.physics.field("site_xpos")[:, self._tips].float()
        self._grip = own_frame(tips.mean(dim=2))
        qvel = self.physics.field("qvel")[:, self._spin : self._spin + 3].float()
        self._speed = facing(qvel)

    def observe_players(self) -> Observation:
        """See `MatchTask`; lengths times 10 1/m, speeds times 5 s/m, joint speeds times 0.1 s/rad."""
        qpos = self.physics.field("qpos")[:, self._position].float()
        qvel = self.physics.field("qvel")[:, self._velocity].float()
        values = self.state["values"]
        angles = (qpos - self._centre) / self._half
        other = (angles.flip(1), 10 * own_frame(own_frame(self._grip).flip(1)))
        left = 1 - self.state["clock"] / self.config.episode_steps
        friction = self.state["friction"][:, None, None].expand(-1, len(PLAYERS), 1)
        return {
            "proprioception": torch.cat([angles, 0.1 * qvel, values, 10 * self._grip], dim=2),
            "object": torch.cat(
                [
                    10 * self._middle,
                    10 * (self._handle - self._grip),
                    self._heading,
                    self._upright,
                    5 * self._speed,
                    other[1],
                ],
                dim=2,
            ),
            "command": left[:, None, None].expand(-1, len(PLAYERS), 1),
            "privileged": torch.cat([other[0], values.flip(1), friction], dim=2),
        }

    def scores(self) -> Tensor:
        """See `MatchTask`."""
        red = torch.where(self._along <= -self.config.line, WON, DRAWN)
        red = torch.where(self._along >= self.config.line, LOST, red)
        return torch.stack([red, WON - red], dim=1).float()

    def reward_players(self) -> Tensor:
        """Plus or minus one as a match is won or lost; while exploring, nearness to the handle and what was pulled."""
        outcome = 2 * self.scores() - 1
        distance = (self._handle - self._grip).norm(dim=2)
        reach = 0.05 * torch.exp(-distance / 0.05)
        pulled = self.state["along"] - self._along
        pull = 5 * torch.stack([pulled, -pulled], dim=1)
        return torch.stack([outcome, reach, pull], dim=2)

    def terminated(self) -> Tensor:
        """Somebody has won."""
        return self._along.abs() >= self.config.line

    def match_metrics(self) -> dict[str, Tensor]:
        """How far the prize is on red's side, m."""
        return {"prize/red_side": -self._along}

    def viewpoint(self) -> tuple[Vector, Vector]:
        """From the side, a little from above."""
        return (0.15, 0.85, -0.5), (0.0, 0.0, 1.0)

    def _write_targets(self) -> None:
        targets = self._synergies.targets(self.state["values"])
        ctrl = self.physics.field("ctrl")
        for robot, rows in zip(self._robots, targets.unbind(1), strict=True):
            ctrl[:, robot.actuators] = robot.controls(rows).to(ctrl.dtype)


def add_prize(spec: mujoco.MjSpec, timestep: float) -> None:
    """Add the prize: a board on the table with a handle at either end."""
    solid, (box, capsule) = matter(timestep), (mujoco.mjtGeom.mjGEOM_BOX, mujoco.mjtGeom.mjGEOM_CAPSULE)
    body = spec.worldbody.add_body(name=PRIZE, pos=[0, 0, _BASE_HALF[2]])
    body.add_freejoint(name=PRIZE)
    body.add_geom(name="board", type=box, size=_BASE_HALF, rgba=[0.62, 0.47, 0.31, 1], **solid)
    for end, x in (("red", -HANDLE_X), ("blue", HANDLE_X)):
        rail = {"type": capsule, "rgba": [0.25, 0.27, 0.30, 1], **solid}
        bar = [x, -_HANDLE_HALF, HANDLE_Z, x, _HANDLE_HALF, HANDLE_Z]
        body.add_geom(name=f"{end}_handle", fromto=bar, size=[_HANDLE_RADIUS, 0, 0], **rail)
        for side in (-1, 1):
            y = side * _HANDLE_HALF
            post = [x, y, HANDLE_Z, x, math.copysign(_BASE_HALF[1] - _POST_RADIUS, side), 0.0]
            body.add_geom(name=f"{end}_post_{side}", fromto=post, size=[_POST_RADIUS, 0, 0], **rail)


def add_lines(spec: mujoco.MjSpec, line: float) -> None:
    """Draw the players' lines and the middle on the table; they touch nothing."""
    for x, colour in (
        (-line, (0.8, 0.3, 0.25, 1)),
        (0.0, (0.35, 0.35, 0.35, 1)),
        (line, (0.25, 0.45, 0.8, 1)),
    ):
        spec.worldbody.add_geom(
            type=mujoco.mjtGeom.mjGEOM_BOX,
            size=[0.002, 0.35, 0.0005],
            pos=[x, 0, 0.0005],
            rgba=colour,
            contype=0,
            conaffinity=0,
            group=1,
        )
