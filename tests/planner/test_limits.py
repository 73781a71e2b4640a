"""What one more robot or crane would save, on problems whose answer is plain."""

import time

from orchestrator.planner.limits import PRECEDENCE, ZONES, find_limits
from orchestrator.planner.scheduling.genetic import Effort, Island
from orchestrator.planner.scheduling.problem import Arc, Mode, Problem

CREW, CRANE, ZONE = 10, 1, 50


def lifts(count, arcs=(), capacity=(CREW, CRANE, ZONE)):
    """Lifts of six hours that take a robot, a crane and room each."""
    return Problem(
        modes=((Mode(6, (1, 1, 1)),),) * count,
        arcs=arcs,
        capacity=capacity,
        release=(0,) * count,
        calendars=((True,),),
    )


def limits_of(problem):
    effort = Effort(time.monotonic() + 20, 50)
    island = Island(problem, effort, 0)
    while not effort.over:
        island.work()
    return find_limits(problem, island.best, ["robots", "cranes"], seconds=5, seed=0)


def test_one_more_crane_saves_what_it_lifts_beside_the_first():
    found = limits_of(lifts(4))
    # four lifts one after the other are 24 h, two by two 12 h; robots are never used up
    assert found.saved_hours == {"robots": 0, "cranes": 12}
    assert found.limiting == "cranes"


def test_a_resource_that_is_one_of_two_limits_saves_nothing_alone():
    found = limits_of(lifts(4, capacity=(1, 1, ZONE)))
    assert found.saved_hours == {"robots": 0, "cranes": 0}
    assert found.limiting == "robots and cranes"


def test_too_little_room_is_named():
    assert limits_of(lifts(4, capacity=(CREW, 8, 1))).limiting == ZONES


def test_where_each_task_waits_for_the_one_before_nothing_more_helps():
    found = limits_of(lifts(4, arcs=tuple(Arc(i, i + 1) for i in range(3))))
    assert found.saved_hours == {"robots": 0, "cranes": 0}
    assert found.limiting == PRECEDENCE
