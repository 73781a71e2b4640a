"""Copies of a learner that learn as one: each from rollouts of its own, with gradients and statistics in common.

Every copy starts from equal weights and makes equal updates, so weights and statistics stay equal without being sent.
"""

from typing import Protocol, TypeVar, cast

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.nn.parallel import DistributedDataParallel

Network = TypeVar("Network", bound=nn.Module)
Thing = TypeVar("Thing")


class Replicas(Protocol):
    """What a learner asks of its copies; all of them ask it at the same place of the same update."""

    @property
    def rank(self) -> int:
        """Which copy this is, from 0."""
        ...

    @property
    def count(self) -> int:
        """How many there are."""
        ...

    def gather(self, thing: Thing) -> list[Thing]:
        """Something small of every copy, by rank."""
        ...

    def wrap(self, network: Network) -> Network:
        """A network whose gradients are the means over the copies once a backward pass is done."""
        ...

    def mean(self, values: Tensor) -> Tensor:
        """Mean over the copies of a tensor that has one shape in all of them."""
        ...

    def moments(self, batch: Tensor) -> tuple[Tensor, Tensor, float]:
        """Variance (size,), without Bessel's correction, mean (size,) and number of all copies' rows (n, size)."""
        ...


class Alone:
    """The only copy."""

    rank, count = 0, 1

    def gather(self, thing: Thing) -> list[Thing]:
        """What the only copy has."""
        return [thing]

    def wrap(self, network: Network) -> Network:
        """The network itself."""
        return network

    def mean(self, values: Tensor) -> Tensor:
        """The values themselves."""
        return values

    def moments(self, batch: Tensor) -> tuple[Tensor, Tensor, float]:
        """See `Replicas`."""
        variance, mean = torch.var_mean(batch, dim=0, correction=0)
        return variance, mean, float(batch.shape[0])


class Group:
    """One copy in each process of a process group: Gloo's on CPUs, NCCL's on GPUs.

    Args:
        group: initialized; by default all processes.
    """

    def __init__(self, group: dist.ProcessGroup | None = None) -> None:
        self._group = group
        self.rank, self.count = dist.get_rank(group), dist.get_world_size(group)

    def gather(self, thing: Thing) -> list[Thing]:
        """See `Replicas`."""
        things: list[Thing] = [thing] * self.count
        dist.all_gather_object(things, thing, group=self._group)
        return things

    def wrap(self, network: Network) -> Network:
        """`DistributedDataParallel`, without its broadcasts of buffers: they are equal already."""
        wrapped = DistributedDataParallel(network, process_group=self._group, broadcast_buffers=False)
        return cast("Network", wrapped)

    def mean(self, values: Tensor) -> Tensor:
        """See `Replicas`."""
        return self._total(values) / self.count

    def moments(self, batch: Tensor) -> tuple[Tensor, Tensor, float]:
        """Local moments, merged by the parallel algorithm of Chan, Golub and LeVeque (1979)."""
        variance, mean, number = Alone().moments(batch.double())
        count = self._total(mean.new_tensor(number))
        whole = self._total(number * mean) / count
        spread = self._total(number * (variance + (mean - whole).square()))
        return (spread / count).to(batch.dtype), whole.to(batch.dtype), float(count)

    def _total(self, values: Tensor) -> Tensor:
        total = values.clone()
        dist.all_reduce(total, group=self._group)
        return total
