"""Large projects bay by bay beside the search over the whole: makespans, gaps, and when the first schedules came.

    .venv/bin/python benchmarks/decomposition.py

Both searches are the scheduler's own, on the same problem, in one thread, with as many schedules and with as many
seconds of the processor; the one knows which bay a task belongs to, the other does not. Beside the 2,016 tasks of
`planner/battery-austin` there is a plant of five times its output for the same crews, so that every bay waits for
cranes, and one that has five times the crews too. `benchmarks/results/decomposition.json` holds the figures.
"""

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from orchestrator.config_files import load_config
from orchestrator.planner.catalogue import skill_table
from orchestrator.planner.compile import problem_of
from orchestrator.planner.config import PlanConfig
from orchestrator.planner.goal import read_goal
from orchestrator.planner.proposer import make_proposer
from orchestrator.planner.scheduling.bounds import chain_bound, resource_bound
from orchestrator.planner.scheduling.genetic import Effort, Island
from orchestrator.planner.scheduling.problem import Problem
from orchestrator.planner.scheduling.solve import warm_up
from orchestrator.planner.scheduling.verify import violations
from orchestrator.planner.skills import known_skills
from orchestrator.provenance import origin

RESULTS = Path(__file__).parent / "results"
CONFIG = "planner/battery-austin"
PLANTS: dict[str, list[str]] = {
    "2,016 tasks": [],
    "9,928 tasks, the same crews": ["output_per_month=1000"],
    "9,928 tasks, five times the crews": [
        "output_per_month=1000",
        "robots=2500",
        "people=1100",
        "cranes=30",
    ],
}
_SEED, _LONGEST_S = 0, 3600.0


def problem_for(overrides: list[str]) -> Problem:
    """The scheduling problem of a plant."""
    config = load_config(CONFIG, overrides, PlanConfig)
    goal = read_goal(config, CONFIG)
    skills, _ = known_skills(skill_table(), [], assume=True, min_success=config.min_success)
    draft = make_proposer(config, CONFIG).propose(goal, skills, config.max_tasks)
    assert draft.project is not None
    return problem_of(draft.project)


def searched(problem: Problem, schedules: int) -> dict[str, Any]:
    """What a search comes to in so many schedules, and when; in processor seconds, as the machine may be shared."""
    island = Island(problem, Effort(time.monotonic() + _LONGEST_S, schedules), _SEED)
    history: list[tuple[float, int, int]] = []
    began = time.process_time()
    while not island.effort.over:
        island.work()
        if island.best and (not history or island.best.makespan < history[-1][2]):
            history.append((time.process_time() - began, island.effort.built, island.best.makespan))
    assert island.best is not None
    assert violations(replace(problem, unit=()), island.best) == []
    return {
        "makespan_hours": island.best.makespan,
        "first_makespan_hours": history[0][2],
        "first_cpu_seconds": history[0][0],
        "cpu_seconds": time.process_time() - began,
        "schedules": island.effort.built,
        "history": history,
    }


def compared(overrides: list[str], schedules: int) -> dict[str, Any]:
    """Both searches of one plant."""
    problem = problem_for(overrides)
    bound = max(chain_bound(problem), resource_bound(problem)[0])
    rows: dict[str, Any] = {"tasks": len(problem), "units": max(problem.unit) + 1, "bound_hours": bound}
    for name, given in (("decomposed", problem), ("whole", replace(problem, unit=()))):
        rows[name] = searched(given, schedules)
        rows[name]["gap_percent"] = 100 * (rows[name]["makespan_hours"] - bound) / bound
        print(name, {key: value for key, value in rows[name].items() if key != "history"}, flush=True)
    return rows


def main() -> None:
    """Search, compare, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--schedules", type=int, default=100)
    schedules = parser.parse_args().schedules
    warm_up()
    plants = {name: compared(overrides, schedules) for name, overrides in PLANTS.items()}
    result = {"schedules": schedules, "plants": plants, **origin(1)}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "decomposition.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
