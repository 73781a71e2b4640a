"""Goals that nobody trains with: `configs/goals/TASK.yaml`."""

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from hand_model.sheets import read_sheet

Layout = tuple[tuple[float, float, float], ...]
"""x, y, m, and heading, rad, of each block."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class HoldoutGoal(_Strict):
    """One of them.

    Attributes:
        family: `uniform`, `corner` or `swap`.
        start: of the blocks.
        goal: where they are to be brought.
    """

    family: str
    start: Layout
    goal: Layout


class HoldoutFile(_Strict):
    """All of them.

    Attributes:
        goals: for any number of blocks.
    """

    goals: tuple[HoldoutGoal, ...]


class Holdout:
    """Those for one number of blocks.

    Args:
        goals: at least one.
        device: of the tensors.

    Attributes:
        family: of each goal.
        start: (n, blocks, 3) m and rad.
        goal: (n, blocks, 3) m and rad.
    """

    def __init__(self, goals: list[HoldoutGoal], device: torch.device) -> None:
        self.family = [goal.family for goal in goals]
        self.start: Tensor = torch.tensor([goal.start for goal in goals], device=device)
        self.goal: Tensor = torch.tensor([goal.goal for goal in goals], device=device)


def read_holdout(task: str, blocks: int, device: torch.device) -> Holdout:
    """Read a task's goals for a number of blocks."""
    every = read_sheet("goals", task, HoldoutFile).goals
    return Holdout([goal for goal in every if len(goal.start) == blocks], device)
