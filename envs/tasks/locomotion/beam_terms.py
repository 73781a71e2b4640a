"""Reward terms that measure a beam which robots carry, (nworld,), before their weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor

if TYPE_CHECKING:  # it imports these terms
    from envs.tasks.locomotion.lift_beam import LiftBeam


def arrival(task: LiftBeam) -> Tensor:
    """How close the beam is to its place; 0.3 m off gives 0.37."""
    return (-task.apart / 0.3).exp()


def level(task: LiftBeam) -> Tensor:
    """Slope of the beam: the square of its sine."""
    return task.along[:, 2].square()
