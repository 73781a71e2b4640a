"""Geoms whose shape is each world's own, as cameras see them."""

from collections.abc import Sequence

import mujoco
import torch
from torch import Tensor

from envs.physics import Physics

FIELDS = ("geom_size", "geom_pos", "geom_quat")
"""Of the model, that say what shape a body has."""


class Shapes:
    """What bodies look like in each world.

    Geoms that physics has too look as physics has them; those that are only seen grow with the first of the others.

    Args:
        physics: the worlds; a task has given them their shapes.
        picture: the scene as cameras see it.
        bodies: names of the bodies, each with at least one named geom that physics has too.
    """

    def __init__(self, physics: Physics, picture: mujoco.MjModel, bodies: Sequence[str]) -> None:
        self.varied = FIELDS if bodies else ()
        self._values: dict[str, Tensor] = {}
        if not bodies:
            return
        own = {name: physics.expand(name).float() for name in FIELDS}
        for name in FIELDS:
            default = torch.tensor(getattr(picture, name), dtype=torch.float32, device=physics.device)
            self._values[name] = default.repeat(physics.nworld, 1, 1)
        for body in bodies:
            geoms = [i for i in range(picture.ngeom) if picture.body(picture.geom_bodyid[i]).name == body]
            shared = [(i, j) for i in geoms if (j := _same(physics.model, picture, i)) >= 0]
            for drawn, stepped in shared:
                for name in FIELDS:
                    self._values[name][:, drawn] = own[name][:, stepped]
            first, stepped = shared[0]
            scale = own["geom_size"][:, stepped, :1] / float(picture.geom_size[first, 0])
            for drawn in set(geoms) - {i for i, _ in shared}:
                self._values["geom_size"][:, drawn] *= scale
                self._values["geom_pos"][:, drawn] *= scale

    def fields(self, worlds: Tensor) -> dict[str, Tensor]:
        """The model's fields of worlds (n,), each (n, ngeom, ...)."""
        return {name: self._values[name][worlds] for name in self.varied}


def _same(stepped: mujoco.MjModel, picture: mujoco.MjModel, geom: int) -> int:
    """The geom of the same name in the model that is stepped, -1 where there is none."""
    name = picture.geom(geom).name
    return mujoco.mj_name2id(stepped, mujoco.mjtObj.mjOBJ_GEOM, name) if name else -1
