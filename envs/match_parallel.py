"""`MatchParallelEnv`: one world of a match behind PettingZoo's `ParallelEnv`; needs the extra `pettingzoo`."""

from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from numpy.typing import NDArray
from pettingzoo import ParallelEnv

from envs.env import Step, TaskEnv
from envs.gym.spaces import action_space, deployable, observation_space, seed_or_fresh
from envs.match import SCORE, MatchTask, split
from envs.physics import Backend
from envs.task import Observation

Array = NDArray[Any]


class MatchParallelEnv(ParallelEnv[str, Any, Any]):
    """One world of a match, for those who want PettingZoo.

    All players stay to the end of a match. When it ends, each player's `score` (1, 0.5 or 0) is in its info.

    Args:
        match: the match, not yet bound to a world.
        groups: observation groups to return; by default those that a robot has.
        seed: of the matches, until `reset(seed=...)` gives another; by default it is drawn from the system.
        backend: physics backend.
    """

    def __init__(
        self,
        match: MatchTask,
        *,
        groups: Sequence[str] | None = None,
        seed: int | None = None,
        backend: Backend = "auto",
    ) -> None:
        self.metadata = {
            "name": match.name,
            "render_modes": [],
            "is_parallelizable": True,
            "render_fps": match.config.rates.control_hz,
        }
        self.env = TaskEnv(match, 1, seed=seed_or_fresh(seed), backend=backend, threads=1, autoreset=False)
        self.render_mode = None
        self.groups = tuple(groups or deployable(match.groups))
        self.possible_agents = list(match.players)
        self.agents: list[str] = []
        one = {name: group[:, 0] for name, group in match.observe_players().items()}
        self.observation_spaces: dict[str, gym.Space[Any]] = {
            p: observation_space(one, self.groups) for p in self.possible_agents
        }
        self.action_spaces: dict[str, gym.Space[Any]] = {
            p: action_space(match.player_action_size) for p in self.possible_agents
        }

    def observation_space(self, agent: str) -> gym.Space[Any]:
        """Of a player; the same object at every call."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> gym.Space[Any]:
        """Of a player; the same object at every call."""
        return self.action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, dict[str, Array]], dict[str, dict[str, Any]]]:
        """Start a new match; a seed restarts the matches' random stream."""
        if seed is not None:
            self.env.seed(seed)
        self.agents = self.possible_agents[:]
        return self._arrays(self.env.reset()), {player: {} for player in self.agents}

    def step(
        self, actions: dict[str, Array]
    ) -> tuple[
        dict[str, dict[str, Array]],
        dict[str, float],
        dict[str, bool],
        dict[str, bool],
        dict[str, dict[str, Any]],
    ]:
        """Advance by one control period with every player's action, in [-1, 1]."""
        if not self.agents:
            return {}, {}, {}, {}, {}
        rows = [np.asarray(actions[player], np.float32) for player in self.possible_agents]
        joint = torch.as_tensor(np.concatenate(rows)).unsqueeze(0)
        step = self.env.step(joint.to(self.env.device))
        rewards = split(step.reward, len(rows)).sum(dim=2)[0].tolist()
        players = self.possible_agents
        ended = {p: bool(step.terminated[0]) for p in players}, {p: bool(step.truncated[0]) for p in players}
        if len(step.ended):
            self.agents = []
        return (
            self._arrays(step.observation),
            dict(zip(players, rewards, strict=True)),
            *ended,
            {player: self._info(step, player) for player in players},
        )

    def render(self) -> None:
        """Nothing: videos are made from recorded states."""

    def close(self) -> None:
        """Nothing to close."""

    def _arrays(self, observation: Observation) -> dict[str, dict[str, Array]]:
        count = len(self.possible_agents)
        groups = {name: split(observation[name], count)[0].cpu().numpy() for name in self.groups}
        return {
            player: {name: rows[index] for name, rows in groups.items()}
            for index, player in enumerate(self.possible_agents)
        }

    @staticmethod
    def _info(step: Step, player: str) -> dict[str, Any]:
        return {"score": float(step.episode[SCORE + player][0])} if step.episode else {}
