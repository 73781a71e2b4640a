import copy

import mujoco
import numpy as np
import pytest

from hand_model import JOINTS
from hand_model.drives import drive_of

GRAVITIES = [
    9.81 * np.array(g) for g in ([0, 0, -1], [0, 0, 1], [0, 1, 0], [0, -1, 0], [1, 0, 0], [-1, 0, 0])
]

# An open hand whose digits keep clear of each other on their way.
START_DEG = {"mcp_flexion": 10, "pip_flexion": 10, "dip_flexion": 10, "ip_flexion": 10}


@pytest.fixture(params=[108, 180], ids=lambda hz: f"{hz}Hz")
def model(right_model, request):
    """A copy whose gravity may be changed, at a physics rate that tasks train with."""
    model = copy.copy(right_model)
    model.opt.timestep = 1 / request.param
    return model


def addresses(model):
    return np.array([model.joint(joint.name).qposadr[0] for joint in JOINTS])


def start_pose():
    return np.deg2rad([START_DEG.get(joint.name.partition("_")[2], 0) for joint in JOINTS])


def settle(model, data, target, seconds):
    """Hold the joint targets (27,), rad, and return the joints' path (nstep, 27)."""
    adr, path = addresses(model), []
    data.ctrl[:] = target * model.actuator_gear[:, 0]
    for _ in range(round(seconds / model.opt.timestep)):
        mujoco.mj_step(model, data)
        path.append(data.qpos[adr].copy())
    return np.array(path)


@pytest.mark.parametrize("gravity", GRAVITIES, ids=lambda g: str(np.sign(g).astype(int)))
def test_hand_holds_its_pose_against_gravity(model, gravity):
    model.opt.gravity = gravity
    data = mujoco.MjData(model)
    target = start_pose()
    data.qpos[addresses(model)] = target
    path = settle(model, data, target, 1.0)
    assert np.abs(path[-1] - target).max() < 0.02
    assert np.abs(path[-1] - path[-2]).max() < 1e-6


@pytest.mark.parametrize("joint", [joint.name for joint in JOINTS])
def test_a_step_settles_without_ringing(model, joint):
    i = [j.name for j in JOINTS].index(joint)
    high = np.deg2rad(JOINTS[i].range_deg[1])
    data = mujoco.MjData(model)
    target = start_pose()
    data.qpos[addresses(model)] = target
    settle(model, data, target, 0.3)
    before = data.qpos[addresses(model)[i]]
    target[i] += min(0.5, 0.8 * (high - target[i]))
    path = settle(model, data, target, 0.8)[:, i]
    late = path[round(0.25 / model.opt.timestep) :]
    assert np.abs(late - path[-1]).max() < 0.02
    assert path.max() - path[-1] < 0.03 * (path[-1] - before) + 0.004


def test_every_motor_can_lift_twice_what_it_carries(model):
    adr, (low, high) = addresses(model), model.jnt_range.T
    data = mujoco.MjData(model)
    rng = np.random.default_rng(0)
    worst = np.zeros(27)
    for _ in range(500):
        direction = rng.normal(size=3)
        model.opt.gravity = 9.81 * direction / np.linalg.norm(direction)
        data.qpos[:] = rng.uniform(low, high)
        mujoco.mj_fwdPosition(model, data)
        mujoco.mj_fwdVelocity(model, data)
        worst = np.maximum(worst, np.abs(data.qfrc_bias[adr]))
    stall = [drive_of(joint.name).gearmotor.stall_torque for joint in JOINTS]
    assert (stall >= 2 * worst).all()


@pytest.mark.parametrize("joint", [joint.name for joint in JOINTS])
def test_every_joint_is_quick_enough_for_a_human(joint):
    assert drive_of(joint).gearmotor.no_load_speed > 4
