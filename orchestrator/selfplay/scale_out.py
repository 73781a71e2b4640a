"""A league in a process of its own, beside the workers that Ray trains its learners with.

Ray starts it again where it is lost, and it goes on from what it wrote down last. Its books lie beside the run's
checkpoints, which have the same league: a group of workers that goes back to one has the league go back with it.
"""

import shutil
from functools import partial
from pathlib import Path
from typing import Any

import ray

from orchestrator.selfplay.config import SelfPlayConfig
from orchestrator.selfplay.keeping import Keeper, LeagueState, Round, Settled
from orchestrator.selfplay.league import League, Taken
from orchestrator.selfplay.trainer import LeagueTrainer
from orchestrator.training.config import TrainConfig
from orchestrator.training.mailbox import here
from orchestrator.training.run_directory import RunDirectory
from orchestrator.training.scale_out import Build
from policies.checkpoint import (
    checkpoint_path,
    load_checkpoint,
    newest_valid_checkpoint,
    prune_checkpoints,
    save_checkpoint,
)
from policies.replicas import Replicas

_KEPT = 2
"""States that are kept: the newest may be damaged."""


class LeagueBooks:
    """A kept league whose every state is durable before anybody hears of it.

    Args:
        config: of the run.
        folder: where states lie, each as a checkpoint is.
    """

    def __init__(self, config: SelfPlayConfig, folder: Path) -> None:
        self._league = League(config.league, 0, cooperative=config.cooperative)
        self._folder = folder
        self._steps, self._taken = -1, list[Taken]()
        newest = newest_valid_checkpoint(folder)
        if newest is not None:
            tensors, state = load_checkpoint(newest)
            self._league.load_state_dict(tensors, state["league"])
            self._steps = int(state["steps"])
            self._taken = [Taken(**taken) for taken in state["taken"]]

    def begin(self, state: LeagueState) -> None:
        """See `Keeper`."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._league.load_state_dict(state.tensors, state.scalars)
        self._steps, self._taken = 0, []
        self._write()

    def settle(self, played: Round) -> Settled:
        """See `Keeper`; a round that is told again, as its answer was lost, counts once."""
        if played.steps != self._steps:
            for match in played.matches:
                self._league.record(*match)
            self._taken = self._league.settle(played.steps, played.learned)
            self._steps = played.steps
            self._write()
        return Settled(self._taken, LeagueState(*self._league.state_dict()))

    def _write(self) -> None:
        tensors, league = self._league.state_dict()
        taken = [vars(one) for one in self._taken]
        state = {"league": league, "steps": self._steps, "taken": taken}
        save_checkpoint(checkpoint_path(self._folder, self._steps), tensors, state)
        prune_checkpoints(self._folder, _KEPT)


@ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=-1)
class LeagueKeeper(LeagueBooks):
    """`LeagueBooks` in a process that Ray watches over."""


class _Asked:
    """A `Keeper` somewhere else."""

    def __init__(self, actor: Any) -> None:  # noqa: ANN401 - a handle of Ray's
        self._actor = actor

    def begin(self, state: LeagueState) -> None:
        ray.get(self._actor.begin.remote(state))

    def settle(self, played: Round) -> Settled:
        return ray.get(self._actor.settle.remote(played))


def league_workers(config: SelfPlayConfig, run: RunDirectory) -> Build:
    """What makes the workers' trainers, once the league has been started beside them; Ray has to be connected."""
    actor = LeagueKeeper.options(scheduling_strategy=here()).remote(config, run.league.resolve())
    return partial(_build, keeper=_Asked(actor))


def _build(config: TrainConfig, replicas: Replicas, keeper: Keeper) -> LeagueTrainer:
    assert isinstance(config, SelfPlayConfig)
    return LeagueTrainer(config, replicas, keeper)
