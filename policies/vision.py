"""From video to features: encoders that all cameras share."""

import itertools
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, PositiveInt
from torch import Tensor, nn

from policies.memory import Recall

_SHARPNESS = 30.0
"""Of the spatial softmax, the inverse of its temperature; docs/vision.md has what others do."""

PixelShape = tuple[int, ...]
"""Of one world's `pixels`: frames, cameras, colours, height, width."""


class VisionConfig(BaseModel):
    """How a policy sees.

    Attributes:
        encoder: `keypoints` finds the place of each of its channels in the picture (spatial softmax, Finn et al. 2016,
            "Deep Spatial Autoencoders for Visuomotor Learning"); `conv` flattens what the convolutions leave; `patch`
            is a transformer over patches (Dosovitskiy et al. 2021, "An Image is Worth 16x16 Words").
        channels: of the convolutions, or the width of each of the transformer's blocks, which is one for all.
        halvings: how many of the convolutions, the first ones, halve the picture; none: all do. Small things are found
            where the picture is still large.
        patch: edge of a patch, pixels.
        heads: of attention, the transformer's and the memory's.
        embedding: features of all cameras together.
        memory: numbers that are recalled from earlier control steps; 0 for none.
        recall: from a `recurrent` state, or by `attention` to what was kept of the last steps.
        context: control steps that attention reaches back, the present one included.
        precision: in which convolutions and attention compute; weights are kept in single precision.
        compile: whether training runs the encoder through `torch.compile`, which needs a compiler and, at the start, a
            minute or more.
        auxiliary_weight: of the loss for telling, from what was seen, what the critic reads. Only training uses it.
        auxiliary_groups: the critic's groups that are to be told.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    encoder: Literal["keypoints", "conv", "patch"] = "keypoints"
    channels: tuple[PositiveInt, ...] = Field(default=(32, 64, 64), min_length=1)
    halvings: int | None = Field(default=None, ge=0)
    patch: PositiveInt = 8
    heads: PositiveInt = 4
    embedding: PositiveInt = 256
    memory: int = Field(default=0, ge=0)
    recall: Recall = "recurrent"
    context: PositiveInt = 18
    precision: Literal["float32", "bfloat16"] = "float32"
    compile: bool = False
    auxiliary_weight: float = Field(default=0.0, ge=0)
    auxiliary_groups: tuple[str, ...] = Field(default=("privileged",), min_length=1)


class VideoEncoder(nn.Module):
    """Features of a control period's video. Frames are stacked as channels; every camera goes through one network.

    Args:
        config: its shape.
        shape: of one world's pixels.

    Raises:
        ValueError: the pictures are too small for the config.
    """

    def __init__(self, config: VisionConfig, shape: PixelShape) -> None:
        super().__init__()
        frames, self.cameras, colours, height, width = shape
        self._dtype = getattr(torch, config.precision)
        body = _Transformer if config.encoder == "patch" else _Convolutions
        self.body = body(config, frames * colours, height, width)
        self.head = nn.Sequential(
            nn.Linear(self.cameras * self.body.size, config.embedding),
            nn.LayerNorm(config.embedding),
            nn.ELU(),
        )

    def forward(self, pixels: Tensor) -> Tensor:
        """(n, frames, cameras, 3, H, W) uint8 to (n, embedding) float32."""
        pictures = pixels.transpose(1, 2).flatten(2, 3).flatten(0, 1)
        with torch.autocast(pixels.device.type, self._dtype, enabled=self._dtype is not torch.float32):
            features = self.body(pictures.float() / 127.5 - 1)
        return self.head(features.float().unflatten(0, (-1, self.cameras)).flatten(1))


class _Convolutions(nn.Module):
    """Convolutions, the first of them strided; then places of their channels, or all that is left."""

    place: Tensor

    def __init__(self, config: VisionConfig, channels: int, height: int, width: int) -> None:
        super().__init__()
        widths = [channels, *config.channels]
        layers: list[nn.Module] = []
        halvings = len(config.channels) if config.halvings is None else config.halvings
        if halvings > len(config.channels):
            raise ValueError(
                f"vision.halvings: expected at most the {len(config.channels)} convolutions, got {halvings}"
            )
        for index, (given, made) in enumerate(itertools.pairwise(widths)):
            kernel = 5 if index == 0 else 3
            layers += [nn.Conv2d(given, made, kernel, 2 if index < halvings else 1, kernel // 2), nn.ELU()]
        self._finds = config.encoder == "keypoints"
        # what a channel looks for may be as unlike the rest of the picture as it likes
        self.layers = nn.Sequential(*(layers[:-1] if self._finds else layers))
        scale = 2**halvings
        rows, columns = -(-height // scale), -(-width // scale)
        if min(rows, columns) < 2:
            raise ValueError(
                f"vision.channels: {halvings} halvings of {height} x {width} pixels leave less than 2 x 2"
            )
        y, x = torch.meshgrid(torch.linspace(-1, 1, rows), torch.linspace(-1, 1, columns), indexing="ij")
        self.register_buffer("place", torch.stack([x.flatten(), y.flatten()], dim=1), persistent=False)
        # a place and how strongly it is taken, or every value
        self.size = widths[-1] * (3 if self._finds else rows * columns)

    def forward(self, pictures: Tensor) -> Tensor:
        maps = self.layers(pictures).flatten(2)
        if not self._finds:
            return maps.flatten(1)
        maps = maps.float()
        places = torch.softmax(_SHARPNESS * maps, dim=2) @ self.place
        return torch.cat([places.flatten(1), maps.amax(dim=2)], dim=1)


class _Transformer(nn.Module):
    """Patches with learned places, blocks of attention, and the mean of what comes out."""

    def __init__(self, config: VisionConfig, channels: int, height: int, width: int) -> None:
        super().__init__()
        if height % config.patch or width % config.patch:
            raise ValueError(f"vision.patch: {config.patch} does not divide {height} x {width} pixels")
        if len(set(config.channels)) > 1 or config.channels[0] % config.heads:
            raise ValueError(
                f"vision.channels: expected one width for all blocks, a multiple of {config.heads} heads, "
                f"got {list(config.channels)}"
            )
        self.size = config.channels[0]
        self.patches = nn.Conv2d(channels, self.size, config.patch, config.patch)
        count = (height // config.patch) * (width // config.patch)
        self.places = nn.Parameter(0.02 * torch.randn(count, self.size))
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(
                self.size, config.heads, 4 * self.size, 0.0, "gelu", batch_first=True, norm_first=True
            )
            for _ in config.channels
        )

    def forward(self, pictures: Tensor) -> Tensor:
        tokens = self.patches(pictures).flatten(2).transpose(1, 2) + self.places
        for block in self.blocks:
            tokens = block(tokens)
        return tokens.mean(dim=1)
