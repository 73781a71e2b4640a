"""One body that is another object of the catalogue in every world.

The model has a geom of each shape; those that an object does not have are beads inside one that it has, where nothing
touches them. So all worlds share one compiled model, on any backend, and a world's cost is that of its own object.
"""

from typing import Any

import mujoco
import numpy as np
import torch
from torch import Tensor

from envs.grasping.scene import GEOMS, extent
from envs.physics import Physics
from envs.tasks.catalogue import CATALOGUE, SHAPES, Thing
from envs.tasks.objects import REFERENCE_DENSITY, TORSION, Bands, ObjectConfig, draw_from, matter, uniform
from hand_model.grasps import quaternion

THING = "thing"
"""The body, its joint, and what its geoms' names begin with."""

_BEAD = 1e-3
"""Half the size of a geom that an object does not have, m."""

_LARGEST = 0.09
"""No object reaches further from its centre of mass, m."""

_POWERS = {
    "geom_size": 1,
    "geom_pos": 1,
    "geom_quat": 0,
    "geom_rbound": 1,
    "body_mass": 3,
    "body_inertia": 5,
    "body_ipos": 1,
    "body_iquat": 0,
}
"""How fields of the model grow with an object's size."""

_DENSE = ("body_mass", "body_inertia")
"""Fields that grow with its density."""


def add_thing(spec: mujoco.MjSpec, timestep: float) -> None:
    """Add the body, as the catalogue's last object.

    Args:
        spec: with the hand.
        timestep: of the physics, s.
    """
    body = spec.worldbody.add_body(name=THING)
    body.add_freejoint(name=THING)
    _add_parts(body, CATALOGUE[-1], **matter(timestep), rgba=[0.25, 0.45, 0.7, 1])


def unbind_shape(model: mujoco.MjModel) -> None:
    """Undo what the compiler concluded from the shape that the body was given, as each world has its own.

    Bounding boxes, which all worlds share, enclose every object of the catalogue, and frames count as different.

    Args:
        model: with the body; changed in place.
    """
    body = model.body(THING).id
    geoms = model.geom_bodyid == body
    volumes = slice(model.body_bvhadr[body], model.body_bvhadr[body] + model.body_bvhnum[body])
    model.bvh_aabb[volumes] = model.geom_aabb[geoms] = [0, 0, 0, *[_LARGEST] * 3]
    model.body_sameframe[body] = mujoco.mjtSameFrame.mjSAMEFRAME_NONE
    model.geom_sameframe[geoms] = mujoco.mjtSameFrame.mjSAMEFRAME_NONE


class Assortment:
    """One object in each world, the catalogue's in turn, each of its own size, friction and density.

    Args:
        physics: the worlds.
        sizes: bands that sizes are drawn from, each as likely as it is wide.
        config: how friction and density differ.
        generator: of the draws, on the CPU; the same seed makes the same objects.

    Attributes:
        kind: (nworld,) int64, place in the catalogue.
        size: (nworld,) share of the size in the catalogue.
        friction: (nworld,) sliding coefficient.
        density: (nworld,) kg/m³.
        low: (nworld, 3) m, from each object's frame to its bounding box's lower corner.
        high: (nworld, 3) m, to its upper corner.
    """

    def __init__(
        self, physics: Physics, sizes: Bands, config: ObjectConfig, generator: torch.Generator
    ) -> None:
        self._physics = physics
        self._body = physics.model.body(THING).id
        count, device = physics.nworld, physics.device
        self.kind = torch.arange(count, device=device) % len(CATALOGUE)
        self.size = draw_from(sizes, physics, generator)
        self.friction = uniform(config.friction, physics, generator)
        self.density = uniform(config.density, physics, generator)
        box = torch.as_tensor(np.array([_bounds(thing) for thing in CATALOGUE]), device=device)
        self.low, self.high = (box[self.kind].to(physics.dtype) * self.size[:, None, None]).unbind(1)
        self._write([_model_of(thing) for thing in CATALOGUE])

    def features(self) -> Tensor:
        """What differs, about unit size, (nworld, 3) float32."""
        return torch.stack([self.size, self.friction, self.density / 1000], dim=1).float()

    def _write(self, models: list[mujoco.MjModel]) -> None:
        """Give each world's model its object."""
        expand, dense = self._physics.expand, self.density / REFERENCE_DENSITY
        for name, power in _POWERS.items():
            scale = self.size**power * (dense if name in _DENSE else 1.0)
            self._rows(name)[:] = _times(scale, self._table(models, name))
        friction = self._rows("geom_friction")
        friction[..., 0] = self.friction[:, None]
        friction[..., 1] = TORSION * self.friction[:, None]
        inverse = 1 / torch.stack([dense * self.size**3, dense * self.size**5], dim=1)
        self._rows("body_invweight0")[:] = self._table(models, "body_invweight0") * inverse
        dofs = np.flatnonzero(self._physics.model.dof_bodyid == self._body)
        lightness = self._table(models, "dof_invweight0") * inverse.repeat_interleave(3, dim=1)
        expand("dof_invweight0")[:, dofs] = lightness
        self._rows("body_subtreemass")[:] = self._rows("body_mass")
        masses = expand("body_mass")
        expand("body_subtreemass")[:, 0] = masses.sum(1)

    def _rows(self, name: str) -> Tensor:
        """The body's or its geoms' rows of a field, (nworld, n, ...); a live view."""
        field = self._physics.expand(name)
        if name.startswith("body_"):
            return field[:, self._body]
        first = int(self._physics.model.body_geomadr[self._body])
        return field[:, first : first + len(SHAPES)]

    def _table(self, models: list[mujoco.MjModel], name: str) -> Tensor:
        """Each world's values at unit size and density, (nworld, ...)."""
        start = 1 if name.startswith("body_") else 0
        rows = np.stack([getattr(model, name)[start:] for model in models])
        if name.startswith("body_"):
            rows = rows[:, 0]
        physics = self._physics
        return torch.as_tensor(rows, dtype=physics.dtype, device=physics.device)[self.kind]


def _times(scale: Tensor, values: Tensor) -> Tensor:
    return values * scale.reshape(-1, *[1] * (values.ndim - 1))


def _bounds(thing: Thing) -> np.ndarray:
    """Lower and upper corner of an object's bounding box in its frame, (2, 3) m."""
    ends = [
        [max(extent(part, sign * axis) for part in thing.parts) for axis in np.eye(3)] for sign in (-1, 1)
    ]
    return np.array([[-1], [1]]) * ends


def _model_of(thing: Thing) -> mujoco.MjModel:
    """An object on its own."""
    spec = mujoco.MjSpec()
    body = spec.worldbody.add_body(name=THING)
    body.add_freejoint()
    _add_parts(body, thing, density=REFERENCE_DENSITY)
    return spec.compile()


def _add_parts(body: mujoco.MjsBody, thing: Thing, **shared: Any) -> None:
    """Add an object's geoms in the order of `SHAPES`; a bead where it has none."""
    for shape in SHAPES:
        own = [part for part in thing.parts if part.shape == shape]
        part = own[0] if own else thing.parts[0]
        size = [*part.size, 0, 0][:3] if own else [_BEAD] * 3
        given = dict(shared) if own else shared | {"density": 0.0}
        body.add_geom(
            name=f"{THING}_{shape}",
            type=GEOMS[shape],
            size=size,
            pos=part.position,
            quat=quaternion(part.turn_deg),
            **given,
        )
