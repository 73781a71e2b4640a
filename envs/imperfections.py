"""What lies between a task and its robot's joints: commands that come late, play in the gears, noisy encoders.

Worlds differ in these and in the robot's masses, friction and motors as `envs.randomization` draws it.
"""

from collections.abc import Sequence
from typing import ClassVar, Self

import mujoco
import torch
from pydantic import model_validator
from torch import Tensor

from envs.joints import DrivenJoints
from envs.physics import Physics
from envs.randomization import LONGEST_DELAY, MOUNTING, NOMINAL, RandomizationConfig, Randomizer
from envs.task import Task, TaskConfig
from hand_model.gearmotors import Gearmotor

WITHOUT_FEET = ("friction", "gyro_noise", "push")
"""What only robots on their feet have."""


class ImperfectConfig(TaskConfig):
    """What the config of a task has whose robot may be imperfect.

    Attributes:
        lacks: quantities that the robot has not: their ranges stay at the nominal value.
        randomization: what differs between worlds.
    """

    lacks: ClassVar[tuple[str, ...]] = ()
    randomization: RandomizationConfig = RandomizationConfig()

    @model_validator(mode="after")
    def _one_torque_constant(self) -> Self:
        if self.heat and self.randomization.torque != (1.0, 1.0):
            raise ValueError(
                "randomization.torque: with heat, currents follow from the sheets' constants; expected [1, 1]"
            )
        return self

    @model_validator(mode="after")
    def _has_what_differs(self) -> Self:
        for name in self.lacks if self.cameras else (*self.lacks, *MOUNTING):
            if getattr(self.randomization, name) != (NOMINAL[name],) * 2:
                raise ValueError(
                    f"randomization.{name}: this task's robot has none; expected [{NOMINAL[name]:g}, {NOMINAL[name]:g}]"
                )
        return self


class Imperfections:
    """Passes joint targets on to the motors of every world, and what encoders read to the task.

    Args:
        physics: the worlds.
        joints: that actuators turn.
        gearmotors: of the first actuators; those after them, a carrier's say, are perfect.
        config: what differs between worlds.
        generator: of the draws, on the CPU so that backends draw alike.
        geoms: names of the geoms whose friction differs.
        bodies: whose masses differ; by default all.

    Attributes:
        randomizer: what was drawn.
        state: each world's part of what the next step depends on, by name, for checkpoints.
        shared: the rest of it.
    """

    def __init__(
        self,
        physics: Physics,
        joints: DrivenJoints,
        gearmotors: Sequence[Gearmotor],
        config: RandomizationConfig,
        generator: torch.Generator,
        *,
        geoms: Sequence[str] = (),
        bodies: Sequence[int] | None = None,
    ) -> None:
        self._physics, self._joints, self._generator = physics, joints, generator
        motors = list(range(len(gearmotors)))
        self.randomizer = Randomizer(physics, config, generator, geoms, motors, bodies)
        count, size, device = physics.nworld, len(joints.names), physics.device
        self._geared = (torch.arange(size, device=device) < len(gearmotors)).float()
        self._play = "backlash" in self.randomizer.names
        self.state = {
            # newest first: a command may reach the motors late
            "commands": torch.zeros(count, LONGEST_DELAY + 1, size, device=device),
            # where the motors' loops take their joints to be going
            "told": torch.zeros(count, size, device=device),
        }
        self.state |= {f"randomizer.{name}": tensor for name, tensor in self.randomizer.state.items()}
        self.shared = {f"randomizer.{name}": tensor for name, tensor in self.randomizer.shared.items()}

    def begin(self, worlds: Tensor, targets: Tensor) -> None:
        """Start an episode in worlds (n,): the motors hold targets (n, nu) rad, and nothing is on its way to them."""
        self.state["commands"][worlds] = targets[:, None]
        self.state["told"][worlds] = targets
        ctrl = self._physics.field("ctrl")
        ctrl[worlds] = self._joints.controls(self.state["told"])[worlds].to(ctrl.dtype)

    def tell(self, targets: Tensor) -> None:
        """Command targets (nworld, nu) rad: those that arrive now are written to the motors."""
        commands = self.state["commands"]
        commands[:] = torch.cat([targets[:, None], commands[:, :-1]], dim=1)
        self.state["told"][:] = self.arrived() - self.lost_motion()
        ctrl = self._physics.field("ctrl")
        ctrl[:] = self._joints.controls(self.state["told"]).to(ctrl.dtype)

    def arrived(self) -> Tensor:
        """The targets that have reached the motors, (nworld, nu) rad."""
        late = self.randomizer["delay"].round().long()
        return self.state["commands"][torch.arange(len(late), device=late.device), late]

    def lost_motion(self) -> Tensor:
        """How far each motor is ahead of its joint, (nworld, nu) rad: half the gearbox's play, the way it pushes.

        A dead zone without dynamics of its own: the gap is crossed between two control steps (Nordin and Gutman,
        "Controlling mechanical systems with backlash - a survey", 2002, section 2).
        """
        if not self._play:
            return torch.zeros_like(self.state["told"])
        angles = self._physics.field("qpos")[:, self._joints.position].float()
        half = self.randomizer["backlash"][:, None] / 2
        return half * (self.state["told"] - angles).sign() * self._geared

    def encoder_error(self) -> Tensor:
        """What encoders read beyond the joints' angles, (nworld, nu) rad: they sit on the motors, and are noisy."""
        return self.lost_motion() + self.noise("encoder_noise", len(self._joints.names)) * self._geared

    def noise(self, name: str, size: int) -> Tensor:
        """Of a sensor, (nworld, size)."""
        if name not in self.randomizer.names:
            return torch.zeros(self._physics.nworld, size, device=self._physics.device)
        drawn = torch.randn(self._physics.nworld, size, generator=self._generator)
        return self.randomizer[name][:, None] * drawn.to(self._physics.device)


class ImperfectTask(Task):
    """A task whose robot may be imperfect: it tells its joint targets to `robot`, and reads encoders with its error.

    Attributes:
        robot: set by `add_imperfections`.
    """

    robot: Imperfections

    def __init__(self, config: ImperfectConfig) -> None:
        super().__init__(config)
        self.config = config

    def add_imperfections(
        self, joints: DrivenJoints, *, geoms: Sequence[str] = (), bodies: Sequence[int] | None = None
    ) -> None:
        """Make `robot`, and have checkpoints carry what it remembers; see `Imperfections`."""
        self.robot = Imperfections(
            self.physics,
            joints,
            self.gearmotors(),
            self.config.randomization,
            self.generator,
            geoms=geoms,
            bodies=bodies,
        )
        self.state |= self.robot.state
        self.shared |= self.robot.shared
        if not set(MOUNTING).isdisjoint(self.robot.randomizer.names):
            self.mounting = self._mounting

    def _mounting(self) -> tuple[Tensor, Tensor]:
        distance, angle = (self.robot.randomizer[name] for name in MOUNTING)
        return distance, angle

    def renew(self, worlds: Tensor) -> None:
        """Robots differ from episode to episode; where they succeed they may differ more."""
        if self.robot.randomizer.names:
            self.robot.randomizer.draw(worlds, self.success()[worlds])

    def restore(self) -> None:
        """Give every world's model its values back."""
        self.robot.randomizer.write(torch.arange(self.physics.nworld))

    def metrics(self) -> dict[str, Tensor]:
        """With a schedule, how much of their ranges the randomized quantities cover."""
        if not self.config.randomization.schedule:
            return {}
        entropy = torch.tensor(self.robot.randomizer.entropy(), device=self.physics.device)
        return {"randomization_entropy": entropy.expand(self.physics.nworld)}


def bodies_under(model: mujoco.MjModel, root: str) -> list[int]:
    """Indices of a body and of all that hang on it."""
    under = {model.body(root).id}
    for body in range(min(under) + 1, model.nbody):  # children come after their parents
        if int(model.body_parentid[body]) in under:
            under.add(body)
    return sorted(under)
