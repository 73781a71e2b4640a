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
