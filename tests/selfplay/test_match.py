"""Matches: what players see, and the PettingZoo face."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from pettingzoo.test import parallel_api_test
from rope import Rope, RopeConfig
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecEnv

from envs.env import TaskEnv
from envs.match import SCORE, split
from envs.match_parallel import MatchParallelEnv
from envs.registry import make_task


def rope(worlds=3, **options):
    return TaskEnv(Rope(RopeConfig()), worlds, backend="cpu", threads=1, **options)


def pull(worlds, red, blue):
    return torch.tensor([[red, blue]], dtype=torch.float32).expand(worlds, 2)


def test_players_lie_side_by_side_in_every_tensor():
    env = rope()
    observation = env.reset()
    seats = split(observation["proprioception"], 2)
    assert seats.shape == (3, 2, 2)
    assert torch.equal(seats[:, 0], -seats[:, 1])
    step = env.step(pull(3, 1, -1))
    assert env.reward_terms == ("red/outcome", "red/pull", "blue/outcome", "blue/pull")
    rewards = split(step.reward, 2)
    assert (rewards[:, 0, 1] > 0).all()
    assert torch.equal(rewards[:, 0], -rewards[:, 1])


def test_who_pulls_alone_wins_and_who_pulls_alike_draws():
    env = rope(autoreset=False)
    for red, blue, score in ((1, -1, 1.0), (-1, 1, 0.0), (1, 1, 0.5)):
        env.reset()
        ended = False
        while not ended:
            step = env.step(pull(3, red, blue))
            ended = len(step.ended) == 3
        assert step.episode[SCORE + "red"].tolist() == [score] * 3
        assert step.episode[SCORE + "blue"].tolist() == [1 - score] * 3
        assert step.truncated.all() == (score == 0.5)


def test_every_player_answers_for_its_own_terms():
    assert rope().credit().tolist() == [[True, False]] * 2 + [[False, True]] * 2


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_parallel_face_passes_pettingzoos_test():
    parallel_api_test(MatchParallelEnv(Rope(RopeConfig()), seed=0, backend="cpu"), num_cycles=60)


def test_a_seed_makes_the_same_match_and_the_info_says_who_won():
    env = MatchParallelEnv(Rope(RopeConfig()), backend="cpu")
    starts = [env.reset(seed=5)[0]["red"]["proprioception"] for _ in range(2)]
    assert np.array_equal(*starts)
    while env.agents:
        _, rewards, _, _, infos = env.step({"red": np.ones(1), "blue": -np.ones(1)})
        assert rewards["red"] == pytest.approx(-rewards["blue"])
    assert infos["red"]["score"] == 1.0
    assert infos["blue"]["score"] == 0.0
    assert env.step({}) == ({}, {}, {}, {}, {})


class SharedPolicyVecEnv(VecEnv):
    """Every player of a parallel environment as one of a vector environment's, for a policy that all share."""

    def __init__(self, env):
        self.env = env
        agent = env.possible_agents[0]
        super().__init__(len(env.possible_agents), env.observation_space(agent), env.action_space(agent))

    def reset(self):
        return self._stack(self.env.reset()[0])

    def step_async(self, actions):
        self.actions = dict(zip(self.env.possible_agents, actions, strict=True))

    def step_wait(self):
        observation, rewards, terminated, truncated, infos = self.env.step(self.actions)
        names = self.env.possible_agents
        done = np.array([terminated[n] or truncated[n] for n in names])
        extra = [dict(infos[n]) for n in names]
        if done.any():
            for info, name in zip(extra, names, strict=True):
                info["terminal_observation"] = observation[name]
                info["TimeLimit.truncated"] = truncated[name]
            observation = self.env.reset()[0]
        return self._stack(observation), np.array([rewards[n] for n in names]), done, extra

    def _stack(self, observation):
        rows = [observation[name] for name in self.env.possible_agents]
        return {key: np.stack([row[key] for row in rows]) for key in rows[0]}

    def close(self):
        pass

    def get_attr(self, attr_name, indices=None):
        return [getattr(self.env, attr_name, None)] * self.num_envs

    def set_attr(self, attr_name, value, indices=None):
        raise NotImplementedError

    def env_method(self, method_name, *args, indices=None, **kwargs):
        raise NotImplementedError

    def env_is_wrapped(self, wrapper_class, indices=None):
        return [False] * self.num_envs


def test_stable_baselines_trains_both_seats_through_the_parallel_face():
    worlds = SharedPolicyVecEnv(MatchParallelEnv(Rope(RopeConfig()), seed=0, backend="cpu"))
    learner = PPO("MultiInputPolicy", worlds, n_steps=32, batch_size=32, n_epochs=1, seed=0, device="cpu")
    before = learner.policy.state_dict()["action_net.weight"].clone()
    learner.learn(128)
    assert learner.num_timesteps == 128
    assert not torch.equal(before, learner.policy.state_dict()["action_net.weight"])


def test_gymnasium_gets_all_players_as_one():
    worlds = gym.make_vec("optimus/TestRope-v0", num_envs=2, vectorization_mode="vector_entry_point")
    observation, _ = worlds.reset(seed=0)
    assert observation["proprioception"].shape == (2, 4)
    assert worlds.single_action_space.shape == (2,)


def test_a_half_turn_of_hand_tug_changes_nothing():
    env = TaskEnv(make_task("hand-tug"), 1, seed=3, backend="cpu", threads=1)
    seats = split_all(env.reset())
    for name, group in seats.items():
        assert torch.allclose(group[:, 0], group[:, 1], atol=1e-5), name
    noise = torch.Generator().manual_seed(0)
    for _ in range(6):
        action = 2 * torch.rand(1, 1, env.action_size // 2, generator=noise) - 1
        step = env.step(action.expand(1, 2, -1).flatten(1))
        assert torch.allclose(*split(step.reward, 2).unbind(1), atol=1e-4)
    for name, group in split_all(step.observation).items():
        assert torch.allclose(group[:, 0], group[:, 1], atol=1e-3), name


def split_all(observation):
    return {name: split(group, 2) for name, group in observation.items()}
