import mujoco
import numpy as np
import pytest

from hand_model.anatomy import FINGERS, SEGMENTS
from hand_model.skin import BODIES, skin_of


def skin_geoms(model):
    return [model.geom(i) for i in range(model.ngeom) if model.geom(i).name.endswith(("_skin", "_nail"))]


def test_every_body_wears_skin_and_every_digit_a_nail(right_model):
    names = {geom.name for geom in skin_geoms(right_model)}
    assert names == {f"{body}_skin" for body in BODIES} | {f"{finger}_nail" for finger in FINGERS}
    assert right_model.nbody - 1 == len(BODIES)


def test_skin_touches_nothing(right_model):
    for geom in skin_geoms(right_model):
        assert geom.contype == geom.conaffinity == 0


def test_skin_weighs_nothing(right_model):
    capsule = right_model.geom("index_distal").size
    volume = np.pi * capsule[0] ** 2 * (4 / 3 * capsule[0] + 2 * capsule[1])
    assert right_model.body("index_distal").mass == pytest.approx(1100 * volume)


def test_only_seen_geoms_are_in_the_groups_that_cameras_show(right_model):
    seen = {geom.name for geom in skin_geoms(right_model)}
    for i in range(right_model.ngeom):
        geom = right_model.geom(i)
        assert (geom.group[0] <= 2) == (geom.name in seen)


@pytest.mark.parametrize("body", BODIES)
def test_skin_is_solid_and_covers_its_bone(body):
    mesh = skin_of(body)
    corners = mesh.vertices[mesh.faces]
    volume = np.einsum("fi,fi->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
    assert volume > 1e-6
    if body in SEGMENTS:
        low, high = mesh.vertices.min(0), mesh.vertices.max(0)
        assert low[0] < 0
        assert high[0] > SEGMENTS[body].length - 0.001
        assert (high - low)[1:].min() > 1.7 * SEGMENTS[body].radius


def test_fingertips_end_where_their_sites_are():
    for finger in FINGERS:
        segment = SEGMENTS[f"{finger}_distal"]
        assert skin_of(segment.name).vertices[:, 0].max() == pytest.approx(segment.length, abs=0.0007)


def test_left_skin_is_the_mirror_image(right_model, left_model):
    def world_points(model):
        data = mujoco.MjData(model)
        mujoco.mj_kinematics(model, data)
        geom = model.geom("palm_skin")
        mesh = model.mesh(geom.dataid[0])
        points = model.mesh_vert[mesh.vertadr[0] : mesh.vertadr[0] + mesh.vertnum[0]]
        return data.geom("palm_skin").xpos + points @ data.geom("palm_skin").xmat.reshape(3, 3).T

    right, left = world_points(right_model), world_points(left_model)
    assert left.min(0) == pytest.approx([right[:, 0].min(), -right[:, 1].max(), right[:, 2].min()], abs=1e-5)
    assert left.mean(0) == pytest.approx(right.mean(0) * (1, -1, 1), abs=1e-5)
