"""`report.html`: a plan in one self-contained page, and the same plan as a table."""

import csv
import json
from pathlib import Path
from typing import Any

import jinja2
import plotly.graph_objects as go
import plotly.offline
import plotly.utils
from markupsafe import Markup

from orchestrator.plan_records import FactoryPlan, TaskPlan
from orchestrator.planner.domain import HOURS_PER_DAY
from orchestrator.planner.template import SITE

_COLOURS = (
    "#2563b8",
    "#c98a2b",
    "#3a9a6b",
    "#a34d79",
    "#6b6fc4",
    "#8a8f98",
    "#c2553f",
    "#4b9db0",
    "#8d7a3e",
    "#1f7a8c",
    "#d07fb0",
    "#5b4636",
)
_FONT = "system-ui, -apple-system, 'Segoe UI', sans-serif"


def write_report(plan: FactoryPlan, path: Path) -> None:
    """Write the page; it needs no network."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("orchestrator.planner"),
        autoescape=jinja2.select_autoescape(("html", "html.j2")),
        undefined=jinja2.StrictUndefined,
    )
    text = environment.get_template("plan.html.j2").render(
        plan=plan,
        tiles=_tiles(plan),
        critical=_critical(plan),
        figures=_script({"gantt": gantt(plan), "balance": line_of_balance(plan), "loads": loads(plan)}),
        plotly_js=Markup(plotly.offline.get_plotlyjs()),
        hours_per_day=HOURS_PER_DAY,
    )
    path.write_text(text, encoding="utf-8")


def write_table(plan: FactoryPlan, path: Path) -> None:
    """Write the tasks as CSV: one row each, with times in hours since the start."""
    columns = ("id", "name", "phase", "zone", "mode", "start_hour", "end_hour", "work_hours", "slack_hours")
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*columns, "resources", "robots", "battery_swaps", "after"])
        for task in plan.tasks:
            writer.writerow(
                [
                    *(getattr(task, column) for column in columns),
                    " ".join(f"{id_}:{count}" for id_, count in task.resources.items()),
                    " ".join(map(str, task.robots)),
                    task.battery_swaps,
                    " ".join(task.after),
                ]
            )


def gantt(plan: FactoryPlan) -> go.Figure:
    """Tasks as bars over days, one row for each zone; the critical path is outlined."""
    critical = set(plan.critical_path)
    zones = list(dict.fromkeys(task.zone for task in sorted(plan.tasks, key=lambda task: task.zone)))
    figure = go.Figure()
    for number, phase in enumerate(dict.fromkeys(task.phase for task in plan.tasks)):
        tasks = [task for task in plan.tasks if task.phase == phase and task.end_hour > task.start_hour]
        figure.add_bar(
            name=phase,
            orientation="h",
            y=[task.zone for task in tasks],
            base=[task.start_hour / HOURS_PER_DAY for task in tasks],
            x=[(task.end_hour - task.start_hour) / HOURS_PER_DAY for task in tasks],
            marker={
                "color": _COLOURS[number % len(_COLOURS)],
                "opacity": 0.75,
                "line": {
                    "width": [1.6 if task.id in critical else 0 for task in tasks],
                    "color": "#1f2430",
                },
            },
            text=[f"{task.name}, {task.mode}" for task in tasks],
            textposition="none",
            hovertemplate="%{text}<br>day %{base:.1f}, %{x:.1f} d<extra>%{y}</extra>",
        )
    figure.update_layout(
        barmode="overlay",
        height=max(320, 90 + 15 * len(zones)),
        margin={"l": 80, "r": 10, "t": 30, "b": 40},
        font={"family": _FONT, "size": 12},
        plot_bgcolor="#fff",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    figure.update_xaxes(title_text="days since the start", gridcolor="#e6e8ec")
    figure.update_yaxes(categoryorder="array", categoryarray=zones[::-1])
    return figure


def line_of_balance(plan: FactoryPlan) -> go.Figure:
    """When each phase begins and ends in each bay, the bays in the order of their turns: a band for each phase."""
    spans: dict[str, dict[str, tuple[int, int]]] = {}
    for task in (task for task in plan.tasks if task.zone != SITE):
        begin, end = spans.setdefault(task.phase, {}).get(task.zone, (task.start_hour, task.end_hour))
        spans[task.phase][task.zone] = min(begin, task.start_hour), max(end, task.end_hour)
    figure = go.Figure()
    for number, (phase, zones) in enumerate(spans.items()):
        begins, ends = (sorted(edge) for edge in zip(*zones.values(), strict=True))
        figure.add_scatter(
            name=phase,
            x=[hour / HOURS_PER_DAY for hour in (*begins, *reversed(ends))],
            y=[*range(1, len(begins) + 1), *range(len(ends), 0, -1)],
            fill="toself",
            mode="lines",
            line={"width": 0.8, "color": _COLOURS[number % len(_COLOURS)]},
            opacity=0.75,
        )
    figure.update_layout(
        height=380,
        margin={"l": 60, "r": 10, "t": 30, "b": 40},
        font={"family": _FONT, "size": 12},
        plot_bgcolor="#fff",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    figure.update_xaxes(title_text="days since the start", gridcolor="#e6e8ec")
    figure.update_yaxes(title_text="bays begun, and bays done", gridcolor="#e6e8ec")
    return figure


def loads(plan: FactoryPlan) -> go.Figure:
    """Share of each resource in use over days; people's nights and Sundays are drawn as if they worked."""
    figure = go.Figure()
    for number, (id_, capacity) in enumerate(plan.capacity.items()):
        steps: dict[int, int] = {}
        for task in plan.tasks:
            if id_ in task.resources:
                steps[task.start_hour] = steps.get(task.start_hour, 0) + task.resources[id_]
                steps[task.end_hour] = steps.get(task.end_hour, 0) - task.resources[id_]
        held, days, shares = 0, [0.0], [0.0]
        for hour in sorted(steps):
            held += steps[hour]
            days.append(hour / HOURS_PER_DAY)
            shares.append(100 * held / max(capacity, 1))
        figure.add_scatter(
            x=days,
            y=shares,
            name=f"{id_} ({capacity})",
            mode="lines",
            line={"shape": "hv", "width": 1.4, "color": _COLOURS[number % len(_COLOURS)]},
        )
    figure.update_layout(
        height=340,
        margin={"l": 60, "r": 10, "t": 10, "b": 40},
        font={"family": _FONT, "size": 12},
        plot_bgcolor="#fff",
    )
    figure.update_xaxes(title_text="days since the start", gridcolor="#e6e8ec")
    figure.update_yaxes(title_text="in use, %", gridcolor="#e6e8ec")
    return figure


def _critical(plan: FactoryPlan) -> list[tuple[TaskPlan, str]]:
    """The tasks of the chain that sets the end, with what let each begin."""
    tasks = {task.id: task for task in plan.tasks}
    chain = zip(plan.critical_path, plan.critical_causes, strict=True)
    return [(tasks[id_], cause) for id_, cause in chain]


def _tiles(plan: FactoryPlan) -> list[tuple[str, str]]:
    return [
        (
            f"{plan.makespan_days:,.0f} d",
            f"to first production; no plan is shorter than {plan.bound_days:,.0f} d",
        ),
        (
            f"{plan.expected_days.p10:,.0f} to {plan.expected_days.p90:,.0f} d",
            f"in eight of ten of {plan.expected_days.histories} random histories",
        ),
        (f"{plan.gap_percent:.1f}%", "gap between the plan and that bound"),
        (f"{len(plan.tasks):,}", "tasks"),
        (f"{plan.robot_hours:,.0f} h", f"of robots, {plan.people_hours:,.0f} h of people"),
        (f"${plan.cost_usd / 1e6:,.1f} M", "labour and equipment, without materials"),
        (plan.limiting_resource, "limits the plan"),
    ]


def _script(figures: dict[str, go.Figure]) -> Markup:
    """Figures as JSON that can stand in a script: nothing in it can end the script."""
    plain: dict[str, Any] = {name: figure.to_plotly_json() for name, figure in figures.items()}
    text = json.dumps(plain, cls=plotly.utils.PlotlyJSONEncoder)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
