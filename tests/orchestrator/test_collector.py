import mujoco
import pytest
import torch

from envs.env import TaskEnv
from envs.task import Task, TaskConfig
from orchestrator.training.collector import Collector
from policies.actor_critic import ActorCritic
from policies.networks import NetworkConfig
from policies.ppo import PPO, PPOConfig
from policies.rollout import generalized_advantages

GAMMA = 0.8
REWARD = torch.tensor([1.0, 2.0])
VALUE = REWARD / (1 - GAMMA)
LIMIT = 3


class Constant(Task):
    """The same reward forever; the episode has a time limit, or ends for good after as many steps."""

    name = "constant"
    groups = ("proprioception", "command")
    reward_terms = ("one", "two")
    final = False

    def build_scene(self):
        spec = mujoco.MjSpec()
        body = spec.worldbody.add_body()
        body.add_joint(name="turn")
        body.add_geom(size=[0.1, 0, 0])
        spec.add_actuator(
            target="turn", trntype=mujoco.mjtTrn.mjTRN_JOINT, ctrllimited=1, ctrlrange=[-1, 1]
        ).set_to_motor()
        return spec

    def bind(self, physics, generator):
        super().bind(physics, generator)
        self.state = {"age": torch.zeros(physics.nworld, 1)}

    def reset(self, worlds):
        self.state["age"][worlds] = 0

    def control(self, action):
        super().control(action)
        self.state["age"] += 1

    def observe(self):
        return {"proprioception": self.physics.field("qpos").float(), "command": self.state["age"].clone()}

    def reward(self):
        return REWARD.expand(self.physics.nworld, 2)

    def terminated(self):
        return (self.state["age"][:, 0] >= LIMIT) & self.final


class Forever(Constant):
    """Nothing in what is observed tells the age: every step is worth the same."""

    def observe(self):
        nothing = torch.zeros(self.physics.nworld, 1)
        return {"proprioception": nothing, "command": nothing}


class Terminal(Constant):
    final = True


def make_collector(task=Constant, worlds=6, seed=0):
    env = TaskEnv(task(TaskConfig(episode_seconds=LIMIT / 18)), worlds, threads=1, backend="cpu")
    groups = ("proprioception", "command")
    config = NetworkConfig(critic_groups=groups, actor_hidden=(8,), critic_hidden=(16,))
    torch.manual_seed(seed)
    model = ActorCritic(config, {"proprioception": 1, "command": 1}, 1, 2)
    return Collector(env, model, GAMMA, seed)


def value_everything_alike(collector, value):
    head = collector.model.critic.net[-1]
    with torch.no_grad():
        head.weight.zero_()
        head.bias.copy_(value)


def test_a_time_limit_leaves_the_value_of_a_constant_reward_as_it_is():
    collector = make_collector()
    value_everything_alike(collector, VALUE)
    rollout, _ = collector.collect(10)
    assert rollout.done.sum() == 20
    assert generalized_advantages(rollout, GAMMA, 0.9).abs().max() < 1e-5


def test_an_end_for_good_has_no_value_beyond():
    collector = make_collector(Terminal)
    value_everything_alike(collector, VALUE)
    collector.collect(LIMIT)  # staggered clocks cut the first episodes; those after end for good
    rollout, _ = collector.collect(9)
    assert rollout.done.sum() == 18
    advantage = generalized_advantages(rollout, GAMMA, 0.0)
    torch.testing.assert_close(advantage[rollout.done], (REWARD - VALUE).expand(18, 2))
    assert advantage[~rollout.done].abs().max() < 1e-5


def test_the_critic_learns_the_endless_value():
    collector = make_collector(Forever)
    learner = PPO(
        collector.model,
        PPOConfig(gamma=GAMMA, learning_rate=1e-2, target_kl=None),
        torch.ones(2, 1, dtype=torch.bool),
        0,
    )
    for _ in range(30):
        rollout, _ = collector.collect(8)
        learner.update(rollout)
    torch.testing.assert_close(collector.collect(1)[0].value.mean(dim=(0, 1)), VALUE, rtol=0.03, atol=0)


def test_what_is_bootstrapped_is_the_last_observation_not_the_next_episodes_first():
    collector = make_collector()
    collector.model.critic.forward = lambda gathered: gathered[:, 1:].expand(-1, 2)  # the world's age
    rollout, _ = collector.collect(4)
    done = rollout.done
    assert done[2].any()
    last_age = rollout.critic_input[..., 1][done] + 1
    expected = REWARD + GAMMA * last_age[:, None]
    torch.testing.assert_close(rollout.reward[done], expected)
    assert (rollout.reward[~done] == REWARD).all()
    assert (rollout.critic_input[1:, :, 1][done[:-1]] == 0).all()
    assert torch.equal(rollout.last_value[:, 0], collector.observation["command"][:, 0])


def test_rollouts_follow_each_other_and_hold_what_acted():
    collector = make_collector()
    first, _ = collector.collect(5)
    after = collector.model.actor.reader.gather(collector.observation)
    second, _ = collector.collect(5)
    assert torch.equal(second.actor_input[0], after)
    mean, std = collector.model.actor(first.actor_input.flatten(0, 1))
    torch.testing.assert_close(first.mean.flatten(0, 1), mean)
    assert torch.equal(first.std, std)
    noise = (first.action - first.mean) / first.std
    assert noise.unique().numel() == noise.numel()
    assert noise.std().item() == pytest.approx(1, abs=0.4)


def test_worlds_are_staggered_and_every_ended_episode_is_told():
    collector = make_collector()
    rollout, episodes = collector.collect(6)
    assert rollout.done.sum(dim=1).tolist() == [2] * 6
    assert sum(len(figures["length"]) for figures in episodes) == 12
    assert all((figures["length"] == LIMIT).all() for figures in episodes[LIMIT:])


def test_a_diverged_step_is_neither_good_nor_bad():
    collector = make_collector()
    value_everything_alike(collector, VALUE)
    collector.env.physics.field("qpos")[4] = float("nan")
    rollout, _ = collector.collect(1)
    assert rollout.done[0, 4]
    assert generalized_advantages(rollout, GAMMA, 0.9)[0, 4].tolist() == [0, 0]
    assert torch.equal(rollout.reward[0, 4], VALUE)
    assert collector.observation["proprioception"].isfinite().all()
