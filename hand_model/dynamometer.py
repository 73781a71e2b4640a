"""A test bench for motors: what a simulated one does, to be held against its data sheet."""

from dataclasses import dataclass

import mujoco
import numpy as np
import torch

from hand_model.gearmotors import Gearmotor
from hand_model.heat import MotorHeat
from hand_model.motors import Motor

_CREEP = 1.0
"""Speed at which the stall torque is measured, so that friction acts, rad/s."""

_FLYWHEEL = 1.0
"""Inertia that keeps that speed, kg·m²."""


@dataclass(frozen=True)
class MotorFigures:
    """What the bench measures at the nominal voltage, in SI units.

    Attributes:
        no_load_speed: rad/s.
        stall_torque: N·m.
        mechanical_time_constant: s.
        rated_winding: steady winding temperature at the rated current in air at the sheet's reference, °C.
    """

    no_load_speed: float
    stall_torque: float
    mechanical_time_constant: float
    rated_winding: float


def measure(motor: Motor, timestep: float) -> MotorFigures:
    """Put the bare motor on the bench.

    Args:
        motor: its data sheet.
        timestep: of the physics, s.
    """
    times, speeds = _run_up(motor, timestep)
    final = speeds[-1]
    reached = float(np.interp((1 - np.exp(-1)) * final, speeds, times))
    return MotorFigures(
        no_load_speed=float(final),
        stall_torque=_stall_torque(motor, timestep),
        mechanical_time_constant=reached,
        rated_winding=steady_winding(motor, motor.rated_current),
    )


def steady_winding(motor: Motor, current: float) -> float:
    """Where the winding ends at a constant current in air at the sheet's reference temperature, °C."""
    heat = MotorHeat([Gearmotor(motor)], 1, ambient=motor.reference)
    for _ in range(60):
        heat.advance(torch.full((1, 1), current**2, dtype=torch.float64), motor.housing_time)
    return heat.winding.item()


def winding_rise(motor: Motor, current: float, seconds: float, timestep: float) -> float:
    """How much hotter a winding is after some time at a constant current, K."""
    heat = MotorHeat([Gearmotor(motor)], 1, ambient=motor.reference)
    for _ in range(round(seconds / timestep)):
        heat.advance(torch.full((1, 1), current**2, dtype=torch.float64), timestep)
    return heat.winding.item() - motor.reference


def _run_up(motor: Motor, timestep: float) -> tuple[np.ndarray, np.ndarray]:
    """The bare rotor from rest to its final speed: times, s, and speeds, rad/s."""
    model, data = _bench(motor, timestep, flywheel=0.0)
    data.ctrl[0] = motor.voltage
    constant = motor.resistance * motor.rotor_inertia / motor.torque_constant**2
    speeds = [0.0]
    for _ in range(max(20, round(15 * constant / timestep))):
        mujoco.mj_step(model, data)
        speeds.append(float(data.qvel[0]))
    return timestep * np.arange(len(speeds)), np.array(speeds)


def _stall_torque(motor: Motor, timestep: float) -> float:
    model, data = _bench(motor, timestep, flywheel=_FLYWHEEL)
    data.ctrl[0] = motor.voltage
    for _ in range(round(5.0 / timestep)):
        data.qvel[0] = _CREEP
        mujoco.mj_step(model, data)
    return float(data.actuator_force[0]) + motor.torque_constant**2 / motor.resistance * _CREEP


def _bench(motor: Motor, timestep: float, flywheel: float) -> tuple[mujoco.MjModel, mujoco.MjData]:
    """One shaft with an inertia on it, kg·m², turned by the motor under a raw voltage."""
    spec = mujoco.MjSpec()
    spec.compiler.degree = False
    spec.option.timestep = timestep
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.gravity = [0, 0, 0]
    shaft = spec.worldbody.add_body(mass=1.0, inertia=[flywheel + 1e-12] * 3, explicitinertial=True)
    shaft.add_joint(name="shaft", axis=[0, 0, 1])
    actuator = spec.add_actuator(name="motor", target="shaft", trntype=mujoco.mjtTrn.mjTRN_JOINT)
    Gearmotor(motor).drive(actuator, input="voltage", longest_step=timestep)
    model = spec.compile()
    return model, mujoco.MjData(model)
