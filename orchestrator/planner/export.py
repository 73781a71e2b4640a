"""A plan as Microsoft Project XML, for the tools that planners of buildings use."""

from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

from orchestrator.plan_records import FactoryPlan
from orchestrator.planner.domain import Project

_NAMESPACE = "http://schemas.microsoft.com/project"
_FIRST_MONDAY = datetime(2027, 1, 4)
"""A Monday that stands for the first day, as the format wants dates and a plan has none."""

_LINK_TYPES = {"FS": 1, "SS": 3}
_WORK, _ELAPSED_HOURS = 1, 6
_LAG_PER_HOUR = 600
"""Lags count tenths of a minute."""


def write_project_xml(plan: FactoryPlan, project: Project, path: Path) -> None:
    """Write tasks, links, resources and assignments; every task is pinned to its planned start."""
    root = ElementTree.Element("Project", xmlns=_NAMESPACE)
    # Elements in the order in which Microsoft Project writes them: its schema is a sequence.
    _fields(root, Name=plan.goal, ScheduleFromStart=1, StartDate=_date(0), FinishDate=_date(_end(plan)))
    tasks = ElementTree.SubElement(root, "Tasks")
    numbers = {task.id: number for number, task in enumerate(plan.tasks, start=1)}
    critical = set(plan.critical_path)
    for task, source in zip(plan.tasks, project.tasks, strict=True):
        start, finish = _date(task.start_hour), _date(task.end_hour)
        duration = f"PT{task.end_hour - task.start_hour}H0M0S"
        node = ElementTree.SubElement(tasks, "Task")
        _fields(
            node,
            UID=numbers[task.id],
            ID=numbers[task.id],
            Name=f"{task.id}: {task.name}",
            Manual=1,
            Start=start,
            Finish=finish,
            Duration=duration,
            ManualStart=start,
            ManualFinish=finish,
            ManualDuration=duration,
            DurationFormat=_ELAPSED_HOURS,
            Critical=int(task.id in critical),
            Notes=f"{task.phase}, {task.zone}, {task.mode}",
        )
        for link in source.after:
            _fields(
                ElementTree.SubElement(node, "PredecessorLink"),
                PredecessorUID=numbers[link.task],
                Type=_LINK_TYPES[link.kind],
                LinkLag=link.lag_hours * _LAG_PER_HOUR,
                LagFormat=_ELAPSED_HOURS,
            )
    resources = ElementTree.SubElement(root, "Resources")
    pools = {resource.id: number for number, resource in enumerate(project.resources, start=1)}
    for resource in project.resources:
        node = ElementTree.SubElement(resources, "Resource")
        _fields(node, UID=pools[resource.id], ID=pools[resource.id], Name=resource.id, Type=_WORK)
        _fields(node, MaxUnits=resource.count, StandardRate=resource.cost_per_hour_usd)
    assignments = ElementTree.SubElement(root, "Assignments")
    held = [
        (numbers[task.id], pools[id_], count) for task in plan.tasks for id_, count in task.resources.items()
    ]
    for number, (task_number, pool, count) in enumerate(held, start=1):
        node = ElementTree.SubElement(assignments, "Assignment")
        _fields(node, UID=number, TaskUID=task_number, ResourceUID=pool, Units=count)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _fields(node: ElementTree.Element, **values: object) -> None:
    for name, value in values.items():
        # Control characters have no place in XML, whatever a goal's text holds.
        text = "".join(character for character in str(value) if character.isprintable())
        ElementTree.SubElement(node, name).text = text


def _end(plan: FactoryPlan) -> int:
    return max(task.end_hour for task in plan.tasks)


def _date(hour: int) -> str:
    return (_FIRST_MONDAY + timedelta(hours=hour)).isoformat()
