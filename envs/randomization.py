"""Domain randomization: worlds that differ in what a simulator can't know, and ranges that widen as a policy copes.

Every world draws its own values at the start of each episode. With a schedule, ranges begin at the nominal values and
widen one boundary at a time where episodes at that boundary go well: automatic domain randomization, OpenAI et al.,
"Solving Rubik's Cube with a Robot Hand", 2019, section 5, algorithm 1.
"""

from typing import Self

import mujoco
import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor

from envs.masses import Masses
from envs.physics import Physics
from hand_model.gearmotors import CONSTANT, DAMPING, INTEGRAL, STIFFNESS

Range = tuple[float, float]
"""Lowest and highest value."""


class Schedule(BaseModel):
    """How ranges widen.

    Attributes:
        steps: widenings that it takes from the nominal value to a range's end.
        boundary_share: share of the episodes that have one value at its boundary.
        episodes: at a boundary, until it is judged.
        widen_above: mean success above which a boundary moves out.
        narrow_below: mean success below which it moves back in.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    steps: int = Field(default=10, ge=1, le=1000)
    boundary_share: float = Field(default=0.5, gt=0, lt=1)
    episodes: int = Field(default=64, ge=1)
    widen_above: float = Field(default=0.9, gt=0, le=1)
    narrow_below: float = Field(default=0.6, ge=0, lt=1)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.narrow_below >= self.widen_above:
            raise ValueError(f"narrow_below: expected less than widen_above ({self.widen_above})")
        return self


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
    schedule: Schedule | None = None

    @model_validator(mode="after")
    def _ranges_hold(self) -> Self:
        for name, nominal in NOMINAL.items():
            low, high = getattr(self, name)
            if low > high or low < 0 or (nominal == 1.0 and low == 0):
                raise ValueError(f"{name}: expected two numbers, ascending and positive, got {[low, high]}")
            if self.schedule and not low <= nominal <= high:
                raise ValueError(f"{name}: a schedule starts at {nominal:g}, which is not in {[low, high]}")
        if self.delay[1] > LONGEST_DELAY:
            raise ValueError(f"delay: expected at most {LONGEST_DELAY} control steps, got {self.delay[1]:g}")
        return self


LONGEST_DELAY = 3
"""Control steps."""


class Randomizer:
    """Draws values for worlds and writes those that are the model's.

    Args:
        physics: the worlds.
        config: the ranges.
        generator: of the draws, on the CPU so that backends draw alike.
        geoms: names of the geoms whose friction differs.

    Attributes:
        names: of the quantities that differ.
        values: (nworld,) of every quantity, by name.
        state: each world's part of what the next draw depends on, by name, for checkpoints.
        shared: the rest of it.
    """

    def __init__(
        self, physics: Physics, config: RandomizationConfig, generator: torch.Generator, geoms: list[str]
    ) -> None:
        self.config, self._physics, self._generator = config, physics, generator
        self.names = [name for name in NOMINAL if getattr(config, name) != (NOMINAL[name],) * 2]
        self._ends = torch.tensor([getattr(config, name) for name in self.names]).reshape(-1, 2)
        nominal = torch.tensor([NOMINAL[name] for name in self.names])
        count = len(self.names)
        start = nominal[:, None].expand(-1, 2).clone() if config.schedule else self._ends.clone()
        self.state = {
            "drawn": nominal.expand(physics.nworld, -1).clone(),
            "boundary": torch.full((physics.nworld,), -1),
        }
        self.shared = {"bounds": start, "successes": torch.zeros(count, 2), "episodes": torch.zeros(count, 2)}
        self._step = (self._ends - nominal[:, None]) / config.schedule.steps if config.schedule else None
        self._nominal = nominal
        self._model = _ModelFields(physics, self.names, geoms)

    def __getitem__(self, name: str) -> Tensor:
        """Values of a quantity in every world, (nworld,) float32 on the physics' device."""
        if name not in self.names:
            return torch.full((self._physics.nworld,), NOMINAL[name], device=self._physics.device)
        return self.state["drawn"][:, self.names.index(name)].to(self._physics.device)

    def draw(self, worlds: Tensor, success: Tensor) -> None:
        """Draw anew for episodes that begin.

        Args:
            worlds: (n,) int64.
            success: (n,) bool, of the episodes that ended there.
        """
        if not self.names:
            return
        worlds = worlds.cpu()
        if self.config.schedule:
            self._judge(worlds, success.cpu())
        low, high = self.shared["bounds"].unbind(1)
        share = torch.rand(len(worlds), len(self.names), generator=self._generator)
        values = low + share * (high - low)
        if self.config.schedule:
            self._to_boundary(worlds, values)
        self.state["drawn"][worlds] = values
        self.write(worlds)

    def write(self, worlds: Tensor) -> None:
        """Write the values that are the model's, of worlds (n,); after `state` was restored, of all."""
        drawn = self.state["drawn"][worlds]
        self._model.write(worlds, {name: drawn[:, i] for i, name in enumerate(self.names)})

    def entropy(self) -> float:
        """Mean over quantities of the log of how much of its range each covers, nats; 0 is all of it.

        A range that has not opened counts as a thousandth of its width.
        """
        if not self.names:
            return 0.0
        open_, full = (x[:, 1] - x[:, 0] for x in (self.shared["bounds"], self._ends))
        return float((open_ / full).clamp(min=1e-3).log().mean())

    def _to_boundary(self, worlds: Tensor, values: Tensor) -> None:
        """Put one quantity of some of the worlds at one of its boundaries, in place."""
        assert self.config.schedule is not None
        chance = torch.rand(len(worlds), generator=self._generator)
        pick = torch.randint(2 * len(self.names), (len(worlds),), generator=self._generator)
        pick = torch.where(chance < self.config.schedule.boundary_share, pick, -1)
        rows = (pick >= 0).nonzero().squeeze(1)
        which, side = pick[rows] // 2, pick[rows] % 2
        values[rows, which] = self.shared["bounds"][which, side]
        self.state["boundary"][worlds] = pick

    def _judge(self, worlds: Tensor, success: Tensor) -> None:
        """Count how episodes at boundaries ended, and move the boundaries that have been tried often enough."""
        schedule, state, shared = self.config.schedule, self.state, self.shared
        assert schedule is not None
        assert self._step is not None
        pick = state["boundary"][worlds]
        tried = pick >= 0
        for name, amount in (("episodes", torch.ones(len(worlds))), ("successes", success.float())):
            shared[name].view(-1).index_add_(0, pick[tried], amount[tried])
        judged = shared["episodes"] >= schedule.episodes
        mean = shared["successes"] / shared["episodes"].clamp(min=1)
        move = (judged & (mean >= schedule.widen_above)).float()
        move -= (judged & (mean <= schedule.narrow_below)).float()
        moved = shared["bounds"] + move * self._step
        low = moved[:, 0].clamp(self._ends[:, 0], self._nominal)
        high = torch.minimum(torch.maximum(moved[:, 1], self._nominal), self._ends[:, 1])
        shared["bounds"][:] = torch.stack([low, high], dim=1)
        shared["episodes"][judged] = 0
        shared["successes"][judged] = 0
        state["boundary"][worlds] = -1


class _ModelFields:
    """The model's fields that quantities scale, as worlds have them and as they were."""

    def __init__(self, physics: Physics, names: list[str], geoms: list[str]) -> None:
        self._masses = Masses(physics) if "mass" in names else None
        ids = [mujoco.mj_name2id(physics.model, mujoco.mjtObj.mjOBJ_GEOM, geom) for geom in geoms]
        places = {
            "friction": [("geom_friction", (ids, 0))],
            "torque": [("actuator_gainprm", (slice(None), CONSTANT))],
            "stiffness": [("actuator_gainprm", (slice(None), [STIFFNESS, INTEGRAL, DAMPING]))],
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
