"""A league's result, from its tournament where there is one, and its page."""

from orchestrator.evaluation.curves import Chart, Curves
from orchestrator.evaluation.judging import judgement_line
from orchestrator.evaluation.report import embedded, render_page, replace_report, training_curves
from orchestrator.evaluation.text import count, duration, percent, percent_range
from orchestrator.selfplay.archive import LoadedLeague, load_league
from orchestrator.selfplay.entrants import Entrant
from orchestrator.selfplay.plots import lineage, payoff_map, rating_curves
from orchestrator.selfplay.standings import (
    LeagueResult,
    Standing,
    partnerships,
    rank,
    rank_partners,
    seat_fairness,
)
from orchestrator.selfplay.tournament import Tournament, read_tournament, tabulate
from orchestrator.selfplay.videos import read_match_videos
from orchestrator.training.metrics import read_metrics
from orchestrator.training.run_directory import RunDirectory

HEAD = ("player", "rating", "Nash share", "Nash average", "score", "matches", "taken at", "parent")

_DASH = "\N{EN DASH}"


def league_result(run: RunDirectory, loaded: LoadedLeague, tournament: Tournament | None) -> LeagueResult:
    """Standings and payoffs: of a tournament, or else of the training's own matches."""
    cooperative = loaded.config.cooperative
    if tournament is None:
        entrants, results = loaded.league.entrants, loaded.league.payoffs.results
        ratings, source, referee, checkpoint = loaded.league.ratings, "training", None, loaded.checkpoint.name
    else:
        entrants = [entrant_of(loaded, name) for name in tournament.players]
        results, ratings = tabulate(entrants, tournament.matches, cooperative=cooperative)
        source, referee, checkpoint = "tournament", tournament.referee, tournament.checkpoint
    ranked = rank_partners(entrants, results) if cooperative else rank(entrants, results, ratings)
    standings, payoffs = ranked
    cross_play, self_play = partnerships(entrants, results) if cooperative else (None, None)
    score, interval, matches = seat_fairness(results)
    return LeagueResult(
        run=str(run.path),
        task=loaded.config.task,
        checkpoint=checkpoint,
        steps=loaded.steps,
        source=source,
        standings=standings,
        payoffs=payoffs,
        first_seat_score=score,
        first_seat_ci95=interval,
        matches=matches,
        cross_play=cross_play,
        self_play=self_play,
        referee=referee,
    )


def write_league_report(run: RunDirectory) -> LeagueResult:
    """Write `report.html`: standings, payoffs, ratings, lineage, videos and training curves; returns its result.

    Raises:
        InputError: a file that it reads is damaged.
    """
    loaded = load_league(run)
    tournament = read_tournament(run)
    if tournament and tournament.checkpoint != loaded.checkpoint.name:
        tournament = None  # of an earlier state of the league
    result = league_result(run, loaded, tournament)
    charts = _charts(run, loaded, result)
    text = render_page(
        run,
        "league.html.j2",
        tiles=_tiles(training_curves(run), loaded, result),
        charts=charts,
        checkpoint=result.checkpoint,
        package="orchestrator.selfplay",
        caption=_caption(run, result),
        standings={"head": HEAD, "rows": [standing_row(standing) for standing in result.standings]},
        referee=judgement_line(result.referee) if result.referee else None,
        league_charts=charts,
        matches=[
            {"name": video.title, "data": embedded(file), "caption": video.caption}
            for video, file in read_match_videos(run, tournament)
        ],
        run_path=run.path,
    )
    replace_report(run, text)
    return result


def standing_row(standing: Standing) -> list[str]:
    """A player's place in words, under `HEAD`."""
    return [
        standing.name,
        _DASH if standing.rating is None else f"{standing.rating:.1f} ± {standing.rating_sd:.1f}",
        _DASH if standing.nash_share is None else percent(standing.nash_share),
        _DASH if standing.nash_average is None else f"{standing.nash_average:+.2f}",
        _DASH if standing.score is None else percent(standing.score),
        f"{standing.matches:,}",
        "now" if standing.steps is None else count(standing.steps),
        standing.parent or _DASH,
    ]


def entrant_of(loaded: LoadedLeague, name: str) -> Entrant:
    """An entrant by name."""
    return loaded.league.entrants[loaded.league.index(name)]


def _charts(run: RunDirectory, loaded: LoadedLeague, result: LeagueResult) -> list[Chart]:
    if loaded.config.cooperative:
        note = (
            "Score of the row's player with the column's: 100 always succeeds. The diagonal is with oneself."
        )
    else:
        note = "Score of the row's player against the column's: 100 always wins. A ladder is blue above the diagonal."
    charts = [Chart("payoffs", "Payoffs", payoff_map(result), note, wide=True)]
    if run.metrics.is_file() and (ratings := rating_curves(read_metrics(run.metrics))) is not None:
        noted = "Of the learners, from training's matches."
        charts.append(Chart("ratings", "Rating over training", ratings, noted))
    tree = "A point for each snapshot, hollow where it began with first weights."
    charts.append(Chart("lineage", "Lineage", lineage(loaded.league.entrants), tree, wide=len(charts) == 1))
    return charts


def _caption(run: RunDirectory, result: LeagueResult) -> str:
    if result.source == "tournament":
        pairs = "all with all, each with itself too" if result.self_play is not None else "all against all"
        how = f"{result.matches:,} matches of {pairs}, without exploration noise, sides swapped."
    else:
        how = (
            f"{result.matches:,} matches of training, with exploration noise, between those that matchmaking paired: "
            f"optimus league {run.path} --games 10 plays all against all."
        )
    if result.standings[0].nash_average is None:
        return f"{how} Best score with others first."
    return f"{how} Best Nash average first: log-odds against the league's equilibrium, 0 inside it."


def _tiles(curves: Curves | None, loaded: LoadedLeague, result: LeagueResult) -> list[dict[str, str]]:
    best = result.standings[0]
    fair = percent_range(result.first_seat_ci95)
    tiles = [
        (best.name, "leads the standings"),
        (f"{len(loaded.league.snapshots):,}", f"snapshots of {len(loaded.league.learners)} learners"),
        (f"{result.matches:,}", f"matches, {result.source}"),
        (percent(result.first_seat_score), f"score of the first seat, 95% interval {fair}: 50% is fair"),
        (count(loaded.steps), "environment steps of training"),
    ]
    for score, label in (
        (result.self_play, "with oneself"),
        (result.cross_play, "with other learners' players"),
    ):
        if score is not None:
            tiles.append((percent(score), f"success {label}"))
    if curves and len(curves.seconds):
        tiles.append((duration(float(curves.seconds[-1])), "of training"))
    return [{"value": value, "label": label} for value, label in tiles]
