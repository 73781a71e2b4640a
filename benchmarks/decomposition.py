"""Large projects bay by bay beside the search over the whole: makespans and gaps after so many schedules.

    .venv/bin/python benchmarks/decomposition.py

Both searches are the scheduler's own, on the same problem, in one thread, with as many schedules; the one knows which
bay a task belongs to, the other does not. Each number of schedules is a search of its own. Beside the 2,016 tasks of
`planner/battery-austin` there is a plant of five times its output for the same crews, so that every bay waits for
cranes, and one that has five times the crews too. `benchmarks/results/decomposition.json` holds the figures.
"""

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
SCHEDULES = (8, 32, 128)
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
    """What so many schedules come to, in processor seconds, as the machine may be shared."""
    began = time.process_time()
    island = Island(problem, Effort(time.monotonic() + _LONGEST_S, schedules), _SEED)
    while not island.effort.over:
        island.work()
    seconds = time.process_time() - began
    assert island.best is not None
    assert violations(problem, island.best) == []
    return {"makespan_hours": island.best.makespan, "cpu_seconds": seconds}


def compared(overrides: list[str]) -> dict[str, Any]:
    """Both searches of one plant."""
    problem = problem_for(overrides)
    bound = max(chain_bound(problem), resource_bound(problem)[0])
    rows: dict[str, Any] = {"tasks": len(problem), "units": max(problem.unit) + 1, "bound_hours": bound}
    for name, given in (("decomposed", problem), ("whole", replace(problem, unit=()))):
        rows[name] = {count: searched(given, count) for count in SCHEDULES}
        for row in rows[name].values():
            row["gap_percent"] = 100 * (row["makespan_hours"] - bound) / bound
        print(name, rows[name], flush=True)
    return rows


def main() -> None:
    """Search, compare, write."""
    warm_up()
    # Once before anything is timed: the first search of blocks compiles them.
    searched(problem_for(["output_per_month=40"]), 8)
    plants = {name: compared(overrides) for name, overrides in PLANTS.items()}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "decomposition.json").write_text(json.dumps({"plants": plants, **origin(1)}, indent=1) + "\n")


if __name__ == "__main__":
    main()
