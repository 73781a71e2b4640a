"""Proximal policy optimization (Schulman et al. 2017) with one advantage per reward term.

Where a task says which reward terms an action can influence, each group of actions that share the same terms has its
own probability ratio, clipped on its own and weighted with the advantages of its own terms. With a single term this
is plain PPO.
"""

from collections.abc import Callable, Iterator, Mapping

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from policies.actor_critic import ActorCritic
from policies.adam import load_adam, save_adam
from policies.replay import auxiliary_loss, minibatches, replay
from policies.replicas import Alone, Replicas
from policies.rollout import Rollout, generalized_advantages

MIN_LEARNING_RATE, MAX_LEARNING_RATE = 1e-5, 1e-2
"""Bounds of the step size, given or adapted."""


class PPOConfig(BaseModel):
    """Hyperparameters.

    Attributes:
        rollout_steps: control steps gathered in each world between updates.
        gamma: discount.
        gae_lambda: of the advantage estimate.
        epochs: passes over a rollout.
        minibatches: parts that each pass is cut into.
        learning_rate: at the start; then follows the divergence where `target_kl` is set.
        target_kl: mean KL divergence per group of actions that the step size aims at; none keeps it fixed.
        clip: of the probability ratio.
        entropy_weight: weight of the entropy bonus.
        value_weight: weight of the critic's loss, which is in units of the returns' variance.
        max_grad_norm: the actor's gradient and the critic's are each scaled down to this norm.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    rollout_steps: int = Field(default=8, ge=1)
    gamma: float = Field(default=0.9, ge=0, lt=1)
    gae_lambda: float = Field(default=0.9, ge=0, le=1)
    epochs: int = Field(default=4, ge=1)
    minibatches: int = Field(default=4, ge=1)
    learning_rate: float = Field(default=3e-4, ge=MIN_LEARNING_RATE, le=MAX_LEARNING_RATE)
    target_kl: float | None = Field(default=0.01, gt=0)
    clip: float = Field(default=0.2, gt=0)
    entropy_weight: float = Field(default=0.0, ge=0)
    value_weight: float = Field(default=1.0, gt=0)
    max_grad_norm: float = Field(default=1.0, gt=0)


def action_groups(credit: Tensor) -> tuple[Tensor, Tensor]:
    """Group actions that answer for the same reward terms.

    Args:
        credit: (K, A) bool, which terms an action can influence.

    Returns:
        Membership (A, G) and terms of each group (K, G), float32, both of zeros and ones.
    """
    columns, inverse = torch.unique(credit.T, dim=0, return_inverse=True)
    member = torch.nn.functional.one_hot(inverse, len(columns)).float()
    return member, columns.T.float()


class PPO:
    """Updates an actor and a critic from rollouts.

    Args:
        model: networks to train, on their device.
        config: hyperparameters.
        credit: (K, A) bool, which reward terms an action can influence.
        seed: of the minibatches' shuffling.
        replicas: the other copies of this learner, each with a rollout of its own and of the same size.
    """

    def __init__(
        self,
        model: ActorCritic,
        config: PPOConfig,
        credit: Tensor,
        seed: int,
        replicas: Replicas | None = None,
    ) -> None:
        self.model = model
        self.config = config
        self._replicas = replicas or Alone()
        self._actor, self._critic = (self._replicas.wrap(part) for part in (model.actor, model.critic))
        device = next(model.parameters()).device
        self._member, self._terms = (x.to(device) for x in action_groups(credit))
        self.generator = torch.Generator().manual_seed(seed)
        self.start_again()

    def start_again(self) -> None:
        """Take a fresh optimizer, as where the networks have been put back to their first weights."""
        self.learning_rate = self.config.learning_rate
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=self.learning_rate)

    def update(self, rollout: Rollout, beside: Callable[[], Tensor] | None = None) -> dict[str, float]:
        """One round of epochs over a rollout; then the normalizers learn from it.

        Args:
            rollout: of the policy as it is.
            beside: a further loss of the actor, asked for once for each minibatch.

        Returns:
            Losses, divergence, clipped share, step size and noise, averaged over the minibatches.
        """
        batch = self._prepare(rollout)
        self.model.critic.rescale(batch["target"], self._replicas)
        totals: dict[str, float] = {}
        count = 0
        for part in self._minibatches(rollout):
            figures = self._step({k: v[part] for k, v in batch.items()}, rollout, part, beside)
            if count:  # the first part met the policy that acted: its divergence is 0 whatever the step size
                self._follow(figures["kl"])
            totals = {k: totals.get(k, 0.0) + v for k, v in figures.items()}
            count += 1
        self.model.actor.reader.normalizer.update(rollout.actor_input.flatten(0, 1), self._replicas)
        self.model.critic.reader.normalizer.update(rollout.critic_input.flatten(0, 1), self._replicas)
        mean = {f"loss/{k}": v / count for k, v in totals.items()}
        return mean | {"policy/learning_rate": self.learning_rate, "policy/std": float(rollout.std.mean())}

    def state_dict(self) -> tuple[dict[str, Tensor], dict[str, float]]:
        """Optimizer state and generator as tensors, and the step size."""
        tensors = {"generator": self.generator.get_state()} | save_adam(self.optimizer)
        return tensors, {"learning_rate": self.learning_rate}

    def load_state_dict(self, tensors: Mapping[str, Tensor], state: Mapping[str, float]) -> None:
        """Go on from `state_dict`."""
        self.generator.set_state(tensors["generator"])
        self._set_learning_rate(state["learning_rate"])
        load_adam(self.optimizer, tensors)

    def _minibatches(self, rollout: Rollout) -> Iterator[Tensor]:
        return minibatches(rollout, self.config.epochs, self.config.minibatches, self.generator)

    def _prepare(self, rollout: Rollout) -> dict[str, Tensor]:
        advantages = generalized_advantages(rollout, self.config.gamma, self.config.gae_lambda)
        grouped = (advantages @ self._terms).flatten(0, 1)
        variance, centre, number = self._replicas.moments(grouped)
        spread = (variance * (number / (number - 1))).sqrt()
        with torch.no_grad():
            noise = (rollout.action - rollout.mean) / rollout.std
            log_prob = (-0.5 * noise.square() - rollout.std.log()).flatten(0, 1) @ self._member
        return {
            "critic_input": rollout.critic_input.flatten(0, 1),
            "action": rollout.action.flatten(0, 1),
            "mean": rollout.mean.flatten(0, 1),
            "log_prob": log_prob,
            "advantage": (grouped - centre) / (spread + 1e-8),
            "target": (advantages + rollout.value).flatten(0, 1),
        }

    def _step(
        self,
        batch: dict[str, Tensor],
        rollout: Rollout,
        part: Tensor,
        beside: Callable[[], Tensor] | None,
    ) -> dict[str, float]:
        mean, std, guess = replay(self._actor, rollout, part)
        log_prob = (-0.5 * ((batch["action"] - mean) / std).square() - std.log()) @ self._member
        ratio = (log_prob - batch["log_prob"]).exp()
        clipped = ratio.clamp(1 - self.config.clip, 1 + self.config.clip)
        surrogate = torch.minimum(ratio * batch["advantage"], clipped * batch["advantage"]).sum(dim=1).mean()
        critic = self.model.critic
        error = (self._critic(batch["critic_input"]) - batch["target"]) / critic.returns.deviation.float()
        value_loss = error.square().mean()
        entropy = std.log().sum()
        divergence = self._divergence(batch["mean"], rollout.std, mean.detach(), std.detach())
        loss = -surrogate + self.config.value_weight * value_loss - self.config.entropy_weight * entropy
        loss = loss + auxiliary_loss(self.model, guess, batch["critic_input"])
        if beside:
            loss = loss + beside()
        self.optimizer.zero_grad()
        loss.backward()
        for network in (
            self.model.actor,
            self.model.critic,
        ):  # else the larger gradient would silence the other
            nn.utils.clip_grad_norm_(network.parameters(), self.config.max_grad_norm)
        self.optimizer.step()
        clips = (ratio - clipped).ne(0).float().mean()
        figures = torch.stack([-surrogate.detach(), value_loss.detach(), divergence, clips])
        names = ("policy", "value", "kl", "clipped")
        return dict(zip(names, self._replicas.mean(figures).tolist(), strict=True))

    def _divergence(self, old_mean: Tensor, old_std: Tensor, mean: Tensor, std: Tensor) -> Tensor:
        """KL divergence of diagonal Gaussians, mean over groups."""
        kl = (
            (std / old_std).log() + (old_std.square() + (old_mean - mean).square()) / (2 * std.square()) - 0.5
        )
        return (kl @ self._member).mean()

    def _follow(self, divergence: float) -> None:
        """Shorten the step where the policy has moved too far, lengthen it where it hardly moved."""
        target = self.config.target_kl
        if target is None:
            return
        if divergence > 2 * target:
            self._set_learning_rate(self.learning_rate / 1.5)
        elif divergence < target / 2:
            self._set_learning_rate(self.learning_rate * 1.5)

    def _set_learning_rate(self, value: float) -> None:
        self.learning_rate = min(max(value, MIN_LEARNING_RATE), MAX_LEARNING_RATE)
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate
