"""`optimus league`: how the players of a self-play run stand, and matches between them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.options import AsJson
from orchestrator.cli.output import only_results_on_stdout, print_result
from orchestrator.errors import InputError

if TYPE_CHECKING:
    from orchestrator.selfplay.archive import LoadedLeague
    from orchestrator.selfplay.play import PlayedMatch
    from orchestrator.selfplay.standings import LeagueResult
    from orchestrator.selfplay.tournament import Tournament
    from orchestrator.training.run_directory import RunDirectory


def league(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run directory of self-play.")],
    games: Annotated[
        int, typer.Option(min=0, help="Play all against all, so many matches of each pair, sides swapped.")
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of the matches' starts.")] = 0,
    judged: Annotated[
        int, typer.Option(min=0, max=64, help="Matches that the match's referee judges, where it has one.")
    ] = 10,
    videos: Annotated[
        bool, typer.Option("--videos", help="Draw the tournament's most telling matches, for the report.")
    ] = False,
    replay: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="N", help="Play the tournament's match N again and compare it to the bit."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show a league's standings, payoffs, ratings and lineage; play its players against each other."""
    if games % 2:
        raise InputError(
            "league --games", f"expected an even number, so that sides can be swapped, got {games}"
        )
    if videos and replay is not None:
        raise InputError(
            "league --videos", "cannot go with --replay: it draws matches that it chooses itself"
        )
    if games and replay is not None:
        raise InputError(
            "league --replay", "cannot go with --games: it plays a match of the tournament that is there"
        )
    with only_results_on_stdout():
        from orchestrator.selfplay.archive import load_league
        from orchestrator.selfplay.report import write_league_report
        from orchestrator.training.metrics import check_metrics
        from orchestrator.training.run_directory import RunDirectory

        directory = RunDirectory.open(run)
        check_metrics(directory)
        if replay is not None:
            shown = _replayed(directory, load_league(directory), replay)
            lines = [f"match    {replay}: {shown.first} - {shown.second}, the same to the bit"]
        else:
            if games:
                _play(directory, load_league(directory), games, seed, judged)
            if videos:
                _film(directory, load_league(directory))
            shown = write_league_report(directory)
            lines = [*_table(shown), f"report   {directory.report}"]
    print_result(shown, lines, as_json=as_json)


def _table(result: "LeagueResult") -> list[str]:
    from orchestrator.evaluation.judging import judgement_line
    from orchestrator.selfplay.report import HEAD, standing_row

    rows = [HEAD, *(standing_row(standing) for standing in result.standings)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    low, high = result.first_seat_ci95
    lines.append(
        f"{result.matches:,} matches of {result.source}; first seat scores {result.first_seat_score:.1%} "
        f"(95% interval {low:.1%} to {high:.1%})"
    )
    if result.referee:
        lines.append(f"referee  {judgement_line(result.referee)}")
    return lines


def _play(run: "RunDirectory", loaded: "LoadedLeague", games: int, seed: int, judged: int) -> None:
    from orchestrator.cli.progress import share_progress
    from orchestrator.selfplay.tournament import play_tournament, tournament_path

    with share_progress("played") as progress:
        played = play_tournament(
            loaded.config,
            loaded.players,
            games,
            seed,
            checkpoint=loaded.checkpoint.name,
            judged=judged,
            progress=progress,
        )
    played.write(tournament_path(run))


def _film(run: "RunDirectory", loaded: "LoadedLeague") -> None:
    from orchestrator.cli.progress import share_progress
    from orchestrator.selfplay.report import league_result
    from orchestrator.selfplay.videos import chosen_matches, film_matches

    tournament = _tournament(run, loaded)
    chosen = chosen_matches(league_result(run, loaded, tournament), tournament)
    with share_progress("drawn") as progress:
        film_matches(run, loaded, tournament, chosen, progress=progress)


def _tournament(run: "RunDirectory", loaded: "LoadedLeague") -> "Tournament":
    """The tournament of the league as it is.

    Raises:
        InputError: there is none.
    """
    from orchestrator.selfplay.tournament import read_tournament

    tournament = read_tournament(run)
    if tournament is None:
        raise InputError(run.path, "has no tournament yet: play one with --games")
    if tournament.checkpoint != loaded.checkpoint.name:
        raise InputError(run.path, f"its tournament is of {tournament.checkpoint}: play another with --games")
    return tournament


def _replayed(run: "RunDirectory", loaded: "LoadedLeague", number: int) -> "PlayedMatch":
    from orchestrator.selfplay.play import Fixture, play_matches

    tournament = _tournament(run, loaded)
    if number >= len(tournament.matches):
        raise InputError("league --replay", f"expected at most {len(tournament.matches) - 1}, got {number}")
    match = tournament.matches[number]
    (again,), _ = play_matches(
        loaded.config, loaded.players, [Fixture(match.first, match.second, match.seed)]
    )
    if again != match:
        raise RuntimeError(f"match {number} went another way: {again} is not {match}")
    return again
