"""This project's PPO, as it is, and with one summed reward as other learners have it."""

from torch import Tensor

from envs.registry import TASKS, register_task
from envs.task import Task
from orchestrator.benchmarks.learners.records import TrialSpec
from orchestrator.benchmarks.learners.watch import Watch
from orchestrator.training.trainer import Trainer
from policies.ppo import PPOConfig


def train(spec: TrialSpec, watch: Watch) -> None:
    """Train with each reward term credited to the actions that can influence it."""
    _train(spec, watch, spec.config.task)


def train_summed(spec: TrialSpec, watch: Watch) -> None:
    """Train with one reward, the sum of the terms, that every action answers for."""
    _train(spec, watch, with_summed_reward(TASKS[spec.config.task]).name)


def with_summed_reward(kind: type[Task]) -> type[Task]:
    """The same task with one reward term, registered as `NAME-summed`."""

    class Summed(kind):
        """See `with_summed_reward`."""

        name = f"{kind.name}-summed"
        reward_terms = ("reward",)

        def reward(self) -> Tensor:
            """Sum of the terms, (nworld, 1)."""
            return super().reward().sum(dim=1, keepdim=True)

        def credit(self) -> Tensor:
            """Every action answers for the sum."""
            return Task.credit(self)

    return register_task(Summed)


def _train(spec: TrialSpec, watch: Watch, task: str) -> None:
    config = spec.config
    ppo = PPOConfig.model_validate(config.ppo.model_dump() | spec.hyperparameters)
    trainer = Trainer(config.model_copy(update={"task": task, "seed": spec.seed, "ppo": ppo}))
    actor = trainer.model.actor
    watch.start(actor)
    left = True
    while left:
        before = trainer.steps
        figures = trainer.iterate()
        collect, update = figures["time/collect_seconds"], figures["time/learn_seconds"]
        left = watch.lap(actor, trainer.steps - before, collect, update)
