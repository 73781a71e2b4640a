"""What `optimus hand --json` prints, and what the report is made of. Lengths are mm here, volumes mm³."""

from typing import Self

import numpy as np

from hand_model.dexterity.budget import MassBudget, Power
from hand_model.dexterity.fist import FistJoint
from hand_model.dexterity.human import HUMAN
from hand_model.dexterity.measure import Dexterity, Strength
from hand_model.dexterity.opposition import Reach
from orchestrator.records import Record


class Force(Record):
    """A force that lasts for ever and one for a moment, N."""

    continuous: float
    burst: float


class Touch(Record):
    """The best try at one of Kapandji's places.

    Attributes:
        stage: 0 to 10.
        touched: whether it counts.
        distance_mm: of the thumb's pulp from the place.
        angle_deg: by which they fail to face each other.
        penetration_mm: of any two bodies.
    """

    stage: int
    touched: bool
    distance_mm: float
    angle_deg: float
    penetration_mm: float

    @classmethod
    def of(cls, stage: int, reach: Reach) -> Self:
        """From a measured try."""
        return cls(
            stage=stage,
            touched=reach.touched,
            distance_mm=1e3 * reach.distance,
            angle_deg=float(np.rad2deg(reach.angle)),
            penetration_mm=1e3 * reach.penetration,
        )


class Endurance(Record):
    """A pinch's or a grip's force.

    Attributes:
        continuous: N.
        burst: N.
        limits_continuous: actuator that gives out first in a lasting effort, and what of it.
        limits_burst: the same in a burst.
        fading_seconds: times since the start with cold motors, s.
        fading_n: force at full effort then, N.
        forces_n: forces, N.
        lasts_seconds: how long each of them lasts, s; 3600 stands for ever.
    """

    continuous: float
    burst: float
    limits_continuous: tuple[str, str]
    limits_burst: tuple[str, str]
    fading_seconds: tuple[float, ...] = ()
    fading_n: tuple[float, ...] = ()
    forces_n: tuple[float, ...] = ()
    lasts_seconds: tuple[float, ...] = ()

    @classmethod
    def of(cls, strength: Strength) -> Self:
        """From a measured one."""
        curves = {}
        if strength.fading is not None and strength.seconds is not None:
            kept = _turns(strength.fading.force)
            curves = {
                "fading_seconds": _rounded(strength.fading.seconds[kept]),
                "fading_n": _rounded(strength.fading.force[kept]),
                "forces_n": _rounded(strength.forces),
                "lasts_seconds": _rounded(strength.seconds),
            }
        return cls(
            continuous=strength.continuous,
            burst=strength.burst,
            limits_continuous=strength.limits[0],
            limits_burst=strength.limits[1],
            **curves,
        )


class Measured(Record):
    """What one hand can do.

    Attributes:
        name: of the hand.
        joints: how many.
        actuators: how many.
        mass_kg: of hand and forearm.
        kapandji: 0 to 10.
        touches: Kapandji's places.
        opposition_volume_mm3: volume that the thumb's pulp shares with any finger's.
        opposition_by_finger_mm3: with each.
        fingertip_force_n: that a pulp holds in every direction, by digit; median over poses.
        force_per_kg: continuous, mean of the digits, N/kg with the forearm and without it.
        tapping_hz: of the index finger through 30 degrees at its root.
        tapping_full_force_hz: the same where the reference asks for all that the actuator has, past the model's
            limits of control.
        tapping_limit: what keeps it from tapping faster.
        tapping_load: root mean square of its root's actuator force over what it holds for ever.
        workspace_mm3: of each pulp.
        manipulability_m3: √det(J Jᵀ) of each pulp, mean over poses, m³/rad³.
        pinch: thumb and index finger.
        grip: four fingers around a handle.
        mass_budget_kg: part by part.
        power_w: at standstill; null for a model without motors.
    """

    name: str
    joints: int
    actuators: int
    mass_kg: float
    kapandji: int
    touches: list[Touch]
    opposition_volume_mm3: float
    opposition_by_finger_mm3: dict[str, float]
    fingertip_force_n: dict[str, Force]
    force_per_kg: tuple[float, float]
    tapping_hz: float
    tapping_full_force_hz: float
    tapping_limit: str
    tapping_load: float
    workspace_mm3: dict[str, float]
    manipulability_m3: dict[str, float]
    pinch: Endurance
    grip: Endurance
    mass_budget_kg: dict[str, float]
    power_w: dict[str, float] | None

    @classmethod
    def figures(cls, dexterity: Dexterity) -> dict[str, object]:
        """The fields above of a measured hand."""
        return {
            "name": dexterity.specimen.name,
            "joints": dexterity.specimen.model.njnt,
            "actuators": dexterity.specimen.model.nu,
            "mass_kg": dexterity.mass.total,
            "kapandji": dexterity.kapandji,
            "touches": [Touch.of(i, reach) for i, reach in enumerate(dexterity.reaches)],
            "opposition_volume_mm3": 1e9 * dexterity.opposition,
            "opposition_by_finger_mm3": {k: 1e9 * v for k, v in dexterity.opposition_by_finger.items()},
            "fingertip_force_n": {
                name: Force(continuous=force, burst=dexterity.burst[name])
                for name, force in dexterity.continuous.items()
            },
            "force_per_kg": dexterity.force_per_mass,
            "tapping_hz": dexterity.tapping,
            "tapping_full_force_hz": dexterity.tapping_full_force,
            "tapping_limit": dexterity.tapping_limit,
            "tapping_load": dexterity.swing.load,
            "workspace_mm3": {k: 1e9 * v.volume for k, v in dexterity.workspaces.items()},
            "manipulability_m3": {k: v.manipulability for k, v in dexterity.workspaces.items()},
            "pinch": Endurance.of(dexterity.pinch),
            "grip": Endurance.of(dexterity.grip),
            "mass_budget_kg": _plain(dexterity.mass),
            "power_w": None if dexterity.power is None else _plain(dexterity.power),
        }


class PersonRow(Record):
    """One of people's figures, and how far the hand is from it.

    Attributes:
        measure: name.
        person: people's figure.
        unit: of all figures.
        source: of people's figure.
        hand: ours, for a moment.
        share: of people's.
        limit: what keeps it there.
        lasting: ours for ever; null where that makes no sense.
        lasting_limit: what keeps that there.
    """

    measure: str
    person: float
    unit: str
    source: str
    hand: float
    share: float
    limit: str
    lasting: float | None = None
    lasting_limit: str | None = None


class FistRow(Record):
    """One joint of a fist that opens and closes at 2 Hz.

    Attributes:
        joint: name.
        range_share: amplitude over that of the joint's whole way.
        limit: what bounds the amplitude: the joint's range, or the motor's speed without load.
        error_share: root mean square of the way behind the reference over the amplitude.
    """

    joint: str
    range_share: float
    limit: str
    error_share: float

    @classmethod
    def of(cls, joint: FistJoint) -> Self:
        """From a measured one."""
        return cls(
            joint=joint.joint,
            range_share=joint.amplitude / joint.full,
            limit=joint.limit,
            error_share=joint.error,
        )


class HandResult(Measured):
    """What `optimus hand --json` prints.

    Attributes:
        variant: the transmission.
        side: right or left.
        kapandji_by_side: the score of both hands of this design.
        feix: which of the GRASP taxonomy's grasps the hand holds; empty where they were not tried.
        fist: joints of a fist at 2 Hz.
        people: beside people.
        beside: other hands, measured by the same code, by name.
    """

    variant: str
    side: str
    kapandji_by_side: dict[str, int]
    feix: dict[str, bool]
    fist: list[FistRow]
    people: list[PersonRow]
    beside: dict[str, Measured]


def beside_people(dexterity: Dexterity) -> list[PersonRow]:
    """How far a hand is from people's figures, and what limits it."""
    rows = []
    for name, label, strength in (
        ("tip_pinch", "tip pinch", dexterity.pinch),
        ("grip", "grip", dexterity.grip),
    ):
        (lasting_joint, lasting_limit), (joint, limit) = strength.limits
        rows.append(
            _row(
                name,
                label,
                strength.burst,
                f"{limit} of {joint}",
                lasting=strength.continuous,
                lasting_limit=f"{lasting_limit} of {lasting_joint}",
            )
        )
    return [*rows, _row("tapping", "tapping", dexterity.tapping, dexterity.tapping_limit)]


def _row(
    name: str,
    label: str,
    hand: float,
    limit: str,
    lasting: float | None = None,
    lasting_limit: str | None = None,
) -> PersonRow:
    person = HUMAN[name]
    return PersonRow(
        measure=label,
        person=person.value,
        unit=person.unit,
        source=person.source,
        hand=hand,
        share=hand / person.value,
        limit=limit,
        lasting=lasting,
        lasting_limit=lasting_limit,
    )


def _plain(figures: MassBudget | Power) -> dict[str, float]:
    return {name: float(value) for name, value in vars(figures).items()}


def _turns(values: np.ndarray) -> np.ndarray:
    """Places (n,) between which a curve changes by less than a percent, its ends and both sides of jumps included."""
    kept = [0]
    for place in range(1, len(values)):
        if abs(values[place] - values[kept[-1]]) > 0.01 * abs(values[kept[-1]]):
            kept += [place - 1, place] if kept[-1] != place - 1 else [place]
    return np.array([*kept, len(values) - 1] if kept[-1] != len(values) - 1 else kept)


def _rounded(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(f"{value:.5g}") for value in values)
