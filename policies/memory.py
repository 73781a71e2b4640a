"""What a policy remembers from one control step to the next: a recurrent state, or the last steps to attend to.

A memory is a tensor (n, size) float32, of zeros where an episode begins, whatever is in it.
"""

from typing import Literal

import torch
from torch import Tensor, nn

Recall = Literal["recurrent", "attention"]


class Memory(nn.Module):
    """What a policy remembers.

    Attributes:
        size: numbers that are kept for each world.
        width: numbers that are recalled from them.
    """

    size = 0
    width = 0

    def forward(self, now: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Recall, and remember what is there now.

        Args:
            now: (n, inputs).
            memory: (n, size).

        Returns:
            What is recalled (n, width), and the memory afterwards.
        """
        return now[:, :0], memory


class RecurrentMemory(Memory):
    """A gated recurrent unit (Cho et al. 2014): all of the past in one state.

    Args:
        inputs: numbers that come in.
        width: of the state.
    """

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.size = self.width = width
        self.cell = nn.GRUCell(inputs, width)

    def forward(self, now: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """See `Memory`."""
        memory = self.cell(now, memory)
        return memory, memory


class AttentionMemory(Memory):
    """Attention over the last control steps, whose keys and values are kept, so that each is computed once.

    One block of a transformer (Vaswani et al. 2017, "Attention Is All You Need", eq. 1), normalized before it attends.
    In place of positions each head has a bias for every age (Raffel et al. 2020, "Exploring the Limits of Transfer
    Learning", 2.1).

    Args:
        inputs: numbers that come in.
        width: of keys, values and what is recalled; a multiple of `heads`.
        context: control steps that are kept, the present one included.
        heads: of the attention.
    """

    def __init__(self, inputs: int, width: int, context: int, heads: int) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"vision.memory: expected a multiple of {heads} heads, got {width}")
        self.width, self._context, self._heads = width, context, heads
        # of each step kept: a key, a value, and whether it was there
        self.size = context * (2 * width + 1)
        self.taken = nn.Linear(inputs, width)
        self.norm = nn.LayerNorm(width)
        self.asked = nn.Linear(width, 3 * width)
        self.age_bias = nn.Parameter(torch.zeros(heads, context))
        self.given = nn.Linear(width, width)
        self.after = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, now: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """See `Memory`."""
        token = self.taken(now)
        query, pair = self.asked(self.norm(token)).split([self.width, 2 * self.width], dim=1)
        entry = torch.cat([pair, torch.ones_like(pair[:, :1])], dim=1)
        kept = memory.unflatten(1, (self._context, -1))
        kept = torch.cat([kept[:, 1:], entry[:, None]], dim=1)
        key, value, there = kept.split([self.width, self.width, 1], dim=2)
        score = torch.einsum("nhd,nchd->nhc", self._split(query), self._split(key))
        score = score * (self.width // self._heads) ** -0.5 + self.age_bias
        score = score.masked_fill(there.transpose(1, 2) == 0, -torch.inf)
        found = torch.einsum("nhc,nchd->nhd", score.softmax(dim=2), self._split(value)).flatten(1)
        token = token + self.given(found)
        return token + self.after(token), kept.flatten(1)

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self._heads, -1))


def make_memory(recall: Recall, inputs: int, width: int, context: int, heads: int) -> Memory:
    """A memory by config; one of no width keeps nothing."""
    if not width:
        return Memory()
    if recall == "recurrent":
        return RecurrentMemory(inputs, width)
    return AttentionMemory(inputs, width, context, heads)
