"""`Trainer`: worlds, networks and learner of one run, and everything that resuming them takes."""

import time
from typing import Any

import numpy as np
import torch
from torch import Tensor

from envs.env import TERM, TaskEnv
from envs.registry import make_task
from orchestrator.training.collector import Collector, Episodes
from orchestrator.training.config import TrainConfig
from orchestrator.training.worlds import Worlds
from policies.networks import ActorCritic
from policies.ppo import PPO

# Independent random streams drawn from a run's one seed.
_NETWORK_STREAM, _NOISE_STREAM, _SHUFFLE_STREAM = 0, 1, 2


def build_model(config: TrainConfig, env: Worlds) -> ActorCritic:
    """Networks of the right sizes for an env, initialized from the run's seed."""
    with torch.random.fork_rng():
        torch.manual_seed(stream_seed(config.seed, _NETWORK_STREAM))
        model = ActorCritic(config.network, env.group_sizes, env.action_size, env.nterm)
    return model.to(env.device)


def training_worlds(config: TrainConfig) -> TaskEnv:
    """Worlds of a run's task, for training."""
    return TaskEnv(
        make_task(config.task, config.task_config),
        config.worlds,
        seed=config.seed,
        backend=config.backend,
        threads=config.threads,
    )


class Trainer:
    """One learner, one process, one device.

    Args:
        config: the run's config.
        env: what is learned in; by default worlds of the config's task.
    """

    def __init__(self, config: TrainConfig, env: Worlds | None = None) -> None:
        self.config = config
        if config.threads:
            torch.set_num_threads(config.threads)
        self.env = env or training_worlds(config)
        self.model = build_model(config, self.env)
        noise, shuffle = (stream_seed(config.seed, s) for s in (_NOISE_STREAM, _SHUFFLE_STREAM))
        self.collector = Collector(self.env, self.model, config.ppo.gamma, noise)
        self.learner = PPO(self.model, config.ppo, self.env.credit(), shuffle)
        self.steps = 0
        for network in (self.model.actor, self.model.critic):
            reader = network.reader
            reader.normalizer.update(reader.gather(self.collector.observation))

    def iterate(self) -> dict[str, float]:
        """Gather one rollout and learn from it; returns the metrics of this iteration."""
        start = time.perf_counter()
        rollout, episodes = self.collector.collect(self.config.ppo.rollout_steps)
        gathered = time.perf_counter()
        figures = self.learner.update(rollout)
        learned = time.perf_counter()
        self.steps += rollout.samples
        reward = {
            f"reward/{term}": float(mean)
            for term, mean in zip(self.env.reward_terms, self.collector.mean_reward, strict=True)
        }
        clock = {
            "time/collect_seconds": gathered - start,
            "time/learn_seconds": learned - gathered,
            "time/steps_per_second": rollout.samples / (learned - start),
        }
        diverged = {"episode/diverged_total": float(self.env.diverged_total)}
        return _episode_means(episodes) | diverged | reward | figures | clock

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Everything that the rest of the run depends on: tensors, and what fits JSON."""
        learner, scalars = self.learner.state_dict()
        tensors = {f"model.{k}": v for k, v in self.model.state_dict().items()}
        tensors |= {f"learner.{k}": v for k, v in learner.items()}
        tensors |= {f"env.{k}": v for k, v in self.env.state_dict().items()}
        tensors["noise"] = self.collector.noise.get_state()
        return tensors, {"task": self.config.task, "steps": self.steps, "learner": scalars}

    def load_state(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Go on from `state`."""
        self.model.load_state_dict(_part(tensors, "model."))
        self.learner.load_state_dict(_part(tensors, "learner."), state["learner"])
        self.collector.noise.set_state(tensors["noise"])
        self.collector.observation = self.env.load_state_dict(_part(tensors, "env."))
        self.steps = int(state["steps"])


def stream_seed(seed: int, stream: int) -> int:
    """Seed of one of a run's independent random streams."""
    return int(np.random.SeedSequence([seed, stream]).generate_state(1)[0])


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _episode_means(episodes: Episodes) -> dict[str, float]:
    """Mean of every figure over the episodes that ended and have it: a diverged one may not.

    The reward's terms are left out: the trainer has their means over steps.
    """
    if not episodes:
        return {}
    return {
        f"episode/{k}": float(torch.cat([e[k] for e in episodes]).double().nanmean())
        for k in episodes[0]
        if not k.startswith(TERM)
    }
