"""The factory floor: what weighs, what collides, and what is only seen."""

import mujoco
import numpy as np
import pytest

from envs.factory.furniture import add_bench, add_bin, add_trestle
from envs.factory.hall import add_hall
from envs.factory.looks import add_materials
from envs.factory.stock import BEAM, STEEL, add_beam, add_bolt


def scene(*builders):
    spec = mujoco.MjSpec()
    add_materials(spec)
    for build in builders:
        build(spec)
    return spec


def beam(spec):
    body = spec.worldbody.add_body(name="beam", pos=[0, 0, 1.0])
    body.add_freejoint()
    add_beam(body, "beam", 3.0)


def test_a_beam_weighs_what_its_section_says():
    model = scene(beam).compile()
    # the standard's mass is that of rounded corners: a little less than that of sharp ones
    sharp = STEEL * (BEAM.edge**2 - (BEAM.edge - 2 * BEAM.wall) ** 2)
    assert BEAM.per_metre == pytest.approx(sharp, rel=0.03)
    assert model.body("beam").mass[0] == pytest.approx(21.21)
    # a thin rod's moment about its middle, and a thin tube's about its own axis
    across, along, _ = model.body("beam").inertia
    assert across == pytest.approx(21.21 * 3.0**2 / 12, rel=0.01)
    assert along == pytest.approx(21.21 * (BEAM.edge - BEAM.wall) ** 2 / 3, rel=0.01)


def test_a_beam_rests_on_its_trestles():
    def trestles(spec):
        for index, y in enumerate((-0.5, 0.5)):
            add_trestle(spec, f"trestle_{index}", (0, y, 0.9))

    spec = scene(trestles, beam)
    spec.body("beam").pos = [0, 0, 0.9 + BEAM.edge / 2 + 0.001]
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_step(model, data, 500)
    assert data.body("beam").xpos[2] == pytest.approx(0.9 + BEAM.edge / 2, abs=2e-3)
    assert np.abs(data.qvel).max() < 1e-3


def test_a_thing_stays_in_a_bin_on_a_bench():
    def things(spec):
        add_bench(spec, "bench", (0.5, 0, 1.0))
        add_bin(spec, "bin", (0.5, 0.2, 1.0))
        ball = spec.worldbody.add_body(name="ball", pos=[0.5, 0.2, 1.2])
        ball.add_freejoint()
        ball.add_geom(size=[0.03, 0, 0], mass=0.2)

    model = scene(things).compile()
    data = mujoco.MjData(model)
    data.qvel[:3] = [0.5, 0.5, 0]
    mujoco.mj_step(model, data, 1000)
    x, y, z = data.body("ball").xpos
    assert abs(x - 0.5) < 0.15
    assert abs(y - 0.2) < 0.2
    assert z == pytest.approx(1.033, abs=3e-3)


def test_of_the_hall_only_the_floor_collides():
    spec = mujoco.MjSpec()
    add_hall(spec)
    add_bolt(spec, (0, 0, 0))
    add_bolt(spec, (0.1, 0, 0))
    model = spec.compile()
    solid = [model.geom(i).name for i in range(model.ngeom) if model.geom_contype[i]]
    assert solid == ["ground"]
    assert model.ngeom > 50
