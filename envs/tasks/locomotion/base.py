"""What tasks of a humanoid on its feet share: joint targets, what the robot senses, and falling."""

import math
from collections.abc import Callable
from typing import Any, ClassVar

import mujoco
import torch
from pydantic import BaseModel, ConfigDict, Field, field_validator
from torch import Tensor

from envs.deployment import ACTION, ActionMap, Bound, Signal, Success, Term, numbers
from envs.humanoid import HumanoidConfig, build_humanoid
from envs.humanoid.build import ROOT
from envs.humanoid.joints import SIDES, sideless
from envs.humanoid.layout import Layout
from envs.humanoid.pose import standing_angle, standing_height
from envs.humanoid.solids import sole_names
from envs.humanoid.terrain import Terrain, TerrainConfig
from envs.imperfections import ImperfectConfig, ImperfectTask
from envs.joints import DrivenJoints
from envs.physics import Physics
from envs.rates import Rates
from envs.task import Vector
from hand_model.gearmotors import Gearmotor

_REACH = {
    "hip_yaw": 0.35,
    "hip_roll": 0.35,
    "hip_pitch": 0.7,
    "knee": 0.8,
    "ankle_pitch": 0.5,
    "ankle_roll": 0.3,
}
"""How far an action moves a joint's target from the pose, by kind, rad."""

_FALLEN_TILT = math.radians(60)
_FALLEN_HEIGHT = 0.6
"""Share of the pose's height below which mid-hip counts as fallen."""

_START_NOISE = 0.08
"""Standard deviation of the legs' start angles around the pose, rad."""

_TOUCHES = 5.0
"""Force from which a foot counts as on the ground, N."""


Measure = Callable[[Any], Tensor]
"""Measures one thing in every world of a task: (nworld,)."""


class Weights(BaseModel):
    """Weight of each of a task's reward terms; `envs.tasks.locomotion.terms` says what each measures."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class LocomotionConfig(ImperfectConfig):
    """What tasks on one's feet have in common.

    Attributes:
        rates: control follows each video frame: a fall begins within two periods of 18 Hz.
        robot: the humanoid; joints of its hands and arms hold their pose.
        terrain: the ground.
        push_seconds: how long a push on the torso lasts, s; its direction is horizontal and random.
        push_every: mean time between pushes, s.
        weights: of the reward's terms.
    """

    rates: Rates = Rates(physics_hz=180, control_hz=36, video_hz=36)
    episode_seconds: float = Field(default=20.0, gt=0, le=3600)
    robot: HumanoidConfig = HumanoidConfig(moves="legs", hands="locked")
    terrain: TerrainConfig = TerrainConfig()
    push_seconds: float = Field(default=0.2, gt=0, le=5)
    push_every: float = Field(default=3.0, gt=0)
    weights: Weights = Weights()

    @field_validator("robot")
    @classmethod
    def _has_legs(cls, robot: HumanoidConfig) -> HumanoidConfig:
        if robot.seated:
            raise ValueError("moves: expected body or legs, as a robot on a stand has no legs")
        return robot


class LocomotionTask(ImperfectTask):
    """A humanoid, or several, whose legs are driven and whose other joints hold their pose.

    What is a robot's has a row for each robot, world by world: (nworld * robots, ...).

    Attributes:
        prefixes: of the robots' names in the scene.
        terms: the functions of `reward_terms`, in their order.
        hip_width: distance between the hips, m.
        stance_height: of mid-hip in the pose, m.
    """

    prefixes: ClassVar[tuple[str, ...]] = ("",)
    terms: ClassVar[tuple[Measure, ...]]
    config: LocomotionConfig  # pyright: ignore[reportIncompatibleVariableOverride] - set once

    def build_scene(self) -> mujoco.MjSpec:
        """The humanoid on its ground."""
        spec = build_humanoid(self.config.robot)
        self.terrain = Terrain(self.config.terrain)
        self.terrain.add_to(spec)
        return spec

    def gearmotors(self) -> list[Gearmotor]:
        """The humanoids'."""
        return self.config.robot.gearmotors() * len(self.prefixes)

    def bind(self, physics: Physics, generator: torch.Generator) -> None:
        """Look up joints, feet and sensors."""
        super().bind(physics, generator)
        model, device = physics.model, physics.device
        self._joints = DrivenJoints(model, device)
        names = [self._without_prefix(name) for name in self._joints.names]
        self._pose = torch.tensor([self.standing_angle(name) for name in names], device=device)
        # where held joints are told to be: one that bears a load is told to be beyond
        self._held = self._pose.clone()
        self._legs = _column([i for i, name in enumerate(names) if sideless(name) in _REACH], device)
        self._reach = torch.tensor([_REACH[sideless(names[i])] for i in self._legs], device=device)
        feet = [f"{prefix}{side}_foot" for prefix in self.prefixes for side in SIDES]
        self._feet = _column([model.body(foot).id for foot in feet], device)
        self._force = [_sensor(model, f"{foot}_force") for foot in feet]
        roots = [model.joint(prefix + ROOT) for prefix in self.prefixes]
        self._root = _column([range(root.qposadr[0], root.qposadr[0] + 7) for root in roots], device)
        self._root_speed = _column([range(root.dofadr[0], root.dofadr[0] + 6) for root in roots], device)
        torso, pelvis = (self.prefixes[0] + body for body in ("torso", "pelvis"))
        self._torso = model.body(torso if _has_body(model, torso) else pelvis).id
        layout = Layout(self.config.robot)
        self._ankle = layout.ankle_height
        self.stance_height = standing_height(layout)
        self._weights = torch.tensor(self.weights(), device=device)
        self.hip_width = 2 * float(layout.hip(1.0)[1])
        limit = torch.as_tensor(model.actuator_forcerange[:, 1], dtype=torch.float32, device=device)
        self._strongest = limit[self._legs]
        own = [sideless(names[leg]) for leg in self._legs[: self._own_legs]]
        self._sideways = _column([i for i, leg in enumerate(own) if leg in ("hip_yaw", "hip_roll")], device)
        self._feet_before = torch.zeros(physics.nworld * len(self.prefixes), 2, 2, device=device)
        for name in ("sensordata", "xpos", "qvel", "xfrc_applied", "actuator_force"):
            physics.field(name)
        count = physics.nworld
        self._push_steps = math.ceil(self.config.push_seconds * self.config.rates.control_hz - 1e-9)
        soles = [prefix + sole for prefix in self.prefixes for sole in sole_names()]
        self.add_imperfections(self._joints, geoms=soles)
        self.state |= {
            # the last and the one before
            "actions": torch.zeros(count, 2, len(self._legs), device=device),
            "push": torch.zeros(count, 2, device=device),
            "push_left": torch.zeros(count, device=device),
        }

    def weights(self) -> list[float]:
        """Of the columns of the reward."""
        return [getattr(self.config.weights, name) for name in self.reward_terms]

    def standing_angle(self, joint: str) -> float:
        """Of a joint of the model in the pose that actions move from, rad."""
        return standing_angle(joint)

    @property
    def action_size(self) -> int:
        """One for each leg joint, robot by robot."""
        return len(self._legs)

    def reset(self, worlds: Tensor) -> None:
        """Stand in the pose, somewhere on the ground, facing anywhere, a little disturbed."""
        count, device = len(worlds), self.physics.device

        def uniform(*shape: int) -> Tensor:
            return torch.rand(*shape, generator=self.generator) * 2 - 1

        angles = self._pose.repeat(count, 1)
        noise = torch.randn(count, len(self._legs), generator=self.generator).to(device)
        angles[:, self._legs] += _START_NOISE * noise
        angles = self._joints.clip(angles)
        place = self.terrain.reach * uniform(count, 2).to(device)
        yaw = (math.pi * uniform(count)).to(device)
        qpos, qvel = self.physics.field("qpos"), self.physics.field("qvel")
        start = torch.zeros(count, qpos.shape[1], dtype=qpos.dtype, device=device)
        start[:, :2] = place
        start[:, 2] = self.stance_height + 0.03 + self.terrain.height(place)
        start[:, 3], start[:, 6] = (yaw / 2).cos(), (yaw / 2).sin()
        start[:, self._joints.position] = angles.to(qpos.dtype)
        qpos[worlds] = start
        push = torch.zeros(count, qvel.shape[1], dtype=qvel.dtype)
        push[:, :3] = 0.2 * uniform(count, 3)
        push[:, 3:6] = 0.3 * uniform(count, 3)
        qvel[worlds] = push.to(device)
        for name in ("actions", "push", "push_left"):
            self.state[name][worlds] = 0
        self.robot.begin(worlds, self._targets()[worlds])

    def update(self) -> None:
        """How the body stands and moves; see the attributes set here."""
        qpos, qvel = self.physics.field("qpos"), self.physics.field("qvel")
        root = qpos[:, self._root].float().flatten(0, 1)
        moves = qvel[:, self._root_speed].float().flatten(0, 1)
        w, x, y, z = root[:, 3:7].unbind(1)
        self.yaw = torch.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
        # the world's down in the pelvis, (rows, 3)
        self.down = torch.stack([2 * (w * y - x * z), -2 * (w * x + y * z), 2 * (x * x + y * y) - 1], dim=1)
        cos, sin = self.yaw.cos(), self.yaw.sin()
        vx, vy, vz = moves[:, :3].unbind(1)
        # of mid-hip, ahead, to the left and up, (rows, 3) m/s
        self.velocity = torch.stack([cos * vx + sin * vy, cos * vy - sin * vx, vz], dim=1)
        self.spin = moves[:, 3:6]  # about the pelvis's axes, (rows, 3) rad/s
        self.angles = qpos[:, self._joints.position].float()  # of all joints, (nworld, nu) rad
        self.speeds = qvel[:, self._joints.velocity].float()
        self.place = root[:, :3]  # of mid-hip, (rows, 3) m
        self.height = root[:, 2] - self.terrain.height(root)  # of mid-hip above the ground, (rows,) m
        feet = self._rows(self.physics.field("xpos")[:, self._feet].float())
        self.foot_height = (
            feet[:, :, 2] - self.terrain.height(feet) - self._ankle
        )  # of the soles, (rows, 2) m
        # of the ankles over ground, mean over the last control period, (rows, 2, 2) m/s
        self.foot_speed = (feet[:, :, :2] - self._feet_before) / self.config.rates.control_period
        self._feet_before = feet[:, :, :2]
        away = feet[:, :, :2] - root[:, None, :2]
        # of the ankles from mid-hip, ahead and to the left, (rows, 2, 2) m
        self.foot_place = torch.stack(
            [
                cos[:, None] * away[..., 0] + sin[:, None] * away[..., 1],
                cos[:, None] * away[..., 1] - sin[:, None] * away[..., 0],
            ],
            dim=2,
        )
        data = self.physics.field("sensordata")
        force = torch.stack([data[:, at : at + 3].norm(dim=1) for at in self._force], dim=1).float()
        self.force = self._rows(force)
        self.contact = self.force > _TOUCHES  # (rows, 2)

    def control(self, action: Tensor) -> None:
        """Move the legs' targets around the pose, and push now and then."""
        actions = self.state["actions"]
        actions[:] = torch.stack([action, actions[:, 0]], dim=1)
        self.robot.tell(self._targets())
        if "push" in self.robot.randomizer.names:
            self._push()

    def reward(self) -> Tensor:
        """The terms times their weights, for one control period, (nworld, terms)."""
        terms = torch.stack([term(self) for term in self.terms], dim=1)
        return terms * self._weights * self.config.rates.control_period

    def fallen(self) -> Tensor:
        """Worlds where a robot lies or is about to, (nworld,) bool."""
        return self.robot_fallen().unflatten(0, (-1, len(self.prefixes))).any(dim=1)

    def robot_fallen(self) -> Tensor:
        """Robots that lie or are about to, (rows,) bool."""
        return (self.down[:, 2] > -math.cos(_FALLEN_TILT)) | (
            self.height < _FALLEN_HEIGHT * self.stance_height
        )

    def terminated(self) -> Tensor:
        """A fall ends the episode."""
        return self.fallen()

    def success(self) -> Tensor:
        """Still on its feet."""
        return ~self.fallen()

    def joint_targets(self) -> Tensor:
        """The joint targets, (nworld, nu) rad."""
        return self.robot.arrived()

    def proprioception(self) -> Tensor:
        """Inertial unit, encoders and the last action, (rows, 6 + 3 * legs), with the sensors' noise."""
        encoder = self._rows(self.robot.encoder_error()[:, self._legs])
        gyro = self._rows(self.robot.noise("gyro_noise", 6 * len(self.prefixes)))
        down, spin = self.down + 0.1 * gyro[:, :3], self.spin + gyro[:, 3:]
        speeds = 0.1 * self._rows(self.speeds[:, self._legs])
        return torch.cat([down, 0.25 * spin, self.off_pose() + encoder, speeds, self.action], dim=1)

    def felt(self) -> tuple[Term, ...]:
        """What `proprioception` is made of, for `deployment`.

        Raises:
            ValueError: there are several robots.
        """
        if len(self.prefixes) > 1:
            raise ValueError(f"task {self.name!r}: no description yet of several robots")
        legs = tuple(self._joints.names[i] for i in self._legs)
        # the last row of the pelvis's attitude is the world's upwards in the pelvis
        up = Signal("body", ("pelvis",), "xmat", part=(6, 7, 8))
        return (
            Term(up, scale=-1.0),
            Term(Signal("sensor", ("gyro",), "data"), scale=0.25),
            Term(Signal("joint", legs, "qpos"), offset=numbers(-self._pose[self._legs])),
            Term(Signal("joint", legs, "qvel"), scale=0.1),
            Term(ACTION),
        )

    def steering(self) -> ActionMap:
        """What `control` makes of an action, for `deployment`."""
        return self._joints.action_map(self._legs.tolist(), self._reach, self._held)

    def on_feet(self) -> Success:
        """What `fallen` says, for `deployment`.

        Raises:
            ValueError: the ground is not flat, so that mid-hip's place does not tell how high it is.
        """
        if self.config.terrain.kind != "flat":
            raise ValueError(
                f"task {self.name!r}: no description yet of when a robot has fallen but on flat ground"
            )
        upright = Term(Signal("body", ("pelvis",), "xmat", part=(8,)), scale=-1.0)
        high = Term(Signal("joint", (ROOT,), "qpos", part=(2,)), scale=-1.0)
        return Success(
            throughout=(
                Bound(upright, 1, -math.cos(_FALLEN_TILT)),
                Bound(high, 1, -_FALLEN_HEIGHT * self.stance_height),
            )
        )

    @property
    def action(self) -> Tensor:
        """The last action, (rows, legs)."""
        return self._rows(self.state["actions"][:, 0])

    @property
    def action_before(self) -> Tensor:
        """The action before the last, (rows, legs)."""
        return self._rows(self.state["actions"][:, 1])

    def effort(self) -> Tensor:
        """Torque of each leg motor as a share of its limit, (rows, legs)."""
        return self._rows(self.physics.field("actuator_force")[:, self._legs].float() / self._strongest)

    def off_pose(self) -> Tensor:
        """The legs' joints from the pose, (rows, legs) rad."""
        return self._rows(self.angles[:, self._legs] - self._pose[self._legs])

    def sideways(self) -> Tensor:
        """Yaw and roll of the hips, (rows, 4) rad."""
        return self.off_pose()[:, self._sideways]

    def viewpoint(self) -> tuple[Vector, Vector]:
        """From the side and a little ahead."""
        return (-0.6, -0.8, -0.25), (0.0, 0.0, 1.0)

    def _rows(self, values: Tensor) -> Tensor:
        """Values that lie side by side robot by robot, (nworld, robots * n, ...), row by row, (rows, n, ...)."""
        return values.unflatten(1, (len(self.prefixes), -1)).flatten(0, 1)

    def _without_prefix(self, name: str) -> str:
        """A joint's name as it is in a scene with one robot."""
        prefix = max((prefix for prefix in self.prefixes if name.startswith(prefix)), key=len)
        return name.removeprefix(prefix)

    @property
    def _own_legs(self) -> int:
        """Leg joints of one robot."""
        return len(self._legs) // len(self.prefixes)

    def _targets(self) -> Tensor:
        """Of all joints, by the last action, (nworld, nu) rad."""
        targets = self._held.repeat(self.physics.nworld, 1)
        targets[:, self._legs] += self._reach * self.state["actions"][:, 0]
        return self._joints.clip(targets)

    def _push(self) -> None:
        """Go on with pushes, and begin some anew: a horizontal force on the torso."""
        left, push = self.state["push_left"], self.state["push"]
        draw = torch.rand(self.physics.nworld, 2, generator=self.generator).to(left.device)
        chance = self.config.rates.control_period / self.config.push_every
        begins = (left <= 0) & (draw[:, 0] < chance)
        angle = 2 * math.pi * draw[:, 1]
        force = self.robot.randomizer["push"][:, None] * torch.stack([angle.cos(), angle.sin()], dim=1)
        left[:] = torch.where(begins, self._push_steps, left - 1)
        push[:] = torch.where(begins[:, None], force, torch.where(left[:, None] > 0, push, 0.0))
        self.physics.field("xfrc_applied")[:, self._torso, :2] = push.to(self.physics.dtype)


def _column(values: object, device: torch.device) -> Tensor:
    return torch.as_tensor(values, dtype=torch.int64, device=device)


def _sensor(model: mujoco.MjModel, name: str) -> int:
    """Where a sensor's figures begin."""
    return int(model.sensor(name).adr[0])


def terms_of(weights: type[Weights], functions: object) -> tuple[Measure, ...]:
    """The functions that a schema of weights names, in its order.

    Args:
        weights: the schema.
        functions: the module that defines them.

    Raises:
        AttributeError: it has no function of a weight's name.
    """
    return tuple(getattr(functions, name) for name in weights.model_fields)


def _has_body(model: mujoco.MjModel, name: str) -> bool:
    return mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_BODY, name) >= 0
