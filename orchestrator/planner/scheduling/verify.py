"""An independent check of a schedule against its problem. It shares no code with the search; keep it so."""

from orchestrator.planner.scheduling.problem import Problem, Schedule


def violations(problem: Problem, schedule: Schedule) -> list[str]:
    """Everything that is wrong with a schedule; nothing where it is right."""
    found: list[str] = []
    if len(schedule.start) != len(problem.modes) or len(schedule.mode) != len(problem.modes):
        return ["not one start and one mode for every activity"]
    for i, number in enumerate(schedule.mode):
        if not 0 <= number < len(problem.modes[i]):
            found.append(f"activity {i} has no mode {number}")
    if found:
        return found
    worked = [_worked_periods(problem, schedule, i) for i in range(len(problem.modes))]
    finish = [periods[-1] + 1 if periods else schedule.start[i] for i, periods in enumerate(worked)]
    found += _starts(problem, schedule, worked)
    for arc in problem.arcs:
        since = schedule.start[arc.before] if arc.from_start else finish[arc.before]
        if schedule.start[arc.after] < since + arc.lag:
            found.append(f"activity {arc.after} does not wait for {arc.before}")
    found += _resources(problem, schedule, worked)
    if max(finish) != schedule.makespan:
        found.append(f"the makespan is {max(finish)}, not {schedule.makespan}")
    return found


def _worked_periods(problem: Problem, schedule: Schedule, i: int) -> list[int]:
    mode = problem.modes[i][schedule.mode[i]]
    pattern = problem.calendars[mode.calendar]
    periods: list[int] = []
    t = schedule.start[i]
    while len(periods) < mode.duration:
        if pattern[t % len(pattern)]:
            periods.append(t)
        t += 1
    return periods


def _starts(problem: Problem, schedule: Schedule, worked: list[list[int]]) -> list[str]:
    found: list[str] = []
    for i, start in enumerate(schedule.start):
        begun = problem.fixed.get(i)
        if begun is not None:
            if start != begun:
                found.append(f"activity {i} began at {begun}, not at {start}")
        elif start < (problem.release[i] if problem.release else 0):
            found.append(f"activity {i} starts before its release")
        if worked[i] and worked[i][0] != start:
            found.append(f"activity {i} starts while its calendar rests")
    return found


def _resources(problem: Problem, schedule: Schedule, worked: list[list[int]]) -> list[str]:
    found: list[str] = []
    taken: dict[tuple[int, int], int] = {}
    for i, periods in enumerate(worked):
        for r, amount in enumerate(problem.modes[i][schedule.mode[i]].demand):
            if amount:
                for t in periods:
                    taken[r, t] = taken.get((r, t), 0) + amount
    over = {(r, t) for (r, t), amount in taken.items() if amount > problem.capacity[r]}
    found += [f"resource {r} is overloaded in period {t}" for r, t in sorted(over)]
    for k, stock in enumerate(problem.stock):
        used = sum(problem.modes[i][number].uses[k] for i, number in enumerate(schedule.mode))
        if used > stock:
            found.append(f"stock {k} is overdrawn: {used} of {stock}")
    return found
