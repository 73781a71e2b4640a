"""What a robot's software does for a policy: how to compute what it observes, and what to make of its actions.

A task says it in numbers and in the names of MuJoCo's objects, so that a program that knows nothing of this project
can run a policy in plain MuJoCo. `orchestrator.export` writes it down, having held it against the task itself.
"""

from dataclasses import dataclass

from torch import Tensor

Numbers = tuple[float, ...]


@dataclass(frozen=True)
class Signal:
    """Numbers that a running simulation has, side by side.

    Attributes:
        kind: `joint`, `site`, `body`, `sensor` or `actuator`, whose named objects `mjData` gives access to; or
            `setpoint`, where the actions have moved the joint targets; or `goal`, the task's goal points, x, y, z of
            one after the other.
        field: of each object, such as `qpos`, `xpos` or `data`; none for a setpoint or a goal.
        names: of the objects, in order; none for a setpoint or a goal.
    """

    kind: str
    field: str = ""
    names: tuple[str, ...] = ()


SETPOINT, GOAL = Signal("setpoint"), Signal("goal")


@dataclass(frozen=True)
class Term:
    """Part of an observation group: `scale * (plus - minus) + offset`, number by number.

    Attributes:
        plus: what is taken.
        minus: what is taken off it, if anything.
        scale: one number for each, or one for all.
        offset: likewise, after scaling.
    """

    plus: Signal
    minus: Signal | None = None
    scale: Numbers | float = 1.0
    offset: Numbers | float = 0.0


@dataclass(frozen=True)
class ActionMap:
    """From an action in [-1, 1] to `ctrl`.

    `setpoint = clip(setpoint + scale * action, low, high)`, then `ctrl = matrix @ setpoint`; the setpoint at an
    episode's start is given with it.

    Attributes:
        joints: whose targets the setpoint holds, one for each action.
        scale: largest change in a control step, rad or m.
        low: of the setpoint.
        high: of the setpoint.
        matrix: of each actuator, in the model's order, what each target adds to its control.
    """

    joints: tuple[str, ...]
    scale: Numbers
    low: Numbers
    high: Numbers
    matrix: tuple[Numbers, ...]


@dataclass(frozen=True)
class Success:
    """What ends an episode well: every row of `offset`, `width` numbers each, is shorter than `limit` at the end."""

    offset: Term
    width: int
    limit: float


@dataclass(frozen=True)
class Deployment:
    """All of it.

    Attributes:
        groups: terms of each observation group that a robot computes itself, in order.
        action: what becomes of an action.
        success: when an episode ended well; none where that takes more than its last state.
    """

    groups: dict[str, tuple[Term, ...]]
    action: ActionMap
    success: Success | None = None


def numbers(values: Tensor) -> Numbers:
    """A vector (n,) as it stands in a file."""
    return tuple(values.double().cpu().tolist())
