"""`Trainer`: worlds, networks and learner of one run, and everything that resuming them takes."""

import time
from typing import Any

import torch
from torch import Tensor

from envs.env import TERM, TaskEnv
from envs.registry import make_task
from orchestrator.training.collector import Collector, Episodes
from orchestrator.training.config import TrainConfig
from orchestrator.training.model import NOISE_STREAM, SHUFFLE_STREAM, build_model, stream_seed
from orchestrator.training.teacher import Teacher
from policies.distillation import Distiller
from policies.ppo import PPO


class Trainer:
    """One learner, one process, one device.

    Args:
        config: the run's config.
    """

    def __init__(self, config: TrainConfig) -> None:
        self.config = config
        if config.threads:
            torch.set_num_threads(config.threads)
        task = make_task(config.task, config.task_config)
        self.env = TaskEnv(
            task, config.worlds, seed=config.seed, backend=config.backend, threads=config.threads
        )
        self.model = build_model(config, self.env)
        noise, shuffle = (stream_seed(config.seed, s) for s in (NOISE_STREAM, SHUFFLE_STREAM))
        self.learner: PPO | Distiller
        teacher = None
        if config.distillation:
            teacher = Teacher(config.distillation.teacher, config.task, self.env.action_size)
            self.learner = Distiller(self.model, config.distillation, shuffle)
        else:
            self.learner = PPO(self.model, config.ppo, task.credit(), shuffle)
        self.collector = Collector(self.env, self.model, config.ppo.gamma, noise, teacher)
        self.steps = 0
        for network in (self.model.actor, self.model.critic):
            reader = network.reader
            reader.normalizer.update(reader.gather(self.collector.observation))

    def iterate(self) -> dict[str, float]:
        """Gather one rollout and learn from it; returns the metrics of this iteration."""
        start = time.perf_counter()
        if self.config.distillation:
            self.collector.teacher_share = self.config.distillation.teacher_share(self.steps)
        rollout, episodes = self.collector.collect(self.config.rollout_steps)
        gathered = time.perf_counter()
        figures = self.learner.update(rollout)
        learned = time.perf_counter()
        self.steps += rollout.samples
        reward = {
            f"reward/{term}": float(mean)
            for term, mean in zip(self.env.task.reward_terms, self.collector.mean_reward, strict=True)
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
        if self.collector.memory is not None:
            tensors["memory"] = self.collector.memory
        state = {"task": self.config.task, "steps": self.steps, "learner": scalars}
        if self.collector.teacher:
            state["teacher_sha256"] = self.collector.teacher.weights_sha256
        return tensors, state

    def load_state(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Go on from `state`.

        Raises:
            ValueError: the teacher has learned on since, so this would be another run.
        """
        teacher = self.collector.teacher
        if teacher and state["teacher_sha256"] != teacher.weights_sha256:
            raise ValueError("the teacher's weights are not those that the run began with")
        self.model.load_state_dict(_part(tensors, "model."))
        self.learner.load_state_dict(_part(tensors, "learner."), state["learner"])
        self.collector.noise.set_state(tensors["noise"])
        if self.collector.memory is not None:
            self.collector.memory = tensors["memory"].to(self.env.device)
        self.collector.observation = self.env.load_state_dict(_part(tensors, "env."))
        self.steps = int(state["steps"])


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
