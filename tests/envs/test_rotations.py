import math

import mujoco
import numpy as np
import torch

from envs import rotations


def random_rotations(count=50, seed=0):
    drawn = torch.randn(count, 4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return drawn / drawn.norm(dim=1, keepdim=True)


def test_rotations_are_mujocos():
    a, b = random_rotations(seed=1), random_rotations(seed=2)
    product, columns = rotations.multiply(a, b), rotations.columns(a)
    for row in range(len(a)):
        expected, matrix = np.zeros(4), np.zeros(9)
        mujoco.mju_mulQuat(expected, a[row].numpy(), b[row].numpy())
        np.testing.assert_allclose(product[row].numpy(), expected, atol=1e-12)
        mujoco.mju_quat2Mat(matrix, a[row].numpy())
        np.testing.assert_allclose(columns[row].numpy(), matrix.reshape(3, 3)[:, :2].T.ravel(), atol=1e-12)


def test_a_rotation_and_its_inverse_cancel():
    a = random_rotations()
    assert rotations.angle(rotations.multiply(a, rotations.conjugate(a))).max() < 1e-7


def test_angles_are_what_was_turned_whichever_quaternion_says_it():
    axis = torch.tensor([[0.0, 0.6, 0.8]], dtype=torch.float64)
    for turn in (0.0, 0.4, 2.0, math.pi, -1.0):
        made = rotations.about(axis, torch.tensor([turn], dtype=torch.float64))
        for sign in (1, -1):
            torch.testing.assert_close(rotations.angle(sign * made)[0].item(), abs(turn))


def test_edges_know_how_a_cube_stands_but_not_which_side_is_which():
    a = random_rotations(20)
    quarter = torch.tensor(math.pi / 2, dtype=torch.float64)
    for axis in torch.eye(3, dtype=torch.float64):
        own = rotations.about(axis, quarter).expand(20, 4)
        torch.testing.assert_close(rotations.edges(rotations.multiply(a, own)), rotations.edges(a))
    up = torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64)
    yaw = torch.tensor([0.3], dtype=torch.float64)
    flat = rotations.edges(rotations.about(up.expand(1, 3), yaw))[0]
    expected = [2 * math.cos(1.2), 2 * math.sin(1.2), 1.0]
    torch.testing.assert_close(flat, torch.tensor(expected, dtype=torch.float64))
