"""`Trainer`: worlds, networks and learner of one run, and everything that resuming them takes."""

import math
import time
from typing import Any

import torch
from torch import Tensor

from envs.env import TERM, TaskEnv
from envs.registry import make_task
from orchestrator.training.allocator import keep_freed_memory
from orchestrator.training.collector import Collector, Episodes
from orchestrator.training.config import TrainConfig
from orchestrator.training.model import EPISODE_STREAM, NOISE_STREAM, SHUFFLE_STREAM, build_model, stream_seed
from orchestrator.training.teacher import Teacher
from orchestrator.training.worlds import Worlds
from policies.checkpoint import under
from policies.distillation import Distiller
from policies.ppo import PPO
from policies.replicas import Alone, Replicas
from policies.rollout import Rollout

Sums = dict[str, tuple[float, int]]
"""Of figures of episodes, by name: their sum, and over how many."""


def training_worlds(config: TrainConfig, seed: int) -> TaskEnv:
    """One worker's worlds of a run's task, for training."""
    return TaskEnv(
        make_task(config.task, config.task_config),
        config.worlds // config.workers,
        seed=seed,
        backend=config.backend,
        threads=config.threads,
        final_pixels=False,  # values are the critic's to tell, which doesn't see
    )


def own_seed(seed: int, stream: int, replicas: Replicas, steps: int = 0) -> int:
    """Seed of a copy's part of one of a run's streams, from a number of steps on."""
    own = (replicas.rank, steps) if replicas.rank or steps else ()
    return stream_seed(seed, stream, *own)


def episode_seed(seed: int, replicas: Replicas, steps: int = 0) -> int:
    """Seed of a copy's episodes, from a number of steps on."""
    first = replicas.rank == 0 and steps == 0
    return seed if first else own_seed(seed, EPISODE_STREAM, replicas, steps)


class Trainer:
    """One learner on one device, alone or one of several copies that learn together.

    Args:
        config: the run's config.
        replicas: the copies of this trainer, one for each worker that there is; by default it is alone.
        env: what is learned in; by default worlds of the config's task.
    """

    def __init__(
        self, config: TrainConfig, replicas: Replicas | None = None, env: Worlds | None = None
    ) -> None:
        self.config, self.replicas = config, replicas or Alone()
        keep_freed_memory()
        if config.threads:
            torch.set_num_threads(config.threads)
        self.env = env or training_worlds(config, episode_seed(config.seed, self.replicas))
        self.model = build_model(config, self.env)
        if config.network.vision.compile:
            self.model.actor.compile_encoder()
        streams = (NOISE_STREAM, SHUFFLE_STREAM)
        noise, shuffle = (own_seed(config.seed, stream, self.replicas) for stream in streams)
        self.learner: PPO | Distiller
        teacher = None
        if config.distillation:
            teacher = Teacher(config.distillation.teacher, config.task, self.env.action_size)
            self.learner = Distiller(self.model, config.distillation, shuffle, self.replicas)
        else:
            self.learner = PPO(self.model, config.ppo, self.env.credit(), shuffle, self.replicas)
        self.collector = Collector(self.env, self.model, config.ppo.gamma, noise, teacher)
        self.steps = 0
        for network in (self.model.actor, self.model.critic):
            reader = network.reader
            reader.normalizer.update(reader.gather(self.collector.observation), self.replicas)

    def iterate(self) -> dict[str, float]:
        """Gather one rollout and learn from it; returns the metrics of this iteration."""
        start = time.perf_counter()
        if self.config.distillation:
            self.collector.teacher_share = self.config.distillation.teacher_share(self.steps)
        rollout, episodes = self.collector.collect(self.config.rollout_steps)
        gathered = time.perf_counter()
        figures = self._learn(rollout)
        learned = time.perf_counter()
        samples = rollout.samples * self.replicas.count
        self.steps += samples
        rewards = self.replicas.mean(self.collector.mean_reward).tolist()
        reward = {f"reward/{term}": mean for term, mean in zip(self.env.reward_terms, rewards, strict=True)}
        clock = {
            "time/collect_seconds": gathered - start,
            "time/learn_seconds": learned - gathered,
            "time/steps_per_second": samples / (learned - start),
        }
        everywhere = self.replicas.gather((_episode_sums(episodes), self.env.diverged_total))
        diverged = {"episode/diverged_total": float(sum(total for _, total in everywhere))}
        return _episode_means([sums for sums, _ in everywhere]) | diverged | reward | figures | clock

    def _learn(self, rollout: Rollout) -> dict[str, float]:
        if isinstance(self.learner, Distiller):
            return self.learner.update(rollout, self.steps / self.config.steps)
        return self.learner.update(rollout)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Everything that the rest of the run depends on: tensors, and what fits JSON.

        Of a run with several workers it is what they have in common: how many there will be is not known.
        """
        learner, scalars = self.learner.state_dict()
        tensors = {f"model.{k}": v for k, v in self.model.state_dict().items()}
        tensors |= {f"learner.{k}": v for k, v in learner.items()}
        if self.config.workers == 1:
            tensors |= {f"env.{k}": v for k, v in self.env.state_dict().items()}
            tensors["noise"] = self.collector.noise.get_state()
            if self.collector.memory is not None:
                tensors["memory"] = self.collector.memory
        state = {"task": self.config.task, "steps": self.steps, "learner": scalars}
        if self.collector.teacher:
            state["teacher_sha256"] = self.collector.teacher.weights_sha256
        return tensors, state

    def load_state(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Go on from `state`; one of several workers goes on with new episodes.

        Raises:
            ValueError: the teacher has learned on since, so this would be another run.
        """
        teacher = self.collector.teacher
        if teacher and state["teacher_sha256"] != teacher.weights_sha256:
            raise ValueError("the teacher's weights are not those that the run began with")
        self.model.load_state_dict(under(tensors, "model."))
        self.learner.load_state_dict(under(tensors, "learner."), state["learner"])
        self.steps = int(state["steps"])
        if self.config.workers == 1:
            self.collector.noise.set_state(tensors["noise"])
            if self.collector.memory is not None:
                self.collector.memory = tensors["memory"].to(self.env.device)
            self.collector.observation = self.env.load_state_dict(under(tensors, "env."))
            return
        seed, copies = self.config.seed, self.replicas
        self.learner.generator.manual_seed(own_seed(seed, SHUFFLE_STREAM, copies, self.steps))
        self.collector.noise.manual_seed(own_seed(seed, NOISE_STREAM, copies, self.steps))
        self.env.seed(episode_seed(seed, copies, self.steps))
        self.collector.begin()


def _episode_sums(episodes: Episodes) -> Sums:
    """Sum of every figure over the episodes that ended and have it (a diverged one may not), and how many they are.

    The reward's terms are left out: the trainer has their means over steps.
    """
    if not episodes:
        return {}
    columns = {
        name: torch.cat([e[name] for e in episodes]).double()
        for name in episodes[0]
        if not name.startswith(TERM)
    }
    return {name: (float(x.nansum()), int((~x.isnan()).sum())) for name, x in columns.items()}


def _episode_means(parts: list[Sums]) -> dict[str, float]:
    """Means of what the copies have summed, as metrics; NaN where no episode has the figure."""
    means = {}
    for name in dict.fromkeys(name for part in parts for name in part):
        sums, counts = zip(*(part[name] for part in parts if name in part), strict=True)
        means[f"episode/{name}"] = sum(sums) / sum(counts) if sum(counts) else math.nan
    return means
