"""Gymnasium faces of the tasks; importing `envs` registers them."""

from envs.gym.registration import gymnasium_id, register_gymnasium
from envs.gym.single import TaskGymEnv
from envs.gym.vector import TaskVectorEnv

__all__ = ["TaskGymEnv", "TaskVectorEnv", "gymnasium_id", "register_gymnasium"]
