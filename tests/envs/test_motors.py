import dataclasses

import mujoco
import pytest
import torch

from envs.motors import ENERGY_TERMS, Motors
from envs.physics import make_physics
from hand_model import HandConfig, build_hand
from hand_model.dynamometer import winding_rise
from hand_model.gearheads import Gearhead
from hand_model.gearmotors import Gearmotor
from hand_model.motors import load_motor

MOTOR = load_motor("faulhaber-0816k003sr")
GEARED = Gearmotor(MOTOR, Gearhead(name="test", ratio=256, stages=4, efficiency=0.7))
RATE = 360


QUICK = MOTOR.model_copy(update={"winding_time": 0.21, "housing_time": 12.1})
"""The same motor with a twentieth of the mass to heat."""


def lever(gearmotor=GEARED, wall=0.0):
    """A joint that a gearmotor turns, up to a wall."""
    spec = mujoco.MjSpec()
    spec.compiler.degree = False
    spec.option.timestep = 1 / RATE
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.gravity = [0, 0, 0]
    body = spec.worldbody.add_body()
    body.add_joint(name="lever", axis=[0, 0, 1], range=[-1, wall], limited=True)
    body.add_geom(type=mujoco.mjtGeom.mjGEOM_CAPSULE, fromto=[0, 0, 0, 0.05, 0, 0], size=[0.005, 0, 0])
    actuator = spec.add_actuator(name="lever", target="lever", trntype=mujoco.mjtTrn.mjTRN_JOINT)
    gearmotor.drive(actuator, 2.0, 0.07, (-2, 2))
    return spec.compile()


def stalled(backend="cpu", nworld=2, seconds=5, gearmotor=GEARED):
    """A lever that pushes against its wall in the second world; the first rests."""
    physics = make_physics(lever(gearmotor), nworld, backend, device="cpu")
    motors = Motors(physics, [gearmotor])
    physics.field("ctrl")[1:] = 2 * 256
    for _ in range(18 * seconds):
        motors.step(RATE // 18)
    return physics, motors


def test_a_stalled_motor_draws_its_stall_current_and_heats():
    _, motors = stalled()
    assert motors.heat.winding[0].item() == pytest.approx(22)
    hot = MOTOR.voltage / motors.heat.resistance()[1]
    assert motors.current[1].item() == pytest.approx(hot.item(), rel=1e-3)
    # 22.1 K where the current falls as the winding heats (a constant one would give 24.95 K)
    assert motors.heat.winding[1].item() - 22 == pytest.approx(22.1, rel=0.02)
    assert winding_rise(MOTOR, 0.556, 5, 1 / 18) > motors.heat.winding[1].item() - 22


def test_the_driver_derates_until_heat_and_air_balance():
    physics, motors = stalled(seconds=60, gearmotor=dataclasses.replace(GEARED, motor=QUICK))
    assert motors.heat.winding.max() <= MOTOR.winding_limit + 0.1
    assert motors.current[1].item() == pytest.approx(MOTOR.continuous_current, rel=0.02)
    force = physics.field("qfrc_actuator")[1].item()
    assert force == pytest.approx(GEARED.continuous_force + 256 * 0.7 * MOTOR.friction, rel=0.05)


def test_both_backends_heat_alike():
    cpu, warp = (stalled(backend, seconds=1)[1] for backend in ("cpu", "warp"))
    torch.testing.assert_close(warp.heat.winding, cpu.heat.winding, atol=0.05, rtol=0)


def test_a_reset_cools_the_worlds_named():
    _, motors = stalled(nworld=3, seconds=1)
    hot = motors.heat.winding[2].item()
    motors.reset(torch.tensor([1]))
    assert motors.heat.winding[1].item() == 22
    assert motors.heat.winding[2].item() == hot > 23


def test_it_goes_on_from_its_state_to_the_bit():
    physics, motors = stalled(seconds=1)
    state, temperatures = physics.get_state(), motors.state_dict()

    def onward():
        for _ in range(5):
            motors.step(20)
        return motors.heat.winding.clone(), physics.get_state()

    first = onward()
    physics.set_state(state)
    motors.load_state_dict(temperatures)
    physics.forward()
    second = onward()
    assert torch.equal(first[0], second[0])
    assert torch.equal(first[1], second[1])


def test_actuators_and_gearmotors_must_match():
    with pytest.raises(ValueError, match="a gearmotor for each of 1"):
        Motors(make_physics(lever(), 1, "cpu"), [GEARED, GEARED])


def test_energy_is_accounted_for():
    spec = build_hand()
    spec.option.timestep = 1 / 1800
    physics = make_physics(spec.compile(), 256, "cpu")
    motors = Motors(physics, HandConfig().gearmotors(), ledger=True)
    model = physics.model
    low, high = (torch.as_tensor(model.actuator_ctrlrange[:, i]) for i in (0, 1))
    generator = torch.Generator().manual_seed(0)
    for _ in range(9):
        drawn = torch.rand(256, model.nu, generator=generator, dtype=torch.float64)
        physics.field("ctrl")[:] = low + drawn * (high - low)
        motors.step(100)
    terms = {name: motors.ledger.terms[name].sum(0) for name in ENERGY_TERMS}
    assert (terms["winding"] > 0).all()
    assert (terms["friction"] > 0).all()
    assert terms["gearhead"].sum() > 0
    assert (motors.ledger.balance.sum(0).abs() < 0.01 * terms["terminals"]).all()
