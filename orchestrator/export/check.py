"""What holds an export against the run that it comes from, step by step, in the episodes that go along."""

from collections.abc import Mapping
from pathlib import Path

import mujoco
import numpy as np
import onnxruntime
from torch import Tensor

from envs.env import TaskEnv
from orchestrator.evaluation.progress import ShareCallback
from orchestrator.evaluation.rollouts import run_episodes
from orchestrator.evaluation.statistics import wilson_interval
from orchestrator.export.contract import Checked, Contract
from orchestrator.export.player import Player
from orchestrator.export.starts import numbers, starts
from policies.networks import Actor

LARGEST_DIFFERENCE = 1e-3
"""Between ONNX Runtime's actions and torch's, of a range of 2; observations, of about unit size; controls, rad or m."""

_DESCRIBED = 8
"""Worlds in which observations and controls are made a second time."""


Episodes = dict[str, np.ndarray]
"""`success`, (n,) bool; where the contract describes a player's part `Starts`, too, and what the policy is told in each
control step, (n, steps, ...) by its name."""


class ExportError(RuntimeError):
    """An exported policy does not do what the run's does."""


def check(
    env: TaskEnv, actor: Actor, contract: Contract, folder: Path, progress: ShareCallback | None = None
) -> tuple[Checked, Episodes]:
    """Let a policy play one episode in every world, and do the same with the exported files.

    Args:
        env: held-out, made with `autoreset=False`.
        actor: of the run.
        contract: not yet checked; where it describes no player's part only actions are compared.
        folder: with `policy.onnx`; where the contract describes a player's part with `contract.json` and `model.mjb`.
        progress: told how far it has come.

    Returns:
        What was found, and the episodes.

    Raises:
        ExportError: actions, observations, controls or how episodes end differ.
    """
    if contract.undescribed:
        twins = _Twins(env, actor, contract, onnxruntime.InferenceSession(str(folder / "policy.onnx")))
    else:
        twins = _DescribedTwins(env, actor, contract, Player(folder))
    outcomes = run_episodes(env, twins, env.nworld, progress=progress)
    twins.finish()
    for what, by in twins.differences.items():
        if not by <= LARGEST_DIFFERENCE:
            raise ExportError(f"the exported {what}s differ from the run's by {by:.3g}; nothing was written")
    success = outcomes.figures["success"].bool()
    found = Checked(
        episodes=env.nworld,
        steps=int(outcomes.figures["length"].sum()),
        **{f"{what}_difference": by for what, by in twins.differences.items()},
        success_rate=float(success.double().mean()),
        success_ci95=wilson_interval(int(success.sum()), env.nworld),
    )
    return found, twins.episodes() | {"success": success.numpy()}


class _Twins:
    """Acts as the run's policy does, and asks the exported one the same.

    Attributes:
        differences: the largest so far, by what it is of.
    """

    def __init__(
        self, env: TaskEnv, actor: Actor, contract: Contract, graph: onnxruntime.InferenceSession
    ) -> None:
        self._env, self._actor, self._contract, self._graph = env, actor, contract, graph
        self.differences: dict[str, float] = {"action": 0.0}

    def remember(self, worlds: int) -> Tensor | None:
        """An episode begins in every world."""
        sizes = self._contract.memory
        self._memory = {name: np.zeros((worlds, size), np.float32) for name, size in sizes.items()}
        return self._actor.remember(worlds)

    def act(self, observation: Mapping[str, Tensor], memory: Tensor | None = None) -> Tensor:
        """What the run's policy does."""
        action = self._actor.act(observation, memory)
        self._actions, sound = numbers(action.clamp(-1, 1)), self._sound()
        given = {
            name: observation[name].cpu().numpy() for name in self._contract.inputs if name in observation
        }
        made, *after = self._graph.run(None, given | self._memory)
        self._memory = dict(zip(self._memory, after, strict=True))
        if sound.any():
            self._compare("action", np.asarray(made)[sound], self._actions[sound])
        return action

    def finish(self) -> None:
        """The episodes are over."""

    def episodes(self) -> Episodes:
        """What goes along of them."""
        return {}

    def _sound(self) -> np.ndarray:
        """(n,) bool: worlds that have not diverged."""
        return (~self._env.physics.diverged()).cpu().numpy()

    def _compare(self, what: str, made: np.ndarray, given: np.ndarray) -> None:
        # a NaN is a difference, too
        self.differences[what] = float(np.maximum(self.differences[what], abs(made - given).max()))


class _DescribedTwins(_Twins):
    """Makes observations and controls once more, too, as the contract says, in the first few worlds."""

    def __init__(self, env: TaskEnv, actor: Actor, contract: Contract, player: Player) -> None:
        super().__init__(env, actor, contract, player.policy)
        self._player = player
        self.differences |= {"observation": 0.0, "control": 0.0}

    def remember(self, worlds: int) -> Tensor | None:
        """An episode begins in every world."""
        self._starts, self._told = starts(self._env, self._player.model), []
        self._actions = np.zeros((worlds, len(self._player.contract["action"]["scale"])))
        self._controls: dict[int, np.ndarray] = {}
        return super().remember(worlds)

    def act(self, observation: Mapping[str, Tensor], memory: Tensor | None = None) -> Tensor:
        """What the run's policy does."""
        env, player = self._env, self._player
        self._told.append({name: numbers(values) for name, values in env.task.told().items()})
        described = np.flatnonzero(self._sound()[:_DESCRIBED]).tolist()
        for world in described:
            self._describe(world, observation)
        action = super().act(observation, memory)
        for world in described:
            player.own = {"setpoint": self._setpoint(world)}
            player.act(self._actions[world])
            self._controls[world] = player.data.ctrl.copy()
        return action

    def finish(self) -> None:
        """Hold how the episodes ended against the contract, too."""
        success, lost = self._env.task.success(), self._env.physics.diverged()
        for world in range(min(_DESCRIBED, self._env.nworld)):
            if lost[world]:
                continue
            self._look(world)
            said = self._player.holds("throughout") and self._player.holds("at_end")
            if said != bool(success[world]):
                raise ExportError("the contract says otherwise than the task which episodes end well")

    def episodes(self) -> Episodes:
        """How they started, and what was told in them."""
        # where all of them ended early, what was told last, for an episode that ends a hair later in the player
        more = self._contract.episode_steps - len(self._told)
        steps = self._told + more * self._told[-1:]
        return self._starts | {name: np.stack([step[name] for step in steps], axis=1) for name in steps[0]}

    def _describe(self, world: int, observation: Mapping[str, Tensor]) -> None:
        """Observe a world once more, by the contract."""
        player = self._player
        self._look(world)
        for name, terms in player.contract["observation"].items():
            made = np.concatenate([player.term(term) for term in terms])
            given = numbers(observation[name][world])
            if made.shape != given.shape:
                raise ExportError(f"{name}: described are {made.size} numbers, observed {given.size}")
            self._compare("observation", made, given)
        if player.holds("throughout") == bool(self._env.task.terminated()[world]):
            raise ExportError("the contract says otherwise than the task which episodes go on")

    def _look(self, world: int) -> None:
        """Let the player see a world as it is; what the last action came to there was worked out by the contract."""
        player, data, physics = self._player, self._player.data, self._env.physics
        if world in self._controls:
            self._compare("control", self._controls[world], numbers(physics.field("ctrl")[world]))
        for name in ("qpos", "qvel"):
            getattr(data, name)[:] = numbers(physics.field(name)[world])
        mujoco.mj_forward(player.model, data)
        player.own = {"setpoint": self._setpoint(world), "action": self._actions[world]}
        player.own |= {name: rows[world] for name, rows in self._told[-1].items()}

    def _setpoint(self, world: int) -> np.ndarray:
        targets = self._env.task.joint_targets()
        assert targets is not None  # a task that describes its actions has them
        return numbers(targets[world])
