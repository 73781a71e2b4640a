"""Two robots lift a beam off its trestles and carry it to a place."""

import math

import mujoco
import numpy as np
import torch
from pydantic import Field, field_validator
from torch import Tensor

from envs.factory.furniture import add_trestle
from envs.factory.hall import add_hall
from envs.factory.looks import SEEN
from envs.factory.stock import BEAM, add_beam
from envs.humanoid import HumanoidConfig, build_humanoid
from envs.humanoid.build import hold_pose
from envs.humanoid.joints import SIDES, sideless
from envs.humanoid.layout import Layout
from envs.humanoid.pose import standing_height
from envs.humanoid.terrain import Terrain, TerrainConfig
from envs.physics import Physics
from envs.registry import register_task
from envs.task import Observation
from envs.tasks.locomotion import beam_terms, stride, terms
from envs.tasks.locomotion.base import LocomotionConfig, LocomotionTask, Weights
from envs.tasks.locomotion.loads import CARRYING, GRIP, grip, load_offsets, posed
from hand_model.scene import new_scene

LENGTH = 3.0
"""Of the beam, m."""

_STATIONS = (1.0, -1.0)
"""Where the robots stand, to the left of the beam's middle, m."""

_TRESTLES = (0.40, -0.40)
"""Where the trestles stand, likewise: between the robots."""

_HANDLE = 0.09
"""From a hand's middle down to the beam's, m: hands hold upright bars that are clamped to it."""

_CROUCH = {"hip_pitch": 0.60, "knee": 1.15, "ankle_pitch": 0.55}
"""Of the legs at the start, rad: hips lower, so that the hands are where the beam lies."""

_START_SPEED = 0.3
"""Standard deviation of the legs' joint speeds at the start, rad/s: hands at handles leave no other freedom."""

_CLEAR = 0.03
"""Height above the trestles from which the beam is off them, m."""

_STILL = 0.08
"""Speed below which a robot is told to stand, m/s."""


class BeamWeights(Weights):
    """Of lifting and carrying: first what each robot answers for, then what both do."""

    speed: float = 1.5
    turning: float = 0.5
    clearance: float = 1.0
    rhythm: float = 0.75
    upright: float = -2.0
    wobble: float = -0.05
    bounce: float = -0.5
    sinking: float = -0.5
    slip: float = -0.25
    stride: float = -0.3
    pose: float = -0.3
    jerk: float = -0.1
    effort: float = -0.2
    fall: float = -60.0
    arrival: float = 1.0
    level: float = -20.0


SHARED = ("arrival", "level")
"""Terms that measure the beam."""

OWN = tuple(name for name in BeamWeights.model_fields if name not in SHARED)
"""Terms that measure one robot."""


class LiftBeamConfig(LocomotionConfig):
    """The task.

    Attributes:
        robot: of either; its hands are locked around the beam's handles.
        ahead: how far the beam is to be carried, m.
        sideways: and how far to either side at most, m.
        fastest: that a robot is told to walk, m/s.
        swing_height: of a foot in the middle of its swing, m.
        tolerance: distance of the beam's middle from its place that counts as there, m.
        level_deg: slope that counts as level, degrees.
    """

    episode_seconds: float = Field(default=10.0, gt=0, le=3600)
    ahead: tuple[float, float] = (0.5, 1.5)
    sideways: float = Field(default=0.2, ge=0, le=2)
    fastest: float = Field(default=0.45, gt=0, le=1)
    swing_height: float = Field(default=0.07, gt=0, le=0.3)
    tolerance: float = Field(default=0.15, gt=0, le=1)
    level_deg: float = Field(default=5.0, gt=0, le=45)
    weights: BeamWeights = BeamWeights()  # pyright: ignore[reportIncompatibleVariableOverride] - it is frozen

    @field_validator("robot")
    @classmethod
    def _holds(cls, robot: HumanoidConfig) -> HumanoidConfig:
        if robot.seated or robot.hands != "locked":
            raise ValueError(
                "expected moves: body or legs and hands: locked, for hands around a beam's handles"
            )
        return robot

    @field_validator("terrain")
    @classmethod
    def _flat(cls, terrain: TerrainConfig) -> TerrainConfig:
        if terrain.kind != "flat":
            raise ValueError("kind: expected flat, as trestles stand on it")
        return terrain


@register_task
class LiftBeam(LocomotionTask):
    """Success is a level beam off its trestles, at its place, and both robots on their feet.

    The robots stand side by side, one at each end of the beam, their hands at its handles: constraints that carry any
    force join them, and turn freely. Each is told how far its end of the beam is from where it should be; they share
    a clock.
    """

    name = "humanoid-lift-beam"
    config_type = LiftBeamConfig
    prefixes = ("left_robot_", "right_robot_")
    groups = ("proprioception", "command", "tracking", "object", "privileged")
    reward_terms = (*(f"{side}_{name}" for side in SIDES for name in OWN), *SHARED)
    config: LiftBeamConfig  # pyright: ignore[reportIncompatibleVariableOverride] - set once

    def build_scene(self) -> mujoco.MjSpec:
        """Two humanoids in a hall, and between them a beam on trestles."""
        spec = new_scene("lift-beam")
        spec.compiler.fusestatic = True
        self.terrain = Terrain(self.config.terrain)
        add_hall(spec)
        self._measure()
        for prefix, y in zip(self.prefixes, _STATIONS, strict=True):
            frame = spec.worldbody.add_frame(pos=[0, y, 0])
            spec.attach(self._robot(), prefix=prefix, frame=frame)
        self._add_beam(spec)
        for index, y in enumerate(_TRESTLES):
            x, _, z = self._beam_place
            add_trestle(spec, f"trestle_{index}", (x, y, z - BEAM.edge / 2))
        return spec

    def standing_angle(self, joint: str) -> float:
        """The arms carry."""
        return CARRYING.get(sideless(joint), super().standing_angle(joint))

    def bind(self, physics: Physics, generator: torch.Generator) -> None:
        """Look up the beam."""
        super().bind(physics, generator)
        model, count, device = physics.model, physics.nworld, physics.device
        beam = model.joint("beam")
        self._beam = slice(int(beam.qposadr[0]), int(beam.qposadr[0]) + 7)
        self._beam_speed = slice(int(beam.dofadr[0]), int(beam.dofadr[0]) + 6)
        self._start = torch.as_tensor(self._crouched(model), device=device)
        self._stations = torch.tensor([[0.0, y] for y in _STATIONS], device=device)
        self._side = torch.tensor([[1.0], [-1.0]], device=device).repeat(count, 1)
        self._beam_start = torch.tensor(self._beam_place, dtype=torch.float32, device=device)
        if self.config.robot.moves == "body":
            forearms = [f"{prefix}{side}_forearm" for prefix in self.prefixes for side in SIDES]
            weight = -BEAM.per_metre * LENGTH * model.opt.gravity[2] / len(forearms)
            self._held += load_offsets(model, self._joints, self._pose, forearms, weight).to(self._held)
            self._held[self._legs] = self._pose[self._legs]
        self.state |= {
            "goal": torch.zeros(count, 2, device=device),
            "phase": torch.zeros(count, device=device),
        }

    def weights(self) -> list[float]:
        """Of the columns of the reward: either robot's are the same."""
        own, shared = ([getattr(self.config.weights, name) for name in names] for names in (OWN, SHARED))
        return [*own, *own, *shared]

    def reset(self, worlds: Tensor) -> None:
        """Crouch behind the beam, hands at its handles; a place to carry it to."""
        config, device = self.config, self.physics.device
        qpos, qvel = self.physics.field("qpos"), self.physics.field("qvel")
        qpos[worlds] = self._start.to(qpos.dtype)
        draw = torch.rand(len(worlds), 3, generator=self.generator).to(device)
        noise = torch.randn(len(worlds), len(self._legs), generator=self.generator).to(device, qvel.dtype)
        speeds = torch.zeros(len(worlds), qvel.shape[1], dtype=qvel.dtype, device=device)
        speeds[:, self._joints.velocity[self._legs]] = _START_SPEED * noise
        qvel[worlds] = speeds
        near, far = config.ahead
        way = torch.stack([near + (far - near) * draw[:, 0], config.sideways * (2 * draw[:, 1] - 1)], dim=1)
        self.state["goal"][worlds] = self._beam_start[:2] + way
        self.state["phase"][worlds] = draw[:, 2]
        for name in ("actions", "push", "push_left"):
            self.state[name][worlds] = 0
        self.robot.begin(worlds, self._targets()[worlds])

    def control(self, action: Tensor) -> None:
        """Advance the clock that both robots hear; it stops where both stand."""
        super().control(action)
        phase = self.state["phase"]
        still = self._worlds(self.still()).all(dim=1)
        phase[:] = torch.where(still, 0.0, (phase + stride.STEP_HZ * self.config.rates.control_period) % 1.0)

    def update(self) -> None:
        """Where robots and beam are, and how far from where they should be."""
        super().update()
        self.beam = self.physics.field("qpos")[:, self._beam].float()
        w, x, y, z = self.beam[:, 3:].unbind(1)
        # the beam's y axis in the world
        self.along = torch.stack([2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)], dim=1)
        self.lift = self.beam[:, 2] - self._beam_start[2]
        self.apart = (self.state["goal"] - self.beam[:, :2]).norm(dim=1)
        # ends of the beam, not robots: between the two are arms that give
        ends = self.beam[:, None, :2] + self._stations[:, 1:] * self.along[:, None, :2]
        away = (self.state["goal"][:, None] + self._stations - ends).flatten(0, 1)
        self.to_place = torch.stack(
            [
                self.yaw.cos() * away[:, 0] + self.yaw.sin() * away[:, 1],
                self.yaw.cos() * away[:, 1] - self.yaw.sin() * away[:, 0],
            ],
            dim=1,
        )  # of each robot's end of the beam, ahead and to the left of the robot, (rows, 2) m

    def observe(self) -> Observation:
        """What each robot senses and is told, robot by robot; the critic knows how they move as well."""
        moves = (
            self.physics.field("qvel")[:, self._beam_speed]
            .float()
            .repeat_interleave(len(self.prefixes), dim=0)
        )
        clock = stride.clock(self._shared_phase(), ~self.still())
        told = torch.cat([self.to_place.clamp(-1, 1), clock, self._side], dim=1)
        follows = torch.cat([2 * self.wanted_velocity(), self.wanted_turn()[:, None]], dim=1)
        lift, slope = self._per_robot(10 * self.lift), self._per_robot(5 * self.along[:, 2])
        bearing = self._per_robot(torch.atan2(-self.along[:, 0], self.along[:, 1])) - self.yaw
        beam = torch.stack([lift, slope, 5 * bearing], dim=1)
        hidden = [self.velocity, self.height[:, None], self.foot_height, self.contact.float(), moves]
        hidden = torch.cat([*hidden, self.foot_place.flatten(1), self.effort()], dim=1)
        rows = {
            "proprioception": self.proprioception(),
            "command": told,
            "tracking": follows,
            "object": beam,
            "privileged": hidden,
        }
        return {
            name: values.unflatten(0, (-1, len(self.prefixes))).flatten(1) for name, values in rows.items()
        }

    def reward(self) -> Tensor:
        """The robots' terms, then the beam's, times their weights, for one control period, (nworld, terms)."""
        own = torch.stack([getattr(terms, name)(self) for name in OWN], dim=1)
        shared = torch.stack([getattr(beam_terms, name)(self) for name in SHARED], dim=1)
        columns = torch.cat([own.unflatten(0, (-1, len(self.prefixes))).flatten(1), shared], dim=1)
        return columns * self._weights * self.config.rates.control_period

    def credit(self) -> Tensor:
        """A robot's actions answer for its own terms and for the beam's, (terms, actions) bool."""
        robots, count = len(self.prefixes), len(OWN)
        own = torch.eye(robots, dtype=torch.bool).repeat_interleave(count, dim=0)
        every = torch.cat([own, torch.ones(len(SHARED), robots, dtype=torch.bool)])
        return every.repeat_interleave(self._own_legs, dim=1)

    def success(self) -> Tensor:
        """The beam is there, level and clear of the trestles, and nobody fell."""
        level = self.along[:, 2].abs() < math.sin(math.radians(self.config.level_deg))
        return ~self.fallen() & level & (self.lift > _CLEAR) & (self.apart < self.config.tolerance)

    def metrics(self) -> dict[str, Tensor]:
        """Distance of the beam from its place, m, its slope, rad, and how far it was lifted, m."""
        return super().metrics() | {
            "distance": self.apart.clone(),
            "slope": self.along[:, 2].abs().asin(),
            "lift": self.lift.clone(),
        }

    def still(self) -> Tensor:
        """Robots that are told to stand, (rows,) bool."""
        return self.to_place.norm(dim=1) < _STILL

    def wanted_velocity(self) -> Tensor:
        """Ahead and to the left, (rows, 2) m/s: towards the place, slower near it."""
        distance = self.to_place.norm(dim=1, keepdim=True)
        speed = torch.where(distance < _STILL, 0.0, distance.clamp(max=self.config.fastest))
        return self.to_place / distance.clamp(min=1e-6) * speed

    def wanted_turn(self) -> Tensor:
        """Turning rate that leads back to facing ahead, (rows,) rad/s."""
        return (-self.yaw).clamp(-0.3, 0.3)

    def swinging(self) -> Tensor:
        """Which feet should be in the air, (rows, 2) bool."""
        return (stride.swing(self._shared_phase()) < 1) & ~self.still()[:, None]

    def wanted_foot_height(self) -> Tensor:
        """Of the soles, (rows, 2) m."""
        return stride.foot_height(self._shared_phase(), self.config.swing_height)

    def _shared_phase(self) -> Tensor:
        return self._per_robot(self.state["phase"])

    def _per_robot(self, values: Tensor) -> Tensor:
        """A world's figures (nworld,) for each of its robots, (rows,)."""
        return values.repeat_interleave(len(self.prefixes))

    def _worlds(self, rows: Tensor) -> Tensor:
        """Figures of robots (rows,) by world, (nworld, robots)."""
        return rows.unflatten(0, (-1, len(self.prefixes)))

    def _robot(self) -> mujoco.MjSpec:
        """One humanoid with a site in each fist."""
        spec = build_humanoid(self.config.robot)
        hold_pose(spec, self.config.robot, self.standing_angle)
        for side in SIDES:
            spec.body(f"{side}_forearm").add_site(name=f"{side}_grip", pos=list(GRIP))
        return spec

    def _measure(self) -> None:
        """Where the hips and the beam are at the start."""

        def angle(joint: str) -> float:
            return _CROUCH.get(sideless(joint), self.standing_angle(joint))

        data = posed(self._robot(), self.standing_angle)
        hips = data.body("pelvis").xpos
        layout = Layout(self.config.robot)
        sunk = standing_height(layout, lean=(_CROUCH["hip_pitch"], _CROUCH["ankle_pitch"]))
        self._grips = [grip(data, side) - hips for side in SIDES]
        self._hips = sunk
        x, _, z = np.mean(self._grips, axis=0)
        self._beam_place = (float(x), 0.0, float(sunk + z - _HANDLE))
        self._crouch = angle

    def _add_beam(self, spec: mujoco.MjSpec) -> None:
        """The beam with four handles, each tied to a fist."""
        body = spec.worldbody.add_body(name="beam", pos=list(self._beam_place))
        body.add_freejoint(name="beam")
        add_beam(body, "beam", LENGTH)
        for prefix, y in zip(self.prefixes, _STATIONS, strict=True):
            for side, hand in zip(SIDES, self._grips, strict=True):
                place = [
                    hand[0] - self._beam_place[0],
                    y + hand[1],
                    _HANDLE + hand[2] - np.mean(self._grips, axis=0)[2],
                ]
                name = f"{prefix}{side}_handle"
                body.add_site(name=name, pos=place)
                body.add_geom(
                    type=mujoco.mjtGeom.mjGEOM_CAPSULE,
                    fromto=[*place[:2], BEAM.edge / 2, *place[:2], _HANDLE + 0.05],
                    size=[0.014, 0, 0],
                    material="safety_yellow",
                    **SEEN,
                )
                spec.add_equality(
                    name=name,
                    type=mujoco.mjtEq.mjEQ_CONNECT,
                    name1=name,
                    name2=f"{prefix}{side}_grip",
                    objtype=mujoco.mjtObj.mjOBJ_SITE,
                )

    def _crouched(self, model: mujoco.MjModel) -> np.ndarray:
        """The start, (nq,)."""
        qpos = model.qpos0.copy()
        for name, address in zip(self._joints.names, self._joints.position.tolist(), strict=True):
            qpos[address] = self._crouch(self._without_prefix(name))
        for root in self._root.tolist():
            qpos[root[2]] = self._hips + 0.002
        return qpos
