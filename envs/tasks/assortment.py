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
from envs.tasks.bodies import OwnBodies
from envs.tasks.catalogue import CATALOGUE, SHAPES, Thing
from envs.tasks.objects import REFERENCE_DENSITY, Bands, ObjectConfig, draw_from, matter, uniform
from hand_model.grasps import quaternion

THING = "thing"
"""The body, its joint, and what its geoms' names begin with."""

_BEAD = 1e-3
"""Half the size of a geom that an object does not have, m."""

LARGEST_SIZE, LARGEST = 1.25, 0.09
"""Largest size, as a share of the catalogue's; no object reaches further from its centre of mass then, m."""


def add_thing(spec: mujoco.MjSpec, timestep: float) -> None:
    """Add the body, as the catalogue's last object.

    Args:
        spec: with the hand.
        timestep: of the physics, s.
    """
    body = spec.worldbody.add_body(name=THING)
    body.add_freejoint(name=THING)
    _add_parts(body, CATALOGUE[-1], matter(timestep) | {"rgba": [0.25, 0.45, 0.7, 1]})


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
        count, device = physics.nworld, physics.device
        self.kind = torch.arange(count, device=device) % len(CATALOGUE)
        self.size = draw_from(sizes, physics, generator)
        self.friction = uniform(config.friction, physics, generator)
        self.density = uniform(config.density, physics, generator)
        box = torch.as_tensor(np.array([_bounds(thing) for thing in CATALOGUE]), device=device)
        self.low, self.high = (box[self.kind].to(physics.dtype) * self.size[:, None, None]).unbind(1)
        bodies = OwnBodies(physics, THING, [_model_of(thing) for thing in CATALOGUE], self.kind)
        bodies.write(self.size, self.density, self.friction)

    def features(self) -> Tensor:
        """What differs, about unit size, (nworld, 3) float32."""
        return torch.stack([self.size, self.friction, self.density / 1000], dim=1).float()


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
    _add_parts(body, thing, {"density": REFERENCE_DENSITY})
    return spec.compile()


def _add_parts(body: mujoco.MjsBody, thing: Thing, shared: dict[str, Any]) -> None:
    """Add an object's geoms in the order of `SHAPES`; a bead where it has none. All `shared` what `add_geom` takes."""
    for shape in SHAPES:
        own = [part for part in thing.parts if part.shape == shape]
        part = own[0] if own else thing.parts[0]
        size = [*part.size, 0, 0][:3] if own else [_BEAD] * 3
        given = shared if own else shared | {"density": 0.0}
        body.add_geom(
            name=f"{THING}_{shape}",
            type=GEOMS[shape],
            size=size,
            pos=part.position,
            quat=quaternion(part.turn_deg),
            **given,
        )
