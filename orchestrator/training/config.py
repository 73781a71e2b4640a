"""The typed schema of a training config."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, model_validator

from envs.physics import Backend
from envs.registry import TASKS
from envs.task import TaskConfig
from policies.networks import NetworkConfig
from policies.ppo import PPOConfig


class TrainConfig(BaseModel):
    """One training run.

    Attributes:
        task: name of the task.
        task_config: the task's own config; its schema is the task's `config_type`.
        seed: of the networks, the exploration noise and the episodes.
        steps: environment steps to train for, summed over worlds; rounded up to whole rollouts.
        worlds: parallel worlds.
        backend: physics backend; `auto` takes Warp where there is a GPU and the CPU engine elsewhere.
        threads: CPU threads of physics and networks; 0 takes all.
        checkpoint_every: environment steps between checkpoints.
        keep_checkpoints: newest checkpoints that are kept.
        network: actor and critic.
        ppo: the learner.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    task: str
    task_config: SerializeAsAny[TaskConfig] = TaskConfig()
    seed: int = Field(default=0, ge=0, lt=2**32)
    steps: int = Field(default=1_000_000, ge=1)
    worlds: int = Field(default=1024, ge=1, le=1_000_000)
    backend: Backend = "auto"
    threads: int = Field(default=0, ge=0, le=1024)
    checkpoint_every: int = Field(default=500_000, ge=1)
    keep_checkpoints: int = Field(default=3, ge=1)
    network: NetworkConfig = NetworkConfig()
    ppo: PPOConfig = PPOConfig()

    @model_validator(mode="before")
    @classmethod
    def _task_config_by_name(cls, data: Any) -> Any:  # noqa: ANN401 - raw input of any type
        """Validate `task_config` with the schema of the task that is named."""
        if not isinstance(data, dict) or data.get("task") not in TASKS:
            return data
        kind = TASKS[data["task"]].config_type
        given = data.get("task_config", {})
        return {**data, "task_config": given if isinstance(given, kind) else kind.model_validate(given)}

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.task not in TASKS:
            raise ValueError(f"task: no task is named {self.task!r}; known: {', '.join(sorted(TASKS))}")
        samples = self.worlds * self.ppo.rollout_steps
        if samples < self.ppo.minibatches:
            raise ValueError(f"ppo.minibatches: a rollout has only {samples} samples")
        return self

    @property
    def rollout_samples(self) -> int:
        """Environment steps in one rollout."""
        return self.worlds * self.ppo.rollout_steps
