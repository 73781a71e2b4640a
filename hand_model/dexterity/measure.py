"""All measures of a hand at once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hand_model.dexterity.budget import MassBudget, Power, mass_budget, power
from hand_model.dexterity.endurance import Effort, Fading, endurance, fading
from hand_model.dexterity.force import fingertip_force, hook, pinch
from hand_model.dexterity.human import Limit, grip_limit, pinch_limit, tapping_limit
from hand_model.dexterity.opposition import Reach, kapandji, score
from hand_model.dexterity.specimen import Specimen
from hand_model.dexterity.tapping import Swing, tapping_rate
from hand_model.dexterity.workspace import Workspace, opposition_volume, workspace

_INDEX_PINCH = 3
"""Kapandji's stage at which the thumb meets the index finger's tip: the pose that pinches are measured in."""

PINCH_FORCES = (1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 60.0, 80.0)
"""Forces whose endurance is measured, N."""


@dataclass(frozen=True)
class Strength:
    """A pinch's or a grip's force.

    Attributes:
        continuous: that lasts for ever, N.
        burst: for a moment, N.
        limits: the actuator that gives out first and what of it: in a continuous effort, and in a burst.
        fading: at full effort over time; none of a model without motors.
        forces: N.
        seconds: how long each of them lasts, s; none of a model without motors.
    """

    continuous: float
    burst: float
    limits: tuple[tuple[str, Limit], tuple[str, Limit]]
    fading: Fading | None
    forces: np.ndarray
    seconds: np.ndarray | None


@dataclass(frozen=True)
class Dexterity:
    """What a hand can do.

    Attributes:
        specimen: the hand.
        reaches: Kapandji's eleven tries.
        kapandji: the score, 0 to 10.
        workspaces: by digit.
        opposition: volume that the thumb shares with any finger, m³.
        opposition_by_finger: volume that it shares with each, m³.
        continuous: force that a pulp holds in every direction for ever, N, by digit; median over poses.
        burst: the same for a moment.
        pinch: of thumb and index finger.
        grip: of four fingers around a handle.
        tapping: of the index finger through 30 degrees at its root, Hz.
        swing: what its root does then.
        tapping_full_force: rate where the reference asks for all that its actuator has, Hz.
        tapping_limit: what keeps it from tapping faster.
        mass: part by part.
        power: that it draws; none of a model without motors.
    """

    specimen: Specimen
    reaches: list[Reach]
    kapandji: int
    workspaces: dict[str, Workspace]
    opposition: float
    opposition_by_finger: dict[str, float]
    continuous: dict[str, float]
    burst: dict[str, float]
    pinch: Strength
    grip: Strength
    tapping: float
    swing: Swing
    tapping_full_force: float
    tapping_limit: Limit
    mass: MassBudget
    power: Power | None

    @property
    def force_per_mass(self) -> tuple[float, float]:
        """Continuous fingertip force, mean of the digits, per kilogram: with the forearm and without it, N/kg."""
        force = float(np.mean(list(self.continuous.values())))
        return force / self.mass.total, force / self.mass.moving


def measure_hand(specimen: Specimen, progress: Callable[[float], None] = lambda share: None) -> Dexterity:
    """Measure a hand.

    Args:
        specimen: the hand.
        progress: told which share of the work is done.
    """
    reaches = kapandji(specimen)
    progress(0.3)
    spaces = {digit.name: workspace(specimen, digit) for digit in specimen.digits}
    together, by_finger = opposition_volume(specimen, spaces)
    progress(0.6)
    rate, swing = tapping_rate(specimen, specimen.fingers[0])
    progress(0.8)
    return Dexterity(
        specimen=specimen,
        reaches=reaches,
        kapandji=score(reaches),
        workspaces=spaces,
        opposition=together,
        opposition_by_finger=by_finger,
        continuous={d.name: fingertip_force(specimen, d, specimen.continuous) for d in specimen.digits},
        burst={d.name: fingertip_force(specimen, d, specimen.burst) for d in specimen.digits},
        pinch=pinch_strength(specimen, reaches[_INDEX_PINCH].qpos),
        grip=grip_strength(specimen),
        tapping=rate,
        tapping_full_force=tapping_rate(specimen, specimen.fingers[0], full_force=True)[0],
        swing=swing,
        tapping_limit=tapping_limit(specimen, swing),
        mass=mass_budget(specimen),
        power=power(specimen),
    )


def pinch_strength(specimen: Specimen, qpos: np.ndarray) -> Strength:
    """How hard and how long thumb and index finger pinch in a pose (nq,)."""
    thumb, finger, way = pinch(specimen, specimen.fingers[0], qpos)
    effort = Effort(((thumb, way), (finger, -way)), shared=True)
    limits = (
        pinch_limit(specimen, qpos, specimen.continuous, lasting=True),
        pinch_limit(specimen, qpos, specimen.burst, lasting=False),
    )
    return _strength(specimen, effort, limits, 1.0)


def grip_strength(specimen: Specimen) -> Strength:
    """How hard and how long four fingers pull on a handle."""
    effort = Effort(tuple((push, push.normal) for push in hook(specimen)), shared=False)
    limits = (
        grip_limit(specimen, specimen.continuous, lasting=True),
        grip_limit(specimen, specimen.burst, lasting=False),
    )
    return _strength(specimen, effort, limits, 5.0)


def _strength(
    specimen: Specimen, effort: Effort, limits: tuple[tuple[str, Limit], tuple[str, Limit]], scale: float
) -> Strength:
    heats = specimen.gearmotors is not None
    burst = effort.force(specimen.burst)
    tried = np.unique(
        [*(f * scale for f in PINCH_FORCES if f * scale < burst), *np.linspace(0.3, 1, 15) * burst]
    )
    return Strength(
        continuous=effort.force(specimen.continuous),
        burst=burst,
        limits=limits,
        fading=fading(specimen, effort) if heats else None,
        forces=tried,
        seconds=endurance(specimen, effort, tried) if heats else None,
    )
