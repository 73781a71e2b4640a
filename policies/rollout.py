"""What a learner gathered: transitions, and the advantages computed from them."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Rollout:
    """`T` steps of `N` worlds with `K` reward terms and `A` actions.

    Attributes:
        actor_input: (T, N, actor size), not normalized.
        critic_input: (T, N, critic size), not normalized.
        action: (T, N, A), before clipping.
        mean: (T, N, A) of the policy that acted.
        std: (A,) of the policy that acted.
        reward: (T, N, K); where the time limit cut an episode, the discounted value of its last observation is
            already added (Pardo et al. 2018, "Time Limits in Reinforcement Learning", eq. 6).
        value: (T, N, K) of `critic_input`.
        done: (T, N) bool, the episode ended in this step.
        last_value: (N, K), value after the last step.
        pixels: (T, N, frames, cameras, 3, height, width) uint8, where the actor sees.
        memory: (N, size) of a seeing actor, before the first step.
        taught: (T, N, A), what a teacher would have done, where there is one.
    """

    actor_input: Tensor
    critic_input: Tensor
    action: Tensor
    mean: Tensor
    std: Tensor
    reward: Tensor
    value: Tensor
    done: Tensor
    last_value: Tensor
    pixels: Tensor | None = None
    memory: Tensor | None = None
    taught: Tensor | None = None

    @property
    def samples(self) -> int:
        """T * N."""
        return self.done.numel()

    @property
    def remembers(self) -> bool:
        """Whether the actor's steps depend on those before them."""
        return self.memory is not None and self.memory.shape[1] > 0


def generalized_advantages(rollout: Rollout, gamma: float, lam: float) -> Tensor:
    """Generalized advantage estimates of every reward term (Schulman et al. 2016, eq. 16).

    Returns:
        (T, N, K). `advantage + rollout.value` is the critic's target.
    """
    advantages = torch.empty_like(rollout.value)
    running = torch.zeros_like(rollout.last_value)
    following = rollout.last_value
    for t in reversed(range(len(rollout.reward))):
        alive = (~rollout.done[t]).unsqueeze(1).to(following.dtype)
        delta = rollout.reward[t] + gamma * alive * following - rollout.value[t]
        running = delta + gamma * lam * alive * running
        advantages[t] = running
        following = rollout.value[t]
    return advantages
