"""What a hand weighs, part by part, and the power that it draws."""

from dataclasses import dataclass

import numpy as np

from hand_model.dexterity.specimen import Specimen
from hand_model.motors import COPPER


@dataclass(frozen=True)
class MassBudget:
    """Masses, kg; motors and gearheads are those of all actuators, wherever they sit.

    Attributes:
        total: hand and forearm.
        moving: all that moves with the wrist, motors that sit there included.
        forearm: what does not, motors included.
        motors: all motors.
        gearheads: all gearheads.
        hand_structure: what moves with the wrist, less motors and gearheads.
        forearm_structure: what does not, less motors and gearheads.
    """

    total: float
    moving: float
    forearm: float
    motors: float
    gearheads: float
    hand_structure: float
    forearm_structure: float


def mass_budget(specimen: Specimen) -> MassBudget:
    """Where a hand's mass is; a model without gearmotors has it all in its structure."""
    gearmotors = specimen.gearmotors or ()
    inside = sum(
        gearmotor.mass for gearmotor, forearm in zip(gearmotors, specimen.in_forearm, strict=True) if forearm
    )
    everything = sum(g.mass for g in gearmotors)
    forearm = specimen.mass - specimen.mass_without_forearm
    return MassBudget(
        total=specimen.mass,
        moving=specimen.mass_without_forearm,
        forearm=forearm,
        motors=sum(g.motor.mass for g in gearmotors),
        gearheads=sum(g.gearhead.mass for g in gearmotors),
        hand_structure=specimen.mass_without_forearm - (everything - inside),
        forearm_structure=forearm - inside,
    )


@dataclass(frozen=True)
class Power:
    """Electrical power at standstill, W: all of it becomes heat.

    Attributes:
        burst: all motors at their peak current, cold.
        continuous: all motors at the current that they hold for ever, hot.
    """

    burst: float
    continuous: float


def power(specimen: Specimen) -> Power | None:
    """What a hand draws; none of a model without motors."""
    if specimen.gearmotors is None:
        return None
    burst = sum(g.current_limit**2 * g.motor.resistance for g in specimen.gearmotors)
    hot = 0.0
    for g in specimen.gearmotors:
        rise = g.motor.winding_limit - g.motor.reference
        current = min(g.motor.continuous_current, g.current_limit)
        hot += current**2 * g.motor.resistance * (1 + COPPER * rise)
    return Power(burst=float(burst), continuous=float(np.float64(hot)))
