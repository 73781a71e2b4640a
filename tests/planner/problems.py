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


def repetitive_problem(seed, *, units=30, stocks=False):
    """Equal units, each a small network, that share crews and two cranes; something before and something after all."""
    draw = random.Random(seed)
    day = tuple(7 <= hour < 17 for hour in range(24))
    steps = [
        (draw.randint(2, 12), draw.randrange(3), draw.randint(1, 3), draw.random() < 0.4) for _ in range(8)
    ]
    before = [sorted(draw.sample(range(k), min(k, draw.randint(1, 2)))) for k in range(len(steps))]
    modes, arcs, unit = [(Mode(5, (0, 0, 0, 0)),)], [], [-1]
    for number in range(units):
        first = len(modes)
        for k, (hours, trade, crew, crane) in enumerate(steps):
            demand = tuple(crew if r == trade else 0 for r in range(3))
            slow = Mode(hours, (*demand, int(crane)), (0,) if stocks else (), 1)
            fast = Mode(-(-hours // 2), (*(2 * d for d in demand), int(crane)), (1,) if stocks else (), 1)
            modes.append((slow, fast))
            arcs += [Arc(first + i, first + k) for i in before[k]] or [Arc(0, first + k)]
            unit.append(number)
    modes.append((Mode(20, (0, 0, 0, 0)),))
    arcs += [Arc(i, len(modes) - 1) for i in range(1, len(modes) - 1)]
    unit.append(-1)
    if stocks:
        modes[0], modes[-1] = (Mode(5, (0,) * 4, (0,)),), (Mode(20, (0,) * 4, (0,)),)
    stock = (units * 2,) if stocks else ()
    return Problem(tuple(modes), tuple(arcs), (6, 7, 8, 2), stock, calendars=((True,), day), unit=tuple(unit))
