import mujoco
import numpy as np
import pytest

from hand_model.motors import FAULHABER_0816, FAULHABER_1331, Gearmotor

MOTORS = [FAULHABER_0816, FAULHABER_1331]


def bench(gearmotor, stiffness=1.0, damping=0.0, inertia=1e-4, joint_range=(-1e6, 1e6)):
    """One hinge with a flywheel, driven by the gearmotor."""
    spec = mujoco.MjSpec()
    spec.compiler.degree = False
    spec.option.timestep = 1e-3
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    body = spec.worldbody.add_body(mass=1.0, inertia=[inertia] * 3, explicitinertial=True)
    body.add_joint(name="shaft", axis=[0, 0, 1])
    actuator = spec.add_actuator(name="motor", target="shaft", trntype=mujoco.mjtTrn.mjTRN_JOINT)
    gearmotor.drive(actuator, stiffness, damping, joint_range)
    model = spec.compile()
    return model, mujoco.MjData(model)


@pytest.mark.parametrize("motor", MOTORS, ids=lambda motor: motor.name)
def test_bare_motor_stalls_at_the_data_sheets_torque(motor):
    model, data = bench(Gearmotor(motor, ratio=1, efficiency=1))
    data.ctrl[0] = 1e3
    mujoco.mj_forward(model, data)
    assert data.actuator_force[0] == pytest.approx(motor.stall_torque, rel=0.01)


@pytest.mark.parametrize("motor", MOTORS, ids=lambda motor: motor.name)
def test_bare_motor_runs_up_to_its_no_load_speed(motor):
    model, data = bench(Gearmotor(motor, ratio=1, efficiency=1), inertia=motor.rotor_inertia)
    data.ctrl[0] = 1e6
    mujoco.mj_step(model, data, nstep=500)
    assert data.qvel[0] == pytest.approx(motor.no_load_speed, rel=1e-3)


@pytest.mark.parametrize("motor", MOTORS, ids=lambda motor: motor.name)
def test_rotor_inertia_is_felt_times_the_ratio_squared(motor):
    model, data = bench(Gearmotor(motor, ratio=100, efficiency=0.7), inertia=1e-9)
    mujoco.mj_forward(model, data)
    inertia = np.zeros((1, 1))
    mujoco.mj_fullM(model, data, inertia)
    assert inertia[0, 0] == pytest.approx(1e-9 + motor.rotor_inertia * 100**2)


def test_gearhead_multiplies_torque_and_divides_speed():
    gearmotor = Gearmotor(FAULHABER_0816, ratio=256, efficiency=0.7)
    model, data = bench(gearmotor)
    data.ctrl[0] = 1e6
    mujoco.mj_forward(model, data)
    assert data.qfrc_actuator[0] == pytest.approx(gearmotor.stall_torque, rel=0.01)
    mujoco.mj_step(model, data, nstep=500)
    assert data.qvel[0] == pytest.approx(gearmotor.no_load_speed, rel=1e-3)
    assert gearmotor.no_load_speed == pytest.approx(FAULHABER_0816.no_load_speed / 256)


def test_gains_are_stated_at_the_joint():
    model, data = bench(Gearmotor(FAULHABER_1331, ratio=50, efficiency=0.7), stiffness=3.0, damping=0.2)
    data.ctrl[0] = 50 * 0.01
    data.qvel[0] = 0.04
    mujoco.mj_forward(model, data)
    assert data.qfrc_actuator[0] == pytest.approx(3.0 * 0.01 - 0.2 * 0.04)


def test_control_is_the_shafts_angle_within_the_joints_range():
    model, _ = bench(Gearmotor(FAULHABER_0816, ratio=16, efficiency=0.9), joint_range=(-0.5, 1.5))
    assert model.actuator_ctrlrange[0] == pytest.approx([-8, 24])
    assert model.actuator_ctrllimited[0]
