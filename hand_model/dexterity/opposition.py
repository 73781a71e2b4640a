"""Kapandji's test: how far along the fingers and down the palm the thumb's pulp gets."""

from dataclasses import dataclass

import mujoco
import numpy as np
from scipy.optimize import least_squares

from hand_model.dexterity.specimen import Specimen, Spot

TOUCH = 0.005
"""Distance between the thumb's pulp and a place that still counts as touching it, m: a third of a pulp's width."""

PENETRATION = 0.002
"""Depth to which bodies may press into each other, m: what soft skin gives."""

FACING = np.deg2rad(60)
"""Angle between the pulp's normal and the place's, turned over, up to which it is the pulp that touches, rad."""

_TURN = 0.004
"""Weight of pulps that face each other, m: turning away by 60 degrees costs as much as being that far off."""

_DEPTH = TOUCH / PENETRATION
"""Weight of bodies in each other: as much of a miss at its limit as distance is."""

_COMFORT = 0.0005
"""Weight of joints in the middle of their ranges, m: the end of a range costs as much as being that far off."""

_STARTS, _ENOUGH = 16, 3
"""Tries at one place, and how many that touch are enough to choose the most comfortable from."""


@dataclass(frozen=True)
class Reach:
    """The best try at one place.

    Attributes:
        distance: of the thumb's pulp from the place, m.
        angle: by which pulp and place fail to face each other, rad.
        penetration: of any two bodies that the model lets collide, m.
        qpos: the pose, (nq,).
    """

    distance: float
    angle: float
    penetration: float
    qpos: np.ndarray

    @property
    def touched(self) -> bool:
        """Whether the place counts as touched."""
        return bool(self.distance <= TOUCH and self.angle <= FACING and self.penetration <= PENETRATION)


def kapandji(specimen: Specimen, seed: int = 0) -> list[Reach]:
    """Try all eleven places, 0 to 10, each with the joints of the thumb and of the place's own digit."""
    return [
        reach(specimen, spot, np.random.default_rng([seed, i])) for i, spot in enumerate(specimen.kapandji)
    ]


def score(reaches: list[Reach]) -> int:
    """The highest stage up to which every place is touched; 0 also where not even the first is."""
    missed = next((stage for stage, tried in enumerate(reaches) if not tried.touched), len(reaches))
    return max(missed - 1, 0)


def reach(specimen: Specimen, spot: Spot, rng: np.random.Generator) -> Reach:
    """Bring the thumb's pulp to a place, from several starts; the most comfortable touch counts, else the nearest try.

    Args:
        specimen: the hand.
        spot: the place.
        rng: draws all starts but the first, which is the middle of the joints' ranges.
    """
    search = _Search(specimen, spot)
    starts = [search.middle, *rng.uniform(search.low, search.high, (_STARTS - 1, len(search.low)))]
    tries = []
    for start in starts:
        found = least_squares(
            search.residual, start, bounds=(search.low, search.high), xtol=1e-5, ftol=1e-5, max_nfev=60
        )
        tried = search.judge(found.x)
        tries.append(
            (not tried.touched, float(found.cost) if tried.touched else _miss(tried), len(tries), tried)
        )
        if sum(not missed for missed, *_ in tries) == _ENOUGH:
            break
    return min(tries, key=lambda entry: entry[:3])[3]


def _miss(tried: Reach) -> float:
    return max(tried.distance / TOUCH, tried.angle / FACING, tried.penetration / PENETRATION)


class _Search:
    """Residuals of a thumb that goes to a place."""

    def __init__(self, specimen: Specimen, spot: Spot) -> None:
        self._specimen, self._spot = specimen, spot
        self._data = mujoco.MjData(specimen.model)
        joints = tuple(dict.fromkeys((*specimen.thumb.joints, *_movers(specimen, spot.body))))
        free = specimen.free(joints)
        self._address = specimen.addresses(free)
        self.low, self.high = specimen.ranges(free)
        self.middle = (self.low + self.high) / 2

    def residual(self, angles: np.ndarray) -> np.ndarray:
        """What should vanish, m: the way to the place, turning away, bodies in each other, discomfort."""
        between, turn, depths = self._pose(angles)
        comfort = (angles - self.middle) / (self.high - self.low) * 2
        return np.concatenate([between, _TURN * turn, [_DEPTH * np.linalg.norm(depths)], _COMFORT * comfort])

    def judge(self, angles: np.ndarray) -> Reach:
        """How good a try is."""
        between, turn, depths = self._pose(angles)
        angle = 2 * float(np.arcsin(min(np.linalg.norm(turn) / 2, 1.0)))
        return Reach(
            float(np.linalg.norm(between)), angle, float(depths.max(initial=0.0)), self._data.qpos.copy()
        )

    def _pose(self, angles: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        model, data = self._specimen.model, self._data
        data.qpos[:] = model.qpos0
        data.qpos[self._address] = angles
        self._specimen.couple(data.qpos)
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        mujoco.mj_collision(model, data)
        pulp, inward = self._specimen.place(data, self._specimen.thumb.pulp)
        place, outward = self._specimen.place(data, self._spot)
        return pulp - place, inward + outward, np.clip(-data.contact.dist, 0, None)


def _movers(specimen: Specimen, body: str) -> tuple[str, ...]:
    """Joints between the palm and a body."""
    model = specimen.model
    palm, at = model.body(specimen.palm).id, model.body(body).id
    found: list[str] = []
    while at not in (palm, 0):
        start, count = model.body_jntadr[at], model.body_jntnum[at]
        found += [model.joint(j).name for j in range(start, start + count)]
        at = model.body_parentid[at]
    return tuple(found)
