"""MuJoCo Warp computes what MuJoCo computes, from states with contacts and with held bodies.

By itself MuJoCo Warp builds a weld from the velocities of the state before, which the first test would see.
"""

import mujoco
import pytest
import torch

from envs.physics import make_physics
from envs.physics.parity import compare

SCENE = """
<mujoco>
  <option integrator="implicitfast" cone="elliptic" timestep="0.005"/>
  <worldbody>
    <geom type="plane" size="1 1 0.1"/>
    <body name="arm" pos="0 0 0.6">
      <joint axis="0 1 0" damping="0.1"/>
      <geom type="capsule" fromto="0 0 0 0.3 0 0" size="0.02"/>
    </body>
    <body name="held" pos="0.35 0 0.6"><freejoint/><geom type="box" size="0.03 0.03 0.03"/></body>
    <body name="ball" pos="0 0.5 0.049"><freejoint/><geom type="sphere" size="0.05"/></body>
  </worldbody>
  <equality><weld body1="held" body2="arm"/></equality>
</mujoco>
"""
BALL_HEIGHT = 1 + 7 + 2
"""In the positions, after the arm's joint and the held body's."""


@pytest.fixture(scope="module")
def model():
    return mujoco.MjModel.from_xml_string(SCENE)


@pytest.fixture(scope="module")
def states(model):
    """Of a box that swings on an arm beside a ball that rolls, each some steps from the next."""
    physics = make_physics(model, 4, "cpu", threads=1)
    physics.field("qvel")[:, 0] = torch.linspace(-3, 3, 4)
    physics.field("qvel")[:, -3:] = 5.0
    rows = []
    for _ in range(8):
        physics.step(5)
        rows.append(physics.get_state())
    return torch.cat(rows).numpy()


def test_both_backends_agree_stage_by_stage_and_after_a_step(model, states):
    parity = compare(model, states, "cpu")
    assert parity.states == parity.touching == len(states)
    assert parity.grazing < len(states) / 4
    assert parity.mismatched == 0
    for name in ("xpos", "M", "qfrc_bias", "qacc_smooth", "qfrc_constraint", "qacc", "qvel", "qpos"):
        assert parity.fields[name].error <= 1, parity.fields[name]
    assert abs(parity.fields["qacc"].mujoco) > 0


def test_contacts_at_the_edge_of_being_contacts_are_counted_apart(model, states):
    grazing = states[:1].copy()
    before = mujoco.mj_stateSize(model, int(mujoco.mjtState.mjSTATE_TIME))
    grazing[0, before + BALL_HEIGHT] = 0.05 - 3e-6
    parity = compare(model, grazing, "cpu")
    assert parity.grazing == 1
    assert parity.fields["xpos"].error <= 1
    assert "qacc" not in parity.fields
