"""`hand-over`: one hand gives the other what it holds."""

import mujoco
import torch
from pydantic import Field
from torch import Tensor

from envs.match import LOST, WON
from envs.physics import Physics
from envs.registry import register_task
from envs.tasks.matches.arena import PLAYERS, seat_prefix
from envs.tasks.matches.tray import BASE_HALF, CORNERS, RAIL_ENDS, RAIL_RADIUS, TRAY, add_tray
from envs.tasks.matches.two_hands import SYNERGIES, TwoHands, TwoHandsConfig

_DENSITY = 160.0
"""Of the tray, kg/m³, balsa's: about 80 g, so that a grip at one end bears it."""

_NEAR_GIVER = 0.06
"""How far the tray's middle is on the giver's side at the start, m."""

_LIFTED = 0.11
"""Of the tray above the table at the start, m."""

_FALLEN = 0.02
"""Height of the tray's lowest point at which it has been dropped, m."""

_APPROACH, _CLOSE = 16, 12
"""Control steps in which a hand finds its grip, and closes."""

_GIVER, _RECEIVER = 1.0, -1.0

_WORTH = (0.5, 1.0, 1.0, 2.0)
"""Of all of `reach`, `grasp`, `release` and `alone` to those who explore."""

_TOWARDS_HANDLE, _AT_HANDLE = 0.08, 0.03
"""Distances over which being near a handle falls to 1/e: for coming to it, and for closing about it, m."""


class HandOverConfig(TwoHandsConfig):
    """Config of `hand-over`.

    Attributes:
        seconds: for which the receiver alone has to hold the tray, s.
    """

    seconds: float = Field(default=0.5, gt=0, le=10)


@register_task
class HandOver(TwoHands):
    """Give the tray from one hand to the other, and let go.

    The giver, red in one half of all matches and blue in the other, holds the tray by its handle at the start. Both
    succeed once the receiver alone has touched it, and nothing else, for `seconds`; they fail where it is dropped, or
    time runs out. What each of them gets is the same: a convention between the two, and a partner that knows another
    one, are all that can go wrong.

    `state["giver"]` is each player's role, (nworld, players): 1 gives, -1 receives.
    """

    name = "hand-over"
    config_type = HandOverConfig
    cooperative = True
    player_terms = ("outcome", "reach", "grasp", "release", "alone")
    exploration_terms = ("reach", "grasp", "release", "alone")
    config: HandOverConfig  # pyright: ignore[reportIncompatibleVariableOverride] - set once

    def build_scene(self) -> mujoco.MjSpec:
        """Two hands over a table, the tray, and what tells who touches it."""
        spec = super().build_scene()
        add_tray(spec, self.config.rates.timestep, _DENSITY)
        for player in PLAYERS:
            spec.add_sensor(
                name=f"{player}_touches",
                type=mujoco.mjtSensor.mjSENS_CONTACT,
                objtype=mujoco.mjtObj.mjOBJ_XBODY,
                objname=f"{seat_prefix(player)}carrier_x",
                reftype=mujoco.mjtObj.mjOBJ_BODY,
                refname=TRAY,
                intprm=[1 << int(mujoco.mjtConDataField.mjCONDATA_FOUND), 1, 1],
            )
        return spec

    def bind(self, physics: Physics, generator: torch.Generator) -> None:
        """Find how a hand holds the tray."""
        super().bind(physics, generator)
        model, device, count = physics.model, physics.device, physics.nworld
        touches = [int(model.sensor(f"{player}_touches").adr[0]) for player in PLAYERS]
        self._touches = torch.tensor(touches, device=device)
        physics.field("sensordata")
        # one more than there are periods: who is seen to have it at both ends of a period has had it for that long
        self._needed = round(self.config.seconds * self.config.rates.control_hz) + 1
        self._held_values, self._held_joints = self._settled_grip()
        self._ends = torch.tensor(CORNERS + RAIL_ENDS, device=device).T
        self._round = torch.tensor([0.0] * len(CORNERS) + [RAIL_RADIUS] * len(RAIL_ENDS), device=device)
        self._worth = torch.tensor(_WORTH, device=device)
        self.state["giver"] = torch.ones(count, len(PLAYERS), device=device)
        self.state["held"] = torch.zeros(count, device=device)

    def reset(self, worlds: Tensor) -> None:
        """One hand holds the tray, the other is open, near it."""
        count, device = len(worlds), self.physics.device
        draw = 2 * torch.rand(count, 5, generator=self.generator).to(device) - 1
        gives = torch.where(draw[:, 4] < 0, 0, 1)  # the giver's seat
        role = torch.full((count, len(PLAYERS)), _RECEIVER, device=device)
        role.scatter_(1, gives[:, None], _GIVER)
        mine = (role == _GIVER)[..., None]
        waiting = self.start_values(self.config.spread * draw[:, :3])
        waiting[:, len(SYNERGIES) + 2] += _LIFTED
        rows = self.begin(
            worlds, torch.where(mine, self._held_values, waiting[:, None]), (draw[:, 3] + 1) / 2
        )
        joints = rows[:, self._position].unflatten(1, (len(PLAYERS), -1))
        joints = torch.where(mine, self._held_joints.to(rows.dtype), joints)
        rows[:, self._position] = joints.flatten(1)
        rows[:, self._free] = (_NEAR_GIVER * torch.where(gives == 0, -1.0, 1.0)).to(rows.dtype)
        rows[:, self._free + 2] = BASE_HALF[2] + _LIFTED
        self.physics.field("qpos")[worlds] = rows
        self.state["giver"][worlds] = role
        self.state["held"][worlds] = 0.0

    def control_players(self, action: Tensor) -> None:
        """Count for how long the receiver alone has had the tray."""
        self._before = self._stages()
        self.state["held"].copy_((self.state["held"] + 1) * self.alone)
        super().control_players(action)

    def update(self) -> None:
        """Who touches the tray, and how high its lowest point is."""
        super().update()
        self.touching = (self.physics.field("sensordata").index_select(1, self._touches) > 0).float()
        # third row of its attitude: how high every end is above its middle
        above = self._moved[:, 9:12] @ self._ends - self._round
        self.underside = self.place[:, 2] + above.amin(dim=1)
        gives = self.state["giver"] == _GIVER
        taken = torch.where(gives, 0.0, self.touching).sum(dim=1)
        kept = torch.where(gives, self.touching, 0.0).sum(dim=1)
        self.alone = taken * (1 - kept) * (self.underside > _FALLEN)

    def command(self) -> Tensor:
        """The time that is left, the role, who touches the tray, and for how long the receiver alone has."""
        held = self.held_share[:, None, None].expand(-1, len(PLAYERS), 1)
        felt = torch.stack([self.touching, self.touching.flip(1)], dim=2)
        return torch.cat([super().command(), self.state["giver"][..., None], felt, held], dim=2)

    @property
    def held_share(self) -> Tensor:
        """For how long the receiver alone has had the tray, as a share of what is asked, (nworld,)."""
        return (self.state["held"] + 1) * self.alone / self._needed

    def scores(self) -> Tensor:
        """See `MatchTask`: both won or both lost."""
        return torch.where(self.success(), WON, LOST)[:, None].expand(-1, len(PLAYERS))

    def reward_players(self) -> Tensor:
        """Plus one for a hand-over, minus one for a drop; while exploring, what the two came further or fell back.

        What has been reached is not paid for again: two that earn by the moment wait before the end that ends it.
        """
        outcome = self.success().float() - self._dropped().float()
        gained = self._worth * (self._stages() - self._before)
        terms = torch.cat([outcome[:, None], gained], dim=1)
        return terms[:, None].expand(-1, len(PLAYERS), -1)

    def _stages(self) -> Tensor:
        """How far each stage of a hand-over is, 0 to 1, (nworld, stages).

        The receiver's grip comes to its handle and closes about it; then the giver's opens; then the tray is the
        receiver's alone. Touch and having let go are not enough: a giver that opens early drops the tray, and so learns
        to hold it for good.
        """
        receives = (self.state["giver"] == _RECEIVER).float()
        distance = (self.handle - self.grip).norm(dim=2)
        closed = self.state["values"][..., : len(SYNERGIES)].mean(dim=2)

        def of(role: Tensor, figure: Tensor) -> Tensor:
            return (role * figure).sum(dim=1)

        up = (self.underside > _FALLEN).float()
        reach = of(receives, torch.exp(distance / -_TOWARDS_HANDLE))
        grasp = of(receives, torch.exp(distance / -_AT_HANDLE) * closed) * up
        release = grasp * of(receives, self.touching) * (1 - of(1 - receives, closed))
        return torch.stack([reach, grasp, release, self.held_share], dim=1)

    def success(self) -> Tensor:
        """The receiver has had the tray for long enough."""
        return self.held_share >= 1 - 1e-6

    def terminated(self) -> Tensor:
        """Handed over, or dropped."""
        return self.success() | self._dropped()

    def match_metrics(self) -> dict[str, Tensor]:
        """Whether it was dropped, and whether the receiver touches it at the end."""
        receives = self.state["giver"] == _RECEIVER
        return {
            "dropped": self._dropped().float(),
            "taken": torch.where(receives, self.touching, 0.0).sum(dim=1),
        }

    def _dropped(self) -> Tensor:
        return self.underside < _FALLEN

    def _settled_grip(self) -> tuple[Tensor, Tensor]:
        """How a hand holds a tray that something else still carries: values (actions,) and its joints (nu,)."""
        model, own = self.physics.model, self._own
        data = mujoco.MjData(model)
        names = [model.site(int(i)).name for i in self._sites]
        handle, tips = names[0], [name for name in names if name.startswith(seat_prefix(PLAYERS[0]))][1:]
        values = self.start_values(torch.zeros(1, 3, device=own.low.device))
        values[:, len(SYNERGIES) + 2] += _LIFTED
        data.qpos[own.position.cpu()] = self._synergies.targets(values)[0].cpu().double()
        carried = [-_NEAR_GIVER, 0, BASE_HALF[2] + _LIFTED, 1, 0, 0, 0]
        for step in range(_APPROACH + _CLOSE):
            mujoco.mj_kinematics(model, data)
            grip = sum(data.site(tip).xpos for tip in tips) / len(tips)
            offset = torch.as_tensor(data.site(handle).xpos - grip).float()
            values = self._synergies.move(values, _grasping(step, offset).to(values.device)[None])
            controls = own.controls(self._synergies.targets(values))[0]
            data.ctrl[own.actuators.cpu()] = controls.cpu().double()
            for _ in range(self.config.rates.substeps):
                data.qpos[self._free : self._free + 7] = carried
                data.qvel[self._spin : self._spin + 6] = 0
                mujoco.mj_step(model, data)
        joints = torch.as_tensor(data.qpos[own.position.cpu()]).float().to(values.device)
        return values[0], joints


def _grasping(step: int, offset: Tensor) -> Tensor:
    """Action of a hand that finds a handle `offset` (3,) m from its grip, and closes about it."""
    action = torch.zeros(len(SYNERGIES) + 4)
    if step < _APPROACH:
        action[5] = 1.0 if step < 4 else 0.0
        action[2:4] = 72 * offset[:2]
        action[4] = 40 * (offset[2] - 0.02) if step > 5 else 0.0
    else:
        action[:2] = 1.0
    return action.clamp(-1, 1)
