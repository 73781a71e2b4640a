"""`thumb-war`: two clasped hands; whoever pins the other's thumb for a second wins."""

import math

import mujoco
import torch
from pydantic import Field
from torch import Tensor

from envs.joints import DrivenJoints
from envs.match import WON, MatchTask, duel_scores
from envs.physics import Physics
from envs.rates import Rates
from envs.registry import register_task
from envs.task import Observation, TaskConfig, Vector
from envs.tasks.matches.arena import COLOURS, FACING, PLAYERS, seat_prefix
from envs.tasks.objects import stiffen
from hand_model import HandConfig, build_hand
from hand_model.locking import lock_joints
from hand_model.scene import new_scene

THUMB = (
    "thumb_cmc_flexion",
    "thumb_cmc_abduction",
    "thumb_mcp_flexion",
    "thumb_mcp_abduction",
    "thumb_ip_flexion",
)
"""The joints that move; all others are locked in the clasp."""

CLASP_DEG = {"mcp_flexion": 20.0, "pip_flexion": 95.0, "dip_flexion": 60.0}
"""Of the fingers' joints by kind: each hand's fingers are hooked into the other's."""

WRIST: Vector = (-0.090, -0.048, 0.10)
"""Of red's hand, m: blue's is turned by half a turn. Palms face each other, thumbs are on top."""

_UP_DEG = {"thumb_cmc_flexion": -4.0, "thumb_cmc_abduction": 12.0}
"""Of the thumbs at the start, which stand upright."""

_RING_DEG = {"thumb_cmc_flexion": (-5.0, 30.0), "thumb_cmc_abduction": (0.0, 20.0)}
"""Where a thumb may be told to go, its base's joints: over the clasp, where it can hardly hide. The other thumb can
come over 99% of random postures there; of those with all that these joints have 77%, and 19% of the highest tenth."""

_START_NOISE_DEG = 3.0
"""Standard deviation of the start's angles about that, the same for both. Thumbs stand close: at 8 degrees one in
ten matches would start with one in the other."""

_SPEED = 6.0
"""Largest change of a joint's target, rad/s: about as fast as the thumb's motors turn it."""

_ON_TOP = 0.5
"""Of the way from the upper thumb to the lower one, what at least points down."""

_WORTH = (0.2, 0.3, 1.0)
"""Of all of `near`, `over` and `pin` to those who explore."""

_NEAR = 0.04
"""Distance over which nearness falls to 1/e, m."""


class ThumbWarConfig(TaskConfig):
    """Config of `thumb-war`.

    Attributes:
        rates: thumbs are quick.
        hand: both players'.
        seconds: for which a thumb has to be pinned, s.
        height: below which a thumb's tip is down, m: a thumb's breadth above the index finger that it lies on.
    """

    rates: Rates = Rates(physics_hz=180, control_hz=18, video_hz=36)
    episode_seconds: float = Field(default=10.0, gt=0, le=3600)
    hand: HandConfig = HandConfig()
    seconds: float = Field(default=1.0, gt=0, le=10)
    height: float = Field(default=0.152, gt=0, le=0.3)


@register_task
class ThumbWar(MatchTask):
    """Hold the other's thumb down for a second.

    Two right hands are clasped as people's are: fingers hooked into each other, thumbs side by side on top. Nothing but
    the thumbs moves. A thumb is pinned while its tip is down and the other thumb touches it from above.

    Actions move the targets of the thumb's five joints. `state["targets"]` holds what they have come to, (nworld,
    players, 5) rad; `state["pinned"]` for how many control steps each player's thumb has been pinned.
    """

    name = "thumb-war"
    config_type = ThumbWarConfig
    players = PLAYERS
    groups = ("proprioception", "object", "command", "privileged")
    player_terms = ("outcome", "near", "over", "pin")
    exploration_terms = ("near", "over", "pin")
    config: ThumbWarConfig

    def __init__(self, config: ThumbWarConfig) -> None:
        super().__init__(config)
        self.config = config

    def build_scene(self) -> mujoco.MjSpec:
        """Two clasped hands over a table."""
        spec = new_scene("thumb-war")
        spec.worldbody.add_geom(
            name="table",
            type=mujoco.mjtGeom.mjGEOM_BOX,
            size=[0.40, 0.20, 0.01],
            pos=[0, 0, -0.01],
            rgba=[0.83, 0.82, 0.79, 1],
        )
        quarter = math.sqrt(0.5)
        x, y, z = WRIST
        # the thumb's side up; a half turn about the vertical makes blue's of red's
        for player, place, turn in (
            ("red", (x, y, z), (quarter, quarter, 0, 0)),
            ("blue", (-x, -y, z), (0, 0, quarter, quarter)),
        ):
            hand = build_hand(self.config.hand)
            lock_joints(hand, {joint.name: _clasped(joint.name) for joint in hand.joints}, keep=THUMB)
            # a palm that does not move is part of the world, whose children the engine does not leave out by itself
            hand.add_exclude(bodyname1="palm", bodyname2="thumb_metacarpal")
            stiffen(hand, self.config.rates.timestep)
            hand.material("skin").rgba = COLOURS[player]
            spec.attach(
                hand, prefix=seat_prefix(player), frame=spec.worldbody.add_frame(pos=place, quat=turn)
            )
        spec.add_sensor(
            name="thumbs",
            type=mujoco.mjtSensor.mjSENS_CONTACT,
            objtype=mujoco.mjtObj.mjOBJ_XBODY,
            objname="red_thumb_metacarpal",
            reftype=mujoco.mjtObj.mjOBJ_XBODY,
            refname="blue_thumb_metacarpal",
            # the deepest contact's normal, from red's thumb to blue's
            intprm=[1 << int(mujoco.mjtConDataField.mjCONDATA_NORMAL), 1, 1],
        )
        return spec

    def bind(self, physics: Physics, generator: torch.Generator) -> None:
        """Look up both thumbs."""
        super().bind(physics, generator)
        model, device, count = physics.model, physics.device, physics.nworld
        robots = [DrivenJoints(model, device, seat_prefix(player)) for player in PLAYERS]
        self._own = robots[0]  # both are of one build
        self._position = torch.cat([robot.position for robot in robots])
        self._velocity = torch.cat([robot.velocity for robot in robots])
        self._actuators = torch.cat([robot.actuators for robot in robots])
        names = [f"{seat_prefix(player)}thumb_tip" for player in PLAYERS]
        self._tips = torch.tensor([model.site(name).id for name in names], device=device)
        bodies = [f"{seat_prefix(player)}thumb_distal" for player in PLAYERS]
        self._distal = torch.tensor([model.body(name).id for name in bodies], device=device)
        self._normal = int(model.sensor("thumbs").adr[0]) + 2
        self._facing = torch.tensor(FACING, device=device)
        self._clasp = torch.tensor([0.0, 0.0, WRIST[2]], device=device)
        self._centre, half = (self._own.low + self._own.high) / 2, (self._own.high - self._own.low) / 2
        self._per_half = 1 / half
        up = [math.radians(_UP_DEG.get(name, 0.0)) for name in self._own.names]
        self._up = torch.tensor(up, device=device)
        self._worth = torch.tensor(_WORTH, device=device)
        limits = [_RING_DEG.get(name, (-math.inf, math.inf)) for name in self._own.names]
        ring = torch.deg2rad(torch.tensor(limits, device=device))
        self._low, self._high = ring[:, 0].maximum(self._own.low), ring[:, 1].minimum(self._own.high)
        self._needed = round(self.config.seconds * self.config.rates.control_hz)
        for name in ("sensordata", "site_xpos", "xpos"):
            physics.field(name)
        self.state = {
            "targets": torch.zeros(count, len(PLAYERS), len(THUMB), device=device),
            "pinned": torch.zeros(count, len(PLAYERS), device=device),
            "clock": torch.zeros(count, device=device),
        }

    @property
    def player_action_size(self) -> int:
        """One for each joint of the thumb."""
        return len(THUMB)

    def reset(self, worlds: Tensor) -> None:
        """Thumbs up, a little askew, both alike."""
        noise = torch.randn(len(worlds), len(THUMB), generator=self.generator).to(self._up.device)
        angles = (self._up + math.radians(_START_NOISE_DEG) * noise).clamp(self._low, self._high)
        both = angles[:, None].expand(-1, len(PLAYERS), -1)
        qpos = self.physics.field("qpos")
        rows = qpos[worlds]
        rows[:, self._position] = both.flatten(1).to(rows.dtype)
        qpos[worlds] = rows
        self.state["targets"][worlds] = both
        self.state["pinned"][worlds] = 0.0
        self.state["clock"][worlds] = 0.0
        self._write_targets()

    def control_players(self, action: Tensor) -> None:
        """Move every thumb's targets by at most their speed, and count for how long thumbs have been down."""
        self._before = self._stages()
        pinned = self.state["pinned"]
        pinned.copy_((pinned + 1) * self.down)
        self.state["clock"] += 1.0
        targets = self.state["targets"] + _SPEED * self.config.rates.control_period * action
        self.state["targets"].copy_(targets.clamp(self._low, self._high))
        self._write_targets()

    def update(self) -> None:
        """Where the thumbs are, and whether one is down under the other."""
        physics = self.physics
        # from the middle of the clasp, in each player's own frame
        self.tip = (
            physics.field("site_xpos").index_select(1, self._tips).float() - self._clasp
        ) * self._facing
        joint = physics.field("xpos").index_select(1, self._distal).float()
        self.knuckle = (joint - self._clasp) * self._facing
        upward = physics.field("sensordata")[:, self._normal].float()
        under = torch.stack([upward > _ON_TOP, upward < -_ON_TOP], dim=1)
        low = self.tip[:, :, 2] + self._clasp[2] < self.config.height
        self.under = under.float()  # whether a player's thumb is touched from above, (nworld, players)
        self.down = (under & low).float()  # and down, likewise

    def observe_players(self) -> Observation:
        """See `MatchTask`; lengths times 20 1/m, joint speeds times 0.1 s/rad."""
        physics, shape = self.physics, (len(PLAYERS), -1)
        qpos = physics.field("qpos").index_select(1, self._position).float().unflatten(1, shape)
        qvel = physics.field("qvel").index_select(1, self._velocity).float().unflatten(1, shape)
        angles = (qpos - self._centre) * self._per_half
        told = (self.state["targets"] - self._centre) * self._per_half
        own = 20 * torch.cat([self.tip, self.knuckle], dim=2)
        # the other's, from its frame to one's own: both turns of the half turn are the same
        other = own.flip(1) * self._facing[1].repeat(2)
        count = torch.stack([self.pinned_share, self.pinned_share.flip(1), self.down], dim=2)
        left = 1 - self.state["clock"] / self.config.episode_steps
        return {
            "proprioception": torch.cat([angles, 0.1 * qvel, told, own], dim=2),
            "object": torch.cat([other, other - own, count], dim=2),
            "command": left[:, None, None].expand(-1, len(PLAYERS), 1),
            "privileged": torch.cat([angles.flip(1), 0.1 * qvel.flip(1), told.flip(1)], dim=2),
        }

    @property
    def pinned_share(self) -> Tensor:
        """For how long each thumb has been down, as a share of what decides, (nworld, players)."""
        return (self.state["pinned"] + 1) * self.down / self._needed

    def scores(self) -> Tensor:
        """See `MatchTask`."""
        red, blue = (self.pinned_share >= 1 - 1e-6).unbind(1)
        return duel_scores(blue, red)

    def reward_players(self) -> Tensor:
        """One for who wins; while exploring, what was gained towards it.

        To draw is to lose: staying away is easier than pinning, and where being pinned costs more than a draw, both do.
        What has been reached is not paid for again.
        """
        won = (self.scores() == WON).float()
        return torch.cat([won[..., None], self._worth * (self._stages() - self._before)], dim=2)

    def _stages(self) -> Tensor:
        """How far each stage of pinning is, 0 to 1, (nworld, players, stages): near, touching from above, pinned.

        Nobody pays for being pinned but by losing: a fine for being the lower one keeps both thumbs up for good before
        either has learned to pin.
        """
        apart = (self.tip[:, 0] - self.tip[:, 1] * self._facing[1]).norm(dim=1, keepdim=True)
        near = torch.exp(apart / -_NEAR).expand(-1, len(PLAYERS))
        return torch.stack([near, self.under.flip(1), self.pinned_share.flip(1)], dim=2)

    def success(self) -> Tensor:
        """Somebody's thumb was pinned for long enough."""
        return (self.pinned_share >= 1 - 1e-6).any(dim=1)

    def terminated(self) -> Tensor:
        """Won, or time is up."""
        return self.success() | (self.state["clock"] >= self.config.episode_steps)

    def match_metrics(self) -> dict[str, Tensor]:
        """Whether a thumb is down at the end."""
        return {"thumb_down": self.down.amax(dim=1)}

    def viewpoint(self) -> tuple[Vector, Vector]:
        """From the side, from above."""
        return (0.35, 0.75, -0.55), (0.0, 0.0, 1.0)

    def _write_targets(self) -> None:
        ctrl = self.physics.field("ctrl")
        shafts = self._own.controls(self.state["targets"]).flatten(1)
        ctrl.index_copy_(1, self._actuators, shafts.to(ctrl.dtype))


def _clasped(joint: str) -> float:
    """Angle of a locked joint, rad."""
    finger, _, kind = joint.partition("_")
    return 0.0 if finger in ("thumb", "wrist") else math.radians(CLASP_DEG.get(kind, 0.0))
