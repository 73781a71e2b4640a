"""From a project to the scheduler's problem, and from its solution to assignments."""

from collections.abc import Iterable, Mapping

from orchestrator.planner.domain import HOURS_PER_DAY, Assignment, Mode, Project, Task
from orchestrator.planner.scheduling.problem import ALWAYS, Arc, Problem, Schedule
from orchestrator.planner.scheduling.problem import Mode as ProblemMode
from orchestrator.planner.template import SITE

Begun = Mapping[str, tuple[int, str]]
"""Start and mode of the tasks that have begun, by id."""


def resource_names(project: Project) -> list[str]:
    """Names of the problem's renewable resources: pools, then zones."""
    return [resource.id for resource in project.resources] + [f"zone {zone.id}" for zone in project.zones]


def problem_of(
    project: Project, begun: Begun | None = None, now: int = 0, finished: Iterable[str] = ()
) -> Problem:
    """The scheduler's problem; one period is one hour.

    Args:
        project: that has passed its check.
        begun: tasks that have begun and go on, or are finished: their starts and modes stay.
        now: h; what has not begun starts no earlier.
        finished: of those, what is finished and holds nothing any more.
    """
    begun, done = begun or {}, set(finished)
    number = {task.id: i for i, task in enumerate(project.tasks)}
    calendars = {calendar.id: calendar.week() for calendar in project.calendars}
    patterns = [ALWAYS, *dict.fromkeys(week for week in calendars.values() if not all(week))]
    numbers = {id_: 0 if all(week) else patterns.index(week) for id_, week in calendars.items()}
    shape = _Shape(project)
    modes: list[tuple[ProblemMode, ...]] = []
    for task in project.tasks:
        chosen = [m for m in task.modes if task.id not in begun or m.id == begun[task.id][1]]
        modes.append(
            tuple(
                ProblemMode(
                    duration=mode.work_hours,
                    demand=shape.nothing if task.id in done else shape.demand(task, mode),
                    calendar=numbers[mode.calendar],
                )
                for mode in chosen
            )
        )
    days = {delivery.id: delivery.day for delivery in project.deliveries}
    release = tuple(
        max([now, *(HOURS_PER_DAY * days[id_] for id_ in task.deliveries)]) for task in project.tasks
    )
    return Problem(
        modes=tuple(modes),
        arcs=tuple(
            Arc(number[link.task], number[task.id], link.lag_hours, link.kind == "SS")
            for task in project.tasks
            for link in task.after
        ),
        capacity=tuple(shape.capacity),
        release=release,
        fixed={number[id_]: start for id_, (start, _) in begun.items()},
        calendars=tuple(patterns),
        unit=tuple(shape.unit(task) for task in project.tasks),
    )


def assignments_of(
    project: Project, problem: Problem, schedule: Schedule, begun: Begun | None = None
) -> list[Assignment]:
    """Times and modes of the tasks, without robots, in the project's order; `begun` as the problem was made with."""
    modes = {id_: mode for id_, (_, mode) in (begun or {}).items()}
    return [
        Assignment(
            task=task.id,
            mode=modes.get(task.id, task.modes[schedule.mode[i]].id),
            start=schedule.start[i],
            end=_end(problem, i, schedule),
        )
        for i, task in enumerate(project.tasks)
    ]


def _end(problem: Problem, i: int, schedule: Schedule) -> int:
    mode = problem.modes[i][schedule.mode[i]]
    week = problem.calendars[mode.calendar]
    left, hour = mode.duration, schedule.start[i]
    while left:
        left -= week[hour % len(week)]
        hour += 1
    return hour


class _Shape:
    """Where each resource stands among the problem's."""

    def __init__(self, project: Project) -> None:
        self._places = {name: place for place, name in enumerate(resource_names(project))}
        self._heads = {zone.id: zone.heads for zone in project.zones}
        self._equipment = {resource.id for resource in project.resources if resource.kind == "equipment"}
        self.capacity = [r.count - len(r.lost) for r in project.resources] + list(self._heads.values())
        self._units = {id_: number for number, id_ in enumerate(id_ for id_ in self._heads if id_ != SITE)}
        self.nothing: tuple[int, ...] = (0,) * len(self.capacity)

    def unit(self, task: Task) -> int:
        """The zones but the open site repeat: bay after bay."""
        return self._units.get(task.zone, -1)

    def demand(self, task: Task, mode: Mode) -> tuple[int, ...]:
        """Of every resource; a zone holds heads, or one exclusive task."""
        demand: list[int] = [0] * len(self.nothing)
        for id_, count in mode.needs.items():
            demand[self._places[id_]] = count
        present = sum(count for id_, count in mode.needs.items() if id_ not in self._equipment)
        demand[self._places[f"zone {task.zone}"]] = self._heads[task.zone] if task.exclusive else present
        return tuple(demand)
