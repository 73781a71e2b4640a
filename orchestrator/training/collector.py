"""Gathers rollouts: the policy acts, with exploration noise, in the worlds of a task."""

import torch
from torch import Tensor

from envs.env import Step
from orchestrator.training.worlds import Worlds
from policies.networks import ActorCritic
from policies.rollout import Rollout

Episodes = list[dict[str, Tensor]]


class Collector:
    """Steps the worlds with the current policy and keeps what the learner needs.

    Args:
        env: the worlds; their clocks are staggered at the start.
        model: the policy that acts and the critic that values.
        gamma: discount, for the value beyond a time limit.
        seed: of the exploration noise.

    Attributes:
        observation: what the next action answers to.
        mean_reward: (nterm,) reward per step of the last rollout, as the task gave it.
    """

    def __init__(self, env: Worlds, model: ActorCritic, gamma: float, seed: int) -> None:
        self.env = env
        self.model = model
        self.gamma = gamma
        self.noise = torch.Generator().manual_seed(seed)
        self.observation = env.reset()
        self.mean_reward = torch.zeros(env.nterm, device=env.device)
        env.stagger()

    @torch.no_grad()
    def collect(self, steps: int) -> tuple[Rollout, Episodes]:
        """Make `steps` control steps in every world.

        Returns:
            The rollout, and the figures of the episodes that ended in it.
        """
        actor, critic, world = self.model.actor, self.model.critic, self.env.nworld
        device = self.env.device
        rows: dict[str, list[Tensor]] = {}
        episodes: Episodes = []
        std = torch.empty(0)
        self.mean_reward = torch.zeros_like(self.mean_reward)
        for _ in range(steps):
            actor_input = actor.reader.gather(self.observation)
            critic_input = critic.reader.gather(self.observation)
            mean, std = actor(actor_input)
            noise = torch.randn(world, mean.shape[1], generator=self.noise).to(device)
            action = mean + std * noise
            value = critic(critic_input)
            step = self.env.step(action)
            row = {"actor_input": actor_input, "critic_input": critic_input, "action": action, "mean": mean}
            row |= {
                "value": value,
                "reward": self._bootstrapped(step, value),
                "done": step.terminated | step.truncated,
            }
            for name, tensor in row.items():
                rows.setdefault(name, []).append(tensor)
            self.mean_reward += step.reward.mean(dim=0) / steps
            if step.episode:
                episodes.append(step.episode)
            self.observation = step.observation
        last_value = critic(critic.reader.gather(self.observation))
        stacked = {name: torch.stack(tensors) for name, tensors in rows.items()}
        return Rollout(**stacked, std=std.clone(), last_value=last_value), episodes

    def _bootstrapped(self, step: Step, value: Tensor) -> Tensor:
        """The reward as the learner should see it, (nworld, nterm).

        Where the time limit cut in, the discounted value of the last observation is added. Where a world diverged,
        the reward is the value that was expected: such a step is neither good nor bad.
        """
        if not len(step.ended):
            return step.reward
        critic = self.model.critic
        beyond = critic(critic.reader.gather(step.final_observation))
        cut = step.truncated[step.ended].unsqueeze(1).to(beyond.dtype)
        reward = step.reward.index_add(0, step.ended, self.gamma * cut * beyond)
        return torch.where(step.diverged.unsqueeze(1), value, reward)
