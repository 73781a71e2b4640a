"""Parts that stand in a bin: round, square or flat, each world's of its own size, density and friction."""

import math
from typing import NamedTuple

import mujoco
import torch
from torch import Tensor

from envs.masses import Masses
from envs.physics import Physics
from envs.tasks.objects import REFERENCE_DENSITY, TORSION, ObjectConfig, matter, uniform

PART = "part"

HALF_HEIGHT = 0.06
"""Of a part of full size, m."""


class _Shape(NamedTuple):
    """Half widths of a part's section at full size, m; a round one has equal ones."""

    round: bool
    half: tuple[float, float]


SHAPES = {
    "round": _Shape(True, (0.024, 0.024)),
    "square": _Shape(False, (0.021, 0.021)),
    "flat": _Shape(False, (0.025, 0.016)),
}
"""By name; sections of bars and tubes that a hand gets around."""

_HIDDEN = 0.001
"""Half size of the geom that a world's part is not, in the middle of the one that it is, m."""

_LARGEST = tuple(max(shape.half[axis] for shape in SHAPES.values()) for axis in (0, 1))


def add_part(spec: mujoco.MjSpec, timestep: float) -> None:
    """Add a part that moves freely: the largest box and the largest cylinder, of which each world keeps one.

    Args:
        spec: with `envs.factory.looks.MATERIALS`.
        timestep: of the physics, s.
    """
    body = spec.worldbody.add_body(name=PART)
    body.add_freejoint(name=PART)
    contact = {**matter(timestep), "density": 0.0, "material": "orange"}
    body.explicitinertial = True
    body.mass, body.inertia = _inertia(*_reference())
    kinds = mujoco.mjtGeom
    radius = SHAPES["round"].half[0]
    body.add_geom(name="part_round", type=kinds.mjGEOM_CYLINDER, size=[radius, HALF_HEIGHT, 0], **contact)
    body.add_geom(name="part_box", type=kinds.mjGEOM_BOX, size=[*_LARGEST, HALF_HEIGHT], **contact)


class Parts:
    """The part of every world.

    Args:
        physics: the worlds.
        config: how parts differ.
        generator: of the draws, on the CPU; the same seed makes the same parts.

    Attributes:
        shape: (nworld,) int64, of `SHAPES` in their order.
        size: (nworld,) share of the full size.
        half_height: (nworld,) m.
        half_width: (nworld,) the smaller one of a section, m.
    """

    def __init__(self, physics: Physics, config: ObjectConfig, generator: torch.Generator) -> None:
        self._physics = physics
        count = physics.nworld
        self.shape = torch.randint(len(SHAPES), (count,), generator=generator).to(physics.device)
        self.size = uniform(config.size, physics, generator)
        self._friction = uniform(config.friction, physics, generator)
        self._density = uniform(config.density, physics, generator)
        table = torch.tensor([[*shape.half, HALF_HEIGHT] for shape in SHAPES.values()], dtype=torch.float64)
        half = table.to(physics.device, physics.dtype)[self.shape] * self.size[:, None]
        self.half_height, self.half_width = half[:, 2].float(), half[:, :2].amin(dim=1).float()
        self._write(half)

    def features(self) -> Tensor:
        """What differs, about unit size, (nworld, 3 + shapes) float32."""
        kind = torch.nn.functional.one_hot(self.shape, len(SHAPES))
        rest = torch.stack([self.size, self._friction, self._density / 2000], dim=1)
        return torch.cat([rest.float(), kind.float()], dim=1)

    def _write(self, half: Tensor) -> None:
        """Give each world's model its part, whose half edges are (nworld, 3) m."""
        model, expand = self._physics.model, self._physics.expand
        cylinder, box = (model.geom(name).id for name in ("part_round", "part_box"))
        is_round = torch.tensor([shape.round for shape in SHAPES.values()], device=half.device)[self.shape]
        hidden = torch.full_like(half, _HIDDEN)
        size = expand("geom_size")
        size[:, box] = torch.where(is_round[:, None], hidden, half)
        size[:, cylinder] = torch.where(is_round[:, None], half[:, [0, 2, 2]], hidden)
        for geom in (cylinder, box):
            expand("geom_friction")[:, geom, 0] = self._friction
            expand("geom_friction")[:, geom, 1] = TORSION * self._friction
        mass, inertia = _inertia(half, is_round)
        reference_mass, reference = _inertia(*_reference())
        denser = self._density / REFERENCE_DENSITY
        worlds = torch.arange(self._physics.nworld, device=half.device)
        factor = denser[:, None] * inertia / reference.to(inertia)
        Masses(self._physics, [model.body(PART).id]).scale(
            worlds, denser * mass / float(reference_mass), factor
        )


def _reference() -> tuple[Tensor, Tensor]:
    """Half edges of the model's own part, (3,) m, and whether it is round: it is."""
    shape = SHAPES["round"]
    return torch.tensor([*shape.half, HALF_HEIGHT], dtype=torch.float64), torch.tensor(shape.round)


def _inertia(half: Tensor, is_round: Tensor) -> tuple[Tensor, Tensor]:
    """Mass (...) kg and moments (..., 3) kg·m² of parts of the reference density with half edges (..., 3) m."""
    x, y, z = half.unbind(-1)
    mass = REFERENCE_DENSITY * 8 * x * y * z * torch.where(is_round, math.pi / 4, 1.0)
    # of a section about its middle axes: a²/3 of a half edge, r²/4 of a radius
    share = torch.where(is_round, 1 / 4, 1 / 3).to(half)
    moments = torch.stack([share * y**2 + z**2 / 3, share * x**2 + z**2 / 3, share * (x**2 + y**2)], dim=-1)
    return mass, mass[..., None] * moments
