"""A player's steps in many worlds, of which each is now its turn and now another's, as a rollout without gaps."""

import torch
from torch import Tensor

from policies.rollout import Rollout

Row = dict[str, Tensor]
"""What a step has of every world, (nworld, ...) each: the columns of a `Rollout`, by name, but for `done`."""


class Track:
    """A player's steps, time after time, with gaps."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._present: list[Tensor] = []
        self._done: list[Tensor] = []

    def add(self, row: Row, present: Tensor, done: Tensor) -> None:
        """Take in a step: what each world has, whether it is the player's, and whether an episode ended with it."""
        self._rows.append(row)
        self._present.append(present)
        self._done.append(done)

    def rollout(self, std: Tensor, last_value: Tensor, gamma: float) -> Rollout | None:
        """The steps without gaps, world after world, as those of one world.

        Where a world's steps are cut short, the value beyond is added to its last reward, and the episode counts as
        done: so that one world's steps don't run into the next one's.

        Args:
            std: of the policy that acted.
            last_value: (nworld, nterm), beyond the last step of every world.
            gamma: discount.
        """
        present, done = torch.stack(self._present).T, torch.stack(self._done).T
        if not present.any():
            return None
        later = present.flip(1).cumsum(1).flip(1)
        cut = present & (later == 1) & ~done
        columns = {
            name: torch.stack([row[name] for row in self._rows], dim=1)[present].unsqueeze(1)
            for name in self._rows[0]
        }
        beyond = gamma * cut[..., None] * last_value[:, None]
        columns["reward"] = columns["reward"] + beyond[present].unsqueeze(1)
        ends = (done | cut)[present].unsqueeze(1)
        return Rollout(**columns, std=std, done=ends, last_value=torch.zeros_like(last_value[:1]))
