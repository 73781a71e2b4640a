"""Reward terms of `humanoid-place`: what each measures, (nworld,), before its weight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor

if TYPE_CHECKING:  # it imports these terms
    from envs.tasks.place.task import Place

_NEAR, _AT = 0.15, 0.04
"""Ways that the hand has left at which either half of reaching still gives 0.37, m."""

_LIFTED = 0.05
"""Height from which a held part gives all where it has to be carried over the bin's wall, m."""

_FAR, _CLOSE = 0.15, 0.04
"""Ways that the part has left at which either half of carrying still gives 0.37, m."""


def reach(task: Place) -> Tensor:
    """How little is left of the hand's way around the part; a part that stands in its place needs no hand."""
    near = ((-task.hand_way / _NEAR).exp() + (-task.hand_way / _AT).exp()) / 2
    return near.maximum((task.held | task.placed).float())


def early(task: Place) -> Tensor:
    """How far the hand is closed before it is around the part, or around one that stands in its place."""
    return task.state["closure"] * _away(task)


def close(task: Place) -> Tensor:
    """How far the hand is closed around the part, 1 at the grasp's own closure: it has to be tried to be found."""
    return task.state["closure"].clamp(max=1) * (1 - _away(task))


def hold(task: Place) -> Tensor:
    """1 while thumb and fingers press on a part that is as high as its way asks for, less below, 1 in its place."""
    share = 0.3 + 0.7 * (task.height / task.over.clamp(0.001, _LIFTED)).clamp(0, 1)
    return (task.held * share).maximum(task.placed.float())


def carry(task: Place) -> Tensor:
    """How little is left of a held part's way: else a part that is held is safest near the chest, and stays there."""
    near = ((-task.way / _FAR).exp() + (-task.way / _CLOSE).exp()) / 2
    return (task.held * near).maximum(task.placed.float())


def progress(task: Place) -> Tensor:
    """Metres of the way over the bin's wall to the mark that were made in this step."""
    return task.before_way - task.way


def placed(task: Place) -> Tensor:
    """1 where the part stands upright on its mark."""
    return task.placed.float()


def released(task: Place) -> Tensor:
    """Of a part that stands there, half for telling the hand to open, half where nothing touches it but the bench.

    What the hand is told counts, not how open it is, so that opening pays as soon as it is tried.
    """
    opens = 1 - task.state["action"][:, 3].clamp(0, 1)
    return task.placed * (opens + task.off) / 2


def tilt(task: Place) -> Tensor:
    """How far the part leans: 1 less the cosine."""
    return 1 - task.upright


def jerk(task: Place) -> Tensor:
    """Change of the action, squared, mean over its numbers."""
    return (task.state["action"] - task.state["action_before"]).square().mean(dim=1)


def drop(task: Place) -> Tensor:
    """1 where the part fell over or off the bench in this step."""
    return task.lost.float()


def _away(task: Place) -> Tensor:
    """0 where the hand is around a part that is not in its place, 1 where there is nothing to be held, (nworld,)."""
    return ((task.hand_way - 0.03) / 0.05).clamp(0, 1).maximum(task.placed.float())
