"""Gives each world a body of its own shape: what Masses and a scale cannot say."""

from collections.abc import Sequence

import mujoco
import numpy as np
import torch
from torch import Tensor

from envs.physics import Physics
from envs.tasks.objects import REFERENCE_DENSITY, TORSION

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
"""How fields of the model grow with a body's size."""

_DENSE = ("body_mass", "body_inertia")
"""Fields that grow with its density."""


def unbind_shape(model: mujoco.MjModel, body: str, reach: float) -> None:
    """Undo what the compiler concluded from the shape that a body was given, as each world has its own.

    Bounding boxes, which all worlds share, become large enough for all, and frames count as different.

    Args:
        model: changed in place.
        body: its name.
        reach: furthest that any world's body reaches from its centre of mass, m.
    """
    index = model.body(body).id
    geoms = model.geom_bodyid == index
    volumes = slice(model.body_bvhadr[index], model.body_bvhadr[index] + model.body_bvhnum[index])
    model.bvh_aabb[volumes] = model.geom_aabb[geoms] = [0, 0, 0, *[reach] * 3]
    model.body_sameframe[index] = mujoco.mjtSameFrame.mjSAMEFRAME_NONE
    model.geom_sameframe[geoms] = mujoco.mjtSameFrame.mjSAMEFRAME_NONE


class OwnBodies:
    """Writes a freely moving body's shape, mass, inertia and friction to each world's model.

    Args:
        physics: the worlds; their model went through `unbind_shape`.
        body: name of the body, whose joint is a free one.
        models: bodies to choose from, each alone in a model at unit size and `REFERENCE_DENSITY`, their geoms of the
            same types and in the same order as the body's.
        kind: which of them each world has, (nworld,) int64.
    """

    def __init__(self, physics: Physics, body: str, models: Sequence[mujoco.MjModel], kind: Tensor) -> None:
        self._physics, self._models, self._kind = physics, models, kind
        self._body = physics.model.body(body).id

    def write(self, size: Tensor, density: Tensor, friction: Tensor) -> None:
        """Give each world its own.

        Args:
            size: share of the unit size, (nworld,).
            density: kg/m³.
            friction: sliding coefficient.
        """
        dense = density / REFERENCE_DENSITY
        for name, power in _POWERS.items():
            scale = size**power * (dense if name in _DENSE else 1.0)
            unit = self._unit(name)
            self._rows(name)[:] = unit * scale.reshape(-1, *[1] * (unit.ndim - 1))
        rows = self._rows("geom_friction")
        rows[..., 0], rows[..., 1] = friction[:, None], TORSION * friction[:, None]
        # how soft contacts with it are follows from its mass and inertia, in that order
        inverse = 1 / torch.stack([dense * size**3, dense * size**5], dim=1)
        self._rows("body_invweight0")[:] = self._unit("body_invweight0") * inverse
        dofs = np.flatnonzero(self._physics.model.dof_bodyid == self._body)
        softness = self._unit("dof_invweight0") * inverse.repeat_interleave(3, dim=1)
        self._physics.expand("dof_invweight0")[:, dofs] = softness
        mass = self._physics.expand("body_mass")
        self._physics.expand("body_subtreemass")[:, self._body] = mass[:, self._body]
        self._physics.expand("body_subtreemass")[:, 0] = mass.sum(dim=1)

    def _rows(self, name: str) -> Tensor:
        """The body's row or its geoms' rows of a field, (nworld, ...); a live view."""
        field, model = self._physics.expand(name), self._physics.model
        if name.startswith("body_"):
            return field[:, self._body]
        first = int(model.body_geomadr[self._body])
        return field[:, first : first + int(model.body_geomnum[self._body])]

    def _unit(self, name: str) -> Tensor:
        """Each world's values at unit size and density, (nworld, ...)."""
        fields = [getattr(model, name) for model in self._models]
        rows = np.stack([field[1] if name.startswith("body_") else field for field in fields])
        physics = self._physics
        return torch.as_tensor(rows, dtype=physics.dtype, device=physics.device)[self._kind]
