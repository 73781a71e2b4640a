"""Plan two factories of public history with the template, and set the plan beside what happened.

    .venv/bin/python benchmarks/factory_histories.py

The configs `planner/giga-shanghai` and `planner/giga-texas` were written down before their first run; docs/planner.md
tells what that run gave and what was changed after it. Months go from the start of the work `clearing` to the start of
first production.
`benchmarks/results/factory_histories.json` holds the figures.
"""

import json
import time
from pathlib import Path
from typing import Any

from orchestrator.config_files import load_config
from orchestrator.planner.config import PlanConfig
from orchestrator.planner.planning import make_plan
from orchestrator.provenance import command_line, git_revision, this_machine, versions

RESULTS = Path(__file__).parent / "results"
HISTORY = {"giga-shanghai": 10.0, "giga-texas": 17.0}
"""Months from grading to production."""

HEADS = (1.0, 0.5)
"""Multiples of the head count that the schedule is made for: nobody's head count is certain."""

_DAYS_PER_MONTH = 365.25 / 12


def months(config: PlanConfig) -> dict[str, Any]:
    """Planned months from grading to production, and how they come about."""
    began = time.monotonic()
    planned = make_plan(config, "history")
    at = {task.id: task for task in planned.plan.tasks}
    hours = at["ramp-begin"].start_hour - at["clearing"].start_hour
    return {
        "months": hours / 24 / _DAYS_PER_MONTH,
        "tasks": len(at),
        "gap_percent": planned.plan.gap_percent,
        "people": config.people,
        "limiting_resource": planned.plan.limiting_resource,
        "planning_seconds": time.monotonic() - began,
    }


def compared(name: str) -> dict[str, Any]:
    """One factory, at its head count and at others."""
    config = load_config(f"planner/{name}", [], PlanConfig)
    assert config.people is not None
    rows: dict[str, Any] = {}
    for heads in HEADS:
        rows[f"people_x{heads:g}"] = months(
            config.model_copy(update={"people": round(heads * config.people), "histories": 2})
        )
        print(name, heads, rows[f"people_x{heads:g}"], flush=True)
    planned, real = rows["people_x1"]["months"], HISTORY[name]
    return {
        "history_months": real,
        "planned_months": planned,
        "error_percent": 100 * (planned - real) / real,
        "plans": rows,
    }


def main() -> None:
    """Plan, compare, write."""
    result = {
        "factories": {name: compared(name) for name in HISTORY},
        "command": command_line(),
        "git_revision": git_revision(),
        "machine": this_machine(2).model_dump(),
        "versions": versions(),
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "factory_histories.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
