"""What a run trains: an actor and a critic."""

from collections.abc import Mapping

from torch import nn

from policies.networks import Actor, Critic, GaussianActor, NetworkConfig
from policies.vision import PixelShape
from policies.visual_actor import VisualActor


class ActorCritic(nn.Module):
    """What a run trains and a checkpoint holds.

    Args:
        config: network shape.
        sizes: size of each observation group but the pixels.
        action_size: number of actions.
        terms: number of reward terms.
        pixels: of one world; needed where the actor sees.

    Attributes:
        guessed: columns of the critic's input that the auxiliary loss asks a seeing actor for.
    """

    def __init__(
        self,
        config: NetworkConfig,
        sizes: Mapping[str, int],
        action_size: int,
        terms: int,
        pixels: PixelShape | None = None,
    ) -> None:
        super().__init__()
        asked = config.vision.auxiliary_groups if config.sees and config.vision.auxiliary_weight else ()
        told = sum(sizes[name] for name in asked)
        self.actor = _actor(config, sizes, action_size, pixels, told)
        self.critic = Critic(config, sizes, terms)
        self.guessed = self.critic.reader.columns(asked)


def _actor(
    config: NetworkConfig,
    sizes: Mapping[str, int],
    action_size: int,
    pixels: PixelShape | None,
    told: int,
) -> Actor:
    if not config.sees:
        return GaussianActor(config, sizes, action_size)
    if pixels is None:
        raise ValueError("actor_groups: there are no pixels to read")
    return VisualActor(config, sizes, pixels, action_size, told)
