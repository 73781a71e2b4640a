"""Small DC motors from their data sheets, and the gearheads that make joint actuators of them."""

from dataclasses import dataclass

import mujoco

_INPUT_POSITION = 1
"""`ctrlspec` of a dcmotor whose only input is a position setpoint (`input="pos"` in MJCF)."""


@dataclass(frozen=True)
class Motor:
    """A DC motor's data sheet, SI units.

    Attributes:
        name: The maker's type.
        source: Where the figures were read.
        voltage: Nominal, V.
        resistance: Terminal resistance at 22 °C, Ω.
        torque_constant: N·m/A, equally V·s/rad.
        rotor_inertia: kg·m².
        stall_torque: At the nominal voltage, N·m.
        rated_torque: Continuous, N·m.
    """

    name: str
    source: str
    voltage: float
    resistance: float
    torque_constant: float
    rotor_inertia: float
    stall_torque: float
    rated_torque: float

    @property
    def no_load_speed(self) -> float:
        """Speed at the nominal voltage without load or friction, rad/s."""
        return self.voltage / self.torque_constant


FAULHABER_0816 = Motor(
    name="0816K003SR",
    source="Faulhaber data sheet 0816...SR",
    voltage=3.0,
    resistance=5.4,
    torque_constant=2.11e-3,
    rotor_inertia=0.051e-7,
    stall_torque=1.15e-3,
    rated_torque=0.7e-3,
)

FAULHABER_1331 = Motor(
    name="1331T006SR",
    source="Faulhaber data sheet 1331...SR",
    voltage=6.0,
    resistance=2.83,
    torque_constant=5.35e-3,
    rotor_inertia=0.71e-7,
    stall_torque=11.2e-3,
    rated_torque=3.2e-3,
)


@dataclass(frozen=True)
class Gearmotor:
    """A motor behind a gearhead.

    Attributes:
        motor: The motor.
        ratio: Motor turns per joint turn.
        efficiency: Share of the motor's torque that reaches the joint, in (0, 1].
    """

    motor: Motor
    ratio: float
    efficiency: float

    @property
    def stall_torque(self) -> float:
        """At the joint, N·m."""
        return self.motor.stall_torque * self.ratio * self.efficiency

    @property
    def rated_torque(self) -> float:
        """At the joint, continuous, N·m."""
        return self.motor.rated_torque * self.ratio * self.efficiency

    @property
    def no_load_speed(self) -> float:
        """At the joint, rad/s."""
        return self.motor.no_load_speed / self.ratio

    def drive(
        self,
        actuator: mujoco.MjsActuator,
        stiffness: float,
        damping: float,
        joint_range: tuple[float, float],
    ) -> None:
        """Make `actuator` this gearmotor with a position loop. Its control is the motor shaft's angle, rad.

        The gearhead's losses scale every electrical constant: with K, R and U all multiplied by the
        efficiency, the currents and the no-load speed stay the motor's own while the torque is what the
        gearhead lets through.

        Args:
            actuator: The actuator to fill; its transmission must be a joint.
            stiffness: Position gain at the joint, N·m/rad.
            damping: Velocity gain at the joint, N·m·s/rad.
            joint_range: The joint's limits, rad; the control's limits follow from them.
        """
        motor, eta = self.motor, self.efficiency
        shaft = self.ratio**2
        constant = motor.torque_constant * eta
        actuator.set_to_dcmotor(
            motorconst=[constant, constant],
            resistance=motor.resistance * eta,
            saturation=[motor.stall_torque * eta, 0, 0],
            controller=[stiffness / shaft, 0, damping / shaft, 0, 0, motor.voltage * eta],
            ctrlspec=_INPUT_POSITION,
        )
        actuator.gear[0] = self.ratio
        actuator.armature = motor.rotor_inertia
        actuator.ctrlrange = [limit * self.ratio for limit in joint_range]
        actuator.ctrllimited = mujoco.mjtLimited.mjLIMITED_TRUE
