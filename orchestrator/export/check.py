"""What holds an export against the run that it comes from, step by step, in the episodes that go along."""

from collections.abc import Mapping
from pathlib import Path

import mujoco
import numpy as np
import torch
from torch import Tensor

from envs.env import TaskEnv
from orchestrator.evaluation.progress import ShareCallback
from orchestrator.evaluation.rollouts import run_episodes
from orchestrator.evaluation.statistics import wilson_interval
from orchestrator.export.contract import Checked
from orchestrator.export.player import Player
from orchestrator.export.starts import Starts, goals, starts
from policies.networks import Actor

LARGEST_DIFFERENCE = 1e-3
"""Between ONNX Runtime's actions and torch's, of a range of 2; and between observations, of about unit size."""

_DESCRIBED = 8
"""Worlds in which observations are made a second time."""


class ExportError(RuntimeError):
    """An exported policy does not do what the run's does."""


def check(
    env: TaskEnv, actor: Actor, folder: Path, progress: ShareCallback | None = None
) -> tuple[Checked, Starts]:
    """Let a policy play one episode in every world, and do the same with the exported files.

    Args:
        env: held-out, made with `autoreset=False`.
        actor: of the run.
        folder: with `contract.json`, `policy.onnx` and `model.mjb`.
        progress: told how far it has come.

    Returns:
        What was found, and where the episodes started, with `success` (n,) bool.

    Raises:
        ExportError: actions or observations differ.
    """
    twins = _Twins(env, actor, Player(folder))
    outcomes = run_episodes(env, twins, env.nworld, progress=progress)
    for what, by in (("action", twins.action_difference), ("observation", twins.observation_difference)):
        if not by <= LARGEST_DIFFERENCE:
            raise ExportError(f"the exported {what}s differ from the run's by {by:.3g}; nothing was written")
    success = outcomes.figures["success"].bool()
    found = Checked(
        episodes=env.nworld,
        steps=int(outcomes.figures["length"].sum()),
        action_difference=twins.action_difference,
        observation_difference=twins.observation_difference,
        success_rate=float(success.double().mean()),
        success_ci95=wilson_interval(int(success.sum()), env.nworld),
    )
    return found, twins.starts | {"success": success.numpy()}


class _Twins:
    """Acts as the run's policy does, and asks the exported one the same."""

    def __init__(self, env: TaskEnv, actor: Actor, player: Player) -> None:
        self._env, self._actor, self._player = env, actor, player
        self.starts: Starts = {}
        self.action_difference = self.observation_difference = 0.0

    def remember(self, worlds: int) -> Tensor | None:
        """An episode begins in every world."""
        self.starts = starts(self._env, self._player.model)
        sizes = self._player.contract["memory"]
        self._memory = {name: np.zeros((worlds, size), np.float32) for name, size in sizes.items()}
        return self._actor.remember(worlds)

    def act(self, observation: Mapping[str, Tensor], memory: Tensor | None = None) -> Tensor:
        """What the run's policy does."""
        action = self._actor.act(observation, memory)
        groups = [name for name in self._player.contract["inputs"] if name in observation]
        given = {name: observation[name].cpu().numpy() for name in groups}
        result = self._player.policy.run(None, given | self._memory)
        self._memory = dict(zip(self._memory, result[1:], strict=True))
        differences = (torch.from_numpy(result[0]) - action.clamp(-1, 1).cpu()).abs()
        self.action_difference = max(self.action_difference, float(differences.max()))
        for world in range(min(_DESCRIBED, self._env.nworld)):
            self._describe(world, observation)
        return action

    def _describe(self, world: int, observation: Mapping[str, Tensor]) -> None:
        """Observe a world once more, by the contract."""
        player, data, targets = self._player, self._player.data, self._env.task.joint_targets()
        assert targets is not None
        for name in ("qpos", "qvel"):
            getattr(data, name)[:] = self._env.physics.field(name)[world].double().cpu().numpy()
        mujoco.mj_forward(player.model, data)
        player.told = {"setpoint": targets[world].double().cpu().numpy(), "goal": goals(self._env)[world]}
        for name, terms in player.contract["observation"].items():
            made = np.concatenate([player.term(term) for term in terms])
            given = observation[name][world].double().cpu().numpy()
            if made.shape != given.shape:
                raise ExportError(f"{name}: described are {made.size} numbers, observed {given.size}")
            self.observation_difference = max(self.observation_difference, float(abs(made - given).max()))
