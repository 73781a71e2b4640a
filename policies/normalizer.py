"""Running mean and variance of observations."""

import torch
from torch import Tensor, nn


class RunningNormalizer(nn.Module):
    """Scales each input to zero mean and unit variance with statistics gathered so far.

    Statistics change only in `update`, so the same input maps to the same output between two updates; they are
    buffers, saved with the weights. Batches are merged by the parallel algorithm of Chan, Golub and LeVeque (1979).

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

    def update(self, batch: Tensor) -> None:
        """Merge a batch (n, size) into the statistics."""
        batch = batch.double()
        number = float(batch.shape[0])
        total = self.count + number
        variance, mean = torch.var_mean(batch, dim=0, correction=0)
        delta = mean - self.mean
        spread = self.variance * self.count + variance * number + delta.square() * self.count * number / total
        self.mean += delta * (number / total)
        self.variance.copy_(spread / total)
        self.count.copy_(total)

    def forward(self, x: Tensor) -> Tensor:
        """Normalize x (..., size) float32."""
        scale = torch.rsqrt(self.variance + 1e-8).float()
        return ((x - self.mean.float()) * scale).clamp(-self.clip, self.clip)
