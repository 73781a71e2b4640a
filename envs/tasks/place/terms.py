"""Reward terms of `humanoid-place`: what each measures, (nworld,), before its weight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor

if TYPE_CHECKING:  # it imports these terms
    from envs.tasks.place.task import Place

_NEAR = 0.10
"""Distance at which reaching for the part still gives 0.37, m."""

_LIFTED = 0.02
"""Height from which a part counts as held up, m."""


def reach(task: Place) -> Tensor:
    """How close the grip is to the part's middle; a part that stands in its place needs no hand."""
    near = (-task.to_part.norm(dim=1) / _NEAR).exp()
    return near.maximum(task.placed.float())


def hold(task: Place) -> Tensor:
    """1 while thumb and fingers press on a part that is off the ground, or where it stands in its place."""
    return ((task.held & (task.height > _LIFTED)) | task.placed).float()


def progress(task: Place) -> Tensor:
    """Metres of the way over the bin's wall to the mark that were made in this step."""
    return task.before_way - task.way


def placed(task: Place) -> Tensor:
    """1 where the part stands upright on its mark."""
    return task.placed.float()


def released(task: Place) -> Tensor:
    """1 where it stands there, and nothing touches it but the bench."""
    return (task.placed & task.off).float()


def tilt(task: Place) -> Tensor:
    """How far the part leans: 1 less the cosine."""
    return 1 - task.upright


def jerk(task: Place) -> Tensor:
    """Change of the action, squared, mean over its numbers."""
    return (task.state["action"] - task.state["action_before"]).square().mean(dim=1)


def drop(task: Place) -> Tensor:
    """1 where the part fell over or off the bench in this step."""
    return task.lost.float()
