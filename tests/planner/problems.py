"""Small random scheduling problems."""

import random

from orchestrator.planner.scheduling.problem import Arc, Mode, Problem


def random_problem(seed, *, count=12, calendars=True, stocks=True, lags=True):
    """A random problem that has a schedule: each activity's last mode uses no stock."""
    draw = random.Random(seed)
    week = tuple(t % 7 < 5 and t % 3 != 0 for t in range(21))
    patterns = ((True,), week) if calendars else ((True,),)
    modes = []
    for _ in range(count):
        choices = [
            Mode(
                duration=draw.randint(0, 6),
                demand=(draw.randint(0, 3), draw.randint(0, 2)),
                uses=(draw.randint(0, 3),) if stocks else (),
                calendar=draw.randrange(len(patterns)),
            )
            for _ in range(draw.randint(0, 2))
        ]
        last = Mode(draw.randint(3, 8), (draw.randint(0, 3), 0), (0,) if stocks else ())
        modes.append((*choices, last))
    arcs = [
        Arc(i, j, draw.randint(0, 3) if lags else 0, lags and draw.random() < 0.3)
        for j in range(count)
        for i in range(j)
        if draw.random() < 0.2
    ]
    release = tuple(draw.choice((0, 0, 0, 5)) for _ in range(count))
    return Problem(tuple(modes), tuple(arcs), (4, 2), (count // 2,) if stocks else (), release, {}, patterns)
