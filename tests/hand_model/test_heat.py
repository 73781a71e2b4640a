import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from hand_model.gearmotors import Driver, Gearmotor
from hand_model.heat import MotorHeat
from hand_model.motors import COPPER, load_motor

MOTOR = load_motor("faulhaber-0816k003sr")


def heat_of(nworld=1, **driver):
    return MotorHeat([Gearmotor(MOTOR, driver=Driver(**driver))], nworld)


def squares(current, nworld=1):
    return torch.full((nworld, 1), current**2, dtype=torch.float64)


def test_it_follows_the_differential_equations():
    m, seconds, current = MOTOR, 40.0, 0.4
    inner, outer = m.winding_to_housing, m.housing_to_ambient
    c1, c2 = m.winding_time / inner, m.housing_time / outer

    def rate(_, rise):
        power = current**2 * m.resistance * (1 + COPPER * rise[0])
        flow = (rise[0] - rise[1]) / inner
        return [(power - flow) / c1, (flow - rise[1] / outer) / c2]

    exact = solve_ivp(rate, (0, seconds), [0, 0], rtol=1e-9, atol=1e-9).y[:, -1]
    heat = heat_of()
    for _ in range(round(seconds * 18)):
        heat.advance(squares(current), 1 / 18)
    assert heat.winding.item() - 22 == pytest.approx(exact[0], rel=1e-3)
    assert heat.housing.item() - 22 == pytest.approx(exact[1], rel=1e-3)


def test_steps_of_any_length_end_alike():
    ends = []
    for seconds in (1 / 180, 1 / 18, 1.0):
        heat = heat_of()
        for _ in range(round(10 / seconds)):
            heat.advance(squares(0.3), seconds)
        ends.append(heat.winding.item())
    assert ends == pytest.approx([ends[0]] * 3, abs=0.05)


def test_a_driver_that_heeds_the_limit_never_crosses_it():
    heat = heat_of()
    currents = []
    for _ in range(18 * 1200):
        current = heat.current_limit()
        heat.advance(current.square(), 1 / 18)
        currents.append(current.item())
        assert heat.winding.item() <= MOTOR.winding_limit + 0.1
    assert currents[0] == pytest.approx(MOTOR.stall_current, rel=0.011)
    assert currents[-1] == pytest.approx(MOTOR.continuous_current, rel=0.02)
    assert (np.diff(currents) <= 1e-9).all()


def test_a_cold_motor_gets_what_the_driver_has():
    assert heat_of(current_limit=0.2).current_limit().item() == pytest.approx(0.2)


def test_worlds_heat_and_cool_apart():
    heat = heat_of(nworld=3)
    currents = torch.tensor([[0.0], [0.3], [0.5]], dtype=torch.float64)
    for _ in range(90):
        heat.advance(currents.square(), 1 / 18)
    assert heat.winding[0].item() == pytest.approx(22)
    assert heat.winding[2] > heat.winding[1] > 25
    assert heat.resistance()[2].item() > MOTOR.resistance
    hot = heat.winding[1].item()
    heat.reset(torch.tensor([2]))
    assert heat.winding[2].item() == heat.housing[2].item() == 22
    assert heat.winding[1].item() == hot


def test_a_careless_driver_overheats_its_motor():
    heat = heat_of(derates=False)
    for _ in range(18 * 300):
        heat.advance(heat.current_limit().square(), 1 / 18)
    assert heat.winding.item() > MOTOR.winding_limit + 10
