"""Train what robots do on their feet, evaluate it, and write the figures down.

    .venv/bin/python benchmarks/locomotion.py humanoid-stand humanoid-walk
    .venv/bin/python benchmarks/locomotion.py humanoid-walk-rough humanoid-carry --seeds 0

Each policy is evaluated on held-out episodes as it was trained, and under conditions that it was not trained for:
`elsewhere` names them. `benchmarks/results/CONFIG.json` holds the figures, with underscores in the config's name.
"""

import argparse
from dataclasses import replace
from typing import Any

from seeds import Study, figures_under, report, success_of

from envs.humanoid import HumanoidConfig
from envs.humanoid.terrain import TerrainConfig
from envs.randomization import RandomizationConfig

EPISODES = 1000
ELSEWHERE_EPISODES = 256
PUSHES = {"randomization": RandomizationConfig(push=(100.0, 100.0)), "push_every": 5.0}
GROUNDS: dict[str, dict[str, Any]] = {
    "": {},
    ", other ground": {"seed": 1},
    ", bumps twice as high": {"roughness": 0.12},
    ", bumps three times as high": {"roughness": 0.18},
}
"""Rough ground that walking meets."""

ELSEWHERE: dict[str, dict[str, dict[str, Any]]] = {
    "humanoid-stand": {
        "all 78 actuators": {"robot": HumanoidConfig()},
        "150 N": {"randomization": RandomizationConfig(push=(150.0, 150.0))},
    },
    "humanoid-walk": {
        "all 78 actuators, hands held": {"robot": HumanoidConfig()},
        "rough ground, 100 N pushes": {"terrain": TerrainConfig(kind="rough"), **PUSHES},
    },
    "humanoid-walk-rough": {
        f"pushes alone differ{where}": {
            "terrain": TerrainConfig(kind="rough", **ground),
            "randomization": PUSHES["randomization"],
        }
        for where, ground in GROUNDS.items()
    }
    | {
        "all 78 actuators, hands held": {"robot": HumanoidConfig()},
        "flat ground, nothing differs": {"terrain": TerrainConfig(), "randomization": RandomizationConfig()},
    },
    "humanoid-carry": {
        "rough ground": {"terrain": TerrainConfig(kind="rough")},
    },
}
"""Changes of the task's config, by task and name."""


def elsewhere(run: str, changes: dict[str, Any]) -> dict[str, Any]:
    """Figures of a run's policy where the task's config is another one."""
    figures = figures_under(run, changes, ELSEWHERE_EPISODES)
    means = {
        name: float(values.double().mean())
        for name, values in figures.items()
        if name in ("velocity_error", "heading_error")
    }
    return {"episodes": ELSEWHERE_EPISODES} | success_of(figures) | means


def study(config: str) -> Study:
    """Of one task."""

    def further(run: str, evaluated: dict[str, Any]) -> dict[str, Any]:
        cases = {name: elsewhere(run, changes) for name, changes in ELSEWHERE[config].items()}
        return evaluated["metrics"] | {"elsewhere": cases, "referee": evaluated.get("referee")}

    errors = () if config == "humanoid-stand" else ("velocity_error", "heading_error")
    return Study(
        config=config,
        seeds=(0, 1, 2),
        episodes=EPISODES,
        command=f"python benchmarks/locomotion.py {config}",
        further=further,
        # two such runs side by side take a core each
        overrides=("threads=1",),
        averaged=("success_rate", "train_seconds", "zero_success_rate", "random_success_rate", *errors),
    )


def main() -> None:
    """The studies of the tasks that were named."""
    parser = argparse.ArgumentParser(description="Train and evaluate.")
    parser.add_argument("tasks", nargs="*", default=sorted(ELSEWHERE), choices=sorted(ELSEWHERE))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    given = parser.parse_args()
    for task in given.tasks:
        report(replace(study(task), seeds=given.seeds))


if __name__ == "__main__":
    main()
