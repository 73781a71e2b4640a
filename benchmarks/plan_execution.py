"""A large plan in 200 random histories of worlds other than the believed one, and repair beside replanning.

    .venv/bin/python benchmarks/plan_execution.py

Every history draws a world whose rates are each off by up to 20%, and suffers one shock that no rate tells about: the
site closed, or half of the robots or cranes away, for 3 to 14 days. `coverage` is the share of makespans within the
interval that was predicted from the belief alone. Then the same histories, dispatched under the old order, with
repairs, and with new plans from scratch where the plan slips: `benchmarks/results/plan_execution.json`.
"""

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np

from orchestrator.config_files import load_config
from orchestrator.planner.config import PlanConfig
from orchestrator.planner.execution.execute import Execution, Policy, Watch
from orchestrator.planner.execution.history import History, draw_history
from orchestrator.planner.execution.predict import predict, simulate
from orchestrator.planner.execution.world import believed_world, other_world, random_shock
from orchestrator.planner.planning import Planned, make_plan
from orchestrator.provenance import origin

RESULTS = Path(__file__).parent / "results"
CONFIG = "planner/battery-austin"
HISTORIES, PREDICTED, COMPARED = 200, 200, 10
SPREAD = 0.2
POLICIES: tuple[Policy, ...] = ("dispatch", "repair", "replan")
WATCH = Watch(every_hours=168, slip_hours=24.0, most=2, schedules=8, replan_schedules=120)
"""A new plan from scratch gets as many schedules as the first plan needs; a repair begins where the old one ends."""

_SEED_PREDICTION, _SEED_WORLD, _SEED_COMPARED = 1, 2, 3


def coverage(planned: Planned) -> dict[str, Any]:
    """How often the predicted interval holds."""
    project, assignments = planned.project, planned.assignments
    began = time.monotonic()
    predicted = predict(project, assignments, believed_world(), PREDICTED, _SEED_PREDICTION)
    rng = np.random.default_rng(_SEED_WORLD)
    spans = [
        simulate(project, assignments, other_world(believed_world(), rng, SPREAD), rng, shocked=True)
        for _ in range(HISTORIES)
    ]
    inside = [predicted.p10 <= span <= predicted.p90 for span in spans]
    return {
        "predicted_p10_days": predicted.p10 / 24,
        "predicted_p50_days": predicted.p50 / 24,
        "predicted_p90_days": predicted.p90 / 24,
        "histories": HISTORIES,
        "coverage_percent": 100 * float(np.mean(inside)),
        "below_percent": 100 * float(np.mean([span < predicted.p10 for span in spans])),
        "above_percent": 100 * float(np.mean([span > predicted.p90 for span in spans])),
        "executed_p50_days": float(np.median(spans)) / 24,
        "seconds": time.monotonic() - began,
    }


def shared_histories(planned: Planned) -> list[History]:
    """Histories that every policy meets."""
    rng = np.random.default_rng(_SEED_COMPARED)
    end = max(a.end for a in planned.assignments)
    return [
        draw_history(
            planned.project,
            other_world(believed_world(), rng, SPREAD),
            rng,
            4 * end,
            random_shock(rng, end),
        )
        for _ in range(COMPARED)
    ]


def compared(planned: Planned, policy: Policy, histories: list[History]) -> dict[str, Any]:
    """What a policy makes of the histories."""
    done = [
        Execution(planned.project, planned.assignments, history, WATCH).run(policy) for history in histories
    ]
    changes = [change for executed in done for change in executed.changes]
    result: dict[str, Any] = {
        "histories": len(done),
        "mean_makespan_days": statistics.fmean(executed.makespan for executed in done) / 24,
        "changes": len(changes),
    }
    if changes:
        result |= {
            "mean_moved_hours_per_task": statistics.fmean(change.moved_hours for change in changes),
            "mean_tasks_with_new_modes": statistics.fmean(change.new_modes for change in changes),
            "mean_seconds": statistics.fmean(change.seconds for change in changes),
            "mean_cpu_seconds": statistics.fmean(change.cpu_seconds for change in changes),
            "mean_planned_makespan_days": statistics.fmean(change.makespan for change in changes) / 24,
        }
    print(policy, result, flush=True)
    return result


def main() -> None:
    """Plan, carry out, compare, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--only", choices=("coverage", "policies"), help="measure this anew and keep the rest"
    )
    only = parser.parse_args().only
    began = time.monotonic()
    planned = make_plan(load_config(CONFIG, [], PlanConfig), CONFIG)
    figures: dict[str, Any] = {
        "tasks": len(planned.plan.tasks),
        "robots": planned.plan.capacity["robots"],
        "planning_seconds": time.monotonic() - began,
        "gap_percent": planned.plan.gap_percent,
        "makespan_days": planned.plan.makespan_days,
    }
    print(figures, flush=True)
    path = RESULTS / "plan_execution.json"
    if only:
        figures = json.loads(path.read_text())["figures"] | figures
    if only != "policies":
        figures["coverage"] = coverage(planned)
        print(figures["coverage"], flush=True)
    if only != "coverage":
        histories = shared_histories(planned)
        figures["policies"] = {policy: compared(planned, policy, histories) for policy in POLICIES}
    result = {
        "figures": figures,
        **origin(2),
    }
    RESULTS.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
