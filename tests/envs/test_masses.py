"""Scaled masses move as models compiled with those masses do."""

import mujoco
import numpy as np
import pytest
import torch

from envs.masses import Masses
from envs.physics import make_physics

FREE_BOX = "<freejoint/><geom type='box' size='.02 .03 .04' mass='{mass}'/>"
SLIDER = (
    "<joint type='slide' axis='1 0 0' armature='0.3'/><geom type='box' size='.02 .03 .04' mass='{mass}'/>"
)
HINGE = "<joint axis='0 0 1' armature='0.001'/><geom type='box' size='.02 .03 .04' mass='{mass}'/>"
PENDULUM = (
    "<joint axis='0 1 0'/><geom type='capsule' size='.02' fromto='0 0 0 0 0 -.3' mass='{mass}'/>"
    "<body pos='0 0 -.3'><joint axis='0 1 0'/>"
    "<geom type='capsule' size='.02' fromto='0 0 0 0 0 -.3' mass='{mass}'/></body>"
)


def model(body, mass):
    return mujoco.MjModel.from_xml_string(
        "<mujoco><option integrator='implicitfast'/><worldbody><geom type='plane' size='2 2 .1'/>"
        f"<body pos='0 0 1'>{body.format(mass=mass)}</body></worldbody></mujoco>"
    )


def pushed(physics):
    """Velocities after a push, (nworld, nv)."""
    physics.field("xfrc_applied")[:, 1] = torch.tensor([0.3, 0.1, 0.2, 1e-4, 2e-4, 3e-4])
    physics.forward()
    physics.step(20)
    return physics.field("qvel").numpy(force=True)


@pytest.mark.parametrize("backend", ["cpu", "warp"])
@pytest.mark.parametrize(
    "body", [FREE_BOX, SLIDER, HINGE, PENDULUM], ids=["free", "slide", "hinge", "pendulum"]
)
def test_a_scaled_body_moves_as_one_of_that_mass(body, backend):
    physics = make_physics(model(body, 0.1), 3, backend=backend)
    factor = torch.tensor([1.0, 3.0])
    masses = Masses(physics)
    for _ in range(2):  # from the model's own masses, not from the last ones
        masses.scale(torch.tensor([0, 2]), factor, factor)
    found = pushed(physics)
    for world, mass in ((0, 0.1), (1, 0.1), (2, 0.3)):
        expected = pushed(make_physics(model(body, mass), 1, backend=backend))[0]
        np.testing.assert_allclose(found[world], expected, rtol=2e-4, atol=1e-6)


def test_a_light_box_lands_as_softly_as_one_compiled_light():
    scaled = make_physics(model(FREE_BOX, 1.0), 1, backend="cpu")
    factor = torch.tensor([0.02])
    Masses(scaled).scale(torch.tensor([0]), factor, factor)
    light = make_physics(model(FREE_BOX, 0.02), 1, backend="cpu")
    for physics in (scaled, light):
        physics.field("qpos")[0, 2] = 0.05
        physics.forward()
        physics.step(300)
    np.testing.assert_allclose(scaled.field("qpos"), light.field("qpos"), atol=1e-6)
