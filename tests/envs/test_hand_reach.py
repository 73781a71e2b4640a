import functools

import mujoco
import pytest
import torch

from envs.agents import RandomAgent, ZeroAgent
from envs.env import TaskEnv
from envs.joints import actuated_joints
from envs.registry import make_task
from envs.tasks.hand_reach import HandReachConfig
from envs.tasks.pose_sampler import PoseSampler
from hand_model import FINGERS, HandConfig, build_hand

TIPS = tuple(f"{finger}_tip" for finger in FINGERS)
DRAWS = 4000


def make_env(nworld, *, side="right", **kwargs):
    config = HandReachConfig(hand=HandConfig(side=side))
    kwargs = {"threads": 1, "backend": "cpu", "split": "heldout", "autoreset": False} | kwargs
    return TaskEnv(make_task("hand-reach", config), nworld, **kwargs)


def run_episode(env, act):
    """One whole episode in every world; the figures at its end."""
    observation = env.reset()
    while True:
        step = env.step(act(observation))
        observation = step.observation
        if len(step.ended):
            return step.episode


@functools.cache
def drawn():
    """Target poses and start poses of many episodes, (DRAWS, njnt) each, as a reset draws them."""
    model = build_hand().compile()
    sampler = PoseSampler(model, HandReachConfig().range_fraction, TIPS)
    generator = torch.Generator().manual_seed(0)
    target, tips = sampler.draw(DRAWS, generator)
    start, _ = sampler.draw(DRAWS, generator)
    return model, target, tips, start


def share_of_range(model, pose):
    limits = torch.as_tensor(model.jnt_range)
    return (pose - limits[:, 0]) / (limits[:, 1] - limits[:, 0])


def test_targets_cover_every_joints_range():
    model, target, _, _ = drawn()
    share = share_of_range(model, target)
    for joint in range(model.njnt):
        name, values = model.joint(joint).name, share[:, joint]
        assert values.min() >= 0.05 - 1e-9, name
        assert values.max() <= 0.95 + 1e-9, name
        assert values.max() - values.min() > 0.8, name
        # rejection leaves no part of the range out: each tenth of what is covered holds a fair share
        counts = torch.histc(values, 10, 0.05, 0.95) / len(values)
        assert counts.min() > 0.04, (name, counts)
        assert counts.max() < 0.16, (name, counts)


@pytest.mark.parametrize("fraction", [0.79, 1.01])
def test_less_than_four_fifths_of_the_ranges_is_refused(fraction):
    with pytest.raises(ValueError, match="range_fraction"):
        HandReachConfig(range_fraction=fraction)


def test_no_drawn_pose_penetrates_itself_and_its_tips_are_where_they_are_said_to_be():
    model, target, tips, start = drawn()
    data = mujoco.MjData(model)
    for index in range(0, DRAWS, 10):
        data.qpos[:] = start[index]
        mujoco.mj_forward(model, data)
        assert data.ncon == 0
        data.qpos[:] = target[index]
        mujoco.mj_forward(model, data)
        assert data.ncon == 0
        places = torch.stack([torch.as_tensor(data.site(tip).xpos) for tip in TIPS])
        torch.testing.assert_close(places, tips[index], atol=1e-12, rtol=0)


def test_poses_in_contact_are_drawn_but_rejected():
    """The check above can fail: a good part of all poses does penetrate."""
    model = build_hand().compile()
    data, limits = mujoco.MjData(model), torch.as_tensor(model.jnt_range)
    generator = torch.Generator().manual_seed(0)
    touching = 0
    for _ in range(300):
        unit = torch.rand(model.njnt, generator=generator, dtype=torch.float64)
        data.qpos[:] = limits[:, 0] + unit * (limits[:, 1] - limits[:, 0])
        mujoco.mj_forward(model, data)
        touching += data.ncon > 0
    assert touching > 30


def test_the_start_knows_nothing_of_the_target():
    model, target, tips, start = drawn()
    bound = 5.5 / DRAWS**0.5  # 5.5 standard errors, over 27 * 27 pairs
    joints = torch.corrcoef(torch.cat([target, start], dim=1).T)[: model.njnt, model.njnt :]
    assert joints.abs().max() < bound
    points = torch.corrcoef(torch.cat([tips.flatten(1), start], dim=1).T)[:15, 15:]
    assert points.abs().max() < bound


def test_a_reset_takes_the_poses_that_the_sampler_draws():
    env = make_env(70)
    state = env.generator.get_state()
    env.reset()
    generator = torch.Generator()
    generator.set_state(state)
    sampler = PoseSampler(env.physics.model, env.task.config.range_fraction, TIPS)
    _, tips = sampler.draw(70, generator)
    start, _ = sampler.draw(70, generator)
    assert torch.equal(torch.stack([env.task.goal_points()[tip] for tip in TIPS], dim=1), tips.float())
    assert torch.equal(env.physics.field("qpos"), start)
    torch.testing.assert_close(env.task.joint_targets(), start[:, addresses(env)].float())
    assert not env.physics.field("qvel").any()


def test_the_command_is_the_target_points_and_nothing_else():
    env = make_env(8)
    env.reset()
    for action in torch.rand(3, 8, 27) - 0.5:
        observation = env.step(action).observation
    goals = torch.stack([env.task.goal_points()[tip] for tip in TIPS], dim=1)
    tips = fingertips(env)
    assert torch.equal(observation["command"], 10 * goals.flatten(1))
    assert observation["command"].shape == (8, 15)
    assert torch.equal(observation["tracking"], 20 * (goals - tips).flatten(1))
    # the pose that the points came from is kept nowhere
    own = {k: v.shape[1:] for k, v in env.task.state.items() if k not in env.task.robot.state}
    assert own == {"target": (5, 3), "setpoint": (27,)}


def test_proprioception_does_not_depend_on_the_target():
    env = make_env(4)
    before = env.reset()
    env.task.state["target"] += 0.01
    env.task.update()
    after = env.task.observe()
    assert torch.equal(before["proprioception"], after["proprioception"])
    assert not torch.isclose(before["command"], after["command"]).any()


def test_the_reward_is_each_fingers_own():
    env = make_env(4)
    env.reset()
    before = env.task.reward()
    env.task.state["target"][:, 1] = fingertips(env)[:, 1]
    env.task.update()
    after = env.task.reward()
    assert after[:, 1].tolist() == [0] * 4
    assert (before[:, 1] < 0).all()
    others = [0, 2, 3, 4]
    assert torch.equal(before[:, others], after[:, others])


def test_success_wants_every_fingertip_within_tolerance():
    env = make_env(2)
    env.reset()
    env.task.state["target"][:] = fingertips(env)
    env.task.update()
    assert env.task.success().tolist() == [True, True]
    env.task.state["target"][0, 4, 2] += 0.0099
    env.task.state["target"][1, 4, 2] += 0.0101
    env.task.update()
    assert env.task.success().tolist() == [True, False]
    assert env.task.metrics()["distance/little"].tolist() == pytest.approx([0.0099, 0.0101], abs=1e-6)


def test_the_target_poses_themselves_can_be_reached():
    """What an oracle does that knows the target pose and drives straight to it: the ceiling of the task."""
    episodes = 256
    env = make_env(episodes)
    generator = torch.Generator()
    generator.set_state(env.generator.get_state())
    sampler = PoseSampler(env.physics.model, env.task.config.range_fraction, TIPS)
    pose = sampler.draw(episodes, generator)[0][:, addresses(env)].float()
    joints = actuated_joints(env.physics.model)
    low, high = torch.as_tensor(env.physics.model.jnt_range[joints]).float().T
    step = env.task.config.step_fraction * (high - low)
    figures = run_episode(env, lambda _: (pose - env.task.joint_targets()) / step)
    rate = figures["success"].double().mean().item()
    assert rate >= 0.95, f"an oracle succeeds in {rate:.1%} of {episodes} episodes"


@pytest.mark.parametrize("agent", [ZeroAgent(27), RandomAgent(27, seed=1)], ids=["zero", "random"])
def test_agents_that_learned_nothing_fail(agent):
    env = make_env(256)
    rate = run_episode(env, agent.act)["success"].double().mean().item()
    assert rate < 0.05, f"success {rate:.1%}"


def test_a_digit_is_credited_with_the_tips_that_it_moves():
    env = make_env(1)
    env.reset()
    home, tips = env.physics.field("qpos").clone(), fingertips(env).clone()
    credit = env.task.credit()
    assert credit.shape == (5, 27)
    for action, address in enumerate(addresses(env).tolist()):
        env.physics.field("qpos")[:] = home
        env.physics.field("qpos")[:, address] += 0.1
        env.physics.forward()
        moved = (fingertips(env) - tips)[0].norm(dim=1) > 1e-6
        joint = env.physics.model.joint(actuated_joints(env.physics.model)[action]).name
        assert moved.tolist() == credit[:, action].tolist(), joint


def test_an_action_moves_its_own_joint_target_by_at_most_its_share():
    env = make_env(27)
    env.reset()
    joints = actuated_joints(env.physics.model)
    low, high = torch.as_tensor(env.physics.model.jnt_range[joints]).float().T
    env.task.state["setpoint"][:] = (low + high) / 2
    before = env.task.joint_targets().clone()
    env.step(torch.eye(27))
    moved = env.task.joint_targets() - before
    torch.testing.assert_close(moved, torch.diag(env.task.config.step_fraction * (high - low)))
    for _ in range(8):
        env.step(torch.ones(27, 27))
    assert torch.equal(env.task.joint_targets(), high.expand(27, 27))


def test_both_backends_run_the_task_alike():
    paths = []
    for backend in ("cpu", "warp"):
        env = make_env(3, backend=backend, seed=4)
        observation = env.reset()
        rows = [observation["command"].clone()]
        actions = 2 * torch.rand(5, 3, 27, generator=torch.Generator().manual_seed(0)) - 1
        rewards = []
        for action in actions:
            step = env.step(action)
            rewards.append(step.reward)
            rows.append(step.observation["proprioception"])
        assert step.reward.shape == (3, 5)
        paths.append((rows, torch.stack(rewards)))
    (rows, rewards), (warp_rows, warp_rewards) = paths
    torch.testing.assert_close(warp_rows[0], rows[0], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(warp_rewards, rewards, atol=0.02, rtol=0.02)
    torch.testing.assert_close(warp_rows[-1], rows[-1], atol=0.05, rtol=0.05)


def test_the_left_hand_is_the_right_ones_mirror_image():
    right, left = make_env(6), make_env(6, side="left")
    right.reset()
    left.reset()
    mirror = torch.tensor([1.0, -1.0, 1.0])
    torch.testing.assert_close(left.task.state["target"], right.task.state["target"] * mirror)
    for action in 2 * torch.rand(10, 6, 27, generator=torch.Generator().manual_seed(0)) - 1:
        step, reference = left.step(action), right.step(action)
    torch.testing.assert_close(step.reward, reference.reward, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(fingertips(left), fingertips(right) * mirror, atol=1e-5, rtol=0)


def addresses(env):
    """Where the joint of each actuator is in qpos."""
    model = env.physics.model
    return torch.as_tensor(model.jnt_qposadr[actuated_joints(model)]).long()


def fingertips(env):
    ids = [env.physics.model.site(tip).id for tip in TIPS]
    return env.physics.field("site_xpos")[:, ids].float()


def test_episodes_may_begin_on_the_way_to_the_target():
    away = {}
    for share in (0.0, 1.0):
        config = HandReachConfig(start_progress=share)
        env = TaskEnv(make_task("hand-reach", config), 256, seed=3, threads=1, backend="cpu")
        env.reset()
        away[share] = env.task.metrics()["distance/mean"]
    assert away[1.0].mean() < 0.5 * away[0.0].mean()
    assert away[1.0].min() < 0.005
    assert away[1.0].max() > 0.5 * away[0.0].mean()
