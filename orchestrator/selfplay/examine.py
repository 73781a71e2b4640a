"""A tournament beside training: what another process does with each checkpoint of a league."""

from dataclasses import replace
from pathlib import Path

from orchestrator.selfplay.archive import load_league
from orchestrator.selfplay.report import league_result
from orchestrator.selfplay.tournament import play_tournament, tournament_path
from orchestrator.selfplay.videos import chosen_matches, film_matches
from orchestrator.training.run_directory import RunDirectory


def examine_league(path: Path, *, games: int) -> None:
    """Let a league's players play all against all, and film the most telling matches.

    Args:
        path: a self-play run.
        games: matches of each pair, an even number.
    """
    run = RunDirectory.open(path)
    loaded = load_league(run)
    loaded = replace(loaded, config=loaded.config.model_copy(update={"threads": 1, "backend": "cpu"}))
    tournament = play_tournament(loaded.config, loaded.players, games, 0, checkpoint=loaded.checkpoint.name)
    tournament.write(tournament_path(run))
    film_matches(run, loaded, tournament, chosen_matches(league_result(run, loaded, tournament), tournament))
