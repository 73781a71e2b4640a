import copy

import mujoco
import numpy as np
import pytest
from pydantic import ValidationError

from hand_model import JOINTS, HandConfig, couple, shaft_angles
from hand_model.drives import COUPLINGS, DIGITS, PULLEYS, pulley_of

GRAVITIES = [
    9.81 * np.array(g) for g in ([0, 0, -1], [0, 0, 1], [0, 1, 0], [0, -1, 0], [1, 0, 0], [-1, 0, 0])
]

# An open hand whose digits keep clear of each other on their way.
START_DEG = {"mcp_flexion": 10, "pip_flexion": 10, "dip_flexion": 10, "ip_flexion": 10}


TRANSMISSIONS = list(DIGITS)


@pytest.fixture(params=TRANSMISSIONS)
def transmission(request):
    return request.param


@pytest.fixture(params=[108, 180], ids=lambda hz: f"{hz}Hz")
def model(variants, transmission, request):
    """A copy whose gravity may be changed, at a physics rate that tasks train with."""
    model = copy.copy(variants[transmission])
    model.opt.timestep = 1 / request.param
    return model


def addresses(model):
    return np.array([model.joint(joint.name).qposadr[0] for joint in JOINTS])


def start_pose(model):
    qpos = np.zeros(model.nq)
    qpos[addresses(model)] = np.deg2rad([START_DEG.get(joint.name.partition("_")[2], 0) for joint in JOINTS])
    couple(model, qpos)
    return qpos[addresses(model)]


def settle(model, data, target, seconds):
    """Hold the joint targets (27,), rad, and return the joints' path (nstep, 27)."""
    adr, path = addresses(model), []
    data.ctrl[:] = shaft_angles(model)[:, adr] @ target
    for _ in range(round(seconds / model.opt.timestep)):
        mujoco.mj_step(model, data)
        path.append(data.qpos[adr].copy())
    return np.array(path)


@pytest.mark.parametrize("gravity", GRAVITIES, ids=lambda g: str(np.sign(g).astype(int)))
def test_hand_holds_its_pose_against_gravity(model, transmission, gravity):
    model.opt.gravity = gravity
    data = mujoco.MjData(model)
    target = start_pose(model)
    data.qpos[addresses(model)] = target
    path = settle(model, data, target, 1.0)
    # a direct hand's palm carries its fingers' motors
    sag = 0.035 if transmission == "direct" else 0.02
    assert np.abs(path[-1] - target).max() < sag
    assert np.abs(path[-1] - path[-2]).max() < 1e-6


@pytest.mark.parametrize("joint", [joint.name for joint in JOINTS])
def test_a_step_settles_without_ringing(model, joint):
    i = [j.name for j in JOINTS].index(joint)
    high = np.deg2rad(JOINTS[i].range_deg[1])
    data = mujoco.MjData(model)
    target = start_pose(model)
    data.qpos[addresses(model)] = target
    settle(model, data, target, 0.3)
    before = data.qpos[addresses(model)[i]]
    if JOINTS[i].name not in {model.actuator(a).name for a in range(model.nu)}:
        pytest.skip("follows another joint")
    target[i] += min(0.5, 0.8 * (high - target[i]))
    path = settle(model, data, target, 0.8)[:, i]
    late = path[round(0.25 / model.opt.timestep) :]
    assert np.abs(late - path[-1]).max() < 0.02
    assert path.max() - path[-1] < 0.03 * (path[-1] - before) + 0.004


def test_every_motor_can_lift_twice_what_it_carries(model, transmission):
    config = HandConfig(transmission=transmission)
    adr = [model.joint(name).dofadr[0] for name in config.joints]
    low, high = model.jnt_range.T
    data = mujoco.MjData(model)
    rng = np.random.default_rng(0)
    worst = np.zeros(model.nu)
    for _ in range(500):
        direction = rng.normal(size=3)
        model.opt.gravity = 9.81 * direction / np.linalg.norm(direction)
        data.qpos[:] = rng.uniform(low, high)
        mujoco.mj_fwdPosition(model, data)
        mujoco.mj_fwdVelocity(model, data)
        worst = np.maximum(worst, np.abs(data.qfrc_bias[adr]))
    reach = np.abs(shaft_angles(model)[:, adr]).max(1)
    torque = [g.stall_force / g.gear * r for g, r in zip(config.gearmotors(), reach, strict=True)]
    assert (torque >= 2 * worst).all()


def test_every_joint_is_quick_enough_for_a_human(model, transmission):
    config = HandConfig(transmission=transmission)
    reach = np.abs(shaft_angles(model)).max(1)
    assert all(g.no_load_speed * g.gear / r > 4 for g, r in zip(config.gearmotors(), reach, strict=True))


def test_a_coupled_hand_has_22_motors_and_its_followers_follow(variants):
    model = variants["coupled"]
    assert model.nu == 22
    data = mujoco.MjData(model)
    adr = addresses(model)
    target = start_pose(model)
    for name in ("index_pip_flexion", "little_cmc_flexion"):
        target[[j.name for j in JOINTS].index(name)] = 0.4
    settle(model, data, target, 1.0)
    for follower, (leader, ratio) in COUPLINGS.items():
        angle = data.joint(follower).qpos[0]
        assert angle == pytest.approx(ratio * data.joint(leader).qpos[0], abs=0.005)
    assert data.joint("index_dip_flexion").qpos[0] > 0.2
    assert np.isfinite(data.qpos[adr]).all()


def test_a_loaded_cable_stretches(variants):
    model = variants["tendon"]
    i = model.actuator("index_mcp_flexion").id
    cable, reach = HandConfig().cable, pulley_of("index_mcp_flexion", HandConfig().scale)
    loop = HandConfig().digits.gains(HandConfig().gearmotors()[i].armature * reach**2, reach)[0]
    stiffness = model.actuator_gainprm[i, 4] * model.actuator_gear[i, 0] ** 2
    assert 1 / stiffness == pytest.approx(1 / loop + 1 / cable.stiffness)


def test_cables_run_on_over_any_pose(variants):
    """What a cable gives way is continuous in the joints' angles: no pulley lets it jump."""
    model = variants["tendon"]
    data, rng = mujoco.MjData(model), np.random.default_rng(0)
    arms = np.abs(shaft_angles(model)).sum(0)[None] / model.actuator_gear[:, :1]
    for _ in range(2000):
        data.qpos[:] = rng.uniform(*model.jnt_range.T)
        mujoco.mj_fwdPosition(model, data)
        before = data.ten_length.copy()
        step = rng.normal(size=model.nq) * 1e-4
        data.qpos[:] += step
        mujoco.mj_fwdPosition(model, data)
        assert (
            np.abs(data.ten_length - before)
            <= (arms.max(1) * np.abs(step).max())[: model.ntendon].max() + 1e-12
        ).all()


def test_a_hands_cables_scale_with_it_and_its_motors_do_not(hand_of, right):
    large = hand_of(length=0.282).model
    assert large.actuator("index_mcp_flexion").gear[0] == right.model.actuator("index_mcp_flexion").gear[0]
    assert large.tendon_length0 == pytest.approx(1.5 * right.model.tendon_length0)
    assert set(PULLEYS) == {"_".join(j.name.split("_")[1:]) for j in JOINTS if not j.name.startswith("wrist")}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"digits": {"ratio": 67}}, "no ratio 67:1; nearest: 64"),
        ({"digits": {"motor": "faulhaber-1331"}}, "nearest: faulhaber-1331t006sr"),
        ({"digits": {"torque": 1}}, "digits.torque"),
        ({"cable": {"spool": 0}}, "cable.spool"),
        ({"transmission": "belt"}, "'direct', 'tendon' or 'coupled'"),
    ],
)
def test_a_design_that_cannot_be_is_refused(given, message):
    with pytest.raises(ValidationError, match=message):
        HandConfig(**given)


def test_part_of_a_drive_is_completed_from_its_transmission():
    config = HandConfig(transmission="direct", digits={"ratio": 64})
    assert config.digits == DIGITS["direct"].model_copy(update={"ratio": 64})
    assert HandConfig(**HandConfig().model_dump()) == HandConfig()


def test_joint_limits_hold_under_stall_torque(model):
    """A motor that pushes on with all it has gets its joint no more than two degrees past its limit."""
    model.actuator_ctrllimited[:] = 0
    model.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_CONTACT  # digits may pass through each other
    shafts, data = shaft_angles(model), mujoco.MjData(model)
    for i in range(model.nu):
        joint = model.joint(model.actuator(i).name)
        for end, push in zip(joint.range, (-3.0, 3.0), strict=True):
            mujoco.mj_resetData(model, data)
            target = data.qpos.copy()
            target[joint.qposadr] = end
            couple(model, target)
            data.qpos[:] = target
            target[joint.qposadr] += push
            data.ctrl[:] = shafts @ target
            mujoco.mj_step(model, data, nstep=round(0.3 / model.opt.timestep))
            past = data.joint(joint.name).qpos[0] - end
            assert abs(past) < np.deg2rad(2), (joint.name, push, past)
