"""A pin with a handle, and a plate with a hole for it.

The pin has a round nose, as locating pins have; the hole is round by eight flat walls. Its clearance is the difference
of two diameters: that of the circle that touches all eight walls, and the pin's.
"""

import math

import mujoco
import torch
from torch import Tensor

from envs.physics import Physics
from envs.tasks.bodies import OwnBodies
from envs.tasks.objects import REFERENCE_DENSITY, TORSION, Bands, ObjectConfig, draw_from, matter, uniform

PIN, PLATE = "pin", "plate"
"""The body that is inserted, with its joint, and the mocap body with the hole."""

LARGEST = 0.085
"""No pin reaches further from its centre of mass, m."""

DIAMETER = 0.016
"""Of the model's pin, m, the largest; each world has its own."""

HANDLE_RADIUS, HANDLE_HALF = 0.015, 0.016
"""Of the handle: its radius, and half its length without its rounded ends, m. The pin's frame is in its middle."""

SHAFT = 0.062
"""From the handle's middle to where the pin's nose begins, m: the end of its full diameter."""

WALLS = 8
_THICKNESS, _WIDTH = 0.020, 0.020
"""Half of a wall's thickness away from the hole, and half its width along the hole, m."""

DEPTH = 0.040
"""Of the hole, which goes through the plate, m."""

PRESSED = "pin_in_plate"
"""Sensor: signed distance of pin and plate where they are deepest in each other, m; 0 without a contact."""

_STIFF = (0.995, 0.9995, 0.0001, 0.5, 2)
"""Impedance of the walls' contacts: a pin must sink far less into them than its clearance."""


def add_pin(spec: mujoco.MjSpec, timestep: float) -> None:
    """Add a pin, nose down.

    Args:
        spec: with the hand.
        timestep: of the physics, s.
    """
    body = spec.worldbody.add_body(name=PIN)
    body.add_freejoint(name=PIN)
    _add_parts(body, DIAMETER, matter(timestep))


def add_plate(spec: mujoco.MjSpec, timestep: float, clearance: float) -> None:
    """Add a plate with a hole; its frame lies where the hole's axis leaves the plate, z out of it.

    Args:
        spec: with the hand.
        timestep: of the physics, s.
        clearance: between the hole's diameter and the pin's, m.
    """
    body = spec.worldbody.add_body(name=PLATE, mocap=True)
    steel = matter(timestep) | {"priority": 2, "solimp": _STIFF, "friction": [0.3, 0.3 * TORSION, 0]}
    for wall in range(WALLS):
        turn = 2 * math.pi * wall / WALLS
        away = (DIAMETER + clearance) / 2 + _THICKNESS
        body.add_geom(
            name=f"wall_{wall}",
            type=mujoco.mjtGeom.mjGEOM_BOX,
            size=[_THICKNESS, _WIDTH, DEPTH / 2],
            pos=[away * math.cos(turn), away * math.sin(turn), -DEPTH / 2],
            quat=[math.cos(turn / 2), 0, 0, math.sin(turn / 2)],
            rgba=[0.55, 0.56, 0.6, 1],
            **steel,
        )


def add_press_sensor(spec: mujoco.MjSpec) -> None:
    """Add what measures how deep the pin is in the plate's walls; both stand in the scene already."""
    spec.add_sensor(
        name=PRESSED,
        type=mujoco.mjtSensor.mjSENS_CONTACT,
        objtype=mujoco.mjtObj.mjOBJ_BODY,
        objname=PIN,
        reftype=mujoco.mjtObj.mjOBJ_BODY,
        refname=PLATE,
        # the distance and nothing else; of the contact where it is smallest, in one slot
        intprm=[1 << int(mujoco.mjtConDataField.mjCONDATA_DIST), 1, 1],
    )


class Pins:
    """A pin of its own diameter, friction and density in each world, and a hole for it, always as much wider.

    Args:
        physics: the worlds.
        diameters: bands that diameters are drawn from, m.
        config: how friction and density differ.
        generator: of the draws, on the CPU; the same seed makes the same pins.

    Attributes:
        diameter: (nworld,) m.
        friction: (nworld,) sliding coefficient of pin and fingers.
        density: (nworld,) kg/m³.
    """

    def __init__(
        self, physics: Physics, diameters: Bands, config: ObjectConfig, generator: torch.Generator
    ) -> None:
        self.diameter = draw_from(diameters, physics, generator)
        self.friction = uniform(config.friction, physics, generator)
        self.density = uniform(config.density, physics, generator)
        models = [_model_of(diameter) for diameter in self.diameter.tolist()]
        own = OwnBodies(physics, PIN, models, torch.arange(physics.nworld, device=physics.device))
        own.write(torch.ones_like(self.density), self.density, self.friction)
        self._narrow(physics)

    def features(self) -> Tensor:
        """What differs, about unit size, (nworld, 3) float32."""
        return torch.stack([100 * self.diameter, self.friction, self.density / 1000], dim=1).float()

    def _narrow(self, physics: Physics) -> None:
        """Move each world's walls towards the hole's axis by as much as its pin is thinner than the model's."""
        place = physics.expand("geom_pos")
        for wall in range(WALLS):
            geom, turn = physics.model.geom(f"wall_{wall}").id, 2 * math.pi * wall / WALLS
            inward = (DIAMETER - self.diameter) / 2
            place[:, geom, 0] -= inward * math.cos(turn)
            place[:, geom, 1] -= inward * math.sin(turn)


def _model_of(diameter: float) -> mujoco.MjModel:
    """A pin on its own."""
    spec = mujoco.MjSpec()
    body = spec.worldbody.add_body(name=PIN)
    body.add_freejoint()
    _add_parts(body, diameter, {"density": REFERENCE_DENSITY})
    return spec.compile()


def _add_parts(body: mujoco.MjsBody, diameter: float, shared: dict[str, object]) -> None:
    """Add handle and shaft: two capsules on one axis. All `shared` what `add_geom` takes."""
    capsule = mujoco.mjtGeom.mjGEOM_CAPSULE
    parts = {
        "handle": ([HANDLE_RADIUS, HANDLE_HALF, 0], 0.0, [0.25, 0.45, 0.7, 1]),
        "shaft": ([diameter / 2, SHAFT / 2, 0], -SHAFT / 2, [0.75, 0.76, 0.78, 1]),
    }
    for name, (size, height, rgba) in parts.items():
        body.add_geom(name=name, type=capsule, size=size, pos=[0, 0, height], rgba=rgba, **shared)
