"""How long a force lasts: what a driver that protects its motor still allows, over time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike

from hand_model.dexterity.force import Push, directed_force, holding_forces
from hand_model.dexterity.specimen import Specimen
from hand_model.gearmotors import Gearmotor
from hand_model.heat import MotorHeat

LONGEST = 3600.0
"""Time after which a force counts as lasting for ever, s."""

PEAK_SECONDS = 3.0
"""How long a gearhead bears its peak torque, s; sheets say "for seconds": an estimate."""

_SHORTEST, _LONGEST_STEP = 0.05, 20.0
_STEPS = 20
"""Steps of one length, before they double."""

_FADING_SECONDS = 900.0
"""How long a fading force is followed, s: four time constants of a small motor's housing."""


@dataclass(frozen=True)
class Effort:
    """Pushes that belong together: a pinch or a grip.

    Attributes:
        pushes: each with the direction (3,) that it goes in.
        shared: whether all push with the same force, as the two sides of a pinch do; else each gives what it can, and
            the force is their sum.
    """

    pushes: tuple[tuple[Push, np.ndarray], ...]
    shared: bool

    def force(self, limits: np.ndarray) -> float:
        """The largest force, N, within limits (nu,)."""
        forces = self._forces(limits)
        return min(forces) if self.shared else sum(forces)

    def loads(self, limits: np.ndarray) -> np.ndarray:
        """Actuator forces (nu,) at the largest force."""
        forces = self._forces(limits)
        if self.shared:
            forces = [min(forces)] * len(forces)
        pushed = zip(self.pushes, forces, strict=True)
        held = [holding_forces(push, force * way, limits) for (push, way), force in pushed]
        return np.sum(held, axis=0)

    def _forces(self, limits: np.ndarray) -> list[float]:
        return [directed_force(push, way, limits) for push, way in self.pushes]


@dataclass(frozen=True)
class Fading:
    """A force at full effort over time.

    Attributes:
        seconds: (n,) s since the start with cold motors.
        force: (n,) N that gearheads bear and drivers still allow then.
    """

    seconds: np.ndarray
    force: np.ndarray


def fading(specimen: Specimen, effort: Effort, ambient: float = 22.0) -> Fading:
    """The largest force over time: motors heat up with the currents that it takes, and their drivers derate.

    Args:
        specimen: a hand with gearmotors.
        effort: what it does.
        ambient: temperature of the air and of the cold motors, °C.
    """
    gearmotors = _gearmotors(specimen)
    heat = MotorHeat(gearmotors, 1, ambient=ambient)
    # A driver acts on the winding's temperature: steps must be shorter than its time constant.
    steps = _steps(_FADING_SECONDS, min(g.motor.winding_time for g in gearmotors) / 2)
    forces = np.empty(len(steps))
    for i, step in enumerate(steps):
        allowed = heat.current_limit()[0].numpy()
        bearing = borne(gearmotors, lasting=steps[:i].sum() > PEAK_SECONDS)
        limits = np.minimum(shaft_forces(gearmotors, allowed), bearing)
        forces[i] = effort.force(limits)
        currents = np.minimum(holding_currents(gearmotors, effort.loads(limits)), allowed)
        heat.advance(torch.as_tensor(currents**2)[None], float(step))
    return Fading(np.cumsum(steps) - steps, forces)


def endurance(specimen: Specimen, effort: Effort, forces: ArrayLike, ambient: float = 22.0) -> np.ndarray:
    """How long each force (n,) N lasts, (n,) s: until a driver derates below it or a gearhead has borne enough.

    Loads are shared out as in the largest burst. What cannot be held at all lasts 0 s, what lasts for an hour
    `LONGEST`.
    """
    gearmotors, asked = _gearmotors(specimen), np.asarray(forces, dtype=float)
    most = effort.force(specimen.burst)
    loads = asked[:, None] * np.abs(effort.loads(specimen.burst)) / most  # (n, nu)
    held = holding_seconds(
        gearmotors, np.array([holding_currents(gearmotors, load) for load in loads]), ambient
    )
    strained = loads > borne(gearmotors, lasting=True) * (1 + 1e-9)
    held[strained] = np.minimum(held[strained], PEAK_SECONDS)
    found = held.min(axis=1)
    found[asked > most * (1 + 1e-9)] = 0.0
    return found


def holding_seconds(
    gearmotors: Sequence[Gearmotor], currents: np.ndarray, ambient: float = 22.0
) -> np.ndarray:
    """How long cold motors hold constant currents before their drivers derate, s.

    Args:
        gearmotors: (nu) of them.
        currents: (n, nu) A.
        ambient: of the air and of the cold motors, °C.

    Returns:
        (n, nu) s, to 5% or 0.05 s; `LONGEST` at most.
    """
    heat = MotorHeat(gearmotors, len(currents), ambient=ambient)
    needed = torch.as_tensor(np.abs(currents)) * (1 - 1e-9)
    found = torch.full_like(needed, LONGEST)
    now = 0.0
    for step in _steps(LONGEST, _LONGEST_STEP):
        failed = heat.current_limit() < needed
        found[failed] = torch.clamp(found[failed], max=now)
        heat.advance(needed.square(), float(step))
        now += step
    return found.numpy()


def holding_currents(gearmotors: Sequence[Gearmotor], forces: np.ndarray) -> np.ndarray:
    """Currents (nu,) A that hold `actuator_force`s (nu,), friction against them; none where there is no force."""

    def current(motor: Gearmotor, force: float) -> float:
        return (abs(force) / motor.efficiency + motor.friction) / motor.motor.torque_constant

    return np.array(
        [current(g, f) if abs(f) > 1e-12 else 0.0 for g, f in zip(gearmotors, forces, strict=True)]
    )


def shaft_forces(gearmotors: Sequence[Gearmotor], currents: np.ndarray) -> np.ndarray:
    """`actuator_force`s (nu,) that currents (nu,) A hold: the inverse of `holding_currents`."""

    def force(motor: Gearmotor, current: float) -> float:
        return max(motor.motor.torque_constant * current - motor.friction, 0.0) * motor.efficiency

    return np.array([force(g, i) for g, i in zip(gearmotors, currents, strict=True)])


def borne(gearmotors: Sequence[Gearmotor], *, lasting: bool) -> np.ndarray:
    """`actuator_force`s (nu,) that gearheads bear for ever, or for seconds."""

    def torque(motor: Gearmotor) -> float:
        limit = motor.gearhead.continuous_torque if lasting else motor.gearhead.peak_torque
        return limit / motor.gearhead.ratio * (motor.cable.efficiency if motor.cable else 1.0)

    return np.array([torque(g) for g in gearmotors])


def _gearmotors(specimen: Specimen) -> Sequence[Gearmotor]:
    if specimen.gearmotors is None:
        raise ValueError(f"{specimen.name}: its model has no motors, so nothing heats up")
    return specimen.gearmotors


def _steps(total: float, longest: float) -> np.ndarray:
    """Steps that double now and then until they reach the longest, s: together the total, or a little more."""
    steps: list[float] = []
    step, done = _SHORTEST, 0.0
    while done < total:
        steps += [step] * _STEPS
        done += step * _STEPS
        step = min(2 * step, longest)
    return np.array(steps)
