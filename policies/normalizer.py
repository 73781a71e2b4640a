"""Running mean and variance of observations and of returns."""

import torch
from torch import Tensor, nn

from policies.replicas import Alone, Replicas

OUTLIER = 100.0
"""Standard deviations from the mean beyond which a value moves the statistics no further."""


class RunningNormalizer(nn.Module):
    """Scales each input to zero mean and unit variance with statistics gathered so far.

    Statistics change only in `update`, so the same input maps to the same output between two updates; they are
    buffers, saved with the weights. Batches are merged by the parallel algorithm of Chan, Golub and LeVeque (1979).

    One world that nearly diverged must not stretch a scale for good: a value further than `OUTLIER` standard
    deviations from the mean counts as if it were that far. A scale that is too small still grows by as much with every
    batch.

    Args:
        size: number of inputs.
        clip: largest magnitude of an output.
    """

    mean: Tensor
    variance: Tensor
    count: Tensor

    def __init__(self, size: int, clip: float = 8.0) -> None:
        super().__init__()
        self.clip = clip
        self.register_buffer("mean", torch.zeros(size, dtype=torch.float64))
        self.register_buffer("variance", torch.ones(size, dtype=torch.float64))
        self.register_buffer("count", torch.zeros((), dtype=torch.float64))

    def update(self, batch: Tensor, replicas: Replicas | None = None) -> None:
        """Merge a batch (n, size) into the statistics, and those of the other copies of the learner."""
        reach = OUTLIER * self.deviation
        batch = torch.clamp(batch.double(), self.mean - reach, self.mean + reach)
        variance, mean, number = (replicas or Alone()).moments(batch)
        total = self.count + number
        delta = mean - self.mean
        spread = self.variance * self.count + variance * number + delta.square() * self.count * number / total
        self.mean += delta * (number / total)
        self.variance.copy_(spread / total)
        self.count.copy_(total)

    def forward(self, x: Tensor) -> Tensor:
        """Normalize x (..., size) float32."""
        return ((x - self.mean.float()) / self.deviation.float()).clamp(-self.clip, self.clip)

    @property
    def deviation(self) -> Tensor:
        """Standard deviation (size,) float64, never 0."""
        return torch.sqrt(self.variance + 1e-8)
