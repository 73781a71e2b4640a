"""Lower bounds on the makespan that need no search: chains of activities, and work that must pass a resource."""

from orchestrator.planner.scheduling.compiled import tails
from orchestrator.planner.scheduling.problem import ALWAYS, Arc, Problem, elapsed_at_most


def chain_bound(problem: Problem) -> int:
    """The longest chain of activities, each in its quickest mode, rests of its calendar included."""
    return max(earliest_finishes(problem))


def resource_bound(problem: Problem) -> tuple[int, int | None]:
    """The work that a resource must do at the least, between the first that can begin on it and the shortest end.

    Not only of all activities that use it: also of those that can begin late, and of those that much must follow.

    Returns:
        The bound, and the resource that it comes from, where there is one.
    """
    heads = earliest_starts(problem)
    after = tails(problem, problem.topological_order())
    # What follows an activity on the longest chain, without the activity itself.
    rest = [int(after[i]) - min(m.duration for m in modes) for i, modes in enumerate(problem.modes)]
    best: tuple[int, int | None] = (0, None)
    for r, capacity in enumerate(problem.capacity):
        least = [min(m.duration * m.demand[r] for m in modes) for modes in problem.modes]
        users = [i for i, work in enumerate(least) if work > 0]
        if not users or capacity <= 0:
            continue
        for keys in (heads, rest):
            bound = _nested(problem, sorted(users, key=lambda i: -keys[i]), r, least, heads, rest)
            best = max(best, (bound, r), key=lambda pair: pair[0])
    return best


def _nested(
    problem: Problem, users: list[int], r: int, least: list[int], heads: list[int], rest: list[int]
) -> int:
    """The best bound of the first user, the first two, and so on."""
    calendars = {m.calendar for i in users for m in problem.modes[i] if m.demand[r] > 0}
    calendar = problem.calendars[calendars.pop()] if len(calendars) == 1 else ALWAYS
    best, work, head, tail = 0, 0, heads[users[0]], rest[users[0]]
    for i in users:
        work, head, tail = work + least[i], min(head, heads[i]), min(tail, rest[i])
        periods = -(-work // problem.capacity[r])
        # Walking a calendar is slow: only where it can tell something new.
        if head + elapsed_at_most(periods, calendar) + max(tail, 0) <= best:
            continue
        best = max(best, _advance(calendar, head, periods) + max(tail, 0))
    return best


def earliest_starts(problem: Problem) -> list[int]:
    """Earliest start of each activity by precedence and releases alone."""
    return _earliest(problem)[0]


def earliest_finishes(problem: Problem) -> list[int]:
    """Earliest finish of each activity by precedence and releases alone."""
    return _earliest(problem)[1]


def _earliest(problem: Problem) -> tuple[list[int], list[int]]:
    before: list[list[Arc]] = [[] for _ in problem.modes]
    for arc in problem.arcs:
        before[arc.after].append(arc)
    start, finish = list(problem.releases), [0] * len(problem)
    for i in problem.topological_order():
        for arc in before[i]:
            begin = start[arc.before] if arc.from_start else finish[arc.before]
            start[i] = max(start[i], begin + arc.lag)
        start[i] = problem.fixed.get(i, start[i])
        finish[i] = min(
            _advance(problem.calendars[m.calendar], start[i], m.duration) for m in problem.modes[i]
        )
    return start, finish


def _advance(calendar: tuple[bool, ...], start: int, work: int) -> int:
    """When so much work is over that goes on from `start`."""
    if work == 0:
        return start
    whole, left = divmod(work - 1, sum(calendar))
    time = start + whole * len(calendar)
    while True:
        if calendar[time % len(calendar)]:
            if not left:
                return time + 1
            left -= 1
        time += 1
