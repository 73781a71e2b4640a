"""How long a plan will really take: quantiles over histories drawn from what is believed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from orchestrator.planner.compile import problem_of
from orchestrator.planner.domain import Assignment, Project
from orchestrator.planner.execution.execute import Execution
from orchestrator.planner.execution.history import draw_history
from orchestrator.planner.execution.world import World, other_world, random_shock
from orchestrator.planner.scheduling.compiled import Arrays, arrays_of

_DOUBT = 0.2
"""How far the believed rates may be off, as in 20%: each history draws its own."""

_LONGEST = 4
"""Multiples of the planned makespan after which a history is given up."""

_SPARE_HOURS = 1440
"""Beyond that, for plans of a few days, h."""


@dataclass(frozen=True)
class Prediction:
    """Makespans that are to be expected.

    Attributes:
        p10: h.
        p50: h.
        p90: h.
        histories: that were drawn.
    """

    p10: float
    p50: float
    p90: float
    histories: int


def predict(
    project: Project, assignments: Sequence[Assignment], world: World, histories: int, seed: int
) -> Prediction:
    """Carry a plan out in many histories.

    Args:
        project: of the plan.
        assignments: of all tasks.
        world: that is believed; its rates are taken to be off by up to 20%.
        histories: to draw.
        seed: of everything random.
    """
    rng = np.random.default_rng(seed)
    arrays = arrays_of(problem_of(project), _hours(assignments))
    makespans = [
        simulate(project, assignments, other_world(world, rng, _DOUBT), rng, arrays=arrays)
        for _ in range(histories)
    ]
    low, middle, high = np.quantile(makespans, [0.1, 0.5, 0.9])
    return Prediction(float(low), float(middle), float(high), histories)


def simulate(
    project: Project,
    assignments: Sequence[Assignment],
    world: World,
    rng: np.random.Generator,
    *,
    shocked: bool = False,
    arrays: Arrays | None = None,
) -> int:
    """The makespan of one history in which the dispatcher keeps to the plan's order, h.

    Args:
        project: of the plan.
        assignments: of all tasks.
        world: to draw the history from.
        rng: of everything random.
        shocked: whether something happens that no rate tells about.
        arrays: of the project, where they have been made before.

    Raises:
        NeverEndsError: it takes more than four times as long as planned.
    """
    planned = max(a.end for a in assignments)
    shock = random_shock(rng, planned) if shocked else None
    history = draw_history(project, world, rng, _hours(assignments), shock)
    return Execution(project, assignments, history, arrays=arrays).run().makespan


def _hours(assignments: Sequence[Assignment]) -> int:
    return _LONGEST * max(a.end for a in assignments) + _SPARE_HOURS
