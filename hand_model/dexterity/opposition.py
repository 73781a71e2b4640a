"""Kapandji's test: how far along the fingers and down the palm the thumb's pulp gets."""

from dataclasses import dataclass

import mujoco
import numpy as np
from scipy.optimize import least_squares

from hand_model.dexterity.specimen import Specimen, Spot

TOUCH = 0.005
"""Distance between the thumb's pulp and a place that still counts as touching it, m: a third of a pulp's width."""

PENETRATION = 0.002
"""Depth to which skins may press into each other, m."""

_FACING = 0.004
"""Weight of pulps that face each other, m: turning away by 60 degrees costs as much as being that far off."""

_STARTS = 24


@dataclass(frozen=True)
class Reach:
    """The best try at one place.

    Attributes:
        distance: of the thumb's pulp from the place, m.
        penetration: of any two other bodies, m.
        qpos: the pose, (nq,).
    """

    distance: float
    penetration: float
    qpos: np.ndarray

    @property
    def touched(self) -> bool:
        """Whether the place counts as touched."""
        return self.distance <= TOUCH and self.penetration <= PENETRATION


def kapandji(specimen: Specimen, seed: int = 0) -> list[Reach]:
    """Try all eleven places, 0 to 10, each with the joints of the thumb and of the place's own digit."""
    rng = np.random.default_rng(seed)
    return [reach(specimen, spot, rng) for spot in specimen.kapandji]


def score(reaches: list[Reach]) -> int:
    """The highest stage up to which every place is touched; 0 also where not even the first is."""
    stage = 0
    for number, tried in enumerate(reaches):
        if not tried.touched:
            break
        stage = number
    return stage


def reach(specimen: Specimen, spot: Spot, rng: np.random.Generator) -> Reach:
    """Bring the thumb's pulp to a place, from many starts; the best counts."""
    model, data = specimen.model, mujoco.MjData(specimen.model)
    free = tuple(dict.fromkeys((*specimen.free(specimen.thumb), *_movers(specimen, spot.body))))
    address = specimen.addresses(free)
    low, high = (np.array([model.joint(name).range[i] for name in free]) for i in (0, 1))

    def pose(angles: np.ndarray) -> None:
        data.qpos[:] = model.qpos0
        data.qpos[address] = angles
        specimen.couple(data.qpos)
        mujoco.mj_kinematics(model, data)

    def residual(angles: np.ndarray) -> np.ndarray:
        pose(angles)
        pulp, inward = _world(model, data, specimen.thumb.pulp)
        place, outward = _world(model, data, spot)
        return np.concatenate([pulp - place, _FACING * (inward + outward)])

    best: Reach | None = None
    for _ in range(_STARTS):
        found = least_squares(residual, rng.uniform(low, high), bounds=(low, high), xtol=1e-5, ftol=1e-5)
        distance = float(np.linalg.norm(residual(found.x)[:3]))
        mujoco.mj_comPos(model, data)
        mujoco.mj_collision(model, data)
        depth = _penetration(model, data, {specimen.thumb.pulp.body, spot.body})
        tried = Reach(distance, depth, data.qpos.copy())
        if best is None or (not tried.touched, tried.distance + depth) < (not best.touched, best.distance + best.penetration):
            best = tried
        if best.touched:
            break
    assert best is not None
    return best


def _movers(specimen: Specimen, body: str) -> tuple[str, ...]:
    """Joints between the palm and a body that follow no other."""
    model = specimen.model
    palm, at = model.body(specimen.palm).id, model.body(body).id
    found: list[str] = []
    while at not in (palm, 0):
        start, count = model.body_jntadr[at], model.body_jntnum[at]
        found += [model.joint(j).name for j in range(start, start + count)]
        at = model.body_parentid[at]
    return tuple(name for name in found if name not in specimen.couplings)


def _world(model: mujoco.MjModel, data: mujoco.MjData, spot: Spot) -> tuple[np.ndarray, np.ndarray]:
    """A place and its normal in the world."""
    body = model.body(spot.body).id
    rotation = data.xmat[body].reshape(3, 3)
    return data.xpos[body] + rotation @ np.array(spot.point), rotation @ np.array(spot.normal)


def _penetration(model: mujoco.MjModel, data: mujoco.MjData, meeting: set[str]) -> float:
    """Depth of the deepest contact, m, but for those of the two bodies that are to meet."""
    deepest = 0.0
    for contact in data.contact[: data.ncon]:
        bodies = {model.body(model.geom_bodyid[g]).name for g in contact.geom}
        if bodies != meeting:
            deepest = max(deepest, -float(contact.dist))
    return deepest
