"""Train `humanoid-place` and `humanoid-lift-beam`, evaluate them, and write the figures down.

    .venv/bin/python benchmarks/factory.py humanoid-place humanoid-lift-beam

Each policy is evaluated on held-out episodes at the physics rate that its config's `evaluation` names, and under
conditions that it was not trained for: `ELSEWHERE` names them. The referee judges some of the episodes.
`benchmarks/results/humanoid_place.json` and `humanoid_lift_beam.json` hold the figures.
"""

import argparse
from dataclasses import replace
from typing import Any

from seeds import Study, figures_under, report, success_of

from envs.humanoid import HumanoidConfig
from hand_model import HandConfig

EPISODES = 200
ELSEWHERE_EPISODES = 64
ELSEWHERE: dict[str, dict[str, dict[str, Any]]] = {
    "humanoid-place": {
        "waist, neck and left arm held by their motors": {
            "robot": HumanoidConfig(moves="upper", hands="right", hand=HandConfig(transmission="coupled"))
        },
    },
    "humanoid-lift-beam": {
        "arms, trunk and neck in one piece": {"robot": HumanoidConfig(moves="legs", hands="locked")},
    },
}
"""Changes of the task's config, by task and name."""


def elsewhere(run: str, changes: dict[str, Any]) -> dict[str, Any]:
    """Figures of a run's policy where the task's config is another one."""
    figures = figures_under(run, changes, ELSEWHERE_EPISODES)
    return {
        "episodes": ELSEWHERE_EPISODES,
        **success_of(figures),
        "distance": float(figures["distance"].double().mean()),
    }


def study(config: str) -> Study:
    """Of one task."""

    def further(run: str, evaluated: dict[str, Any]) -> dict[str, Any]:
        cases = {name: elsewhere(run, changes) for name, changes in ELSEWHERE[config].items()}
        return evaluated["metrics"] | {"referee": evaluated["referee"], "elsewhere": cases}

    return Study(
        config=config,
        seeds=(0,),
        episodes=EPISODES,
        command=f"python benchmarks/factory.py {config}",
        further=further,
        averaged=("success_rate", "train_seconds", "zero_success_rate", "random_success_rate", "distance"),
    )


def main() -> None:
    """The studies of the tasks that were named."""
    parser = argparse.ArgumentParser(description="Train and evaluate.")
    parser.add_argument("tasks", nargs="*", default=sorted(ELSEWHERE), choices=sorted(ELSEWHERE))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    given = parser.parse_args()
    for task in given.tasks:
        report(replace(study(task), seeds=given.seeds))


if __name__ == "__main__":
    main()
