"""Goals that Alice has set over training, for the report's gallery."""

import torch
from torch import Tensor

KEPT = 8
"""Goals on a page."""


class Album:
    """Pages of goals, one for each moment at which it was turned.

    Args:
        poses: of the objects, (nworld, objects, 7): their shape is taken.

    Attributes:
        steps: environment steps at which each page was turned.
        pages: (pages, `KEPT`, 2, objects, 7), where the objects were before Alice's turn and after it.
        solved: (pages, `KEPT`), 1 where Bob brought the goal about, 0 where not, NaN where nobody tried it.
    """

    def __init__(self, poses: Tensor) -> None:
        self._latest = torch.zeros(KEPT, 2, *poses.shape[1:])
        self._outcome = torch.full((KEPT,), torch.nan)
        self._next = 0
        self.steps: list[int] = []
        self.pages = torch.zeros(0, *self._latest.shape)
        self.solved = torch.zeros(0, KEPT)

    def note(self, start: Tensor, goal: Tensor, solved: Tensor) -> None:
        """Take in goals that are done with, (n, objects, 7) each, and whether Bob solved them, (n,) bool."""
        for before, after, met in zip(start, goal, solved.tolist(), strict=True):
            self._latest[self._next] = torch.stack([before, after])
            self._outcome[self._next] = float(met)
            self._next = (self._next + 1) % KEPT

    def turn(self, steps: int) -> None:
        """Put the latest goals on a page."""
        self.steps.append(steps)
        self.pages = torch.cat([self.pages, self._latest[None]])
        self.solved = torch.cat([self.solved, self._outcome[None]])

    def state_dict(self) -> dict[str, Tensor]:
        """All of it."""
        return {
            "latest": self._latest.clone(),
            "outcome": self._outcome.clone(),
            "next": torch.tensor(self._next),
            "steps": torch.tensor(self.steps, dtype=torch.int64),
            "pages": self.pages,
            "solved": self.solved,
        }

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from `state_dict`."""
        self._latest.copy_(state["latest"])
        self._outcome.copy_(state["outcome"])
        self._next, self.steps = int(state["next"]), state["steps"].tolist()
        self.pages, self.solved = state["pages"], state["solved"]
