import mujoco
import numpy as np
import pytest

from hand_model.gearheads import Gearhead, load_gearhead
from hand_model.gearmotors import Driver, Gearmotor
from hand_model.motors import load_motor
from hand_model.sheets import DatasheetError

SMALL, LARGE = (load_motor(name) for name in ("faulhaber-0816k003sr", "faulhaber-1331t006sr"))
MOTORS = [SMALL, LARGE]


def geared(motor, ratio, efficiency=0.7, **driver):
    return Gearmotor(
        motor, Gearhead(name="test", ratio=ratio, stages=1, efficiency=efficiency), Driver(**driver)
    )


def bench(gearmotor, stiffness=1.0, damping=0.0, inertia=1e-4, travel=(-1e6, 1e6), input="position"):
    """One hinge with a flywheel, driven by the gearmotor."""
    spec = mujoco.MjSpec()
    spec.compiler.degree = False
    spec.option.timestep = 1e-3
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    body = spec.worldbody.add_body(mass=1.0, inertia=[inertia] * 3, explicitinertial=True)
    body.add_joint(name="shaft", axis=[0, 0, 1])
    actuator = spec.add_actuator(name="motor", target="shaft", trntype=mujoco.mjtTrn.mjTRN_JOINT)
    gearmotor.drive(actuator, stiffness, damping, travel, input)
    model = spec.compile()
    return model, mujoco.MjData(model)


@pytest.mark.parametrize("motor", MOTORS, ids=lambda motor: motor.name)
def test_the_bare_motor_stalls_at_the_sheets_torque_and_runs_up_to_its_speed(motor):
    gearmotor = Gearmotor(motor)
    assert gearmotor.stall_force == pytest.approx(motor.stall_torque, rel=0.02)
    assert gearmotor.no_load_speed == pytest.approx(motor.no_load_speed, rel=0.01)
    model, data = bench(gearmotor, inertia=motor.rotor_inertia)
    data.ctrl[0] = 1e6
    mujoco.mj_step(model, data, nstep=500)
    assert data.qvel[0] == pytest.approx(motor.no_load_speed, rel=0.01)


@pytest.mark.parametrize("motor", MOTORS, ids=lambda motor: motor.name)
def test_rotor_inertia_is_felt_times_the_ratio_squared(motor):
    model, data = bench(geared(motor, 100), inertia=1e-9)
    mujoco.mj_forward(model, data)
    inertia = np.zeros((1, 1))
    mujoco.mj_fullM(model, data, inertia)
    assert inertia[0, 0] == pytest.approx(1e-9 + motor.rotor_inertia * 100**2)


def test_gearhead_multiplies_torque_and_divides_speed():
    gearmotor = geared(SMALL, 256)
    model, data = bench(gearmotor)
    data.ctrl[0] = 1e6
    mujoco.mj_forward(model, data)
    # at rest friction does not act yet
    assert data.qfrc_actuator[0] == pytest.approx(256 * 0.7 * SMALL.torque_constant * SMALL.stall_current)
    mujoco.mj_step(model, data, nstep=800)
    assert data.qvel[0] == pytest.approx(gearmotor.no_load_speed, rel=0.01)
    assert gearmotor.no_load_speed == pytest.approx(SMALL.no_load_speed / 256, rel=0.01)


def test_gains_are_stated_at_the_joint():
    model, data = bench(geared(LARGE, 50), stiffness=3.0, damping=0.2)
    data.ctrl[0] = 50 * 0.01
    mujoco.mj_forward(model, data)
    assert data.qfrc_actuator[0] == pytest.approx(3.0 * 0.01)
    data.ctrl[0] = 0
    data.qvel[0] = 0.04
    mujoco.mj_forward(model, data)
    assert data.qfrc_actuator[0] == pytest.approx(-0.2 * 0.04)


def test_friction_holds_a_joint_that_nothing_drives():
    gearmotor = geared(LARGE, 50)
    model, data = bench(gearmotor, stiffness=0.0)
    model.opt.gravity[:] = 0
    breakaway = 50 * 0.7 * LARGE.friction
    for share, moves in ((0.9, False), (1.2, True)):
        mujoco.mj_resetData(model, data)
        data.qfrc_applied[0] = share * breakaway
        mujoco.mj_step(model, data, nstep=3000)
        assert (abs(data.qpos[0]) > 0.1) == moves


def test_current_is_limited_by_the_driver_and_torque_by_the_gearhead():
    weak = geared(LARGE, 10, current_limit=0.5)
    model, data = bench(weak, stiffness=1e3)
    data.ctrl[0] = 1e3
    mujoco.mj_forward(model, data)
    assert data.qfrc_actuator[0] == pytest.approx(10 * 0.7 * LARGE.torque_constant * 0.5)
    real = Gearmotor(LARGE, load_gearhead("faulhaber-14-1").at(246))
    assert real.stall_force == real.gearhead.peak_torque == 0.45
    model, data = bench(real, stiffness=1e3)
    data.ctrl[0] = 1e3
    mujoco.mj_forward(model, data)
    assert data.qfrc_actuator[0] == pytest.approx(0.45)


@pytest.mark.parametrize("input", ["velocity", "torque", "voltage"])
def test_the_other_inputs_do_what_they_say(input):
    gains = {"velocity": {"stiffness": 0, "damping": 5e-3}}.get(input, {"stiffness": 0})
    model, data = bench(geared(LARGE, 10, efficiency=1), inertia=1e-5, input=input, **gains)
    command, expected = {
        "velocity": (300.0, 30.0),
        "torque": (1e-3, None),
        "voltage": (
            3.0,
            (3 - LARGE.resistance * LARGE.friction / LARGE.torque_constant) / LARGE.torque_constant / 10,
        ),
    }[input]
    data.ctrl[0] = command
    if input == "torque":
        mujoco.mj_forward(model, data)
        assert data.qfrc_actuator[0] == pytest.approx(0.01)
    else:
        mujoco.mj_step(model, data, nstep=2000)
        assert data.qvel[0] == pytest.approx(expected, rel=0.02)


def test_a_slow_current_loop_delays_the_command():
    model, data = bench(geared(LARGE, 10, delay=0.01), stiffness=1.0, inertia=1e-3)
    data.ctrl[0] = 5.0
    mujoco.mj_step(model, data, nstep=9)
    assert data.qvel[0] == 0
    mujoco.mj_step(model, data, nstep=9)
    assert data.qvel[0] > 0


def test_control_is_the_shafts_angle_within_the_joints_range():
    model, _ = bench(geared(SMALL, 16), travel=(-0.5, 1.5))
    assert model.actuator_ctrlrange[0] == pytest.approx([-8, 24])
    assert model.actuator_ctrllimited[0]


def test_a_ratio_that_a_gearhead_lacks_names_the_nearest():
    with pytest.raises(DatasheetError, match="no ratio 250:1; nearest: 256"):
        load_gearhead("faulhaber-08-1").at(250)
