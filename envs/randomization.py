"""Domain randomization: worlds that differ in what a simulator can't know, and ranges that widen as a policy copes.

Every world draws its own values at the start of each episode, from ranges that may widen: see `envs.widening`.
"""

from collections.abc import Sequence
from typing import Self

import mujoco
import torch
from pydantic import BaseModel, ConfigDict, model_validator
from torch import Tensor

from envs.masses import Masses
from envs.physics import Physics
from envs.widening import Quantity, Range, Schedule, Widening
from hand_model.gearmotors import CONSTANT, DAMPING, INTEGRAL, STIFFNESS

NOMINAL = {
    "mass": 1.0,
    "friction": 1.0,
    "torque": 1.0,
    "stiffness": 1.0,
    "delay": 0.0,
    "backlash": 0.0,
    "encoder_noise": 0.0,
    "gyro_noise": 0.0,
    "push": 0.0,
    "camera_position": 0.0,
    "camera_attitude": 0.0,
}
"""Every quantity that can differ, and its value where nothing is randomized."""


class RandomizationConfig(BaseModel):
    """What differs from world to world, each drawn uniformly from its range.

    Attributes:
        mass: of all bodies, as a factor.
        friction: of the ground and what else has the randomized geoms, as a factor.
        torque: the motors' torque constants, as a factor.
        stiffness: gains of the position loops, as a factor.
        delay: control steps that an action is late, whole; up to 3.
        backlash: play of every gearbox at its joint, from one flank to the other, rad.
        encoder_noise: standard deviation of the encoders, rad.
        gyro_noise: of the rate gyro, rad/s; a tenth of it, in rad, is the inertial unit's error of attitude.
        push: force of pushes, N.
        camera_position: distance by which every camera is off its mount, each in a direction of its own, m; up to 0.1.
        camera_attitude: angle by which every camera is turned, each about an axis of its own, rad; up to 0.5.
        schedule: how ranges widen from the nominal values; none: they are as wide as they are from the start.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    mass: Range = (1.0, 1.0)
    friction: Range = (1.0, 1.0)
    torque: Range = (1.0, 1.0)
    stiffness: Range = (1.0, 1.0)
    delay: Range = (0.0, 0.0)
    backlash: Range = (0.0, 0.0)
    encoder_noise: Range = (0.0, 0.0)
    gyro_noise: Range = (0.0, 0.0)
    push: Range = (0.0, 0.0)
    camera_position: Range = (0.0, 0.0)
    camera_attitude: Range = (0.0, 0.0)
    schedule: Schedule | None = None

    @model_validator(mode="after")
    def _ranges_hold(self) -> Self:
        for name, nominal in NOMINAL.items():
            low, high = getattr(self, name)
            if low > high or low < 0 or (nominal == 1.0 and low == 0):
                raise ValueError(f"{name}: expected two numbers, ascending and positive, got {[low, high]}")
            if self.schedule and not low <= nominal <= high:
                raise ValueError(f"{name}: a schedule starts at {nominal:g}, which is not in {[low, high]}")
        for name, (most, unit) in MOST.items():
            if getattr(self, name)[1] > most:
                raise ValueError(f"{name}: expected at most {most:g} {unit}, got {getattr(self, name)[1]:g}")
        return self


LONGEST_DELAY = 3
"""Control steps."""

MOST = {
    "delay": (LONGEST_DELAY, "control steps"),
    "camera_position": (0.1, "m"),
    "camera_attitude": (0.5, "rad"),
}
"""What quantities may come to, and its unit."""

MOUNTING = ("camera_position", "camera_attitude")
"""What differs of cameras."""


class Randomizer(Widening):
    """Draws values for worlds and writes those that are the model's.

    Args:
        physics: the worlds.
        config: the ranges.
        generator: of the draws, on the CPU so that backends draw alike.
        geoms: names of the geoms whose friction differs.
        motors: indices of the actuators whose constants and gains differ; by default all.
        bodies: indices of those whose masses differ; by default all.
    """

    def __init__(
        self,
        physics: Physics,
        config: RandomizationConfig,
        generator: torch.Generator,
        geoms: Sequence[str],
        motors: Sequence[int] | None = None,
        bodies: Sequence[int] | None = None,
    ) -> None:
        names = [name for name in NOMINAL if getattr(config, name) != (NOMINAL[name],) * 2]
        quantities = {name: Quantity(NOMINAL[name], getattr(config, name)) for name in names}
        super().__init__(physics.nworld, quantities, config.schedule, generator)
        self.config, self._physics = config, physics
        motors = range(physics.model.nu) if motors is None else motors
        self._model = _ModelFields(physics, names, geoms, motors, bodies)

    def __getitem__(self, name: str) -> Tensor:
        """Values of a quantity in every world, (nworld,) float32 on the physics' device."""
        if name not in self.names:
            return torch.full((self._physics.nworld,), NOMINAL[name], device=self._physics.device)
        return super().__getitem__(name).to(self._physics.device)

    def draw(self, worlds: Tensor, success: Tensor) -> None:
        """See `Widening.draw`; the model's values are written."""
        super().draw(worlds, success)
        if self.names:
            self.write(worlds.cpu())

    def write(self, worlds: Tensor) -> None:
        """Write the values that are the model's, of worlds (n,); after `state` was restored, of all."""
        drawn = self.state["drawn"][worlds]
        self._model.write(worlds, {name: drawn[:, i] for i, name in enumerate(self.names)})


class _ModelFields:
    """The model's fields that quantities scale, as worlds have them and as they were."""

    def __init__(
        self,
        physics: Physics,
        names: Sequence[str],
        geoms: Sequence[str],
        motors: Sequence[int],
        bodies: Sequence[int] | None,
    ) -> None:
        self._masses = Masses(physics, bodies) if "mass" in names else None
        rows, gains = list(motors), [STIFFNESS, INTEGRAL, DAMPING]
        ids = [mujoco.mj_name2id(physics.model, mujoco.mjtObj.mjOBJ_GEOM, geom) for geom in geoms]
        places = {
            "friction": [("geom_friction", (ids, 0))],
            "torque": [("actuator_gainprm", (rows, CONSTANT))],
            "stiffness": [("actuator_gainprm", ([[row] for row in rows], gains))],
        }
        self._scaled = [
            (name, physics.expand(field), where) for name in names for field, where in places.get(name, ())
        ]
        self._before = [tensor[0].clone()[where] for _, tensor, where in self._scaled]

    def write(self, worlds: Tensor, values: dict[str, Tensor]) -> None:
        """Scale the fields of worlds (n,) by values, each (n,)."""
        if self._masses:
            self._masses.scale(worlds, values["mass"], values["mass"])
        for (name, tensor, where), before in zip(self._scaled, self._before, strict=True):
            factor = values[name].to(tensor.device, tensor.dtype)
            own = tensor[worlds].clone()
            own[(slice(None), *where)] = before * factor.reshape(-1, *[1] * before.ndim)
            tensor[worlds] = own
