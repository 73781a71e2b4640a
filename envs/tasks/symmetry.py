"""Bodies that look the same after a turn, and how far apart two of their attitudes are then."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from envs import rotations

Quaternion = tuple[float, float, float, float]

_IDENTITY: Quaternion = (1.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Symmetry:
    """Turns in a body's frame after which it looks the same.

    Attributes:
        turns: a finite group of unit quaternions (w, x, y, z), the identity among them.
        axis: unit vector about which any turn changes nothing; zero where there is none.
    """

    turns: tuple[Quaternion, ...] = (_IDENTITY,)
    axis: tuple[float, float, float] = (0.0, 0.0, 0.0)


def dihedral(order: int) -> Symmetry:
    """Of a prism that stands on a regular base: `order` turns about z, and as many after it was turned over."""
    angles = [2 * math.pi * k / order for k in range(order)]
    upright = [(math.cos(a / 2), 0.0, 0.0, math.sin(a / 2)) for a in angles]
    over = [(0.0, math.cos(a / 2), math.sin(a / 2), 0.0) for a in angles]
    return Symmetry((*upright, *over))


ROUND = Symmetry((_IDENTITY, (0.0, 1.0, 0.0, 0.0)), (0.0, 0.0, 1.0))
"""Of a disc: any turn about z, and over."""


class Symmetries:
    """Those of several bodies side by side.

    Args:
        each: of every body.
        device: of the tensors.
    """

    def __init__(self, each: Sequence[Symmetry], device: torch.device) -> None:
        most = max(len(one.turns) for one in each)
        padded = [[*one.turns, *[_IDENTITY] * (most - len(one.turns))] for one in each]
        self._turns = torch.tensor(padded, device=device)
        self._axis = torch.tensor([one.axis for one in each], device=device)

    def angle(self, first: Tensor, second: Tensor) -> Tensor:
        """Smallest turn from one attitude to what looks like the other, rad.

        Args:
            first: unit quaternions, (..., bodies, 4).
            second: likewise.

        Returns:
            (..., bodies), 0 to π.
        """
        between = rotations.multiply(rotations.conjugate(second), first)[..., None, :]
        turned = rotations.multiply(between, self._turns)
        scalar, vector = turned[..., 0], turned[..., 1:]
        axis = self._axis[:, None]
        along = (vector * axis).sum(dim=-1)
        # what a turn about the axis leaves of a rotation: its swing
        swing = (vector - along[..., None] * axis).norm(dim=-1)
        return (2 * torch.atan2(swing, (scalar.square() + along.square()).sqrt())).amin(dim=-1)
