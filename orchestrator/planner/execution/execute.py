"""A plan carried out in one history: dispatched, watched, and repaired where it slips."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from orchestrator.planner.compile import problem_of, resource_names
from orchestrator.planner.domain import Assignment, Mode, Project
from orchestrator.planner.execution.dispatch import DONE, RUNS, WAITS, Site, Tasks, dispatch
from orchestrator.planner.execution.history import History, planned_hours
from orchestrator.planner.execution.residual import Progress, residual
from orchestrator.planner.repair import repair
from orchestrator.planner.scheduling.compiled import Arrays, arrays_of

Policy = Literal["dispatch", "repair", "replan"]
"""Keep the plan's order; repair the plan where it slips; make a new plan there."""


@dataclass(frozen=True)
class Watch:
    """When the dispatcher asks for another plan, and what that may take.

    Attributes:
        every_hours: between two looks, h.
        slip_hours: by which tasks that have begun are late on average before the plan is changed, h.
        most: changes of plan in one history.
        schedules: that a repair may build.
        replan_schedules: that a new plan may build.
        ahead_hours: by which a task may begin before its planned hour, h.
    """

    every_hours: int = 168
    slip_hours: float = 24.0
    most: int = 4
    schedules: int = 10
    replan_schedules: int = 60
    ahead_hours: int = 72


@dataclass(frozen=True)
class Change:
    """One change of plan.

    Attributes:
        hour: of it.
        moved_hours: by which tasks that had not begun moved, mean, h.
        new_modes: tasks that had not begun and are done otherwise now.
        seconds: that it took.
        cpu_seconds: that it took of processors, whatever else they did meanwhile.
        makespan: of the new plan, h.
    """

    hour: int
    moved_hours: float
    new_modes: int
    seconds: float
    cpu_seconds: float
    makespan: int


@dataclass
class Executed:
    """How it went.

    Attributes:
        makespan: h.
        start: of each task, h.
        finish: of each task, h.
        changes: of the plan.
        failures: of robots.
    """

    makespan: int
    start: list[int]
    finish: list[int]
    changes: list[Change] = field(default_factory=list)
    failures: int = 0


class NeverEndsError(RuntimeError):
    """The history is over before the work is."""


class Execution:
    """One history of one plan.

    Args:
        project: of the plan.
        assignments: that a checker accepted, of all tasks in the project's order.
        history: that it meets.
        watch: what the dispatcher looks at.
        arrays: of the project over the history's hours, where they have been made before.
    """

    def __init__(
        self,
        project: Project,
        assignments: Sequence[Assignment],
        history: History,
        watch: Watch | None = None,
        arrays: Arrays | None = None,
    ) -> None:
        self.project, self.assignments = project, list(assignments)
        self.history, self.watch = history, watch or Watch()
        count, hours = len(project.tasks), history.capacity.shape[1]
        arrays = arrays or arrays_of(problem_of(project), hours)
        arrivals = [max([0, *(history.arrival[id_] for id_ in task.deliveries)]) for task in project.tasks]
        self._arrays = arrays._replace(release=np.array(arrivals, dtype=np.int64))
        self._robots = {resource.id for resource in project.resources if resource.robot is not None}
        self._names = resource_names(project)
        self._outdoor = np.array([task.outdoor for task in project.tasks], dtype=np.uint8)
        self._down = np.zeros_like(history.capacity)
        self._rng = np.random.default_rng(history.seed)
        self._state, self._left, self._stalled = (np.zeros(count, np.int64) for _ in range(3))
        self._start, self._finish = (np.full(count, -1, np.int64) for _ in range(2))
        self._done_parts = np.zeros(count)

    def run(self, policy: Policy = "dispatch") -> Executed:
        """Carry it out.

        Raises:
            NeverEndsError: it takes longer than the history tells about.
        """
        hours = self.history.capacity.shape[1]
        changes: list[Change] = []
        now, step = 0, hours if policy == "dispatch" else self.watch.every_hours
        while now < hours and not (self._state == DONE).all():
            self._advance(now, now + step)
            now += step
            if policy != "dispatch" and len(changes) < self.watch.most and self._slips(now):
                changes.append(self._change(now, policy == "replan", len(changes)))
        if not (self._state == DONE).all():
            raise NeverEndsError(f"after {hours} h work is left")
        away = max(1, self.history.world.robot_repair_hours)
        return Executed(
            makespan=int(self._finish.max()),
            start=self._start.tolist(),
            finish=self._finish.tolist(),
            changes=changes,
            failures=round(float(self._down.sum()) / away),
        )

    def _mode(self, i: int) -> Mode:
        task, a = self.project.tasks[i], self.assignments[i]
        return next(mode for mode in task.modes if mode.id == a.mode)

    def _advance(self, begin: int, end: int) -> None:
        """Let the hours pass under the present plan."""
        modes = [self._mode(i) for i in range(len(self.assignments))]
        robots = np.array([self._fleet(mode) for mode in modes], dtype=np.int64).T.copy()
        for i in np.flatnonzero(self._state == WAITS).tolist():
            self._left[i] = max(1, round(self._whole(i) * (1 - self._done_parts[i])))
        starts = np.array([a.start for a in self.assignments], dtype=np.int64)
        numbers = [self._number(i) for i in range(len(modes))]
        world = self.history.world
        site = Site(
            self._outdoor,
            robots,
            self.history.rain,
            self.history.closed,
            self.history.capacity,
            self._down,
            world.robot_failures_per_1000_hours / 1000,
            world.robot_exchange_hours,
            world.robot_repair_hours,
        )
        tasks = Tasks(
            self._arrays.first[:-1] + np.array(numbers, dtype=np.int64),
            starts - self.watch.ahead_hours,
            self._state,
            self._left,
            self._start,
            self._finish,
            self._stalled,
        )
        order = np.argsort(starts * len(starts) + self._arrays.rank)
        dispatch(self._arrays, site, tasks, self._rng, order, begin, end)

    def _number(self, i: int) -> int:
        ids = [mode.id for mode in self.project.tasks[i].modes]
        return ids.index(self.assignments[i].mode)

    def _fleet(self, mode: Mode) -> tuple[int, int]:
        for id_, count in mode.needs.items():
            if id_ in self._robots and count > 0:
                return self._names.index(id_), count
        return -1, 0

    def _slips(self, now: int) -> bool:
        """Whether what should have begun by now is late."""
        late = [
            (self._start[i] if self._start[i] >= 0 else now) - a.start
            for i, a in enumerate(self.assignments)
            if a.start < now and self._finish[i] < 0
        ]
        return bool(late) and float(np.mean(late)) > self.watch.slip_hours

    def _change(self, now: int, scratch: bool, number: int) -> Change:
        """Another plan for what has not begun."""
        clock, cpu = time.monotonic(), time.process_time()
        progress = self._progress(now)
        rest = residual(self.project, self.assignments, progress, now)
        repaired = repair(
            rest.project,
            rest.assignments,
            [],
            now,
            seconds=600,
            schedules=self.watch.replan_schedules if scratch else self.watch.schedules,
            seed=number,
            from_scratch=scratch,
        )
        moved: list[int] = []
        modes = 0
        for i, (old, new) in enumerate(zip(rest.assignments, repaired.assignments, strict=True)):
            if i in rest.begun:
                continue
            if self._state[i] == RUNS:
                self._give_back(i)
            moved.append(abs(new.start - old.start))
            modes += new.mode != self.assignments[i].mode
            self.assignments[i] = new
        makespan = max(a.end for a in repaired.assignments)
        mean = float(np.mean(moved)) if moved else 0.0
        took = time.monotonic() - clock, time.process_time() - cpu
        return Change(now, mean, modes, *took, makespan)

    def _give_back(self, i: int) -> None:
        """A task that stood still is planned again with what is left of it."""
        self._done_parts[i] = self._share_done(i)
        self._state[i], self._start[i] = WAITS, -1

    def _progress(self, now: int) -> Progress:
        """What is seen on the site: starts, ends and hours worked, but not the hours that are to come."""
        seen = [id_ for id_, hour in self.history.arrival.items() if hour <= now]
        late = {
            delivery.id: -(-self.history.arrival[delivery.id] // 24)
            for delivery in self.project.deliveries
            # A supplier says that it is late when the goods should have been there.
            if delivery.day * 24 <= now and delivery.id not in seen
        }
        done = [self._share_done(i) for i in range(len(self.assignments))]
        return Progress(self._start.tolist(), self._finish.tolist(), done, late)

    def _share_done(self, i: int) -> float:
        """Share of a running task that is done, as one sees on the site."""
        if self._state[i] != RUNS:
            return 0.0
        return float(np.clip(1 - self._left[i] / self._whole(i), 0.0, 0.99))

    def _whole(self, i: int) -> int:
        """Hours that a task really takes in its present mode."""
        mode = self._mode(i)
        return planned_hours(mode, self.history, i, self._fleet(mode)[0] >= 0)
