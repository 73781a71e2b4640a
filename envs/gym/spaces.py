"""What both Gymnasium faces need: spaces of a task, and seeds."""

from collections.abc import Sequence

import gymnasium as gym
import numpy as np

from envs.task import DEPLOYABLE_GROUPS, PIXELS, Observation


def observation_space(observation: Observation, groups: Sequence[str]) -> gym.spaces.Dict:
    """Unbounded boxes of one world's observation groups; bytes for pixels."""
    shapes = {name: tuple(observation[name].shape[1:]) for name in groups}
    return gym.spaces.Dict(
        {
            name: gym.spaces.Box(0, 255, shape, np.uint8)
            if name == PIXELS
            else gym.spaces.Box(-np.inf, np.inf, shape, np.float32)
            for name, shape in shapes.items()
        }
    )


def action_space(action_size: int) -> gym.spaces.Box:
    """Actions of one world, in [-1, 1]."""
    return gym.spaces.Box(-1.0, 1.0, (action_size,), np.float32)


def deployable(groups: Sequence[str]) -> tuple[str, ...]:
    """Those of a task's observation groups that a robot has."""
    return tuple(name for name in groups if name in DEPLOYABLE_GROUPS)


def seed_or_fresh(seed: int | None) -> int:
    """The seed given, or one from the system's entropy."""
    return int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed
