"""Online imitation of a teacher in the states that the student comes to (DAgger: Ross, Gordon and Bagnell 2011).

The student acts, the teacher says what it would have done there, and the student learns to do it. At the start some of
the actions are the teacher's own.
"""

from collections.abc import Mapping

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from policies.actor_critic import ActorCritic
from policies.adam import load_adam, save_adam
from policies.replay import auxiliary_loss, minibatches, replay
from policies.replicas import Alone, Replicas
from policies.rollout import Rollout


class DistillationConfig(BaseModel):
    """How a student learns from a teacher.

    Attributes:
        teacher: run directory of the teacher.
        rollout_steps: control steps gathered in each world between updates.
        epochs: passes over a rollout.
        minibatches: parts that each pass is cut into.
        learning_rate: of Adam at the start; it falls linearly.
        learning_rate_left: share of it at the end.
        max_grad_norm: the gradient is scaled down to this norm.
        teacher_steps: environment steps over which the share of the teacher's own actions falls from one to none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    teacher: str
    rollout_steps: int = Field(default=8, ge=1)
    epochs: int = Field(default=2, ge=1)
    minibatches: int = Field(default=4, ge=1)
    learning_rate: float = Field(default=5e-4, gt=0, le=0.1)
    learning_rate_left: float = Field(default=0.05, gt=0, le=1)
    max_grad_norm: float = Field(default=1.0, gt=0)
    teacher_steps: int = Field(default=0, ge=0)

    def teacher_share(self, steps: int) -> float:
        """Share of the actions that are the teacher's, after so many environment steps."""
        return max(0.0, 1.0 - steps / self.teacher_steps) if self.teacher_steps else 0.0

    def rate(self, done: float) -> float:
        """The learning rate when a share `done` of the run is over."""
        return self.learning_rate * (1 - (1 - self.learning_rate_left) * min(done, 1.0))


class Distiller:
    """Updates a student from rollouts in which a teacher was asked.

    Args:
        model: whose actor is trained; the critic stays as it is, but for what it knows of its inputs' scales.
        config: hyperparameters.
        seed: of the minibatches' shuffling.
        replicas: the other copies of this learner, each with a rollout of its own and of the same size.
    """

    def __init__(
        self, model: ActorCritic, config: DistillationConfig, seed: int, replicas: Replicas | None = None
    ) -> None:
        self.model, self.config = model, config
        self._replicas = replicas or Alone()
        self._actor = self._replicas.wrap(model.actor)
        self.optimizer = torch.optim.Adam(model.actor.parameters(), lr=config.learning_rate)
        self.generator = torch.Generator().manual_seed(seed)

    def update(self, rollout: Rollout, done: float) -> dict[str, float]:
        """One round of epochs over a rollout; then the normalizers learn from it.

        Args:
            rollout: in which the teacher was asked.
            done: share of the run that is over.

        Returns:
            Mean square difference to the teacher's actions, and the auxiliary loss, averaged over the minibatches; the
            learning rate.
        """
        rate = self.config.rate(done)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        assert rollout.taught is not None
        taught = rollout.taught.flatten(0, 1)
        told = rollout.critic_input.flatten(0, 1)
        epochs, parts = self.config.epochs, self.config.minibatches
        figures = [
            self._step(rollout, part, taught[part], told[part])
            for part in minibatches(rollout, epochs, parts, self.generator)
        ]
        self.model.actor.reader.normalizer.update(rollout.actor_input.flatten(0, 1), self._replicas)
        self.model.critic.reader.normalizer.update(told, self._replicas)
        imitation, auxiliary = self._replicas.mean(torch.tensor(figures).mean(dim=0)).tolist()
        return {"loss/imitation": imitation, "loss/auxiliary": auxiliary, "policy/learning_rate": rate}

    def state_dict(self) -> tuple[dict[str, Tensor], dict[str, float]]:
        """Optimizer state and generator as tensors; nothing else."""
        return {"generator": self.generator.get_state()} | save_adam(self.optimizer), {}

    def load_state_dict(self, tensors: Mapping[str, Tensor], state: Mapping[str, float]) -> None:
        """Go on from `state_dict`."""
        self.generator.set_state(tensors["generator"])
        load_adam(self.optimizer, tensors)

    def _step(self, rollout: Rollout, part: Tensor, taught: Tensor, told: Tensor) -> tuple[float, float]:
        actor = self.model.actor
        mean, std, guess = replay(self._actor, rollout, part)
        # the noise is not learned here, but copies of the learner wait for every weight's gradient
        imitation = (mean - taught).square().mean() + 0 * std.sum()
        auxiliary = auxiliary_loss(self.model, guess, told)
        self.optimizer.zero_grad()
        (imitation + auxiliary).backward()
        nn.utils.clip_grad_norm_(actor.parameters(), self.config.max_grad_norm)
        self.optimizer.step()
        return imitation.item(), auxiliary.item()
