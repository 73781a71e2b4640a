"""Objects that a hand touches: how their contacts are, and how they differ from world to world."""

from itertools import pairwise
from typing import Any

import mujoco
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from envs.masses import Masses
from envs.physics import Physics

TORSION = 0.003
"""Torsional friction of a contact as a share of the sliding coefficient, m: two thirds of a contact patch's radius of
4.5 mm, about what a fingertip has under a few newtons."""

_SOLIMP = (0.98, 0.995, 0.0005, 0.5, 2)
"""Impedance of a contact: what a fingertip presses with moves it into the object by some tenths of a millimetre."""

_STEPS_PER_TIME_CONSTANT = 2
"""Physics steps that a contact's time constant lasts: the shortest that MuJoCo's integrators bear."""

REFERENCE_DENSITY = 1000.0
"""With which a scene's objects are built, kg/m³; each world's own follows from it."""

Span = tuple[float, float]
"""Lowest and highest value of a uniform draw."""

Bands = tuple[Span, ...]
"""Spans that do not overlap, ascending."""


class ObjectConfig(BaseModel):
    """How objects differ from world to world; every figure is drawn uniformly and independently.

    Attributes:
        size: share of the drawn object's full size.
        friction: sliding coefficient of its contacts; rubber-like skin on plastic, wood or metal has 0.5 to 1.
        density: kg/m³, from polyamide (1,140) to aluminium (2,700).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    size: Span = (0.85, 1.0)
    friction: Span = (0.6, 1.0)
    density: Span = Field(default=(1140.0, 2700.0))


def check_bands(bands: Bands, others: Bands, lowest: float, highest: float) -> Bands:
    """Bands as they are, if they are sound.

    Args:
        bands: that are looked at.
        others: that these must not overlap, beside each other.
        lowest: that a band may begin with.
        highest: that a band may end with.

    Raises:
        ValueError: no band, one that is empty or out of bounds, or two that overlap.
    """
    if not bands:
        raise ValueError("expected at least one band [lowest, highest]")
    for low, high in bands:
        if not lowest <= low < high <= highest:
            raise ValueError(f"expected bands between {lowest} and {highest}, got [{low}, {high}]")
    ends = sorted([*bands, *others])
    for (_, before), (after, _) in pairwise(ends):
        if after < before - 1e-9:
            raise ValueError(f"bands overlap: one ends at {before}, the next begins at {after}")
    return bands


def matter(timestep: float) -> dict[str, Any]:
    """Contact parameters and density of an object's geoms, for `add_geom`; they hold whatever the other geom's are.

    Args:
        timestep: of the physics, s.
    """
    return {
        "density": REFERENCE_DENSITY,
        "condim": 4,
        "priority": 1,
        "solref": [_STEPS_PER_TIME_CONSTANT * timestep, 1.0],
        "solimp": _SOLIMP,
    }


def stiffen(spec: mujoco.MjSpec, timestep: float) -> None:
    """Make the contacts of a hand with itself as stiff as those with an object: fingers that work press on each other.

    Args:
        spec: with the hand and nothing else.
        timestep: of the physics, s.
    """
    for geom in spec.geoms:
        geom.solref[:] = [_STEPS_PER_TIME_CONSTANT * timestep, 1.0]
        geom.solimp[:] = _SOLIMP


class Objects:
    """One body of every world, each of its own size, friction and density.

    The model holds the largest object: the engine's bounding volumes, which all worlds share, enclose every other.

    Args:
        physics: the worlds.
        body: name of the body, whose geoms are spheres, capsules or boxes about its centre of mass.
        config: how objects differ.
        generator: of the draws, on the CPU; the same seed makes the same objects.

    Attributes:
        size: (nworld,) share of the full size.
        friction: (nworld,) sliding coefficient.
        density: (nworld,) kg/m³.
    """

    def __init__(self, physics: Physics, body: str, config: ObjectConfig, generator: torch.Generator) -> None:
        self._physics = physics
        self._body = physics.model.body(body).id
        first = int(physics.model.body_geomadr[self._body])
        self._geoms = slice(first, first + int(physics.model.body_geomnum[self._body]))
        self.size = self._draw(config.size, generator)
        self.friction = self._draw(config.friction, generator)
        self.density = self._draw(config.density, generator)
        self._write()

    def features(self) -> Tensor:
        """What differs, about unit size, (nworld, 3) float32."""
        return torch.stack([self.size, self.friction, self.density / 2000], dim=1).float()

    def _draw(self, span: Span, generator: torch.Generator) -> Tensor:
        return uniform(span, self._physics, generator)

    def _write(self) -> None:
        """Give each world's model its object; geoms keep their proportions."""
        geoms, size = self._geoms, self.size
        expand = self._physics.expand
        expand("geom_size")[:, geoms] *= size[:, None, None]
        expand("geom_pos")[:, geoms] *= size[:, None, None]
        expand("geom_friction")[:, geoms, 0] = self.friction[:, None]
        expand("geom_friction")[:, geoms, 1] = TORSION * self.friction[:, None]
        denser = self.density / REFERENCE_DENSITY
        worlds = torch.arange(self._physics.nworld, device=self._physics.device)
        Masses(self._physics, [self._body]).scale(worlds, denser * size**3, denser * size**5)


def uniform(span: Span, physics: Physics, generator: torch.Generator) -> Tensor:
    """One draw for each world, (nworld,), on the worlds' device."""
    low, high = span
    draw = torch.rand(physics.nworld, generator=generator, dtype=torch.float64)
    return (low + (high - low) * draw).to(physics.device, physics.dtype)


def draw_from(bands: Bands, physics: Physics, generator: torch.Generator) -> Tensor:
    """One draw for each world, (nworld,), from bands side by side: each is as likely as it is wide."""
    widths = torch.tensor([high - low for low, high in bands], dtype=physics.dtype, device=physics.device)
    way = uniform((0.0, float(widths.sum())), physics, generator)
    drawn = torch.full_like(way, bands[0][0])
    for (low, high), before in zip(bands, widths.cumsum(0) - widths, strict=True):
        drawn = torch.where(way >= before, (low + way - before).clamp(max=high), drawn)
    return drawn
