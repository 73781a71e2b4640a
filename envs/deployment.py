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
        kind: `joint`, `site`, `body`, `sensor` or `actuator`, whose named objects `mjData` gives access to; or `own`,
            what the program itself keeps: `setpoint`, where the actions have moved the joint targets, and `action`, the
            last one; or is told: what `Task.told` has, by its name.
        names: of the objects, in order.
        field: of each object, such as `qpos`, `xpos` or `data`; none for what is the program's own.
        part: which of all these numbers; none: all.
    """

    kind: str
    names: tuple[str, ...]
    field: str = ""
    part: tuple[int, ...] = ()


SETPOINT, ACTION = Signal("own", ("setpoint",)), Signal("own", ("action",))


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

    The setpoint is the last one, or `rest` where there is one, with `scale * action` added to the joints that are
    moved, and clipped to `low` and `high`; then `ctrl = matrix @ setpoint`. The setpoint at an episode's start is given
    with it.

    Attributes:
        joints: whose targets the setpoint holds.
        moved: the place among them of each action's joint.
        scale: largest change by each action, rad or m: in a control step, or from `rest`.
        rest: that actions move the setpoint from, each anew; none: each from where the last left it.
        low: of the setpoint.
        high: of the setpoint.
        matrix: of each actuator, in the model's order, what each target adds to its control.
    """

    joints: tuple[str, ...]
    moved: tuple[int, ...]
    scale: Numbers
    rest: Numbers | None
    low: Numbers
    high: Numbers
    matrix: tuple[Numbers, ...]


@dataclass(frozen=True)
class Bound:
    """Holds where every row of a term's values, `width` numbers each, is shorter than `limit`.

    A single number is not taken by its length, but as it is: it may be any negative one.
    """

    value: Term
    width: int
    limit: float


@dataclass(frozen=True)
class Success:
    """What makes an episode one that ended well.

    Attributes:
        throughout: bounds that end it, badly, in the control step in which one is broken.
        at_end: bounds that have to hold at its end.
    """

    throughout: tuple[Bound, ...] = ()
    at_end: tuple[Bound, ...] = ()


@dataclass(frozen=True)
class Deployment:
    """All of it.

    Attributes:
        groups: terms of each observation group that a robot computes itself, in order.
        action: what becomes of an action.
        success: when an episode ended well.
        told: what the numbers are that `Task.told` has, by name: whoever runs the policy has to come up with them.
    """

    groups: dict[str, tuple[Term, ...]]
    action: ActionMap
    success: Success
    told: dict[str, str]


def numbers(values: Tensor) -> Numbers:
    """A vector (n,) as it stands in a file."""
    return tuple(values.double().cpu().tolist())
