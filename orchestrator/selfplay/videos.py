"""Videos of chosen matches of a tournament, for the league's page."""

from collections.abc import Mapping
from pathlib import Path

import mujoco
import numpy as np
from pydantic import ValidationError

from envs.env import TaskEnv
from envs.match import DRAWN, WON
from envs.referees.recording import Recording
from envs.registry import make_task
from orchestrator.errors import InputError
from orchestrator.evaluation.progress import ShareCallback, part_of
from orchestrator.evaluation.videos import film, renderer_of
from orchestrator.records import Record
from orchestrator.selfplay.archive import LoadedLeague
from orchestrator.selfplay.play import Fixture, play_matches
from orchestrator.selfplay.standings import LeagueResult
from orchestrator.selfplay.tournament import Tournament
from orchestrator.training.run_directory import RunDirectory

FILE = "matches.json"
"""In the run's folder of videos."""

SIZE = 420
"""Width and height of a frame, pixels."""


class MatchVideo(Record):
    """A match that was drawn.

    Attributes:
        title: why it was chosen.
        file: in the run's folder of videos.
        number: of the match in the tournament.
        caption: who played, and how it ended.
    """

    title: str
    file: str
    number: int
    caption: str


class MatchVideos(Record):
    """All that were drawn of a tournament.

    Attributes:
        checkpoint: that the players come from.
        seed: of the tournament.
        videos: in the order in which they are shown.
    """

    checkpoint: str
    seed: int
    videos: tuple[MatchVideo, ...]


def chosen_matches(result: LeagueResult, tournament: Tournament) -> dict[str, int]:
    """Matches that are worth watching, by why: their numbers in the tournament; those that there are."""
    places = {standing.name: place for place, standing in enumerate(result.standings)}
    decided = {
        number: (places[match.first], places[match.second], match.score)
        for number, match in enumerate(tournament.matches)
        if match.score not in (None, DRAWN)
    }
    if result.cross_play is not None or result.self_play is not None:
        won = [number for number, (*_, score) in decided.items() if score == WON]
        failed = [number for number in decided if number not in won]
        return {title: numbers[0] for title, numbers in (("Together", won), ("Apart", failed)) if numbers}
    # by places: how far the winner stands above the loser; an upset is below zero
    margin = {
        n: (second - first) * (1 if score == WON else -1) for n, (first, second, score) in decided.items()
    }
    top = [number for number, (first, second, _) in decided.items() if {first, second} == {0, 1}]
    chosen = {"The first two": top[0]} if top else {}
    if margin:
        chosen["The first against the last"] = max(margin, key=lambda number: margin[number])
        upset = min(margin, key=lambda number: margin[number])
        if margin[upset] < 0:
            chosen["An upset"] = upset
    return {title: n for i, (title, n) in enumerate(chosen.items()) if n not in list(chosen.values())[:i]}


def film_matches(
    run: RunDirectory,
    loaded: LoadedLeague,
    tournament: Tournament,
    chosen: Mapping[str, int],
    *,
    size: int = SIZE,
    samples: int = 2,
    progress: ShareCallback | None = None,
) -> MatchVideos:
    """Play matches of a tournament again, and write a video of each, in real time.

    Args:
        run: of the league.
        loaded: its players.
        tournament: what they played.
        chosen: numbers of matches by title.
        size: width and height of a frame, pixels.
        samples: per pixel along each axis; their square is the cost.
        progress: told how far it has come.

    Raises:
        InputError: the run's backend has no states to draw from: only the CPU's are recorded.
    """
    config = loaded.config
    task = make_task(config.task, config.evaluated)
    TaskEnv(task, 1, backend="cpu", threads=1)  # binds it to a world
    videos = []
    for index, (title, number) in enumerate(chosen.items()):
        match = tournament.matches[number]
        fixture = Fixture(match.first, match.second, match.seed)
        _, recordings = play_matches(config, loaded.players, [fixture], recorded=1)
        if not recordings:
            raise InputError(run.path, "matches are drawn of runs with backend cpu only")
        qpos = _positions(recordings[0])
        nothing = np.zeros((len(qpos), 0, 7))
        file = f"match_{number}.mp4"
        renderer = renderer_of(task, qpos, nothing, size, samples)
        rate = config.evaluated.rates.control_hz
        film(run.videos / file, renderer, qpos, nothing, rate, part_of(progress, index, len(chosen)))
        caption = f"Match {number}: {match.first} in the first seat, {match.second}; {_ending(match.score)}"
        seconds = f" after {match.steps / rate:.1f} s."
        videos.append(MatchVideo(title=title, file=file, number=number, caption=caption + seconds))
    made = MatchVideos(checkpoint=tournament.checkpoint, seed=tournament.seed, videos=tuple(videos))
    run.videos.mkdir(exist_ok=True)
    made.write(run.videos / FILE)
    return made


def read_match_videos(run: RunDirectory, tournament: Tournament | None) -> list[tuple[MatchVideo, Path]]:
    """The videos of a tournament, and where they are; none of an earlier one.

    Raises:
        InputError: the record is damaged.
    """
    path = run.videos / FILE
    if tournament is None or not path.is_file():
        return []
    try:
        made = MatchVideos.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise InputError(path, "is damaged; draw the matches again") from error
    if (made.checkpoint, made.seed) != (tournament.checkpoint, tournament.seed):
        return []
    places = [(video, run.videos / video.file) for video in made.videos]
    return [(video, file) for video, file in places if file.is_file()]


def _positions(recording: Recording) -> np.ndarray:
    """Of every recorded state, (n, nq)."""
    whole, part = int(mujoco.mjtState.mjSTATE_INTEGRATION), int(mujoco.mjtState.mjSTATE_QPOS)
    rows = np.zeros((len(recording.states), recording.model.nq))
    for state, row in zip(recording.states, rows, strict=True):
        mujoco.mj_extractState(recording.model, state, whole, row, part)
    return rows


def _ending(score: float | None) -> str:
    return {WON: "won", DRAWN: "drawn"}.get(score if score is not None else -1.0, "lost")
