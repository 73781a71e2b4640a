"""What a task is: a scene, observation groups, reward, reset and termination, batched over worlds.

A task never knows which physics backend runs it: it reads and writes `Physics.field` tensors whose first axis is
the world. `envs.env.TaskEnv` owns the clock, the episodes and the resets and calls the methods below.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Self

import mujoco
import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor

from envs.cameras.config import CamerasConfig, Mounting
from envs.deployment import Deployment
from envs.motors import Motors
from envs.physics import Physics
from envs.rates import Rates
from hand_model.gearmotors import Gearmotor

Vector = tuple[float, float, float]
"""x, y, z in the world frame."""

Observation = dict[str, Tensor]
"""Observation groups by name, each (nworld, size) float32: `proprioception`, `command`, `privileged`, ...

The group `pixels` is (nworld, frames, cameras, 3, height, width) uint8: the video of the last control period.
"""

PIXELS = "pixels"

DEPLOYABLE_GROUPS = ("proprioception", "command", "tracking", "object", PIXELS)
"""Groups that a robot has: what an actor may read. `tracking` is what follows from the other two by the robot's own
geometry: how far it is from what it is told. `object` is how a thing stands and moves, as cameras or a motion-capture
system track it: a robot without such a tracker does not have it. `privileged` is for critics and teachers
only; so is `sought`, what a policy that sees is to find in its pictures."""


class TaskConfig(BaseModel):
    """What every task's config has.

    Attributes:
        rates: physics, control and video rates.
        episode_seconds: length of an episode, s; a whole number of control periods.
        heat: whether the motors' currents, temperatures and energy are followed; it costs some speed.
        cameras: whose video is the observation group `pixels`; none: there is no such group.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    rates: Rates = Rates()
    episode_seconds: float = Field(default=2.0, gt=0, le=3600)
    heat: bool = False
    cameras: CamerasConfig | None = None

    @property
    def episode_steps(self) -> int:
        """Control steps in an episode."""
        return round(self.episode_seconds * self.rates.control_hz)

    @model_validator(mode="after")
    def _whole_periods(self) -> Self:
        periods = self.episode_seconds * self.rates.control_hz
        nearest = max(1, round(periods))
        if abs(periods - nearest) > 1e-6 * periods:
            raise ValueError(
                f"episode_seconds: expected a whole number of control periods of 1/{self.rates.control_hz} s, "
                f"got {self.episode_seconds}; nearest: {nearest / self.rates.control_hz:.9g}"
            )
        return self


class Task(ABC):
    """One task over `nworld` parallel worlds.

    A subclass sets `name` and `config_type` and implements `build_scene`, `reset`, `observe` and `reward`. Actions
    in [-1, 1] drive every actuator over its control range unless `control` is overridden.

    Attributes:
        groups: observation groups that `observe` returns.
        teacher: name of the task whose observations `teacher_observe` returns, if it has one.
        reward_terms: names of the columns of `reward`.
        shaped: names of the bodies whose shape is each world's own.
        mounting: says how far each world's cameras are off their mounts; none: not at all. Set by `bind`.
        mark_radius: of a goal point's mark in pictures, m.
        config: the task's own config.
        physics: the worlds; set by `bind`.
        motors: currents, heat and energy of the motors; none unless the config asks for heat. Set before `bind`.
        split: `train` or `heldout`: whose random streams the generator has. Set before `bind`, for tasks that draw from
            other ranges where they are evaluated.
        state: the task's own per-world tensors (targets, timers, ...), saved with every checkpoint.
        shared: tensors that are no world's own (ranges that widen, ...), saved likewise.
        generator: the source of every random draw in `reset`, on the CPU so that backends draw alike.
    """

    name: ClassVar[str]
    config_type: ClassVar[type[TaskConfig]] = TaskConfig
    groups: ClassVar[tuple[str, ...]] = ("proprioception", "command", "privileged")
    teacher: ClassVar[str | None] = None
    reward_terms: ClassVar[tuple[str, ...]] = ("reward",)
    shaped: ClassVar[tuple[str, ...]] = ()
    mounting: Mounting | None = None
    mark_radius: ClassVar[float] = 0.005

    physics: Physics
    generator: torch.Generator
    motors: Motors | None = None
    split: str = "train"

    def __init__(self, config: TaskConfig) -> None:
        self.config = config
        self.state: dict[str, Tensor] = {}
        self.shared: dict[str, Tensor] = {}

    @abstractmethod
    def build_scene(self) -> mujoco.MjSpec:
        """The MuJoCo scene of one world, looks included; `compile_scene` makes of it what is stepped."""

    def renew(self, worlds: Tensor) -> None:  # noqa: B027 - nothing to do unless a task overrides it
        """An episode ended in worlds (n,) and they stand as it left them: draw anew what differs between worlds."""

    @abstractmethod
    def reset(self, worlds: Tensor) -> None:
        """Start new episodes: write the start state of `worlds` (n,) int64; physics.forward follows by itself."""

    @abstractmethod
    def observe(self) -> Observation:
        """Observation groups of every world, each (nworld, size) float32."""

    def teacher_observe(self) -> Observation:
        """What a policy of the task `teacher` would read in these worlds: it may know what robots don't.

        Raises:
            ValueError: the task has no teacher.
        """
        raise ValueError(f"task {self.name!r} has no teacher")

    @abstractmethod
    def reward(self) -> Tensor:
        """Reward of the step just made, (nworld, len(reward_terms)) float32."""

    def build_picture(self) -> mujoco.MjSpec:
        """The scene as cameras see it: the same joints, and what physics need not know, such as markers and light.

        A mocap body that is called `goal_NAME` stands where `goal_points` has NAME.
        """
        return self.build_scene()

    def compile_scene(self) -> mujoco.MjModel:
        """The scene as it is stepped: at the config's rate, without what is only seen, which would cost time."""
        scene = self.build_scene()
        scene.option.timestep = self.config.rates.timestep
        scene.compiler.discardvisual = True
        return scene.compile()

    def bind(self, physics: Physics, generator: torch.Generator) -> None:
        """Attach to the worlds; a subclass extends it to look up ids and allocate `state`."""
        self.physics = physics
        self.generator = generator

    def gearmotors(self) -> Sequence[Gearmotor]:
        """The robot's gearmotors in the actuators' order; needed where the config asks for heat.

        Raises:
            ValueError: the task has none.
        """
        raise ValueError(f"task {self.name!r} knows no gearmotors, so it cannot follow their heat")

    def deployment(self) -> Deployment:
        """How a program without this project computes the observations and carries out the actions.

        Raises:
            ValueError: nobody has said it of this task, or of this config of it.
        """
        raise ValueError(f"task {self.name!r} does not say how a program of its own would run its policies")

    def restore(self) -> None:  # noqa: B027 - nothing to do unless a task overrides it
        """`state` was read from a checkpoint: bring what follows from it, such as models' fields, in line with it."""

    def update(self) -> None:  # noqa: B027 - nothing to do unless a task overrides it
        """Look at the worlds anew: they moved or were reset. A subclass computes here what its methods share."""

    def control(self, action: Tensor) -> None:
        """Write `ctrl` from an action: (nworld, action_size) in [-1, 1], over each actuator's control range."""
        ctrl = self.physics.field("ctrl")
        low, high = self.control_range
        ctrl[:] = low + (action.to(ctrl.dtype) + 1) / 2 * (high - low)

    @property
    def action_size(self) -> int:
        """Number of action dimensions."""
        return int(self.physics.model.nu)

    @property
    def control_range(self) -> tuple[Tensor, Tensor]:
        """Lowest and highest control of each actuator, (nu,) each.

        Raises:
            ValueError: an actuator has no control range; such a task writes its own `control`.
        """
        model = self.physics.model
        for index in range(model.nu):
            if not model.actuator_ctrllimited[index]:
                name = model.actuator(index).name
                raise ValueError(
                    f"task {self.name!r}: actuator {name!r} has no ctrlrange to spread actions over"
                )
        limits = torch.as_tensor(self.physics.model.actuator_ctrlrange, device=self.physics.device)
        return limits[:, 0].to(self.physics.dtype), limits[:, 1].to(self.physics.dtype)

    def credit(self) -> Tensor:
        """Which reward terms an action dimension can influence: (len(reward_terms), action_size) bool.

        A learner may use it to credit each action with its own terms only; by default every action answers for
        every term.
        """
        return torch.ones(len(self.reward_terms), self.action_size, dtype=torch.bool)

    def terminated(self) -> Tensor:
        """Worlds whose episode ends for good, before the time limit: (nworld,) bool."""
        return torch.zeros(self.physics.nworld, dtype=torch.bool, device=self.physics.device)

    def success(self) -> Tensor:
        """Worlds that have met the goal at this moment: (nworld,) bool."""
        return torch.zeros(self.physics.nworld, dtype=torch.bool, device=self.physics.device)

    def metrics(self) -> dict[str, Tensor]:
        """Further figures of the present moment, by name, each (nworld,); reported where an episode ends."""
        return {}

    def joint_targets(self) -> Tensor | None:
        """Where each actuator's joint is told to be, (nworld, nu) rad or m in the actuators' order.

        None where the task does not command joint positions.
        """
        return None

    def told(self) -> dict[str, Tensor]:
        """What someone else tells the robot, by name, each (nworld, n): by default its goal points, as `goal`, m."""
        points = [*self.goal_points().values()]
        return {"goal": torch.cat(points, dim=1)} if points else {}

    def goal_points(self) -> dict[str, Tensor]:
        """Points that sites should reach, by the site's name, each (nworld, 3) m in the world frame; to be drawn."""
        return {}

    def viewpoint(self) -> tuple[Vector, Vector]:
        """Direction in which a camera that shows the task looks, and the direction that is up in its picture."""
        return (-0.5, -0.8, -0.33), (0.0, 0.0, 1.0)
