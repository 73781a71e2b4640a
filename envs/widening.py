"""Ranges that widen as a policy copes: automatic domain randomization.

Ranges begin at nominal values and widen one boundary at a time where episodes at that boundary go well: OpenAI et al.,
"Solving Rubik's Cube with a Robot Hand", 2019, section 5, algorithm 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor

Range = tuple[float, float]
"""Lowest and highest value."""


class Schedule(BaseModel):
    """How ranges widen.

    Attributes:
        steps: widenings that it takes from the nominal value to a range's end.
        boundary_share: share of the episodes that have one value at its boundary.
        episodes: at a boundary, until it is judged.
        widen_above: mean success above which a boundary moves out.
        narrow_below: mean success below which it moves back in.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    steps: int = Field(default=10, ge=1, le=1000)
    boundary_share: float = Field(default=0.5, gt=0, lt=1)
    episodes: int = Field(default=64, ge=1)
    widen_above: float = Field(default=0.9, gt=0, le=1)
    narrow_below: float = Field(default=0.6, ge=0, lt=1)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.narrow_below >= self.widen_above:
            raise ValueError(f"narrow_below: expected less than widen_above ({self.widen_above})")
        return self


@dataclass(frozen=True)
class Quantity:
    """Something that differs from world to world.

    Attributes:
        nominal: its value where nothing is randomized.
        ends: what its range may come to.
    """

    nominal: float
    ends: Range


class Widening:
    """Draws values for worlds.

    Args:
        nworld: number of worlds.
        quantities: that differ, by name.
        schedule: how ranges widen from the nominal values; none: they are as wide as they are from the start.
        generator: of the draws, on the CPU so that backends draw alike.

    Attributes:
        names: of the quantities that differ.
        state: each world's part of what the next draw depends on, by name, for checkpoints.
        shared: the rest of it.
    """

    def __init__(
        self,
        nworld: int,
        quantities: Mapping[str, Quantity],
        schedule: Schedule | None,
        generator: torch.Generator,
    ) -> None:
        self.names = list(quantities)
        self._schedule, self._generator = schedule, generator
        self._ends = torch.tensor([quantity.ends for quantity in quantities.values()]).reshape(-1, 2)
        nominal = torch.tensor([quantity.nominal for quantity in quantities.values()])
        count = len(self.names)
        start = nominal[:, None].expand(-1, 2).clone() if schedule else self._ends.clone()
        self.state = {
            "drawn": nominal.expand(nworld, -1).clone(),
            "boundary": torch.full((nworld,), -1),
        }
        self.shared = {"bounds": start, "successes": torch.zeros(count, 2), "episodes": torch.zeros(count, 2)}
        self._step = (self._ends - nominal[:, None]) / schedule.steps if schedule else None
        self._nominal = nominal
        # boundaries that can move, two to a quantity: the lower ones, say, of noise can't
        self._moves = (self._ends != nominal[:, None]).flatten().nonzero().squeeze(1)

    def __getitem__(self, name: str) -> Tensor:
        """Values of a quantity in every world, (nworld,) float32."""
        return self.state["drawn"][:, self.names.index(name)]

    def draw(self, worlds: Tensor, success: Tensor) -> None:
        """Draw anew for episodes that begin.

        Args:
            worlds: (n,) int64.
            success: (n,) bool, of the episodes that ended there.
        """
        if not self.names:
            return
        worlds = worlds.cpu()
        if self._schedule:
            self._judge(worlds, success.cpu())
        low, high = self.shared["bounds"].unbind(1)
        share = torch.rand(len(worlds), len(self.names), generator=self._generator)
        values = low + share * (high - low)
        if self._schedule:
            self._to_boundary(worlds, values)
        self.state["drawn"][worlds] = values

    def entropy(self) -> float:
        """Mean over quantities of the log of how much of its range each covers, nats; 0 is all of it.

        A range that has not opened counts as a thousandth of its width.
        """
        if not self.names:
            return 0.0
        open_, full = (x[:, 1] - x[:, 0] for x in (self.shared["bounds"], self._ends))
        return float((open_ / full).clamp(min=1e-3).log().mean())

    def _to_boundary(self, worlds: Tensor, values: Tensor) -> None:
        """Put one quantity of some of the worlds at one of its boundaries, in place."""
        assert self._schedule is not None
        chance = torch.rand(len(worlds), generator=self._generator)
        pick = self._moves[torch.randint(len(self._moves), (len(worlds),), generator=self._generator)]
        pick = torch.where(chance < self._schedule.boundary_share, pick, -1)
        rows = (pick >= 0).nonzero().squeeze(1)
        which, side = pick[rows] // 2, pick[rows] % 2
        values[rows, which] = self.shared["bounds"][which, side]
        self.state["boundary"][worlds] = pick

    def _judge(self, worlds: Tensor, success: Tensor) -> None:
        """Count how episodes at boundaries ended, and move the boundaries that have been tried often enough."""
        schedule, state, shared = self._schedule, self.state, self.shared
        assert schedule is not None
        assert self._step is not None
        pick = state["boundary"][worlds]
        tried = pick >= 0
        for name, amount in (("episodes", torch.ones(len(worlds))), ("successes", success.float())):
            shared[name].view(-1).index_add_(0, pick[tried], amount[tried])
        judged = shared["episodes"] >= schedule.episodes
        mean = shared["successes"] / shared["episodes"].clamp(min=1)
        move = (judged & (mean >= schedule.widen_above)).float()
        move -= (judged & (mean <= schedule.narrow_below)).float()
        moved = shared["bounds"] + move * self._step
        low = moved[:, 0].clamp(self._ends[:, 0], self._nominal)
        high = torch.minimum(torch.maximum(moved[:, 1], self._nominal), self._ends[:, 1])
        shared["bounds"][:] = torch.stack([low, high], dim=1)
        shared["episodes"][judged] = 0
        shared["successes"][judged] = 0
        state["boundary"][worlds] = -1
