"""Plan two factories of public history with the template, and set the plan beside what happened.

    .venv/bin/python benchmarks/factory_histories.py [giga-shanghai] [giga-texas]

The configs `planner/giga-shanghai` and `planner/giga-texas` were written down before their first run; docs/planner.md
tells what that run gave and what was changed after it. Months go from the start of the work `clearing` to the start of
first production.
`benchmarks/results/factory_histories.json` holds the figures.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from orchestrator.config_files import load_config
from orchestrator.planner.config import PlanConfig
from orchestrator.planner.planning import make_plan
from orchestrator.provenance import origin

RESULTS = Path(__file__).parent / "results"
HISTORY = {"giga-shanghai": 10.0, "giga-texas": 17.0}
"""Months from grading to production."""

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
    """One factory, beside its history."""
    plan = months(load_config(f"planner/{name}", ["histories=2"], PlanConfig))
    real = HISTORY[name]
    return {"history_months": real, "error_percent": 100 * (plan["months"] - real) / real, **plan}


def main() -> None:
    """Plan, compare, write."""
    names = sys.argv[1:] or list(HISTORY)
    path = RESULTS / "factory_histories.json"
    factories = json.loads(path.read_text())["factories"] if path.exists() else {}
    for name in names:
        factories[name] = compared(name)
        print(name, factories[name], flush=True)
    result = {
        "factories": factories,
        **origin(2),
    }
    RESULTS.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
