"""What a plan leaves in its folder."""

from pathlib import Path

from orchestrator.config_files import dump_config
from orchestrator.plan_records import PlanResult
from orchestrator.planner.config import PlanConfig
from orchestrator.planner.export import write_project_xml
from orchestrator.planner.planning import Planned
from orchestrator.planner.report import write_report, write_table


def write_plan(planned: Planned, config: PlanConfig, folder: Path) -> PlanResult:
    """Write `plan.json`, `project.json`, `plan.csv`, `plan.xml`, `config.yaml` and `report.html`.

    Args:
        planned: that the checker accepted.
        config: that it was made from.
        folder: is made where it is not there; files of an earlier plan are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plan = planned.plan
    (folder / "config.yaml").write_text(dump_config(config), encoding="utf-8")
    planned.project.write(folder / "project.json")
    write_table(plan, folder / "plan.csv")
    write_project_xml(plan, planned.project, folder / "plan.xml")
    write_report(plan, folder / "report.html")
    plan.write(folder / "plan.json")
    return PlanResult(
        valid=True,
        proposer=plan.proposer,
        repairs=plan.repairs,
        tasks=len(plan.tasks),
        makespan_days=plan.makespan_days,
        gap_percent=plan.gap_percent,
        expected_days=plan.expected_days,
        robot_hours=plan.robot_hours,
        limiting_resource=plan.limiting_resource,
        assumptions=plan.assumptions,
        bound_days=plan.bound_days,
        people_hours=plan.people_hours,
        cost_usd=plan.cost_usd,
        out=str(folder),
        notes=plan.notes,
    )
