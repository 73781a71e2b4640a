"""A hand trained in worlds that differ beside one that was not, where nothing, one thing or everything differs.

    python benchmarks/randomized_hand.py --plain runs/hand-reach-seed-0

trains `hand-reach-randomized` and evaluates it and a run of `hand-reach` on the same held-out episodes.
`benchmarks/results/hand_reach_randomized.json` holds the figures.
"""

import argparse
import sys
from typing import Any

from seeds import Study, figures_under, report, success_of

from envs.imperfections import ImperfectConfig
from envs.randomization import NOMINAL, RandomizationConfig
from orchestrator.config_files import load_config
from orchestrator.training.config import TrainConfig

CONFIG = "hand-reach-randomized"
EPISODES = 300


def conditions() -> dict[str, RandomizationConfig]:
    """What differs, by name: nothing, everything that the config names, and each of it alone."""
    config = load_config(CONFIG, [], TrainConfig).evaluated
    assert isinstance(config, ImperfectConfig)
    full = config.randomization
    ranges = {name: getattr(full, name) for name in NOMINAL}
    alone = {
        name: RandomizationConfig.model_validate({name: span})
        for name, span in ranges.items()
        if span != (NOMINAL[name],) * 2
    }
    return {"nothing": RandomizationConfig(), "everything": full} | alone


def where_worlds_differ(run: str) -> dict[str, Any]:
    """Success of a run's policy under each condition."""
    found = {}
    for name, randomization in conditions().items():
        figures = figures_under(run, {"randomization": randomization}, EPISODES)
        distance = 1000 * float(figures["distance/mean"].double().mean())
        found[name] = success_of(figures) | {"distance_mean_mm": distance}
    return found


def main() -> None:
    """Train and evaluate the seeds that are not there yet."""
    parser = argparse.ArgumentParser(
        description="A hand trained in worlds that differ, and one that was not."
    )
    parser.add_argument("--plain", required=True, help="run directory of hand-reach")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    given = parser.parse_args()
    plain = where_worlds_differ(given.plain)

    def further(run: str, evaluated: dict[str, Any]) -> dict[str, Any]:
        own = {"differs": where_worlds_differ(run), "plain_differs": plain}
        return own | {"distance_mean_mm": 1000 * evaluated["metrics"]["distance/mean"]}

    study = Study(
        config=CONFIG,
        seeds=given.seeds,
        episodes=EPISODES,
        command=" ".join(["python", "benchmarks/randomized_hand.py", *sys.argv[1:]]),
        further=further,
        averaged=("success_rate", "distance_mean_mm", "train_seconds"),
        overrides=("threads=1",),
    )
    report(study)


if __name__ == "__main__":
    main()
