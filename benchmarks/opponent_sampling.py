"""Whom a learner should play: its newest version, all of its past, or something between; and a league.

    python benchmarks/opponent_sampling.py --steps 300000 --games 800

Trains `hand-tug-past` once for each δ (Bansal et al. 2017, "Emergent Complexity via Multi-Agent Competition", section
4.2: opponents uniform among the versions in (δv, v)), and `hand-tug`'s league for as many environment steps of all its
learners together. Then every δ plays every other, and the league's main agent plays the best δ. E[win] of a δ is its
mean share of games won over the other δ. `benchmarks/results/opponent_sampling.json` has the table; a run or a pair
that is there is not made again.
"""

import argparse
import itertools
import json
import statistics
from pathlib import Path
from typing import Any

import torch
from duels import duel, trained
from seeds import EVALUATION_SEED, RESULTS

from orchestrator.config_files import load_config
from orchestrator.selfplay.archive import load_league
from orchestrator.selfplay.config import SelfPlayConfig
from orchestrator.training.run_directory import RunDirectory

DELTAS = (1.0, 0.8, 0.5, 0.0)
LEAGUE = "league"
OUT = RESULTS / "opponent_sampling.json"

ANNEAL = 0.4
"""Share of the run over which the exploration terms fade: of a short run more than of a long one."""


def overrides(player: str, steps: int) -> list[str]:
    """Of a player's config; the league leaves snapshots about as often as the others."""
    shared = [f"steps={steps}", "threads=1", f"league.anneal={ANNEAL}"]
    if player != LEAGUE:
        return [*shared, f"league.main.opponents=[{{draw: past, delta: {player}}}]"]
    rule = f"{{at_least: {steps // 20}, at_most: {steps // 10}}}"
    return [*shared, *(f"league.{k}.snapshot={rule}" for k in ("main", "main_exploiter", "league_exploiter"))]


def run_of(player: str) -> str:
    """Where a player's run is."""
    return f"runs/hand-tug-{player}" if player == LEAGUE else f"runs/hand-tug-delta-{player}"


class Study:
    """The experiment, as far as it has come.

    Args:
        steps: environment steps of each player.
        games: of each pair.
    """

    def __init__(self, steps: int, games: int) -> None:
        self.steps, self.games = steps, games
        self.result: dict[str, Any] = json.loads(OUT.read_text()) if OUT.exists() else {}
        self.result |= {"command": f"python benchmarks/opponent_sampling.py --steps {steps} --games {games}"}
        self.config = load_config("hand-tug-past", ["threads=1"], SelfPlayConfig)

    def run(self) -> None:
        """Train who is not trained, play what was not played."""
        players = self.result.setdefault("players", {})
        for player in (*map(str, DELTAS), LEAGUE):
            if player not in players:
                config = "hand-tug" if player == LEAGUE else "hand-tug-past"
                players[player] = trained(run_of(player), config, overrides(player, self.steps))
                self.write()
        for one, other in itertools.combinations(map(str, DELTAS), 2):
            self.play(one, other)
        expected = self.expected()
        self.result |= {"expected_win_rate": expected}
        best = max(expected, key=lambda player: expected[player])
        self.play(LEAGUE, best)
        self.result |= {"best_delta": best, "league_against_best": self.pairs[f"{LEAGUE} - {best}"]}
        self.write()

    @property
    def pairs(self) -> dict[str, Any]:
        """What was played, by the two names."""
        return self.result.setdefault("pairs", {})

    def play(self, one: str, other: str) -> None:
        """Two players' games, from either one's side."""
        if f"{one} - {other}" in self.pairs:
            return
        actors = {
            name: load_league(RunDirectory.open(Path(run_of(name)))).players["main-0"]
            for name in (one, other)
        }
        came = duel(self.config, actors, one, other, self.games, EVALUATION_SEED)
        self.pairs[f"{one} - {other}"] = came.figures()
        self.pairs[f"{other} - {one}"] = came.turned().figures()
        self.write()

    def expected(self) -> dict[str, float]:
        """E[win] of every δ."""
        names = [str(delta) for delta in DELTAS]
        return {
            one: statistics.mean(
                self.pairs[f"{one} - {other}"]["win_rate"] for other in names if other != one
            )
            for one in names
        }

    def write(self) -> None:
        """Keep what there is."""
        OUT.write_text(json.dumps(self.result, indent=1) + "\n")


def main() -> None:
    """The experiment."""
    parser = argparse.ArgumentParser(description="Compare ways to draw opponents.")
    parser.add_argument("--steps", type=int, default=300_000)
    parser.add_argument("--games", type=int, default=800)
    given = parser.parse_args()
    torch.set_num_threads(1)
    study = Study(given.steps, given.games)
    study.run()
    print(
        json.dumps(
            {name: study.result[name] for name in ("expected_win_rate", "league_against_best")}, indent=1
        )
    )


if __name__ == "__main__":
    main()
