"""Twenty objects made of primitives, as a hand may find them on a table.

Every object is at most one box, one cylinder, one capsule and one ellipsoid, so that one compiled model can be each of
them (`envs.tasks.assortment`); a ball is a capsule without length. An object rests as it is given here, z up.
"""

from dataclasses import dataclass

from hand_model.grasps import Part, Shape

SHAPES: tuple[Shape, ...] = ("box", "cylinder", "capsule", "ellipsoid")
"""What an object is made of, at most one each."""

_LYING = (0.0, 90.0, 0.0)
"""Turns what lies along z to x, degrees."""

_NO_LENGTH = 1e-4
"""Half the length between a ball's caps, m."""


@dataclass(frozen=True)
class Thing:
    """An object at unit size.

    Attributes:
        name: of it.
        parts: its primitives, in its frame; where they overlap, both count for the mass.
    """

    name: str
    parts: tuple[Part, ...]


def _box(x: float, y: float, z: float, position: tuple[float, float, float] = (0, 0, 0)) -> Part:
    return Part(shape="box", size=(x, y, z), position=position)


def _ball(radius: float) -> Part:
    return Part(shape="capsule", size=(radius, _NO_LENGTH))


def _upright(shape: Shape, radius: float, half: float, z: float = 0.0) -> Part:
    return Part(shape=shape, size=(radius, half), position=(0, 0, z))


def _lying(shape: Shape, radius: float, half: float, x: float = 0.0) -> Part:
    return Part(shape=shape, size=(radius, half), position=(x, 0, 0), turn_deg=_LYING)


def _ellipsoid(x: float, y: float, z: float, height: float = 0.0) -> Part:
    return Part(shape="ellipsoid", size=(x, y, z), position=(0, 0, height))


CATALOGUE = (
    Thing("marble", (_ball(0.018),)),
    Thing("ball", (_ball(0.024),)),
    Thing("large ball", (_ball(0.030),)),
    Thing("die", (_box(0.016, 0.016, 0.016),)),
    Thing("cube", (_box(0.022, 0.022, 0.022),)),
    Thing("brick", (_box(0.038, 0.020, 0.016),)),
    Thing("slab", (_box(0.030, 0.022, 0.012),)),
    Thing("pillar", (_box(0.014, 0.014, 0.032),)),
    Thing("beam", (_box(0.050, 0.013, 0.013),)),
    Thing("can", (_upright("cylinder", 0.025, 0.030),)),
    Thing("puck", (_upright("cylinder", 0.028, 0.013),)),
    Thing("post", (_upright("cylinder", 0.014, 0.035),)),
    Thing("rod", (_lying("cylinder", 0.014, 0.045),)),
    Thing("pill", (_lying("capsule", 0.017, 0.020),)),
    Thing("sausage", (_lying("capsule", 0.014, 0.036),)),
    Thing("egg", (_ellipsoid(0.028, 0.021, 0.021),)),
    Thing("pebble", (_ellipsoid(0.030, 0.023, 0.016),)),
    Thing("hammer", (_lying("cylinder", 0.013, 0.040), _box(0.013, 0.030, 0.013, (0.040, 0, 0)))),
    Thing("mushroom", (_upright("cylinder", 0.015, 0.020, -0.012), _ellipsoid(0.026, 0.026, 0.014, 0.012))),
    Thing(
        "dumbbell",
        (
            _lying("capsule", 0.020, 0.004, -0.030),
            _lying("cylinder", 0.020, 0.010, 0.028),
            _box(0.030, 0.011, 0.011),
        ),
    ),
)
"""The objects; at a size of 1.2 the longest is 131 mm, and the widest between a hand's sides 72 mm."""
