"""A league as a run's newest checkpoint has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestrator.config_files import load_config
from orchestrator.errors import InputError
from orchestrator.selfplay.config import SelfPlayConfig
from orchestrator.selfplay.league import League
from orchestrator.selfplay.trainer import LeagueTrainer
from orchestrator.training.run_directory import RunDirectory
from policies.checkpoint import load_checkpoint, newest_valid_checkpoint
from policies.networks import Actor


@dataclass(frozen=True)
class LoadedLeague:
    """What a self-play run has come to.

    Attributes:
        config: of the run.
        league: entrants, payoffs and ratings.
        players: every entrant's actor, by name.
        steps: environment steps by then.
        checkpoint: where it comes from.
    """

    config: SelfPlayConfig
    league: League
    players: Mapping[str, Actor]
    steps: int
    checkpoint: Path


def load_league(run: RunDirectory) -> LoadedLeague:
    """Load a league from the newest checkpoint that is complete and unharmed.

    Raises:
        InputError: the run is not of self-play, has no such checkpoint, or it does not fit the config.
    """
    config = load_config(run.config_path, [], SelfPlayConfig)
    checkpoint = newest_valid_checkpoint(run.checkpoints)
    if checkpoint is None:
        raise InputError(run.path, "has no complete checkpoint of a league yet")
    tensors, state = load_checkpoint(checkpoint)
    # one world is enough to know the networks' sizes by
    ppo = config.ppo.model_copy(update={"minibatches": 1})
    small = config.model_copy(update={"worlds": 1, "workers": 1, "ppo": ppo})
    trainer = LeagueTrainer(small)
    try:
        trainer.load_players(tensors, state)
    except (KeyError, RuntimeError, ValueError) as error:
        first = str(error).strip().splitlines()[0]
        raise InputError(checkpoint, f"does not fit the run's config: {first}") from error
    players = {trainer.league.entrants[place].name: actor for place, actor in trainer.players.actors.items()}
    return LoadedLeague(config, trainer.league, players, int(state["steps"]), checkpoint)
