"""Draws places on a table where blocks don't overlap, and heaps of them at random."""

import torch
from torch import Tensor

CANDIDATES = 64
"""Places that are tried for each block."""

GAP = 0.006
"""Least distance of the circles about two blocks, m."""


def place_apart(candidates: Tensor, radii: Tensor) -> Tensor:
    """Choose a place for each block in turn: the first of its candidates that is clear of those before it.

    Where none is, the clearest one is taken.

    Args:
        candidates: (n, tries, blocks, 2) m.
        radii: of the circles about the blocks, (blocks,) m.

    Returns:
        (n, blocks, 2) m.
    """
    rows = torch.arange(len(candidates), device=candidates.device)
    placed = candidates[:, 0].clone()
    for block in range(1, candidates.shape[2]):
        own = candidates[:, :, block]
        gaps = (own[:, :, None] - placed[:, None, :block]).norm(dim=3) - radii[:block] - radii[block] - GAP
        clearance = gaps.amin(dim=2)
        # every clear place is as good: the first of them is taken
        placed[:, block] = own[rows, clearance.clamp(max=0.0).argmax(dim=1)]
    return placed
