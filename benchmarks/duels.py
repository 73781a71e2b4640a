"""Self-play runs, and matches between players of theirs: shared by the benchmarks of matches."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seeds import optimus

from envs.match import DRAWN, LOST, WON
from orchestrator.config_files import load_config
from orchestrator.evaluation.statistics import wilson_interval
from orchestrator.selfplay.archive import load_league
from orchestrator.selfplay.config import SelfPlayConfig
from orchestrator.selfplay.payoffs import partner_score
from orchestrator.selfplay.play import Actors, PlayedMatch, play_matches
from orchestrator.selfplay.tournament import fixtures_of
from orchestrator.training.metrics import STEP, read_metrics
from orchestrator.training.run_directory import RunDirectory

_POINTS = 40
"""Of a curve."""


@dataclass(frozen=True)
class Duel:
    """What came of matches of two, from the first one's side.

    Attributes:
        won: matches.
        drawn: matches.
        lost: matches.
        void: matches whose physics diverged.
    """

    won: int
    drawn: int
    lost: int
    void: int

    def figures(self) -> dict[str, Any]:
        """As a benchmark keeps them; a draw is no win."""
        games = self.won + self.drawn + self.lost
        counts = {"games": games, "won": self.won, "drawn": self.drawn, "lost": self.lost, "void": self.void}
        return counts | {"win_rate": self.won / games, "win_ci95": wilson_interval(self.won, games)}

    def turned(self) -> "Duel":
        """From the other one's side."""
        return Duel(self.lost, self.drawn, self.won, self.void)


def duel(config: SelfPlayConfig, players: Actors, one: str, other: str, games: int, seed: int) -> Duel:
    """Play matches of two on held-out starts, each start from both seats, without exploration noise.

    Args:
        config: of the match.
        players: both, by name.
        one: name of the first.
        other: name of the second; the same where it plays with itself.
        games: an even number.
        seed: of the starts.
    """
    names = [one] if one == other else [one, other]
    matches, _ = play_matches(config, players, fixtures_of(names, games, seed, with_oneself=one == other))

    def score(match: PlayedMatch) -> float | None:
        if match.score is None or match.first == one:
            return match.score
        return partner_score(match.score, config.cooperative)

    scores = [score(match) for match in matches]
    return Duel(*(scores.count(result) for result in (WON, DRAWN, LOST, None)))


def trained(run: str, config: str, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """Train a self-play run, or go on with it where it is not done; what it took."""
    if not Path(run, "checkpoints").is_dir():
        keys = [word for key in overrides for word in ("--set", key)]
        optimus("train", config, "--run-dir", run, *keys, "--overwrite")
    directory = RunDirectory.open(Path(run))
    wanted = load_config(directory.config_path, [], SelfPlayConfig).steps
    if load_league(directory).steps < wanted:
        optimus("train", "--resume", "--run-dir", run)
    loaded, table = load_league(directory), read_metrics(directory.metrics)
    spent = sum(sum(table.column(f"time/{part}_seconds").to_pylist()) for part in ("collect", "learn"))
    return {
        "steps": loaded.steps,
        "train_seconds": spent,
        "snapshots": len(loaded.league.snapshots),
        "run": json.loads(Path(run, "run.json").read_text()),
        "config": Path(run, "config.yaml").read_text(),
    }


def curve(run: str, name: str) -> dict[str, list[float]]:
    """A figure of training over steps, thinned out; empty where there is none."""
    table = read_metrics(RunDirectory.open(Path(run)).metrics)
    if name not in table.column_names:
        return {"steps": [], name: []}
    columns = (table.column(column).to_pylist() for column in (STEP, name))
    rows = [
        (step, value) for step, value in zip(*columns, strict=True) if value is not None and value == value
    ]
    kept = rows[:: max(1, len(rows) // _POINTS)]
    return {"steps": [step for step, _ in kept], name: [round(value, 4) for _, value in kept]}
