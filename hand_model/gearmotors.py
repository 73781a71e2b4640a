"""What turns a joint: a motor with its driver, its gearhead and perhaps a cable."""

import math
from dataclasses import dataclass, field
from typing import Literal

import mujoco
from pydantic import BaseModel, ConfigDict, Field

from hand_model.cables import Cable
from hand_model.gearheads import DIRECT, Gearhead
from hand_model.motors import Motor

Input = Literal["position", "velocity", "torque", "voltage"]
_CTRLSPEC: dict[Input, int] = {"position": 1, "velocity": 2, "torque": 4, "voltage": 8}
"""`ctrlspec` of a dcmotor with one input (`input="pos"`, `"vel"`, `"ff"`, `"voltage"` in MJCF)."""

RESISTANCE, CONSTANT, STIFFNESS, INTEGRAL, DAMPING, MOST_VOLTAGE = 0, 1, 4, 5, 6, 7
"""Places of a dcmotor's figures in its `gainprm`: at the shaft, each times the efficiency (`Gearmotor.drive`)."""

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
    """A motor, its gearhead, its driver and, in a tendon-driven hand, its cable.

    Forces are those at the output: the joint's torque, N·m, or with a cable its tension, N. Ways are angles, rad, or
    the cable's, m.

    Attributes:
        motor: the data sheet.
        gearhead: by default none.
        driver: by default one that gives the motor its nominal voltage and peak current.
        cable: by default none: the gearhead turns the joint.
    """

    motor: Motor
    gearhead: Gearhead = DIRECT
    driver: Driver = field(default_factory=Driver)
    cable: Cable | None = None

    @property
    def gear(self) -> float:
        """Way of the motor's shaft, rad, for the output's, rad or m."""
        return self.gearhead.ratio / (self.cable.spool if self.cable else 1.0)

    @property
    def efficiency(self) -> float:
        """Share of the motor's torque that reaches the output."""
        return self.gearhead.efficiency * (self.cable.efficiency if self.cable else 1.0)

    @property
    def friction(self) -> float:
        """What turning without a load takes, at the motor's shaft, N·m."""
        drag = self.cable.friction / self.gear if self.cable else 0.0
        return self.motor.friction + drag / self.efficiency

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
    def clamp(self) -> float:
        """Current at which the driver clamps, A: beyond what the supply can send unless the driver allows less.

        A torque that is at two limits at once has no slope that engines agree on.
        """
        supplied = self.voltage / self.motor.resistance
        return 1.01 * supplied if self.current_limit > 0.99 * supplied else self.current_limit

    @property
    def stall_force(self) -> float:
        """Burst of a cold motor, N·m or N."""
        return self.gear * min(self._torque(self.current_limit), self._borne(self.gearhead.peak_torque))

    @property
    def continuous_force(self) -> float:
        """What it holds for ever in air, N·m or N."""
        current = min(self.motor.continuous_current, self.current_limit)
        return self.gear * min(self._torque(current), self._borne(self.gearhead.continuous_torque))

    @property
    def no_load_speed(self) -> float:
        """At the supply's voltage, rad/s or m/s."""
        motor = self.motor
        drop = self.friction * motor.resistance / motor.torque_constant
        return (self.voltage - drop) / motor.torque_constant / self.gear

    @property
    def armature(self) -> float:
        """Inertia of rotor and gears as the output feels it, kg·m² or kg."""
        return self.inertia * self.gear**2

    @property
    def inertia(self) -> float:
        """Of rotor and gears at the motor's shaft, kg·m²."""
        return self.motor.rotor_inertia + self.gearhead.inertia

    @property
    def mass(self) -> float:
        """Motor and gearhead, kg."""
        return self.motor.mass + self.gearhead.mass

    def _torque(self, current: float) -> float:
        """What a current gives past friction and losses, N·m at the shaft."""
        return max(self.motor.torque_constant * current - self.friction, 0.0) * self.efficiency

    def _borne(self, torque: float) -> float:
        """A torque at the gearhead's output, N·m, as one at the shaft past all losses."""
        return torque / self.gearhead.ratio * (self.cable.efficiency if self.cable else 1.0)

    def drive(
        self,
        actuator: mujoco.MjsActuator,
        stiffness: float = 0.0,
        damping: float = 0.0,
        travel: tuple[float, float] | None = None,
        input: Input = "position",
        longest_step: float = LONGEST_STEP,
    ) -> None:
        """Make `actuator` this gearmotor.

        Controls are the motor shaft's: an angle (rad), a speed (rad/s), a torque (N·m), or the terminals' voltage (V).

        Losses on the way to the joint scale every electrical constant: with K, R, U and the friction all multiplied
        by the efficiency, currents and the no-load speed stay the motor's own while the torque is what gets through.
        A driver closes its current loop far faster than physics steps, so inductance counts only under a raw voltage.
        A current is then (`actuator_force` without friction) / (K · efficiency). The winding's temperature is not the
        engine's but `hand_model.heat`'s, which writes the resistance back.

        A cable's compliance acts in series with the position loop, at rest: its own mode, with a finger's inertia at
        60 Hz and above, is faster than what physics resolves at the steps that training takes.

        Args:
            actuator: the actuator to fill; its transmission must be a joint or a tendon.
            stiffness: position gain at the output, N·m/rad or N/m; of a position control.
            damping: velocity gain at the output, N·m·s/rad or N·s/m; of a position or velocity control.
            travel: the output's limits, rad or m, from which those of a position control follow.
            input: what the control is.
            longest_step: of the physics, s; friction is made no stiffer than it can bear.
        """
        motor, eta, shaft = self.motor, self.efficiency, self.gear**2
        constant = motor.torque_constant * eta
        limit = min(self.clamp * constant, self._borne(self.gearhead.peak_torque))
        if self.cable:
            stiffness = 1 / (1 / stiffness + 1 / self.cable.stiffness) if stiffness else 0.0
        actuator.set_to_dcmotor(
            motorconst=[constant, constant],
            resistance=motor.resistance * eta,
            saturation=[limit, 0, 0],
            controller=[
                stiffness / shaft,
                0,
                damping / shaft,
                0,
                0,
                0 if input == "voltage" else self.voltage * eta,
            ],
            lugre=self._lugre(longest_step),
            cogging=[motor.cogging_torque, motor.cogging_periods, 0],
            inductance=[motor.inductance * eta if input == "voltage" else 0, 0],
            ctrlspec=_CTRLSPEC[input],
        )
        actuator.gear[0] = self.gear
        actuator.armature = self.inertia
        if travel is not None and input == "position":
            actuator.ctrlrange = [end * self.gear for end in travel]
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
        friction = self.friction * self.efficiency
        if not friction:
            return [0.0] * 5
        stiffness = 0.5 * self.inertia / longest_step**2
        return [stiffness, 0.0, friction, friction, 1.0]
