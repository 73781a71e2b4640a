"""A hand as the measures see it: a model, its digits, and what its actuators can give."""

from dataclasses import dataclass, field

import mujoco
import numpy as np

from hand_model.anatomy import FINGERS, JOINTS, SEGMENTS
from hand_model.build import HandConfig, build_hand, hand_gearmotors

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
        tip: the site at its end.
        pulp: where it pinches.
        joints: its own, from the base on; the palm's among them where they move it, the wrist's not.
    """

    name: str
    tip: str
    pulp: Spot
    joints: tuple[str, ...]


@dataclass(frozen=True)
class Specimen:
    """A hand to measure.

    Attributes:
        name: of the hand.
        model: its model, fixed at the forearm.
        palm: the body that workspaces are seen from.
        digits: the thumb first.
        continuous: what each actuator holds for ever, in the units of `actuator_force`, (nu,).
        burst: what it gives for a moment, (nu,).
        kapandji: the eleven places that the thumb's pulp should reach.
        mass: of hand and forearm, kg.
        mass_without_forearm: of all that moves with the wrist, kg.
        couplings: joints that follow another, at a ratio: `{follower: (leader, ratio)}`.
    """

    name: str
    model: mujoco.MjModel
    palm: str
    digits: tuple[Digit, ...]
    continuous: np.ndarray
    burst: np.ndarray
    kapandji: tuple[Spot, ...]
    mass: float
    mass_without_forearm: float
    couplings: dict[str, tuple[str, float]] = field(default_factory=dict)

    @property
    def thumb(self) -> Digit:
        """The thumb."""
        return self.digits[0]

    @property
    def fingers(self) -> tuple[Digit, ...]:
        """The others."""
        return self.digits[1:]

    def addresses(self, joints: tuple[str, ...]) -> np.ndarray:
        """Places of joints in `qpos`, (n,)."""
        return np.array([self.model.joint(name).qposadr[0] for name in joints])

    def dofs(self, joints: tuple[str, ...]) -> np.ndarray:
        """Places of joints in `qvel`, (n,)."""
        return np.array([self.model.joint(name).dofadr[0] for name in joints])

    def free(self, digit: Digit) -> tuple[str, ...]:
        """Joints of a digit that follow no other."""
        return tuple(name for name in digit.joints if name not in self.couplings)

    def couple(self, qpos: np.ndarray) -> None:
        """Put the followers of `qpos` (..., nq) where their leaders want them."""
        for follower, (leader, ratio) in self.couplings.items():
            qpos[..., self.addresses((follower,))[0]] = ratio * qpos[..., self.addresses((leader,))[0]]


def our_hand(config: HandConfig | None = None) -> Specimen:
    """This project's hand."""
    config = config or HandConfig()
    model = build_hand(config).compile()
    scale, side = config.length / HandConfig().length, 1.0 if config.side == "right" else -1.0
    gearmotors = hand_gearmotors()
    forearm = model.body("forearm").id
    return Specimen(
        name=f"{config.side} hand of {1000 * config.length:g} mm",
        model=model,
        palm="palm",
        digits=tuple(_digit(name, scale) for name in FINGERS),
        continuous=np.array([g.continuous_torque / g.ratio for g in gearmotors]),
        burst=np.array([g.stall_torque / g.ratio for g in gearmotors]),
        kapandji=_kapandji_spots(scale, side),
        mass=float(model.body_subtreemass[forearm]),
        mass_without_forearm=float(model.body_subtreemass[model.body("palm").id]),
    )


def _digit(name: str, scale: float) -> Digit:
    own = tuple(joint.name for joint in JOINTS if joint.name.startswith(f"{name}_"))
    distal = SEGMENTS[f"{name}_distal"]
    return Digit(name, f"{name}_tip", _palmar(distal.name, 0.7, scale), own)


def _palmar(segment: str, place: float, scale: float) -> Spot:
    """On the palmar side of a segment, at a share of its length."""
    part = SEGMENTS[segment]
    return Spot(segment, (scale * place * part.length, 0.0, -scale * part.radius), (0.0, 0.0, -1.0))


def _radial(segment: str, place: float, scale: float, side: float) -> Spot:
    """On the thumb's side of a segment, at a share of its length."""
    part = SEGMENTS[segment]
    return Spot(segment, (scale * place * part.length, side * scale * part.radius, 0.0), (0.0, side, 0.0))


def _kapandji_spots(scale: float, side: float) -> tuple[Spot, ...]:
    """Kapandji (1986), "Clinical test of apposition and counter-apposition of the thumb": stages 0 to 10."""
    return (
        _radial("index_proximal", 0.5, scale, side),
        _radial("index_middle", 0.5, scale, side),
        _radial("index_distal", 0.5, scale, side),
        *(_palmar(f"{finger}_distal", 0.7, scale) for finger in FINGERS[1:]),
        _palmar("little_distal", 0.0, scale),
        _palmar("little_middle", 0.0, scale),
        _palmar("little_proximal", 0.25, scale),
        _palmar("little_metacarpal", 0.85, scale),
    )
