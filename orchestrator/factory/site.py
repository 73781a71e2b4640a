"""A plan carried out second by second: the planner's dispatcher starts tasks, workers with skills carry them out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from orchestrator.factory.leaf import Leaf, Worker, carry_out
from orchestrator.factory.records import ExecutedPlan, RepairRecord, SkillRecord, WorkRecord
from orchestrator.planner.compile import problem_of
from orchestrator.planner.domain import Assignment, Mode, Project
from orchestrator.planner.execution.dispatch import DONE, WAITS, Site, Tasks, dispatch
from orchestrator.planner.execution.residual import Progress, residual
from orchestrator.planner.repair import repair
from orchestrator.planner.scheduling.compiled import arrays_of, refined

_SECONDS = 3600
"""In the planner's period, an hour."""

LONGEST_HOURS = 96
"""Planned makespan up to which a plan is carried out second by second, h."""

_MARGIN = 3
"""Multiples of the planned makespan after which an execution is given up."""

_UNKNOWN = 1 << 40
"""Seconds left of a task whose robots have not yet begun."""


@dataclass(frozen=True)
class Rules:
    """When robots try again, and when somebody else takes over.

    Attributes:
        tries: at each cycle of a skill, before a robot gives its task up.
        min_success: share of a skill's attempts below which a failed task costs robots all of that skill's work.
        repairs: changes of plan, after which a task that fails ends the execution.
        schedules: that a repair may build.
    """

    tries: int = 3
    min_success: float = 0.9
    repairs: int = 5
    schedules: int = 20


class SiteExecution:
    """One execution of one plan.

    People and waits take their planned hours; robots take what their policies take. The order of the plan is kept,
    but nothing waits for its planned hour.

    Args:
        project: of the plan.
        assignments: that a checker accepted, of all tasks in the project's order.
        workers: by skill, for every skill that robots are assigned.
        rules: see there.
        seed: of all episodes.

    Raises:
        ValueError: a skill has no worker, or the plan is too long.
    """

    def __init__(
        self,
        project: Project,
        assignments: Sequence[Assignment],
        workers: Mapping[str, Worker],
        rules: Rules | None = None,
        seed: int = 0,
    ) -> None:
        self.project, self.assignments = project, list(assignments)
        self.workers, self.rules, self._seed = workers, rules or Rules(), seed
        self._planned = max(a.end for a in assignments)
        missing = {self._mode(i).skill for i in range(len(assignments))} - {None, *workers}
        if missing:
            raise ValueError(f"nobody has the skill {min(map(str, missing))!r}")
        if self._planned > LONGEST_HOURS:
            raise ValueError(
                f"the plan takes {self._planned} h, at most {LONGEST_HOURS} h can be carried out"
            )
        hours = _MARGIN * self._planned + 24
        problem = problem_of(project)
        self._arrays = refined(arrays_of(problem, hours), _SECONDS)
        self._site = _calm_site(problem.capacity, len(assignments), hours * _SECONDS)
        zeros, minus = np.zeros(len(assignments), np.int64), np.full(len(assignments), -1, np.int64)
        self._tasks = Tasks(
            mode=zeros.copy(),
            not_before=zeros.copy(),
            state=zeros.copy(),
            left=zeros.copy(),
            start=minus.copy(),
            finish=minus.copy(),
            stalled=zeros.copy(),
        )
        self._rng = np.random.default_rng(seed)
        self._leaves: dict[int, Leaf] = {}
        self._distrusted: set[str] = set()
        self._people_only: set[int] = set()
        self._work: list[WorkRecord] = []
        self._repairs: list[RepairRecord] = []
        self._take_in_assignments()

    def run(self) -> ExecutedPlan:
        """Carry it out."""
        for now in range(self._site.capacity.shape[1]):
            dispatch(self._arrays, self._site, self._tasks, self._rng, self._order, now, now + 1)
            for i in np.flatnonzero(self._tasks.start == now).tolist():
                self._begin(i, now)
            ended = np.flatnonzero(self._tasks.finish == now + 1).tolist()
            failed = [i for i in ended if not self._end(i)]
            if failed and (reason := self._mend(failed, now + 1)):
                return self._record(now + 1, reason)
            if ended and (self._tasks.state == DONE).all():
                return self._record(now + 1)
        return self._record(self._site.capacity.shape[1], "the time is over, and work is left")

    def _mode(self, i: int) -> Mode:
        task, a = self.project.tasks[i], self.assignments[i]
        return next(mode for mode in task.modes if mode.id == a.mode)

    def _take_in_assignments(self) -> None:
        """Modes, hours and order of what has not begun."""
        tasks = self._tasks
        for i in np.flatnonzero(tasks.state == WAITS).tolist():
            mode = self._mode(i)
            number = [other.id for other in self.project.tasks[i].modes].index(mode.id)
            tasks.mode[i] = self._arrays.first[i] + number
            tasks.left[i] = _UNKNOWN if mode.skill else max(1, mode.work_hours * _SECONDS)
        starts = np.array([a.start for a in self.assignments], dtype=np.int64)
        self._order = np.argsort(starts * len(starts) + self._arrays.rank)

    def _begin(self, i: int, now: int) -> None:
        """A task began: what its robots' policies make of it says how long it takes."""
        mode = self._mode(i)
        if mode.skill is None:
            return
        robots = sum(len(numbers) for numbers in self.assignments[i].robots.values())
        cycles = max(1, round(mode.cycles))
        self._seed += self.rules.tries
        leaf = carry_out(self.workers[mode.skill], cycles, robots, self.rules.tries, self._seed)
        self._leaves[i] = leaf
        # The dispatcher has worked on it for a second already.
        left = max(1, int(np.ceil(leaf.seconds))) - 1
        self._tasks.left[i] = left
        if not left:
            self._tasks.state[i], self._tasks.finish[i] = DONE, now + 1

    def _end(self, i: int) -> bool:
        """Take note of a task that is over; false where its robots gave it up."""
        leaf, mode = self._leaves.pop(i, None), self._mode(i)
        self._work.append(
            WorkRecord(
                task=self.project.tasks[i].id,
                mode=mode.id,
                skill=mode.skill,
                start_s=int(self._tasks.start[i]),
                end_s=int(self._tasks.finish[i]),
                done=leaf is None or leaf.done,
                attempts=leaf.attempts if leaf else 0,
                successes=leaf.successes if leaf else 0,
                energy_j=leaf.energy_j if leaf else None,
            )
        )
        return leaf is None or leaf.done

    def _mend(self, failed: list[int], now: int) -> str | None:
        """Give what robots gave up to people, and plan the rest again; why that cannot be, where it cannot."""
        names = tuple(self.project.tasks[i].id for i in failed)
        if len(self._repairs) == self.rules.repairs:
            return f"{names[0]} failed, and the plan has been changed {self.rules.repairs} times"
        withdrawn = {
            skill for i in failed if (skill := self._mode(i).skill) and self._rate(skill) < self._least
        }
        self._distrusted |= withdrawn
        self._people_only |= set(failed)
        for i in failed:
            self._tasks.state[i], self._tasks.start[i], self._tasks.finish[i] = WAITS, -1, -1
        waiting = np.flatnonzero(self._tasks.state == WAITS).tolist()
        restricted = list(self.project.tasks)
        for i in waiting:
            modes = tuple(mode for mode in restricted[i].modes if not self._barred(i, mode))
            if not modes:
                return f"{restricted[i].id}: robots cannot do it, and nobody else may"
            restricted[i] = restricted[i].model_copy(update={"modes": modes})
            if self.assignments[i].mode not in {mode.id for mode in modes}:
                self.assignments[i] = self.assignments[i].model_copy(update={"mode": modes[0].id})
        self._replan(self.project.model_copy(update={"tasks": tuple(restricted)}), waiting, now)
        makespan = max(a.end for a in self.assignments)
        self._repairs.append(
            RepairRecord(
                second=now,
                failed=names,
                withdrawn=tuple(sorted(withdrawn)),
                replanned=len(waiting),
                makespan_hours=makespan,
            )
        )
        return None

    @property
    def _least(self) -> float:
        return self.rules.min_success

    def _barred(self, i: int, mode: Mode) -> bool:
        return mode.skill is not None and (i in self._people_only or mode.skill in self._distrusted)

    def _rate(self, skill: str) -> float:
        """Share of a skill's attempts that succeeded so far."""
        mine = [work for work in self._work if work.skill == skill]
        return sum(work.successes for work in mine) / max(1, sum(work.attempts for work in mine))

    def _replan(self, project: Project, waiting: list[int], now: int) -> None:
        """The planner's own repair, in its own hours: what runs goes on, the rest begins with the old order."""
        begun = [(int(s) // _SECONDS if s >= 0 else -1) for s in self._tasks.start]
        over = [(int(f) // _SECONDS if f >= 0 else -1) for f in self._tasks.finish]
        hour = now // _SECONDS + 1
        done = [self._share_done(i) for i in range(len(begun))]
        rest = residual(project, self.assignments, Progress(begun, over, done, {}), hour)
        repaired = repair(
            rest.project,
            rest.assignments,
            [],
            hour,
            seconds=600,
            schedules=self.rules.schedules,
            seed=len(self._repairs),
        )
        for i in waiting:
            self.assignments[i] = repaired.assignments[i]
        self._take_in_assignments()

    def _share_done(self, i: int) -> float:
        """Of the hours that a running task was planned to take, as those who plan know no better."""
        left = int(self._tasks.left[i])
        planned = max(1, self._mode(i).work_hours * _SECONDS)
        return float(np.clip(1 - left / planned, 0.0, 0.99)) if self._tasks.start[i] >= 0 else 0.0

    def _record(self, now: int, reason: str | None = None) -> ExecutedPlan:
        skills = {skill: self._skill(skill) for work in self._work if (skill := work.skill)}
        return ExecutedPlan(
            done=reason is None,
            reason=reason,
            planned_hours=self._planned,
            hours=now / _SECONDS,
            skills=skills,
            repairs=tuple(self._repairs),
            work=tuple(self._work),
        )

    def _skill(self, skill: str) -> SkillRecord:
        mine = [work for work in self._work if work.skill == skill]
        energies = [work.energy_j for work in mine if work.energy_j is not None]
        return SkillRecord(
            attempts=sum(work.attempts for work in mine),
            successes=sum(work.successes for work in mine),
            seconds=sum(work.end_s - work.start_s for work in mine),
            energy_j=sum(energies) if len(energies) == len(mine) else None,
        )


def _calm_site(capacity: Sequence[int], tasks: int, seconds: int) -> Site:
    """A site on which nothing happens but what workers do."""
    nothing = np.zeros(seconds, np.uint8)
    return Site(
        outdoor=np.zeros(tasks, np.uint8),
        robots=np.full((2, tasks), -1, np.int64),
        rain=nothing,
        closed=nothing.copy(),
        capacity=np.repeat(np.array(capacity, np.int32)[:, None], seconds, axis=1),
        down=np.zeros((len(capacity), seconds), np.int32),
        failure=0.0,
        exchange=0,
        away=0,
    )
