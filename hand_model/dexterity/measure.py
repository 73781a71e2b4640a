"""All measures of a hand at once."""

from dataclasses import dataclass

import numpy as np

from hand_model.dexterity.force import isotropic_force
from hand_model.dexterity.opposition import Reach, kapandji, score
from hand_model.dexterity.specimen import Specimen
from hand_model.dexterity.tapping import tapping_rate
from hand_model.dexterity.workspace import Workspace, opposition_volume, workspace

_TIP_STAGES = {"index": 3, "middle": 4, "ring": 5, "little": 6}
"""Kapandji's stages at which the thumb meets a fingertip: the pinches that forces are measured in."""

_TAP_MIDDLE = np.deg2rad(30)
"""Middle of the tap at the finger's root, rad."""


@dataclass(frozen=True)
class Dexterity:
    """What a hand can do.

    Attributes:
        reaches: Kapandji's eleven tries.
        kapandji: the score, 0 to 10.
        workspaces: by digit.
        opposition: volume that thumb and finger share, m³, by finger.
        continuous: force that a fingertip holds in every direction for ever, N, by digit.
        burst: the same for a moment.
        tapping: of the index finger through 30 degrees at its root, Hz.
    """

    reaches: list[Reach]
    kapandji: int
    workspaces: dict[str, Workspace]
    opposition: dict[str, float]
    continuous: dict[str, float]
    burst: dict[str, float]
    tapping: float


def measure_hand(specimen: Specimen, root: str, actuator: str) -> Dexterity:
    """Measure a hand.

    Args:
        specimen: the hand.
        root: joint that bends the index finger at its root.
        actuator: that drives it.
    """
    reaches = kapandji(specimen)
    spaces = {digit.name: workspace(specimen, digit) for digit in specimen.digits}
    poses = {finger.name: reaches[_TIP_STAGES[finger.name]].qpos for finger in specimen.fingers}
    poses[specimen.thumb.name] = poses[specimen.fingers[0].name]

    def forces(limits: np.ndarray) -> dict[str, float]:
        return {d.name: isotropic_force(specimen, d, poses[d.name], limits) for d in specimen.digits}

    return Dexterity(
        reaches=reaches,
        kapandji=score(reaches),
        workspaces=spaces,
        opposition=opposition_volume(specimen, spaces),
        continuous=forces(specimen.continuous),
        burst=forces(specimen.burst),
        tapping=tapping_rate(specimen, root, actuator, _TAP_MIDDLE),
    )
