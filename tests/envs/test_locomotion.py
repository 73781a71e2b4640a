"""Standing and walking: what the tasks reward, tell and end."""

import math

import pytest
import torch
from going_on import assert_stays_finite
from gymnasium.utils.env_checker import check_env

from envs.agents import RandomAgent, ZeroAgent
from envs.env import TaskEnv
from envs.gym import TaskGymEnv
from envs.humanoid import HumanoidConfig
from envs.humanoid.terrain import TerrainConfig
from envs.randomization import RandomizationConfig, Schedule
from envs.registry import make_task
from envs.tasks.locomotion.carry import CarryConfig
from envs.tasks.locomotion.stand import StandConfig, StandWeights
from envs.tasks.locomotion.walk import WalkConfig, WalkWeights
from hand_model import HandConfig
from orchestrator.config_files import load_config
from orchestrator.training.config import TrainConfig
from orchestrator.training.trainer import Trainer

CONFIGS = {"humanoid-stand": StandConfig, "humanoid-walk": WalkConfig, "humanoid-carry": CarryConfig}
# which robots a task declares that it supports
VARIANTS = {
    "full": HumanoidConfig(),
    "coupled": HumanoidConfig(hand=HandConfig(transmission="coupled")),
    "locked": HumanoidConfig(hands="locked"),
    "legs": HumanoidConfig(moves="legs", hands="locked"),
}
tasks = pytest.mark.parametrize("name", CONFIGS)


def make(name, nworld=4, autoreset=True, **config):
    return TaskEnv(
        make_task(name, CONFIGS[name](**config)), nworld, threads=1, backend="cpu", autoreset=autoreset
    )


def still_walk(nworld=4, **config):
    """Told to stand; nothing disturbs."""
    return make("humanoid-walk", nworld, still_share=1.0, **config)


def column(env, reward, term):
    return reward[:, env.task.reward_terms.index(term)]


@tasks
def test_gymnasium_finds_no_fault(name):
    env = TaskGymEnv(make_task(name, CONFIGS[name](episode_seconds=1.0)), backend="cpu")
    check_env(env, skip_render_check=True)


@pytest.mark.parametrize(
    ("name", "variant"),
    [(name, v) for name in ("humanoid-stand", "humanoid-walk") for v in VARIANTS]
    + [("humanoid-carry", "locked")],
)
def test_every_variant_acts_with_twelve_legs(name, variant):
    env = make(name, 2, robot=VARIANTS[variant])
    observation = env.reset()
    assert env.action_size == 12
    sizes = {group: values.shape[1] for group, values in observation.items()}
    assert sizes == {group: v.shape[1] for group, v in make(name, 1).reset().items()}
    for _ in range(5):
        step = env.step(torch.zeros(2, 12))
    assert step.reward.isfinite().all()
    assert not step.diverged.any()


@tasks
def test_a_body_without_legs_is_refused_in_one_line(name):
    with pytest.raises(ValueError, match=r"moves: "):
        CONFIGS[name](robot=HumanoidConfig(moves="upper"))


@tasks
@pytest.mark.parametrize("agent", [ZeroAgent(12), RandomAgent(12, seed=1)], ids=["zero", "random"])
def test_agents_that_know_nothing_fall(name, agent):
    env = make(name, 16, autoreset=False)
    observation = env.reset()
    ended = torch.zeros(16, dtype=torch.bool)
    for _ in range(360):
        step = env.step(agent.act(observation))
        ended |= step.terminated
        if ended.all():
            break
    assert ended.float().mean() > 0.8


@tasks
def test_one_seed_gives_the_same_steps_twice(name):
    actions = torch.rand(20, 3, 12, generator=torch.Generator().manual_seed(0)) * 2 - 1
    runs = []
    for _ in range(2):
        env = make(name, 3)
        env.reset()
        runs.append(torch.stack([env.step(action).reward for action in actions]))
    assert torch.equal(runs[0], runs[1])


@tasks
def test_going_on_from_a_saved_state_is_the_same_run(name):
    env = make(name, 3)
    env.reset()
    for _ in range(10):
        env.step(torch.zeros(3, 12))
    state = env.state_dict()
    expected = [env.step(torch.full((3, 12), 0.2)).reward for _ in range(10)]
    other = make(name, 3)
    other.load_state_dict(state)
    found = [other.step(torch.full((3, 12), 0.2)).reward for _ in range(10)]
    for one, two in zip(expected, found, strict=True):
        torch.testing.assert_close(one, two, rtol=0, atol=1e-6)


def test_velocity_and_down_are_the_robots_own():
    env = still_walk()
    env.reset()
    task, physics = env.task, env.physics
    qpos, qvel = physics.field("qpos"), physics.field("qvel")
    angle = 1.1
    qpos[:, 3:7] = torch.tensor([math.cos(angle / 2), 0, 0, math.sin(angle / 2)], dtype=qpos.dtype)
    qvel[:, :3] = torch.tensor([math.cos(angle), math.sin(angle), 0.3], dtype=qvel.dtype)
    physics.forward()
    task.update()
    torch.testing.assert_close(task.yaw, torch.full((4,), angle))
    torch.testing.assert_close(task.velocity, torch.tensor([[1.0, 0.0, 0.3]]).expand(4, 3))
    torch.testing.assert_close(task.down, torch.tensor([[0.0, 0.0, -1.0]]).expand(4, 3))
    # bent forward by a quarter of a radian: down is ahead of what is under its feet
    qpos[:, 3:7] = torch.tensor([math.cos(0.125), 0, math.sin(0.125), 0], dtype=qpos.dtype)
    physics.forward()
    task.update()
    assert (task.down[:, 0] > 0.2).all()


def test_an_action_arrives_late_where_that_is_drawn():
    env = still_walk(2, randomization=RandomizationConfig(delay=(2.0, 2.0)))
    env.reset()
    ctrl = env.physics.field("ctrl")
    still = ctrl.clone()
    for late in (True, True, False):
        env.step(torch.full((2, 12), 0.5))
        assert torch.equal(ctrl, still) == late


def test_joints_lag_behind_their_motors_by_half_the_play():
    half = 0.02
    env = make("humanoid-stand", 64, randomization=RandomizationConfig(backlash=(2 * half, 2 * half)))
    env.reset()
    task = env.task
    agreed = []
    for _ in range(6):
        env.step(torch.zeros(64, env.action_size))
        ahead = task.proprioception()[:, 6:18] - task.off_pose()
        # encoders are on the motors' side: what they see is half the play ahead of the joint
        torch.testing.assert_close(ahead.abs(), torch.full_like(ahead, half))
        pushes = task.physics.field("actuator_force")[:, task._legs].float()
        loaded = pushes.abs() > 0.1 * task._strongest
        agreed.append((ahead.sign() == pushes.sign())[loaded])
        # the loop leads its motor to where the target is, and the joint stays behind
        env.step(torch.zeros(64, env.action_size))
        behind = (task.joint_targets() - task.robot.state["told"])[:, task._legs]
        torch.testing.assert_close(behind.abs(), torch.full_like(behind, half))
    agreed = torch.cat(agreed).float()
    assert len(agreed) > 100
    assert agreed.mean() > 0.9


def test_sensors_are_as_noisy_as_drawn():
    noisy = RandomizationConfig(encoder_noise=(0.02, 0.02), gyro_noise=(0.1, 0.1))
    env = still_walk(500, randomization=noisy)
    env.reset()
    seen = torch.stack([env.task.proprioception() for _ in range(4)])
    assert seen[:, :, 6:18].var(0).mean().sqrt() == pytest.approx(0.02, rel=0.05)
    assert seen[:, :, 3:6].var(0).mean().sqrt() == pytest.approx(0.25 * 0.1, rel=0.05)
    assert seen[:, :, 0:3].var(0).mean().sqrt() == pytest.approx(0.01, rel=0.05)


def test_a_widened_range_survives_a_checkpoint():
    wide = RandomizationConfig(mass=(0.5, 1.5), schedule=Schedule(episodes=1, steps=2))
    env = make("humanoid-walk", 8, randomization=wide, episode_seconds=0.25)
    env.reset()
    for _ in range(40):
        env.step(torch.zeros(8, 12))
    assert env.task.robot.randomizer.entropy() > -1
    other = make("humanoid-walk", 8, randomization=wide, episode_seconds=0.25)
    other.load_state_dict(env.state_dict())
    assert torch.equal(env.physics.expand("body_mass"), other.physics.expand("body_mass"))
    steps = [[e.step(torch.zeros(8, 12)).reward for _ in range(20)] for e in (env, other)]
    torch.testing.assert_close(torch.stack(steps[0]), torch.stack(steps[1]), rtol=0, atol=1e-5)


def test_feet_feel_the_robots_weight():
    env = still_walk(2)
    env.reset()
    for _ in range(36):
        env.step(torch.zeros(2, 12))
    weight = 9.81 * env.physics.model.body_mass.sum()
    assert (env.task.force.sum(1) - weight).abs().max() < 0.5 * weight
    assert env.task.contact.any(1).all()
    assert env.task.foot_height.abs().max() < 0.1


def test_a_fall_ends_the_episode_and_costs():
    env = make("humanoid-walk", autoreset=False)
    env.reset()
    env.physics.field("qpos")[0, 3:7] = torch.tensor([math.sqrt(0.5), 0, math.sqrt(0.5), 0]).double()
    env.physics.forward()
    step = env.step(torch.zeros(4, 12))
    assert step.terminated.tolist() == [True, False, False, False]
    fall = column(env, step.reward, "fall")
    assert fall[0] == pytest.approx(WalkWeights().fall / 36)
    assert not fall[1:].any()
    assert not step.episode["success"][0]


def test_pushes_come_from_all_sides_and_last_as_long_as_they_should():
    env = make("humanoid-stand", 256, push_every=1.0)
    env.reset()
    forces = []
    for _ in range(60):
        env.task.control(torch.zeros(256, 12))
        forces.append(env.physics.field("xfrc_applied")[:, env.task._torso, :3].clone())
    force = torch.stack(forces)  # (time, world, 3)
    size = force.norm(dim=2)
    assert set(size.round().unique().tolist()) == {0.0, 100.0}
    assert not force[..., 2].any()
    pushed = force[size > 1]
    quarters = torch.stack([pushed[:, 0] > 0, pushed[:, 1] > 0], dim=1).unique(dim=0, return_counts=True)[1]
    assert len(quarters) == 4
    assert quarters.min() > 0.15 * len(pushed)
    begun = (size[1:] > 1) & (size[:-1] < 1)
    world = int(begun.any(0).nonzero()[0])
    start = int(begun[:, world].nonzero()[0]) + 1
    steps = int((size[start : start + 8, world] > 1).sum())
    assert steps / 36 >= 0.2 > (steps - 1) / 36


def test_a_command_to_stand_wants_both_feet_on_the_ground():
    task = still_walk().task
    assert task.still().all()
    assert not task.swinging().any()


def test_feet_take_turns():
    env = make("humanoid-walk", still_share=0.0, speed_range=(0.5, 0.5))
    env.reset()
    both = air = 0
    for _ in range(60):
        env.step(torch.zeros(4, 12))
        swinging = env.task.swinging()
        both += int(swinging.all(1).sum())
        air += int(swinging.any(1).sum())
        high = env.task.wanted_foot_height()
        assert ((high > 1e-6) <= swinging).all()
        assert high.max() <= 0.0901
    assert not both
    assert 0.7 < air / 240 < 0.95


def test_the_heading_turns_as_commanded_and_the_rate_leads_back_to_it():
    env = make("humanoid-walk", still_share=0.0, turn_range=0.5, command_seconds=100)
    env.reset()
    before, turn = env.task.state["heading"].clone(), env.task.state["turn"].clone()
    for _ in range(18):
        env.step(torch.zeros(4, 12))
    torch.testing.assert_close(env.task.state["heading"] - before, turn * 0.5, atol=1e-4, rtol=0)
    env.task.state["heading"] += 0.3
    was = env.task.wanted_turn()
    env.task.update()
    assert (env.task.wanted_turn() > was).all()


def test_errors_are_means_over_the_episode():
    env = still_walk(1, episode_seconds=0.5, autoreset=False)
    env.reset()
    errors = []
    for _ in range(18):
        step = env.step(torch.zeros(1, 12))
        errors.append(env.task.velocity[0, :2].norm().item())
    assert step.episode["velocity_error"].item() == pytest.approx(sum(errors) / 18, rel=1e-4)


def test_on_rough_ground_robots_start_on_it_and_apart():
    env = make("humanoid-walk", 32, terrain=TerrainConfig(kind="rough", roughness=0.1))
    env.reset()
    place = env.physics.field("qpos")[:, :2]
    assert place.std(0).min() > 2
    for _ in range(12):
        step = env.step(torch.zeros(32, 12))
    assert (env.task.foot_height.abs() < 0.15).all()
    assert not step.diverged.any()


def test_on_stairs_robots_start_on_the_treads_and_a_walk_upwards_is_measured_from_them():
    env = make("humanoid-walk", 64, terrain=TerrainConfig(kind="stairs", step_height=0.12))
    env.reset()
    place = env.physics.field("qpos")[:, :3].float()
    ground = env.task.terrain.height(place)
    assert set((ground / 0.12).round().int().tolist()) > {0, 1, 3, 5}
    for _ in range(6):
        step = env.step(torch.zeros(64, 12))
    assert not step.diverged.any()
    standing = env.task.down[:, 2] < -0.9
    assert standing.float().mean() > 0.5
    sole = env.task.foot_height[standing]
    assert (
        sole.abs().amin(dim=1) < 0.13
    ).all()  # a foot on an edge stands a step above what is under its middle
    assert (env.task.height[standing] > 0.6).all()


@tasks
def test_weights_are_checked(name):
    with pytest.raises(ValueError, match="sped"):
        CONFIGS[name](weights={"sped": 1.0})


def test_terms_follow_their_weights():
    for name, weights in (("humanoid-stand", StandWeights), ("humanoid-walk", WalkWeights)):
        doubled = {name: 2 * value for name, value in weights().model_dump().items()}
        rewards = []
        for chosen in ({}, {"weights": doubled}):
            env = make(name, 2, **chosen)
            env.reset()
            rewards.append(env.step(torch.zeros(2, 12)).reward)
        torch.testing.assert_close(2 * rewards[0], rewards[1])


def test_heat_is_followed_where_asked():
    env = still_walk(2, heat=True)
    env.reset()
    for _ in range(10):
        env.step(torch.zeros(2, 12))
    assert env.motors is not None
    assert (env.motors.peak > 22.0).all()
    assert env.motors.energy.all()


def test_the_box_hangs_on_the_hands_and_weighs_on_the_feet():
    env = make("humanoid-carry", 2, still_share=1.0)
    env.reset()
    task, physics = env.task, env.physics
    place = physics.field("qpos")[:, task._box : task._box + 3].clone()
    assert place[:, 2].min() > 1.0
    forces, gaps = [], []
    for step in range(20):
        env.step(torch.zeros(2, 12))
        forces.append(task.force.sum(1))
        if step > 4:
            gaps.append(physics.field("qpos")[:, task._box + 2] - physics.field("qpos")[:, 2])
    assert torch.stack(gaps).min() > 0.05
    weight = 9.81 * (physics.model.body_mass.sum())
    assert torch.stack(forces).mean() == pytest.approx(weight, rel=0.25)
    assert weight == pytest.approx(9.81 * 78.1, rel=0.01)


def test_who_carries_needs_arms():
    with pytest.raises(ValueError, match="for arms that carry"):
        CarryConfig(robot=HumanoidConfig(moves="legs", hands="locked"))


@pytest.mark.parametrize("name", [*CONFIGS, "humanoid-walk-rough"])
def test_a_short_training_run_learns_without_faults(name):
    keys = ["worlds=8", "ppo.rollout_steps=4", "ppo.minibatches=2", "threads=1", "backend=cpu"]
    metrics = Trainer(load_config(name, keys, TrainConfig)).iterate()
    assert math.isfinite(metrics["loss/value"])


@pytest.mark.slow
@tasks
def test_observations_stay_finite_over_a_million_random_steps(name):
    assert_stays_finite(make(name, 1000))
