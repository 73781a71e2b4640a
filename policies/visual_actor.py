"""An actor that sees: video, what the body feels and what it is told go in; actions come out."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from policies.memory import make_memory
from policies.networks import PIXELS, Actor, GroupReader, NetworkConfig, mlp
from policies.vision import PixelShape, VideoEncoder


class VisualActor(Actor):
    """An actor of pixels and of the other groups of the config.

    The video's features and the other groups go into the memory, if there is one, and what it holds into the action
    head. A memory is (n, size) float32, of zeros where an episode begins.

    Args:
        config: network shape, with `vision`.
        sizes: size of each observation group but the pixels.
        pixels: of one world.
        action_size: number of actions.
        told: how many numbers the auxiliary loss asks for.
    """

    def __init__(
        self,
        config: NetworkConfig,
        sizes: Mapping[str, int],
        pixels: PixelShape,
        action_size: int,
        told: int,
    ) -> None:
        vision = config.vision
        reader = GroupReader(config.actor_groups, sizes)
        width = reader.size + vision.embedding
        memory = make_memory(vision.recall, width, vision.memory, vision.context, vision.heads)
        recalled = width + memory.width
        net = mlp(recalled, config.actor_hidden, action_size, config.activation)
        super().__init__(config, reader, net, action_size)
        self.encoder = VideoEncoder(vision, pixels)
        self.memory = memory
        self.auxiliary_weight = vision.auxiliary_weight
        self.guess = nn.Linear(recalled, told) if vision.auxiliary_weight else None

    @property
    def groups(self) -> tuple[str, ...]:
        """See `Actor.groups`."""
        return (*super().groups, PIXELS)

    def compile_encoder(self) -> None:
        """See `Actor.compile_encoder`."""
        self.encoder.body.compile(dynamic=True)

    def remember(self, worlds: int) -> Tensor:
        """The memory of worlds whose episodes begin, (n, memory size)."""
        return torch.zeros(worlds, self.memory.size, device=self.log_std.device)

    def step(
        self, observation: Mapping[str, Tensor], memory: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """See `Actor.step`; without a memory, the episode begins."""
        pixels = observation[PIXELS]
        # not `len`, which would fix an exported graph's number of worlds
        before = self.remember(pixels.shape[0]) if memory is None else memory
        recalled, after = self._recall(self.reader.gather(observation), self.encoder(pixels), before)
        return self.net(recalled), self.std(), after

    def forward(
        self, gathered: Tensor, pixels: Tensor, memory: Tensor, done: Tensor
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """What the actor would do in recorded steps.

        Args:
            gathered: (T, n, size) of the other groups.
            pixels: (T, n, frames, cameras, 3, H, W) uint8.
            memory: (n, memory size) before the first step.
            done: (T, n) bool, an episode ended in this step.

        Returns:
            Means (T, n, action_size), standard deviations (action_size,), and, where there is an auxiliary loss, a
            guess at what it asks for, (T, n, told).
        """
        features = self.encoder(pixels.flatten(0, 1)).unflatten(0, pixels.shape[:2])
        rows = []
        for t in range(len(gathered)):
            recalled, memory = self._recall(gathered[t], features[t], memory)
            memory = memory * ~done[t][:, None]
            rows.append(recalled)
        recalled = torch.stack(rows)
        return self.net(recalled), self.std(), None if self.guess is None else self.guess(recalled)

    def _recall(self, gathered: Tensor, features: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        now = torch.cat([self.reader(gathered), features], dim=1)
        recalled, memory = self.memory(now, memory)
        return torch.cat([now, recalled], dim=1), memory
