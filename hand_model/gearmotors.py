"""A motor behind a gearhead and in front of a driver: what turns a joint."""

import math
from dataclasses import dataclass
from typing import Literal

import mujoco
from pydantic import BaseModel, ConfigDict, Field

from hand_model.gearheads import DIRECT, Gearhead
from hand_model.motors import Motor

Input = Literal["position", "velocity", "torque", "voltage"]
_CTRLSPEC: dict[Input, int] = {"position": 1, "velocity": 2, "torque": 4, "voltage": 8}
"""`ctrlspec` of a dcmotor with one input (`input="pos"`, `"vel"`, `"ff"`, `"voltage"` in MJCF)."""

LONGEST_STEP = 1 / 100
"""Physics step that a gearmotor bears unless told otherwise, s."""

_SHORTEST_STEP = 1e-3
"""Physics step down to which the history of a delayed control reaches far enough back, s."""


class Driver(BaseModel):
    """The power electronics of one motor.

    Attributes:
        voltage: of the supply, V; by default the motor's nominal one.
        current_limit: A; by default the motor's peak current.
        delay: of the current loop, from command to current, s.
        derates: whether it lowers its current limit as the winding nears its own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    voltage: float | None = Field(default=None, gt=0)
    current_limit: float | None = Field(default=None, gt=0)
    delay: float = Field(default=0.0, ge=0, le=0.1)
    derates: bool = True


@dataclass(frozen=True)
class Gearmotor:
    """A motor, its gearhead and its driver; figures are at the joint.

    Attributes:
        motor: the data sheet.
        gearhead: by default none.
        driver: by default one that gives the motor its nominal voltage and peak current.
    """

    motor: Motor
    gearhead: Gearhead = DIRECT
    driver: Driver = Driver()

    @property
    def ratio(self) -> float:
        """Motor turns per joint turn."""
        return self.gearhead.ratio

    @property
    def voltage(self) -> float:
        """Of the supply, V."""
        return self.driver.voltage or self.motor.voltage

    @property
    def current_limit(self) -> float:
        """Highest current with a cold winding, A."""
        limit = self.driver.current_limit or self.motor.peak_current
        return min(limit, self.voltage / self.motor.resistance)

    @property
    def stall_torque(self) -> float:
        """Burst torque of a cold motor, N·m."""
        return min(self._torque(self.current_limit), self.gearhead.peak_torque)

    @property
    def continuous_torque(self) -> float:
        """What it holds for ever in air, N·m."""
        current = min(self.motor.continuous_current, self.current_limit)
        return min(self._torque(current), self.gearhead.continuous_torque)

    @property
    def no_load_speed(self) -> float:
        """At the supply's voltage, rad/s."""
        motor = self.motor
        drop = motor.friction * motor.resistance / motor.torque_constant
        return (self.voltage - drop) / motor.torque_constant / self.ratio

    @property
    def armature(self) -> float:
        """Rotor inertia as the joint feels it, kg·m²."""
        return self.motor.rotor_inertia * self.ratio**2

    @property
    def mass(self) -> float:
        """Motor and gearhead, kg."""
        return self.motor.mass + self.gearhead.mass

    def _torque(self, current: float) -> float:
        """What a current gives at the joint against the motor's friction, N·m."""
        shaft = self.motor.torque_constant * current - self.motor.friction
        return max(shaft, 0.0) * self.ratio * self.gearhead.efficiency

    def drive(
        self,
        actuator: mujoco.MjsActuator,
        stiffness: float = 0.0,
        damping: float = 0.0,
        joint_range: tuple[float, float] | None = None,
        input: Input = "position",
        longest_step: float = LONGEST_STEP,
    ) -> None:
        """Make `actuator` this gearmotor.

        Controls are the motor shaft's: an angle (rad), a speed (rad/s), a torque (N·m), or the terminals' voltage (V).

        The gearhead's losses scale every electrical constant: with K, R and U all multiplied by the efficiency, the
        friction multiplied by the efficiency too, currents and the no-load speed stay the motor's own while the torque is what the gearhead lets through. A driver
        closes its current loop far faster than physics steps, so inductance counts only under a raw voltage. A current is then (`actuator_force` without friction) / (K · efficiency). The winding's temperature is
        not the engine's but `hand_model.heat`'s, which writes the resistance back.

        Args:
            actuator: the actuator to fill; its transmission must be a joint or a tendon.
            stiffness: position gain at the joint, N·m/rad; of a position control.
            damping: velocity gain at the joint, N·m·s/rad; of a position or velocity control.
            joint_range: the joint's limits, rad, from which those of a position control follow.
            input: what the control is.
            longest_step: of the physics, s; friction is made no stiffer than it can bear.
        """
        motor, eta, shaft = self.motor, self.gearhead.efficiency, self.ratio**2
        constant = motor.torque_constant * eta
        limit = min(self.current_limit * constant, self.gearhead.peak_torque / self.ratio)
        actuator.set_to_dcmotor(
            motorconst=[constant, constant],
            resistance=motor.resistance * eta,
            saturation=[limit, 0, 0],
            controller=[stiffness / shaft, 0, damping / shaft, 0, 0, 0 if input == "voltage" else self.voltage * eta],
            lugre=self._lugre(longest_step),
            cogging=[motor.cogging_torque, motor.cogging_periods, 0],
            inductance=[motor.inductance * eta if input == "voltage" else 0, 0],
            ctrlspec=_CTRLSPEC[input],
        )
        actuator.gear[0] = self.ratio
        actuator.armature = motor.rotor_inertia
        if joint_range is not None and input == "position":
            actuator.ctrlrange = [limit * self.ratio for limit in joint_range]
            actuator.ctrllimited = mujoco.mjtLimited.mjLIMITED_TRUE
        if self.driver.delay:
            actuator.delay = self.driver.delay
            actuator.nsample = math.ceil(self.driver.delay / _SHORTEST_STEP)

    def _lugre(self, longest_step: float) -> list[float]:
        """Bristle stiffness and damping, Coulomb and static friction, Stribeck speed; at the shaft.

        Sheets give one friction, from the no-load current: Coulomb's. The engine steps the bristles' force explicitly,
        which bears a stiffness of about J / h²: at 100 Hz a small gearmotor's joint gives some milliradians before it
        slides. The bristles have no damping, as the implicit integrators would take it for viscous friction of the
        sliding shaft too, and slow the motor down.
        """
        friction = self.motor.friction * self.gearhead.efficiency
        if not friction:
            return [0.0] * 5
        stiffness = 0.5 * self.motor.rotor_inertia / longest_step**2
        return [stiffness, 0.0, friction, friction, 1.0]
