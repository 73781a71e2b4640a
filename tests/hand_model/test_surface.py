from collections import Counter

import numpy as np
import pytest

from hand_model.surface import mesh_of

RADIUS = 0.02


@pytest.fixture(scope="module")
def ball():
    box = np.full(3, 0.03)
    return mesh_of(lambda points: np.linalg.norm(points, axis=-1) - RADIUS, -box, box, 0.003)


def test_vertices_lie_on_the_surface(ball):
    assert np.linalg.norm(ball.vertices, axis=1) == pytest.approx(RADIUS, rel=1e-6)


def test_normals_point_outside(ball):
    assert ball.normals == pytest.approx(ball.vertices / RADIUS, abs=1e-4)


def test_mesh_is_closed_and_faces_outside(ball):
    edges = Counter(
        (a, b) for face in ball.faces.tolist() for a, b in zip(face, face[1:] + face[:1], strict=True)
    )
    assert set(edges.values()) == {1}
    assert all((b, a) in edges for a, b in edges)
    corners = ball.vertices[ball.faces]
    volume = np.einsum("fi,fi->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
    assert volume == pytest.approx(4 / 3 * np.pi * RADIUS**3, rel=0.03)
