"""The clock of a stride, which says which foot should be in the air, and how high."""

import math

import torch
from torch import Tensor

STEP_HZ = 1.4
"""Strides per second; people walk at about 0.9, small robots quicker, and quick steps recover from pushes sooner."""

_SWING = 0.42
"""Share of a stride that a foot is in the air."""


def swing(phase: Tensor) -> Tensor:
    """How far each foot is through its swing at a phase (rows,) in [0, 1), (rows, 2); at 1 and beyond it stands."""
    return torch.stack([phase, (phase + 0.5) % 1.0], dim=1) / _SWING


def foot_height(phase: Tensor, most: float) -> Tensor:
    """Of the soles at a phase (rows,), (rows, 2) m, `most` in the middle of a swing."""
    return most * (math.pi * swing(phase).clamp(max=1.0)).sin().square()


def clock(phase: Tensor, moving: Tensor) -> Tensor:
    """What a robot is told of the clock, (rows, 3): sine and cosine of the phase and whether it is to move at all."""
    turn, moving = 2 * math.pi * phase, moving.float()
    return torch.stack([moving * turn.sin(), moving * turn.cos(), moving], dim=1)
