"""Train the players of matches, and let them play those that learned nothing, or little.

    python benchmarks/matches.py thumb-war --steps 200000
    python benchmarks/matches.py hand-over --steps 200000 --games 400

Of a duel: the main agent against a random player and against its own first snapshot. Of what two do together: how often
they succeed, each with itself and each with the other's learner. `benchmarks/results/MATCH.json` keeps the figures with
the training's curve, the run's config and its machine; a referee judges the first matches.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import torch
from duels import curve, duel, trained
from seeds import EVALUATION_SEED, RESULTS

from envs.agents import RandomAgent
from orchestrator.selfplay.archive import LoadedLeague, load_league
from orchestrator.selfplay.judging import judge_matches
from orchestrator.selfplay.play import Actors, play_matches
from orchestrator.selfplay.tournament import fixtures_of
from orchestrator.training.run_directory import RunDirectory

MATCHES = ("hand-over", "humanoid-sumo", "thumb-war", "hand-tug")
MAIN, FIRST, RANDOM = "main-0", "main-0:0", "random"
JUDGED = 20


def against_the_weak(loaded: LoadedLeague, players: Actors, games: int) -> dict[str, Any]:
    """The main agent against a random player and its own first snapshot."""
    return {
        name: duel(loaded.config, players, MAIN, other, games, EVALUATION_SEED).figures()
        for name, other in (("against_random", RANDOM), ("against_first_snapshot", FIRST))
    }


def together(loaded: LoadedLeague, players: Actors, games: int) -> dict[str, Any]:
    """Success of the learners with themselves and with each other, and with a random partner."""
    learners = [entrant.name for entrant in loaded.league.learners]
    pairs = {
        "self_play": [(name, name) for name in learners],
        "cross_play": [(one, other) for one in learners for other in learners if one < other],
        "with_random": [(name, RANDOM) for name in learners],
        "first_snapshots": [(FIRST, FIRST)],
    }
    return {
        kind: {
            " with ".join(pair): duel(loaded.config, players, *pair, games, EVALUATION_SEED).figures()
            for pair in given
        }
        for kind, given in pairs.items()
    }


def judged(loaded: LoadedLeague, players: Actors) -> dict[str, Any] | None:
    """What the referee says of a few matches."""
    pair = [MAIN, MAIN if loaded.config.cooperative else FIRST]
    oneself = loaded.config.cooperative
    fixtures = fixtures_of(pair[:1] if oneself else pair, JUDGED, EVALUATION_SEED, with_oneself=oneself)
    matches, recordings = play_matches(loaded.config, players, fixtures, recorded=JUDGED)
    found = judge_matches(loaded.config, matches, recordings)
    return found.model_dump() if found else None


def study(match: str, run: str, steps: int | None, games: int) -> dict[str, Any]:
    """Train, play, and have it judged."""
    figures = trained(run, match, ["threads=1", *([f"steps={steps}"] if steps else [])])
    loaded = load_league(RunDirectory.open(Path(run)))
    size = next(iter(loaded.players.values())).log_std.shape[0]
    players: Actors = {**loaded.players, RANDOM: RandomAgent(size, EVALUATION_SEED)}
    played = together if loaded.config.cooperative else against_the_weak
    return {
        "command": " ".join(["python", "benchmarks/matches.py", *sys.argv[1:]]),
        "games": games,
        **played(loaded, players, games),
        "referee": judged(loaded, players),
        "curves": [curve(run, name) for name in ("episode/score", "episode/success", "episode/length")],
        **figures,
    }


def main() -> None:
    """The studies of the matches that were named."""
    parser = argparse.ArgumentParser(description="Train players of matches, and evaluate them.")
    parser.add_argument("matches", nargs="+", choices=MATCHES)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--games", type=int, default=400)
    given = parser.parse_args()
    torch.set_num_threads(1)
    for match in given.matches:
        result = study(match, f"runs/{match}", given.steps, given.games)
        (RESULTS / f"{match.replace('-', '_')}.json").write_text(json.dumps(result, indent=1) + "\n")
        shown = {name: value for name, value in result.items() if name not in ("config", "run", "curves")}
        print(json.dumps(shown, indent=1))


if __name__ == "__main__":
    main()
