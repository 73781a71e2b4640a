"""The humanoid: a body of 24 joints with two hands of 27."""

from envs.humanoid.build import build_humanoid
from envs.humanoid.config import HumanoidConfig

__all__ = ["HumanoidConfig", "build_humanoid"]
