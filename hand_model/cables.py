"""Cables between a motor in the forearm and a pulley at a joint."""

import math

from pydantic import BaseModel, ConfigDict, Field


class Cable(BaseModel):
    """A closed loop of cable, pretensioned so that the motor pulls both ways: an antagonist pair on one spool.

    What friction takes follows from the capstan equation (Euler–Eytelwein): behind a wrap of φ a share e^{-μφ} of the
    tension is left.

    Attributes:
        spool: radius that the motor's gearhead winds the cable on, m.
        pretension: of either side at rest, N; the slack side stays taut up to loads of twice that.
        friction_coefficient: μ between cable and guides.
        wrap: angle by which the guides between spool and pulley turn one side, rad.
        stiffness: of the loop, both sides together, N/m.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    spool: float = Field(default=0.0051, gt=0, le=0.05)
    pretension: float = Field(default=10.0, ge=0)
    friction_coefficient: float = Field(default=0.05, ge=0, le=1)
    wrap: float = Field(default=2.0, ge=0, le=20)
    stiffness: float = Field(default=1.5e5, gt=0)

    @property
    def efficiency(self) -> float:
        """Share of the load that reaches the pulley."""
        return math.exp(-self.friction_coefficient * self.wrap)

    @property
    def friction(self) -> float:
        """What moving the unloaded loop takes, N: both sides drag by what the pretension leaves in the guides."""
        return 2 * self.pretension * (1 - self.efficiency)
