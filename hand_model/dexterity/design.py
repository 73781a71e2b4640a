"""Designs by the thousand: what a gearmotor makes of a hand, from its statics and one turning joint."""

from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np

from hand_model.config import HandConfig
from hand_model.dexterity.endurance import PEAK_SECONDS, holding_seconds
from hand_model.dexterity.force import fingertip_force, holding_forces, pinch, push_at
from hand_model.dexterity.opposition import reach
from hand_model.dexterity.ours import our_hand
from hand_model.dexterity.specimen import Specimen
from hand_model.dexterity.tapping import SWING
from hand_model.gearmotors import Gearmotor

PINCH = 20.0
"""Force whose endurance is compared, N."""

_PACKING = 0.6
"""Share of a segment's volume that gearmotors may fill."""

_INDEX_PINCH = 3
"""Kapandji's stage at which thumb and index finger meet."""

_JOINT_DAMPING = 0.002
_PERIODS, _STEPS_PER_PERIOD, _HALVINGS = 4, 240, 12
_SLOWEST, _FASTEST = 0.5, 40.0


@dataclass(frozen=True)
class Frame:
    """What all designs of one transmission share: bones, pulleys, structure.

    Attributes:
        config: of the transmission.
        force: fingertip force, mean of the digits, for each N (or N·m) that the outputs give, N.
        pinch: largest force (or torque) at any output in a pinch of `PINCH`, N or N·m.
        arm: of the index finger's root: its pulley's radius, m, or 1.
        inertia: of the straight index finger about its root without any rotor, kg·m².
        structure: mass of hand and forearm without the digits' gearmotors, kg.
        moving_structure: the same of all that moves with the wrist, kg.
        moving_motors: how many of the digits' gearmotors move with the wrist.
        count: of the digits' gearmotors.
        heaviest: gearmotor for which there is room, kg.
    """

    config: HandConfig
    force: float
    pinch: float
    arm: float
    inertia: float
    structure: float
    moving_structure: float
    moving_motors: int
    count: int
    heaviest: float


def frame_of(config: HandConfig) -> Frame:
    """Measure what does not depend on the digits' gearmotors."""
    specimen = our_hand(config)
    assert specimen.gearmotors is not None
    gears = np.array([g.gear for g in specimen.gearmotors])
    digits = [not name.startswith("wrist_") for name in config.joints]
    motor = config.gearmotors()[digits.index(True)]
    moving = sum(d and not inside for d, inside in zip(digits, specimen.in_forearm, strict=True))
    unit = 1 / gears  # an `actuator_force` that makes an output of one
    push = push_at(specimen, specimen.fingers[0], specimen.fingers[0].pulp, specimen.model.qpos0)
    root = specimen.free(specimen.fingers[0].joints).index(specimen.fingers[0].root)
    return Frame(
        config=config,
        force=float(np.mean([fingertip_force(specimen, digit, unit) for digit in specimen.digits])),
        pinch=_pinch_output(specimen, gears),
        arm=float(np.abs(push.moments[root] / gears).max()),
        inertia=_bare_inertia(specimen),
        structure=specimen.mass - sum(digits) * motor.mass,
        moving_structure=specimen.mass_without_forearm - moving * motor.mass,
        moving_motors=moving,
        count=sum(digits),
        heaviest=_room(specimen, motor),
    )


def _pinch_output(specimen: Specimen, gears: np.ndarray) -> float:
    tried = reach(specimen, specimen.kapandji[_INDEX_PINCH], np.random.default_rng([0, _INDEX_PINCH]))
    thumb, finger, way = pinch(specimen, specimen.fingers[0], tried.qpos)
    forces = holding_forces(thumb, PINCH * way, specimen.burst)
    forces = forces + holding_forces(finger, -PINCH * way, specimen.burst)
    return float(np.abs(forces * gears).max())


def _bare_inertia(specimen: Specimen) -> float:
    bare = specimen.spec.copy()
    for actuator in list(bare.actuators):
        bare.delete(actuator)
    model = bare.compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    full = np.zeros((model.nv, model.nv))
    mujoco.mj_fullM(model, data, full)
    dof = specimen.dofs((specimen.fingers[0].root,))[0]
    return float(full[dof, dof])


def _room(specimen: Specimen, motor: Gearmotor) -> float:
    """Mass of the digits' gearmotors, each, that fits the bodies which carry them, kg."""
    model = specimen.model
    heaviest = np.inf
    motors = [g for g in range(model.ngeom) if model.geom(g).name.endswith("_motor")]
    for body in {int(model.geom_bodyid[g]) for g in motors}:
        here = [g for g in motors if model.geom_bodyid[g] == body]
        digits = [g for g in here if not model.geom(g).name.startswith("wrist_")]
        skin = [g for g in range(model.ngeom) if model.geom_bodyid[g] == body and model.geom_contype[g]]
        if not digits:
            continue
        space = _PACKING * sum(_volume(model, g) for g in skin)
        space -= sum(_volume(model, g) for g in here if g not in digits)
        heaviest = min(heaviest, motor.mass * space / sum(_volume(model, g) for g in digits))
    return float(heaviest)


def _volume(model: mujoco.MjModel, geom: int) -> float:
    """Of a capsule or cylinder, m³."""
    radius, half = model.geom_size[geom][:2]
    ball = 4 / 3 * np.pi * radius**3 if model.geom_type[geom] == mujoco.mjtGeom.mjGEOM_CAPSULE else 0.0
    return float(2 * half * np.pi * radius**2 + ball)


@dataclass(frozen=True)
class Assessment:
    """What gearmotors make of a frame, each (n,).

    Attributes:
        force: lasting fingertip force, mean of the digits, N.
        tapping: of the index finger through 30 degrees, Hz: one joint against the finger's and the rotor's inertia.
        mass: with the forearm, kg.
        moving: without it, kg.
        pinch_seconds: of `PINCH` before derating.
        fits: whether there is room for the gearmotors.
    """

    force: np.ndarray
    tapping: np.ndarray
    mass: np.ndarray
    moving: np.ndarray
    pinch_seconds: np.ndarray
    fits: np.ndarray


def assess(frame: Frame, gearmotors: Sequence[Gearmotor]) -> Assessment:
    """What each of some gearmotors, at all of a hand's digits, makes of it."""
    mass = np.array([g.mass for g in gearmotors])
    return Assessment(
        force=frame.force * np.array([g.continuous_force for g in gearmotors]),
        tapping=tapping_estimate(frame, gearmotors),
        mass=frame.structure + frame.count * mass,
        moving=frame.moving_structure + frame.moving_motors * mass,
        pinch_seconds=_pinch_seconds(frame, gearmotors),
        fits=mass <= frame.heaviest,
    )


def _pinch_seconds(frame: Frame, gearmotors: Sequence[Gearmotor]) -> np.ndarray:
    """The output with the most to hold decides: all have the same gearmotor."""
    currents = np.array(
        [(frame.pinch / g.gear / g.efficiency + g.friction) / g.motor.torque_constant for g in gearmotors]
    )
    seconds = holding_seconds(gearmotors, currents[None])[0]
    lasting = np.array([g.gearhead.continuous_torque / _lever(g) for g in gearmotors])
    most = np.array([g.stall_force for g in gearmotors])
    seconds = np.where(frame.pinch > lasting, np.minimum(seconds, PEAK_SECONDS), seconds)
    return np.where(frame.pinch > most, 0.0, seconds)


def _lever(gearmotor: Gearmotor) -> float:
    """Torque at the gearhead's output for the output's force: 1, or m."""
    return gearmotor.cable.spool / gearmotor.cable.efficiency if gearmotor.cable else 1.0


def tapping_estimate(frame: Frame, gearmotors: Sequence[Gearmotor]) -> np.ndarray:
    """Highest rates (n,) Hz at which one joint with a finger on it swings through 30 degrees, by bisection."""
    joint = _TurningJoint(frame, gearmotors)
    low, high = np.full(len(gearmotors), _SLOWEST), np.full(len(gearmotors), _FASTEST)
    slow = joint.swing(low) < SWING
    for _ in range(_HALVINGS):
        middle = np.sqrt(low * high)
        wide = joint.swing(middle) >= SWING
        low, high = np.where(wide, middle, low), np.where(wide, high, middle)
    return np.where(slow, 0.0, low)


class _TurningJoint:
    """Many joints at once, each with a motor under full voltage that changes its sign."""

    def __init__(self, frame: Frame, gearmotors: Sequence[Gearmotor]) -> None:
        def column(figures: list[float]) -> np.ndarray:
            return np.array(figures)

        turns = frame.arm * column([g.gear for g in gearmotors])  # of the shaft, for a turn of the joint
        efficiency = column([g.efficiency for g in gearmotors])
        constant = column([g.motor.torque_constant for g in gearmotors])
        self._inertia = frame.inertia + column([g.inertia for g in gearmotors]) * turns**2
        self._back = constant * turns  # V for rad/s
        self._torque = constant * turns * efficiency  # N·m for A
        self._friction = column([g.friction for g in gearmotors]) * turns * efficiency
        self._resistance = column([g.motor.resistance for g in gearmotors])
        self._voltage = column([g.voltage for g in gearmotors])
        self._limit = column([g.current_limit for g in gearmotors])
        self._borne = frame.arm * column([g.gearhead.peak_torque / _lever(g) for g in gearmotors])

    def swing(self, rates: np.ndarray) -> np.ndarray:
        """Way from end to end (n,) rad in the last of some periods."""
        angle, speed = np.zeros_like(rates), np.zeros_like(rates)
        step = 1 / rates / _STEPS_PER_PERIOD
        low, high = np.full_like(rates, np.inf), np.full_like(rates, -np.inf)
        for i in range(_PERIODS * _STEPS_PER_PERIOD):
            sign = 1.0 if i % _STEPS_PER_PERIOD < _STEPS_PER_PERIOD / 2 else -1.0
            speed = self._next_speed(speed, sign, step)
            angle = angle + speed * step
            if i >= (_PERIODS - 1) * _STEPS_PER_PERIOD:
                low, high = np.minimum(low, angle), np.maximum(high, angle)
        return high - low

    def _next_speed(self, speed: np.ndarray, sign: float, step: np.ndarray) -> np.ndarray:
        """The speed after a step, the back-EMF at its end where nothing else limits the current."""
        drag = self._friction * np.sign(speed) + _JOINT_DAMPING * speed
        current = (sign * self._voltage - self._back * speed) / self._resistance
        limit = np.minimum(self._limit, self._borne / self._torque)
        limited = np.abs(current) > limit
        free = (self._torque * current - drag) * step / self._inertia
        free /= 1 + self._torque * self._back / self._resistance * step / self._inertia
        bound = (self._torque * np.clip(current, -limit, limit) - drag) * step / self._inertia
        return speed + np.where(limited, bound, free)


def pareto(goals: np.ndarray) -> np.ndarray:
    """Rows of (n, k) that no other row beats or equals in every column and beats in one; more is better.

    Returns:
        Indices in ascending order; of equal rows the first.
    """
    order = np.lexsort(-goals.T[::-1])
    kept: list[int] = []
    for row in order:
        front = goals[kept]
        if not kept or not (front >= goals[row]).all(axis=1).any():
            kept.append(int(row))
    return np.sort(np.array(kept, dtype=int))
