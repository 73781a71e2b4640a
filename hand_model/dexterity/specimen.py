"""A hand as the measures see it: a model, its digits, and what its actuators can give."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import mujoco
import numpy as np

from hand_model.gearmotors import Gearmotor

Point = tuple[float, float, float]


@dataclass(frozen=True)
class Spot:
    """A place on the skin.

    Attributes:
        body: whose skin.
        point: in the body's frame, m.
        normal: out of the skin, in the body's frame.
    """

    body: str
    point: Point
    normal: Point


@dataclass(frozen=True)
class Digit:
    """A thumb or finger.

    Attributes:
        name: `thumb`, `index`, ...
        pulp: where it pinches: what workspaces and fingertip forces are about.
        joints: its own, from the base on; the palm's among them where they move it, the wrist's not.
        root: the joint that bends it at its base.
        grip: where it holds a handle; the thumb has none.
        hook: angles that hold a handle, rad, by joint; the others stay where they rest.
    """

    name: str
    pulp: Spot
    joints: tuple[str, ...]
    root: str
    grip: Spot | None = None
    hook: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Specimen:
    """A hand to measure.

    Attributes:
        name: of the hand.
        spec: what `model` was compiled from, to draw it.
        model: its model, fixed at the forearm.
        palm: the body that workspaces are seen from.
        digits: the thumb first.
        continuous: what each actuator holds for ever, in the units of `actuator_force`, (nu,).
        burst: what it gives for a moment, (nu,).
        kapandji: the eleven places that the thumb's pulp should reach.
        mass: of hand and forearm, kg.
        mass_without_forearm: of all that moves with the wrist, kg.
        couplings: joints that follow another: `{follower: (leader, ratio)}`.
        gearmotors: in the actuators' order; none where the model has no motors of its own.
        in_forearm: whether each of them sits in the forearm.
        view: camera that looks at the palm: direction, and what is up, in the world.
    """

    name: str
    spec: mujoco.MjSpec
    model: mujoco.MjModel
    palm: str
    digits: tuple[Digit, ...]
    continuous: np.ndarray
    burst: np.ndarray
    kapandji: tuple[Spot, ...]
    mass: float
    mass_without_forearm: float
    couplings: dict[str, tuple[str, float]] = field(default_factory=dict)
    gearmotors: Sequence[Gearmotor] | None = None
    in_forearm: Sequence[bool] = ()
    view: tuple[Point, Point] = ((0.0, 0.0, 1.0), (1.0, 0.0, 0.0))

    @property
    def thumb(self) -> Digit:
        """The thumb."""
        return self.digits[0]

    @property
    def fingers(self) -> tuple[Digit, ...]:
        """The others."""
        return self.digits[1:]

    def digit(self, name: str) -> Digit:
        """The digit of a name."""
        return next(digit for digit in self.digits if digit.name == name)

    def addresses(self, joints: Sequence[str]) -> np.ndarray:
        """Places of joints in `qpos`, (n,)."""
        return np.array([self.model.joint(name).qposadr[0] for name in joints], dtype=int)

    def dofs(self, joints: Sequence[str]) -> np.ndarray:
        """Places of joints in `qvel`, (n,)."""
        return np.array([self.model.joint(name).dofadr[0] for name in joints], dtype=int)

    def free(self, joints: Sequence[str]) -> tuple[str, ...]:
        """Those of the joints that follow no other."""
        return tuple(name for name in joints if name not in self.couplings)

    def ranges(self, joints: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper limits of joints, (n,) rad each, so that their followers stay within their own too."""
        low, high = (np.array([self.model.joint(name).range[i] for name in joints]) for i in (0, 1))
        for follower, (leader, ratio) in self.couplings.items():
            if leader in joints:
                ends = np.sort(np.array(self.model.joint(follower).range) / ratio)
                at = list(joints).index(leader)
                low[at], high[at] = max(low[at], ends[0]), min(high[at], ends[1])
        return low, high

    def couple(self, qpos: np.ndarray) -> None:
        """Put the followers of `qpos` (..., nq) where their leaders want them."""
        for follower, (leader, ratio) in self.couplings.items():
            qpos[..., self.addresses((follower,))[0]] = ratio * qpos[..., self.addresses((leader,))[0]]

    def columns(self, joints: Sequence[str]) -> np.ndarray:
        """What the speeds of free joints make of all joints' speeds, (nv, n)."""
        columns = np.zeros((self.model.nv, len(joints)))
        for column, name in enumerate(joints):
            columns[self.dofs((name,))[0], column] = 1
            for follower, (leader, ratio) in self.couplings.items():
                if leader == name:
                    columns[self.dofs((follower,))[0], column] = ratio
        return columns

    def posed(self, qpos: np.ndarray) -> mujoco.MjData:
        """The hand in a pose (nq,), with all that follows from positions."""
        data = mujoco.MjData(self.model)
        data.qpos[:] = qpos
        mujoco.mj_fwdPosition(self.model, data)
        return data

    def place(self, data: mujoco.MjData, spot: Spot) -> tuple[np.ndarray, np.ndarray]:
        """A spot's place (3,) m and its normal (3,) in the world."""
        body = self.model.body(spot.body).id
        rotation = data.xmat[body].reshape(3, 3)
        return data.xpos[body] + rotation @ np.array(spot.point), rotation @ np.array(spot.normal)
