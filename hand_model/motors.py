"""Motors as their data sheets describe them.

A data sheet is a YAML file whose quantities stand as they are printed, with their units: `configs/motors/` has those
that ship with the project, and a copy of one with other figures describes another motor.
"""

from functools import lru_cache
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hand_model.sheets import read_sheet, sheet_names

COPPER = 0.0039
"""Temperature coefficient of a copper winding's resistance, 1/K."""

_AGREEMENT = 0.25
"""Sheets round, and their friction is a model: figures that say the same may differ by this share."""


class Motor(BaseModel):
    """A DC motor's data sheet in SI units; a brushless motor's as its DC equivalent.

    Each quantity's unit stands beside it; in a data sheet's file any unit of the same kind will do.

    Attributes:
        name: the maker's type.
        source: where the figures were read, and which of them are estimates.
        voltage: nominal, V.
        resistance: terminal resistance at the reference temperature, Ω.
        inductance: terminal inductance, H.
        torque_constant: N·m/A, equally V·s/rad.
        rotor_inertia: kg·m².
        cogging_torque: amplitude, N·m; coreless motors have none.
        cogging_periods: of the cogging in a turn.
        no_load_speed: at the nominal voltage, rad/s.
        friction_torque: of bearings and brushes, N·m; by default what the no-load speed shows.
        stall_torque: at the nominal voltage and the reference temperature, N·m.
        rated_torque: continuous, N·m.
        rated_current: continuous, A.
        mechanical_time_constant: of the bare rotor at a constant voltage, s; only checked against the rest.
        max_current: what magnets and driver bear for seconds, A; by default the stall current.
        winding_to_housing: thermal resistance, K/W.
        housing_to_ambient: thermal resistance without a heat sink, K/W.
        winding_time: thermal time constant of the winding, s.
        housing_time: thermal time constant of the motor, s.
        winding_limit: highest temperature of the winding, °C.
        reference: temperature that the sheet's figures hold at, °C.
        mass: kg.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: str
    source: str
    voltage: Annotated[float, Field(gt=0), "V"]
    resistance: Annotated[float, Field(gt=0), "ohm"]
    inductance: Annotated[float, Field(ge=0), "H"]
    torque_constant: Annotated[float, Field(gt=0), "N*m/A"]
    rotor_inertia: Annotated[float, Field(gt=0), "kg*m^2"]
    cogging_torque: Annotated[float, Field(ge=0), "N*m"] = 0.0
    cogging_periods: int = Field(default=0, ge=0)
    no_load_speed: Annotated[float, Field(gt=0), "rad/s"]
    friction_torque: Annotated[float | None, Field(ge=0), "N*m"] = None
    stall_torque: Annotated[float, Field(gt=0), "N*m"]
    rated_torque: Annotated[float, Field(gt=0), "N*m"]
    rated_current: Annotated[float, Field(gt=0), "A"]
    mechanical_time_constant: Annotated[float | None, Field(gt=0), "s"] = None
    max_current: Annotated[float | None, Field(gt=0), "A"] = None
    winding_to_housing: Annotated[float, Field(gt=0), "K/W"]
    housing_to_ambient: Annotated[float, Field(gt=0), "K/W"]
    winding_time: Annotated[float, Field(gt=0), "s"]
    housing_time: Annotated[float, Field(gt=0), "s"]
    winding_limit: Annotated[float, Field(gt=0, le=300), "degC"]
    reference: Annotated[float, Field(ge=0, le=40), "degC"] = 22.0
    mass: Annotated[float, Field(gt=0), "kg"]

    @property
    def stall_current(self) -> float:
        """At the nominal voltage and the reference temperature, A."""
        return self.voltage / self.resistance

    @property
    def peak_current(self) -> float:
        """The most that a driver should send, A."""
        return min(self.max_current or self.stall_current, self.stall_current)

    @property
    def friction(self) -> float:
        """Of bearings and brushes, N·m: what keeps the no-load speed below voltage / constant."""
        if self.friction_torque is not None:
            return self.friction_torque
        current = (self.voltage - self.torque_constant * self.no_load_speed) / self.resistance
        return self.torque_constant * max(current, 0.0)

    @property
    def continuous_current(self) -> float:
        """That which brings the winding to its limit in air at the reference temperature, A."""
        rise = self.winding_limit - self.reference
        hot = self.resistance * (1 + COPPER * rise)
        return (rise / (self.winding_to_housing + self.housing_to_ambient) / hot) ** 0.5

    @model_validator(mode="after")
    def _figures_agree(self) -> Self:
        ideal = self.torque_constant * self.stall_current
        _agree("stall_torque", self.stall_torque, ideal, "torque_constant * voltage / resistance", "N*m")
        ideal = self.voltage / self.torque_constant
        _agree("no_load_speed", self.no_load_speed, ideal, "voltage / torque_constant", "rad/s")
        if self.mechanical_time_constant is not None:
            ideal = self.resistance * self.rotor_inertia / self.torque_constant**2
            how = "resistance * rotor_inertia / torque_constant^2"
            _agree("mechanical_time_constant", self.mechanical_time_constant, ideal, how, "s")
        ideal = self.torque_constant * self.rated_current
        _agree("rated_torque", self.rated_torque, ideal, "torque_constant * rated_current", "N*m")
        return self


def _agree(name: str, given: float, derived: float, how: str, unit: str) -> None:
    if abs(given - derived) > _AGREEMENT * derived:
        raise ValueError(
            f"{name}: expected about {derived:.4g} {unit}, which is {how}, got {given:.4g} {unit}"
        )


def motor_names() -> list[str]:
    """Names of the data sheets that ship with the project."""
    return sheet_names("motors")


@lru_cache
def load_motor(name_or_path: str) -> Motor:
    """Read a motor's data sheet: a name under `configs/motors/`, or a YAML file.

    Raises:
        DatasheetError: what is wrong, in one line that names the file and the figure.
    """
    return read_sheet("motors", name_or_path, Motor)
