"""The typed schema of a training config."""

from typing import Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializeAsAny,
    ValidationInfo,
    field_validator,
    model_validator,
)

from envs.match import MatchTask
from envs.physics import Backend
from envs.registry import TASKS
from envs.task import TaskConfig
from envs.tasks.goals import GoalTask
from orchestrator.config_files import merged
from orchestrator.errors import nearest
from orchestrator.training.goal_play import GoalPlayConfig
from policies.distillation import DistillationConfig
from policies.networks import PIXELS, NetworkConfig
from policies.ppo import PPOConfig


class TrainConfig(BaseModel):
    """One training run.

    Attributes:
        task: name of the task.
        task_config: the task's own config; its schema is the task's `config_type`.
        evaluation: the task's config in held-out episodes, where it is another one; keys that are left out are
            `task_config`'s.
        play: the task's config where one watches; keys that are left out are those of held-out episodes.
        seed: of the networks, the exploration noise and the episodes.
        steps: environment steps to train for, summed over worlds; rounded up to whole rollouts.
        worlds: parallel worlds, of all workers together.
        workers: processes that train together, each with its share of the worlds; more than one run on Ray.
        backend: physics backend; `auto` takes Warp where there is a GPU and the CPU engine elsewhere.
        threads: CPU threads of physics and networks; 0 takes all.
        checkpoint_every: environment steps between checkpoints.
        keep_checkpoints: newest checkpoints that are kept.
        heldout_episodes: held-out episodes on which another process evaluates each checkpoint while training goes on;
            of a self-play: matches of each pair of its players; 0: nobody does.
        store: URL of a bucket, or a path, to which what resuming takes is copied with every checkpoint, each run into a
            folder of its name; none: the run directory is all there is.
        network: actor and critic.
        ppo: the learner, unless there is a teacher to distill.
        distillation: the learner where a policy learns what a teacher does; none: PPO.
        goal_play: how goals are set by self-play; none: the task draws them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    of_matches: ClassVar[bool] = False
    """Whether the task has to be a match, or must not be one."""

    task: str
    task_config: SerializeAsAny[TaskConfig] = Field(default=TaskConfig(), validate_default=True)
    evaluation: SerializeAsAny[TaskConfig] | None = None
    play: SerializeAsAny[TaskConfig] | None = None
    seed: int = Field(default=0, ge=0, lt=2**32)
    steps: int = Field(default=1_000_000, ge=1)
    worlds: int = Field(default=1024, ge=1, le=1_000_000)
    workers: int = Field(default=1, ge=1, le=100_000)
    backend: Backend = "auto"
    threads: int = Field(default=0, ge=0, le=1024)
    checkpoint_every: int = Field(default=500_000, ge=1)
    keep_checkpoints: int = Field(default=3, ge=1)
    heldout_episodes: int = Field(default=0, ge=0)
    store: str | None = Field(default=None, min_length=1)
    network: NetworkConfig = NetworkConfig()
    ppo: PPOConfig = PPOConfig()
    distillation: DistillationConfig | None = None
    goal_play: GoalPlayConfig | None = None

    @field_validator("task")
    @classmethod
    def _known_task(cls, name: str) -> str:
        if name not in TASKS:
            raise ValueError(f"no task is named {name!r}{nearest(name, TASKS)}")
        is_match = issubclass(TASKS[name], MatchTask)
        if is_match and not cls.of_matches:
            raise ValueError(f"{name!r} is a match, which a league plays: see `optimus league`")
        if cls.of_matches and not is_match:
            raise ValueError(f"expected a match, got {name!r}, which has a single player")
        return name

    @field_validator("task_config", mode="before")
    @classmethod
    def _of_task(cls, given: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 - raw input of any type
        """Validate `task_config` with the schema of the task that is named."""
        if info.data.get("task") not in TASKS:
            return given
        kind = TASKS[info.data["task"]].config_type
        if isinstance(given, kind):
            return given
        return kind.model_validate(
            given.model_dump(exclude_unset=True) if isinstance(given, TaskConfig) else given
        )

    @field_validator("evaluation", "play", mode="before")
    @classmethod
    def _on_task_config(cls, given: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 - raw input of any type
        """Fill in the keys that were left out."""
        base = info.data.get("evaluation") or info.data.get("task_config")
        if not isinstance(given, dict) or base is None:
            return given
        return type(base).model_validate(merged(base.model_dump(mode="json"), given))

    @model_validator(mode="after")
    def _shared_out(self) -> Self:
        if self.worlds % self.workers:
            nearest = max(1, round(self.worlds / self.workers)) * self.workers
            raise ValueError(
                f"worlds: expected a multiple of workers ({self.workers}), got {self.worlds}; nearest: {nearest}"
            )
        return self

    @model_validator(mode="after")
    def _enough_samples(self) -> Self:
        key, parts = ("ppo", self.ppo.minibatches)
        if self.distillation:
            key, parts = ("distillation", self.distillation.minibatches)
        whole, unit = (self.worlds, "worlds") if self.network.sees else (self.rollout_samples, "samples")
        if whole // self.workers < parts:
            raise ValueError(f"{key}.minibatches: a worker's rollout has only {whole // self.workers} {unit}")
        return self

    @model_validator(mode="after")
    def _groups_of_task(self) -> Self:
        known = TASKS[self.task].groups
        if self.task_config.cameras:
            known = (*known, PIXELS)
        for key in ("actor_groups", "critic_groups"):
            unknown = [name for name in getattr(self.network, key) if name not in known]
            if unknown:
                raise ValueError(
                    f"network.{key}: {self.task} has no group {unknown[0]!r}; expected some of {known}"
                )
        return self

    @model_validator(mode="after")
    def _goals_to_set(self) -> Self:
        if self.goal_play is None:
            return self
        if not issubclass(TASKS[self.task], GoalTask):
            raise ValueError(f"goal_play: {self.task} has no goals that another player could set")
        if self.workers > 1 or self.distillation or self.network.sees or self.goal_play.alice.sees:
            raise ValueError("goal_play: expected one worker, no distillation, and players that do not see")
        if "command" in (*self.goal_play.alice.actor_groups, *self.goal_play.alice.critic_groups):
            raise ValueError("goal_play.alice: expected no 'command', which is Bob's goal")
        return self

    @property
    def evaluated(self) -> TaskConfig:
        """The task's config in held-out episodes."""
        return self.evaluation or self.task_config

    @property
    def played(self) -> TaskConfig:
        """The task's config where one watches."""
        return self.play or self.evaluated

    @property
    def rollout_steps(self) -> int:
        """Control steps of each world in one rollout."""
        return self.distillation.rollout_steps if self.distillation else self.ppo.rollout_steps

    @property
    def rollout_samples(self) -> int:
        """Environment steps in one rollout."""
        return self.worlds * self.rollout_steps
