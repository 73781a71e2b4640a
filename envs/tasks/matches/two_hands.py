"""What matches of two carried hands over a tray share: the hands, the tray, and what a player knows of both."""

import mujoco
import torch
from pydantic import Field
from torch import Tensor

from envs.joints import DrivenJoints
from envs.match import MatchTask
from envs.physics import Physics
from envs.task import Observation, TaskConfig, Vector
from envs.tasks.matches.arena import FACING, PLAYERS, add_eyes, build_arena, seat_prefix
from envs.tasks.matches.tray import TRAY, handle_of
from envs.tasks.objects import Span
from envs.tasks.synergies import Synergies, Synergy
from hand_model import HandConfig

AWAY, HEIGHT = 0.22, 0.14
"""Of the carriers' tool centres with their joints at zero, from the middle and above the table, m."""

START: Vector = (0.04, 0.0, 0.05)
"""Where a carrier's slides start, m."""

_SOLVER_TOLERANCE = 1e-5

_FINGERS = ("index", "middle", "ring", "little")

OPEN_DEG = {
    "thumb_cmc_flexion": -12.0,
    "thumb_cmc_abduction": 38.0,
    "thumb_ip_flexion": 5.0,
    **{f"{finger}_mcp_flexion": 15.0 for finger in _FINGERS},
    **{f"{finger}_pip_flexion": 20.0 for finger in _FINGERS},
    **{f"{finger}_dip_flexion": 10.0 for finger in _FINGERS},
}
"""The hand before it closes."""

_CURL = (("mcp_flexion", 65.0), ("pip_flexion", 75.0), ("dip_flexion", 50.0))

SYNERGIES = (
    Synergy("fingers", {f"{finger}_{joint}": way for finger in _FINGERS for joint, way in _CURL}, speed=4.0),
    Synergy(
        "thumb", {"thumb_cmc_flexion": 40.0, "thumb_mcp_flexion": 40.0, "thumb_ip_flexion": 45.0}, speed=4.0
    ),
)

SINGLES = {"carrier_x": 0.25, "carrier_y": 0.25, "carrier_z": 0.25, "carrier_pitch": 1.5}
"""Joints that are told themselves, and the largest change of their targets, m/s or rad/s."""


class TwoHandsConfig(TaskConfig):
    """Config of a match of two hands over a tray.

    Attributes:
        hand: both players'.
        friction: sliding coefficient of the tray's contacts, drawn for each match.
        spread: the hands start this far about their places, m.
    """

    episode_seconds: float = Field(default=6.0, gt=0, le=3600)
    hand: HandConfig = HandConfig()
    friction: Span = (0.6, 1.0)
    spread: float = Field(default=0.02, ge=0, le=0.04)


class TwoHands(MatchTask):
    """Two hands at the ends of a table, and a tray with a handle for each.

    Actions close the fingers and the thumb, carry the hand along its own x, y and z, and pitch it.
    `state["values"]` holds what they have come to, (nworld, players, actions).

    Attributes:
        grip: middle between thumb's and middle finger's tip, in each player's own frame, (nworld, players, 3) m.
        handle: middle of each player's own handle, likewise.
        place: the tray's middle in the world, (nworld, 3) m.
    """

    players = PLAYERS
    groups = ("proprioception", "object", "command", "privileged")
    config: TwoHandsConfig

    def __init__(self, config: TwoHandsConfig) -> None:
        super().__init__(config)
        self.config = config

    def build_scene(self) -> mujoco.MjSpec:
        """Two hands over a table; a subclass adds the tray."""
        spec = build_arena(self.config.hand, AWAY, HEIGHT, self.config.rates.timestep)
        spec.option.tolerance = _SOLVER_TOLERANCE
        return spec

    def build_picture(self) -> mujoco.MjSpec:
        """The scene with an eye behind either hand, `red_eye` and `blue_eye`, and light."""
        spec = self.build_scene()
        add_eyes(spec)
        return spec

    def bind(self, physics: Physics, generator: torch.Generator) -> None:
        """Look up both robots' joints, and the tray."""
        super().bind(physics, generator)
        model, device, period = physics.model, physics.device, self.config.rates.control_period
        robots = [DrivenJoints(model, device, seat_prefix(player)) for player in PLAYERS]
        self._own = robots[0]  # both robots are of one build
        self._synergies = Synergies(self._own, OPEN_DEG, SYNERGIES, SINGLES, period)
        self._position = torch.cat([robot.position for robot in robots])
        self._velocity = torch.cat([robot.velocity for robot in robots])
        self._actuators = torch.cat([robot.actuators for robot in robots])
        self._centre, half = (self._own.low + self._own.high) / 2, (self._own.high - self._own.low) / 2
        self._per_half = 1 / half
        names = [handle_of(player) for player in PLAYERS]
        names += [
            f"{seat_prefix(player)}{finger}_tip" for player in PLAYERS for finger in ("thumb", "middle")
        ]
        self._sites = torch.tensor([model.site(name).id for name in names], device=device)
        self._tray, joint = model.body(TRAY).id, model.joint(TRAY)
        self._free, self._spin = int(joint.qposadr[0]), int(joint.dofadr[0])
        first, count = int(model.body_geomadr[self._tray]), int(model.body_geomnum[self._tray])
        self._sliding = physics.expand("geom_friction")[:, first : first + count, 0]
        self._facing = torch.tensor(FACING, device=device)
        # the tray's own x axis, as each player sees it, points away from that player
        away = torch.tensor([[1.0, 1.0, 1.0], [1.0, 1.0, -1.0]], device=device)
        self._seen = torch.cat([10 * self._facing, away, self._facing, 5 * self._facing], dim=1)
        # of place, attitude and speed side by side: place, first and third axis, speed
        self._shown = torch.tensor([0, 1, 2, 3, 6, 9, 5, 8, 11, 12, 13, 14], device=device)
        shape = (physics.nworld, len(PLAYERS), self.player_action_size)
        self.state = {
            "values": torch.zeros(shape, device=device),
            "clock": torch.zeros(physics.nworld, device=device),
            "friction": torch.ones(physics.nworld, device=device),
        }

    @property
    def player_action_size(self) -> int:
        """Fingers, thumb, x, y, z and pitch."""
        return len(SYNERGIES) + len(SINGLES)

    def begin(self, worlds: Tensor, values: Tensor, friction: Tensor) -> Tensor:
        """Start matches in worlds (n,), the hands where `values` put them.

        Args:
            worlds: (n,) int64.
            values: of both players, (n, players, actions).
            friction: where in its range the tray's is, 0 to 1, (n,).

        Returns:
            Rows of `qpos`, (n, nq), to be completed and written back.
        """
        low, high = self.config.friction
        self.state["friction"][worlds] = low + friction * (high - low)
        self.restore()
        self.state["values"][worlds] = values
        self.state["clock"][worlds] = 0.0
        rows = self.physics.field("qpos")[worlds]
        rows[:, self._position] = self._synergies.targets(values).flatten(1).to(rows.dtype)
        self._write_targets()
        return rows

    def start_values(self, offset: Tensor) -> Tensor:
        """Of a player whose open hand is `offset` (n, 3) m about its place, (n, actions)."""
        values = torch.zeros(len(offset), self.player_action_size, device=offset.device)
        values[:, len(SYNERGIES) : len(SYNERGIES) + 3] = offset + torch.tensor(START, device=offset.device)
        return values

    def restore(self) -> None:
        """Give every world's tray its friction."""
        self._sliding[:] = self.state["friction"][:, None].to(self._sliding.dtype)

    def control_players(self, action: Tensor) -> None:
        """Move every player's synergies and carrier by at most their speeds."""
        self.state["clock"] += 1.0
        self.state["values"].copy_(self._synergies.move(self.state["values"], action))
        self._write_targets()

    def update(self) -> None:
        """Where the tray, its handles and the hands are, as each player sees it."""
        physics, players = self.physics, len(PLAYERS)
        place, turned = physics.field("xpos")[:, self._tray], physics.field("xmat")[:, self._tray]
        speed = physics.field("qvel")[:, self._spin : self._spin + 3]
        self._moved = torch.cat([place, turned, speed], dim=1).float()
        self.place = self._moved[:, :3]
        sites = physics.field("site_xpos").index_select(1, self._sites).float()
        self.handle = sites[:, :players] * self._facing
        tips = sites[:, players:].unflatten(1, (players, 2))
        self.grip = tips.mean(dim=2) * self._facing

    def observe_players(self) -> Observation:
        """See `MatchTask`; lengths times 10 1/m, speeds times 5 s/m, joint speeds times 0.1 s/rad."""
        physics, shape = self.physics, (len(PLAYERS), -1)
        qpos = physics.field("qpos").index_select(1, self._position).float().unflatten(1, shape)
        qvel = physics.field("qvel").index_select(1, self._velocity).float().unflatten(1, shape)
        values = self.state["values"]
        angles = (qpos - self._centre) * self._per_half
        grip = 10 * self.grip
        # the other's grip, from its frame to one's own: both turns of the half turn are the same
        other = grip.flip(1) * self._facing[1]
        friction = self.state["friction"][:, None, None].expand(-1, len(PLAYERS), 1)
        tray = self._moved.index_select(1, self._shown)[:, None] * self._seen
        parts = [tray[:, :, :3], 10 * self.handle - grip, tray[:, :, 3:], other]
        return {
            "proprioception": torch.cat([angles, 0.1 * qvel, values, grip], dim=2),
            "object": torch.cat(parts, dim=2),
            "command": self.command(),
            "privileged": torch.cat([angles.flip(1), values.flip(1), friction], dim=2),
        }

    def command(self) -> Tensor:
        """What a player is told: the share of the time that is left, (nworld, players, 1)."""
        left = 1 - self.state["clock"] / self.config.episode_steps
        return left[:, None, None].expand(-1, len(PLAYERS), 1)

    def viewpoint(self) -> tuple[Vector, Vector]:
        """From the side, a little from above."""
        return (0.15, 0.85, -0.5), (0.0, 0.0, 1.0)

    def _write_targets(self) -> None:
        targets = self._own.controls(self._synergies.targets(self.state["values"])).flatten(1)
        ctrl = self.physics.field("ctrl")
        ctrl.index_copy_(1, self._actuators, targets.to(ctrl.dtype))
