"""A run's networks: built for an env, and as its newest checkpoint has them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from envs.env import TaskEnv
from envs.registry import make_task
from envs.task import PIXELS
from orchestrator.config_files import load_config
from orchestrator.errors import InputError
from orchestrator.training.config import TrainConfig
from orchestrator.training.run_directory import RunDirectory
from orchestrator.training.worlds import Worlds
from policies.actor_critic import ActorCritic
from policies.checkpoint import load_checkpoint, newest_valid_checkpoint, under

NETWORK_STREAM, NOISE_STREAM, SHUFFLE_STREAM, EPISODE_STREAM = 0, 1, 2, 3
"""Independent random streams drawn from a run's one seed."""

_MODEL = "model."


@dataclass(frozen=True)
class LoadedPolicy:
    """What a run has learned.

    Attributes:
        config: of the run.
        model: its networks, in evaluation mode, on the device of the run's backend.
        checkpoint: where the weights come from.
    """

    config: TrainConfig
    model: ActorCritic
    checkpoint: Path


def build_model(config: TrainConfig, env: Worlds) -> ActorCritic:
    """Networks of the right sizes for an env, initialized from the run's seed."""
    observation = env.observe()
    sizes = {name: group.shape[1] for name, group in observation.items() if name != PIXELS}
    pixels = tuple(observation[PIXELS].shape[1:]) if PIXELS in observation else None
    with torch.random.fork_rng():
        torch.manual_seed(stream_seed(config.seed, NETWORK_STREAM))
        model = ActorCritic(config.network, sizes, env.action_size, env.nterm, pixels)
    return model.to(env.device)


def load_policy(run: RunDirectory) -> LoadedPolicy:
    """Load the networks of a run's newest checkpoint that is complete and unharmed.

    Raises:
        InputError: there is no such checkpoint, or it is not of this run's config.
    """
    config = load_config(run.config_path, [], TrainConfig)
    checkpoint = newest_valid_checkpoint(run.checkpoints)
    if checkpoint is None:
        raise InputError(run.path, "has no complete checkpoint to evaluate yet")
    tensors, state = load_checkpoint(checkpoint)
    if state.get("task") != config.task:
        raise InputError(checkpoint, f"is of task {state.get('task')!r}, but the run's is {config.task!r}")
    env = TaskEnv(make_task(config.task, config.task_config), 1, backend=config.backend, threads=1)
    model = build_model(config, env)
    try:
        model.load_state_dict(under(tensors, _MODEL))
    except RuntimeError as error:
        raise InputError(checkpoint, "does not fit the networks that the run's config describes") from error
    return LoadedPolicy(config, model.eval(), checkpoint)


def stream_seed(seed: int, *stream: int) -> int:
    """Seed of one of a run's random streams, or of a part of it."""
    return int(np.random.SeedSequence([seed, *stream]).generate_state(1)[0])
