"""Every task of a hand runs on every hand."""

from typing import get_args

import pytest
import torch

from envs.agents import RandomAgent, ZeroAgent
from envs.env import TaskEnv
from envs.registry import TASKS, make_task
from hand_model import HandConfig
from hand_model.config import Transmission

HAND_TASKS = [
    name for name, task in TASKS.items() if "hand" in task.config_type.model_fields and "visual" not in name
]


@pytest.mark.parametrize("transmission", get_args(Transmission))
@pytest.mark.parametrize("name", HAND_TASKS)
def test_a_task_runs_with_every_transmission(name, transmission):
    hand = HandConfig(transmission=transmission)
    env = TaskEnv(make_task(name, TASKS[name].config_type(hand=hand)), 2, seed=0, backend="cpu", threads=1)
    for agent in (ZeroAgent(env.action_size), RandomAgent(env.action_size, 0)):
        observation = env.reset()
        for _ in range(6):
            step = env.step(agent.act(observation))
            observation = step.observation
        assert step.reward.isfinite().all()
        assert all(
            group.isfinite().all() for group in observation.values() if isinstance(group, torch.Tensor)
        )
    assert env.diverged_total == 0
