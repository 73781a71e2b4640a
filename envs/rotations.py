"""Unit quaternions (w, x, y, z), batched: (..., 4)."""

import torch
from torch import Tensor


def multiply(a: Tensor, b: Tensor) -> Tensor:
    """The rotation `b` followed by `a`, (..., 4)."""
    aw, ax, ay, az = a.unbind(-1)
    bw, bx, by, bz = b.unbind(-1)
    parts = (
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    )
    return torch.stack(parts, dim=-1)


def conjugate(a: Tensor) -> Tensor:
    """The inverse rotation, (..., 4)."""
    return a * a.new_tensor([1.0, -1.0, -1.0, -1.0])


def angle(a: Tensor) -> Tensor:
    """How far a rotation turns, 0 to π rad, (...)."""
    return 2 * torch.atan2(a[..., 1:].norm(dim=-1), a[..., 0].abs())


def about(axis: Tensor, turn: Tensor) -> Tensor:
    """A turn (...) rad about unit axes (..., 3)."""
    half = turn[..., None] / 2
    return torch.cat([half.cos(), axis * half.sin()], dim=-1)


def columns(a: Tensor) -> Tensor:
    """The first two columns of the rotation matrix, (..., 6): continuous in the rotation (Zhou et al. 2019)."""
    w, x, y, z = a.unbind(-1)
    first = (1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y))
    second = (2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x))
    return torch.stack([*first, *second], dim=-1)


def matrix(a: Tensor) -> Tensor:
    """The rotation matrix, (..., 3, 3)."""
    first, second = columns(a).unflatten(-1, (2, 3)).unbind(-2)
    return torch.stack([first, second, torch.linalg.cross(first, second)], dim=-1)


def edges(a: Tensor) -> Tensor:
    """How a cube's faces stand, whichever is which, (..., 3): the same for all 24 ways to put it into its own place.

    Fourth powers do not tell a normal from its opposite, and sums not which face it is of. The first two numbers are
    the fourth harmonic of the faces' headings, between -2 and 2; the third is 1 where the cube lies on a face.
    """
    x, y, z = matrix(a).unbind(-2)
    real, imaginary = x * x - y * y, 2 * x * y
    parts = (real * real - imaginary * imaginary, 2 * real * imaginary, z**4)
    return torch.stack([part.sum(dim=-1) for part in parts], dim=-1)


def rotate(a: Tensor, vector: Tensor) -> Tensor:
    """A vector (..., 3) turned by `a`, (..., 3)."""
    axis, cross = a[..., 1:], torch.linalg.cross(a[..., 1:], vector)
    return vector + 2 * (a[..., :1] * cross + torch.linalg.cross(axis, cross))
