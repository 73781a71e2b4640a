"""One forward pass of several actors of one shape, each over rows of its own."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from policies.networks import GaussianActor


@torch.no_grad()
def act_grouped(
    actors: Sequence[GaussianActor], observation: Mapping[str, Tensor], which: Tensor
) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of every row's action, by the row's own actor.

    What all actors do alike is done once for all rows: gathering, normalizing, activations. Only the products with
    their weights are one for each actor, on rows that lie side by side.

    Args:
        actors: of one network config.
        observation: groups, each (n, size).
        which: (n,) int64, the place of each row's actor in `actors`.

    Returns:
        Two tensors (n, action size).
    """
    order = torch.argsort(which, stable=True)
    own = which[order]
    sizes = torch.bincount(which, minlength=len(actors)).tolist()
    first = actors[0]
    rows = _normalized(actors, first.reader.gather(observation)[order], own)
    robots = first.robots
    rows = rows.reshape(len(rows) * robots, -1)
    for layers in zip(*(actor.net for actor in actors), strict=True):
        rows = _layer(layers, rows, [robots * size for size in sizes])
    std = torch.stack([actor.std() for actor in actors])[which]
    mean = torch.empty_like(std)
    mean[order] = rows.reshape(len(order), -1)
    return mean, std


def _normalized(actors: Sequence[GaussianActor], rows: Tensor, own: Tensor) -> Tensor:
    """Rows as each one's own actor's statistics scale them."""
    statistics = [actor.reader.normalizer for actor in actors]
    mean = torch.stack([s.mean for s in statistics]).float()
    deviation = torch.stack([s.deviation for s in statistics]).float()
    clip = statistics[0].clip
    return ((rows - mean[own]) / deviation[own]).clamp_(-clip, clip)


def _layer(layers: Sequence[nn.Module], rows: Tensor, sizes: Sequence[int]) -> Tensor:
    """One layer of every network over its own rows, which lie side by side."""
    linear = [layer for layer in layers if isinstance(layer, nn.Linear)]
    if not linear:
        return layers[0](rows)
    out = rows.new_empty(len(rows), linear[0].out_features)
    for layer, part, into in zip(linear, rows.split(sizes), out.split(sizes), strict=True):
        torch.addmm(layer.bias, part, layer.weight.t(), out=into)
    return out
