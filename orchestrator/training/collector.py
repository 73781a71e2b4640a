"""Gathers rollouts: the policy acts, with exploration noise, in the worlds of a task."""

import torch
from torch import Tensor

from envs.env import Step
from orchestrator.training.teacher import Teacher
from orchestrator.training.worlds import Worlds
from policies.actor_critic import ActorCritic
from policies.networks import PIXELS
from policies.rollout import Rollout

Episodes = list[dict[str, Tensor]]


class Collector:
    """Steps the worlds with the current policy and keeps what the learner needs.

    Args:
        env: the worlds; their clocks are staggered at the start.
        model: the policy that acts and the critic that values.
        gamma: discount, for the value beyond a time limit.
        seed: of the exploration noise.
        teacher: asked in every step, if there is one.

    Attributes:
        observation: what the next action answers to.
        memory: what a seeing actor remembers, (nworld, size).
        teacher_share: share of the actions that are the teacher's.
        mean_reward: (nterm,) reward per step of the last rollout, as the task gave it.
    """

    def __init__(
        self, env: Worlds, model: ActorCritic, gamma: float, seed: int, teacher: Teacher | None = None
    ) -> None:
        self.env = env
        self.model = model
        self.gamma = gamma
        self.noise = torch.Generator().manual_seed(seed)
        self.teacher, self.teacher_share = teacher, 0.0
        self.mean_reward = torch.zeros(env.nterm, device=env.device)
        self.begin()

    def begin(self) -> None:
        """Start new episodes in all worlds, their clocks staggered."""
        self.observation = self.env.reset()
        self.memory = self.model.actor.remember(self.env.nworld)
        self.env.stagger()

    @torch.no_grad()
    def collect(self, steps: int) -> tuple[Rollout, Episodes]:
        """Make `steps` control steps in every world.

        Returns:
            The rollout, and the figures of the episodes that ended in it.
        """
        actor, critic = self.model.actor, self.model.critic
        rows: dict[str, list[Tensor]] = {}
        episodes: Episodes = []
        std = torch.empty(0)
        memory = None if self.memory is None else self.memory.clone()
        self.mean_reward = torch.zeros_like(self.mean_reward)
        for _ in range(steps):
            critic_input = critic.reader.gather(self.observation)
            row = {"actor_input": actor.reader.gather(self.observation), "critic_input": critic_input}
            if memory is not None:
                row["pixels"] = self.observation[PIXELS]
            mean, std, self.memory = actor.step(self.observation, self.memory)
            action = mean + std * self._noise_like(mean)
            if self.teacher:
                row["taught"] = self.teacher.act(self.env.task)
                action = self._mixed(action, row["taught"])
            value = critic(critic_input)
            step = self.env.step(action)
            done = step.terminated | step.truncated
            if self.memory is not None:
                self.memory = self.memory * ~done[:, None]
            row |= {"action": action, "mean": mean, "value": value}
            row |= {"reward": self._bootstrapped(step, value), "done": done}
            for name, tensor in row.items():
                rows.setdefault(name, []).append(tensor)
            self.mean_reward += step.reward.mean(dim=0) / steps
            if step.episode:
                episodes.append(step.episode)
            self.observation = step.observation
        last_value = critic(critic.reader.gather(self.observation))
        stacked = {name: torch.stack(tensors) for name, tensors in rows.items()}
        return Rollout(**stacked, std=std.clone(), last_value=last_value, memory=memory), episodes

    def _noise_like(self, mean: Tensor) -> Tensor:
        return torch.randn(mean.shape, generator=self.noise).to(mean.device)

    def _mixed(self, own: Tensor, taught: Tensor) -> Tensor:
        """The teacher's actions in a share of the worlds."""
        lot = torch.rand(len(own), 1, generator=self.noise).to(own.device)
        return torch.where(lot < self.teacher_share, taught, own)

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
