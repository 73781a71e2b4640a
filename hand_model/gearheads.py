"""Gearheads as their data sheets describe them."""

from functools import lru_cache
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from hand_model.sheets import DatasheetError, read_sheet, sheet_names


class Gearhead(BaseModel):
    """What stands between a motor's shaft and its joint, in SI units.

    Attributes:
        name: the maker's type.
        ratio: motor turns per joint turn.
        stages: number of gear stages.
        efficiency: share of the motor's torque that reaches the joint.
        backlash: play at the joint with the motor held, rad.
        mass: kg.
        inertia: of its gears as the motor feels them, kg·m².
        continuous_torque: what the output bears for ever, N·m.
        peak_torque: what the output bears for seconds, N·m.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    ratio: float = Field(gt=0)
    stages: int = Field(ge=0)
    efficiency: float = Field(gt=0, le=1)
    backlash: float = Field(default=0.0, ge=0)
    mass: float = Field(default=0.0, ge=0)
    inertia: float = Field(default=0.0, ge=0)
    continuous_torque: float = Field(default=float("inf"), gt=0)
    peak_torque: float = Field(default=float("inf"), gt=0)


DIRECT = Gearhead(name="none", ratio=1, stages=0, efficiency=1)
"""The bare motor."""


class GearStages(BaseModel):
    """What all ratios of a family with one number of stages share.

    Attributes:
        stages: number of stages.
        ratios: reductions that can be had.
        efficiency: share of the torque that gets through.
        mass: kg.
        inertia: of its gears as the motor feels them, kg·m².
        continuous_torque: N·m at the output.
        peak_torque: N·m at the output, for seconds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    stages: int = Field(ge=1)
    ratios: tuple[Annotated[float, Field(gt=0)], ...] = Field(min_length=1)
    efficiency: float = Field(gt=0, le=1)
    mass: Annotated[float, Field(gt=0), "kg"]
    inertia: Annotated[float, Field(ge=0), "kg*m^2"] = 0.0
    continuous_torque: Annotated[float, Field(gt=0), "N*m"]
    peak_torque: Annotated[float, Field(gt=0), "N*m"]


class GearheadFamily(BaseModel):
    """A gearhead's data sheet.

    Attributes:
        name: the maker's type.
        source: where the figures were read, and which of them are estimates.
        backlash: play at the output, rad.
        rows: the sheet's rows.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: str
    source: str
    backlash: Annotated[float, Field(ge=0), "rad"]
    rows: tuple[GearStages, ...] = Field(min_length=1)

    @property
    def ratios(self) -> tuple[float, ...]:
        """Every reduction that can be had, ascending."""
        return tuple(sorted(ratio for row in self.rows for ratio in row.ratios))

    def at(self, ratio: float) -> Gearhead:
        """The gearhead of one reduction.

        Raises:
            DatasheetError: the family has no such ratio; the message names the nearest.
        """
        for row in self.rows:
            if ratio in row.ratios:
                figures = row.model_dump(exclude={"ratios"})
                return Gearhead(
                    name=f"{self.name} {ratio:g}:1", ratio=ratio, backlash=self.backlash, **figures
                )
        nearest = min(self.ratios, key=lambda other: abs(other - ratio))
        raise DatasheetError(f"{self.name}: no ratio {ratio:g}:1; nearest: {nearest:g}")


def gearhead_names() -> list[str]:
    """Names of the gearheads' data sheets that ship with the project."""
    return sheet_names("gearheads")


@lru_cache
def load_gearhead(name_or_path: str) -> GearheadFamily:
    """Read a gearhead's data sheet: a name under `configs/gearheads/`, or a YAML file.

    Raises:
        DatasheetError: what is wrong, in one line that names the file and the figure.
    """
    return read_sheet("gearheads", name_or_path, GearheadFamily)
