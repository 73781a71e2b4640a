"""Actor and critic over observation groups."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Literal, Self

import torch
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator
from torch import Tensor, nn

from policies.normalizer import RunningNormalizer
from policies.replicas import Replicas
from policies.vision import VisionConfig

PIXELS = "pixels"
"""The observation group that is video: no numbers to put side by side with others."""

DeployableGroup = Literal["proprioception", "command", "tracking", "object", "pixels"]
Activation = Literal["elu", "relu", "silu", "tanh"]
_ACTIVATIONS: dict[str, type[nn.Module]] = {"elu": nn.ELU, "relu": nn.ReLU, "silu": nn.SiLU, "tanh": nn.Tanh}


class NetworkConfig(BaseModel):
    """Shape of actor and critic.

    Attributes:
        actor_groups: observation groups that the actor reads; never `privileged`. With `pixels` it sees.
        critic_groups: observation groups that the critic reads; never `pixels`.
        actor_hidden: hidden sizes of the actor.
        critic_hidden: hidden sizes of the critic.
        activation: between layers.
        initial_std: standard deviation of every action at the start.
        min_std: lower bound of the standard deviation.
        vision: how an actor that reads `pixels` sees.
        robots: that one actor network acts for, each by its own share of every group; groups and actions are made of
            equal shares side by side.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    actor_groups: tuple[DeployableGroup, ...] = Field(default=("proprioception", "command"), min_length=1)
    critic_groups: tuple[str, ...] = Field(default=("proprioception", "command", "privileged"), min_length=1)
    actor_hidden: tuple[PositiveInt, ...] = Field(default=(256, 256), min_length=1)
    critic_hidden: tuple[PositiveInt, ...] = Field(default=(256, 256), min_length=1)
    activation: Activation = "elu"
    initial_std: float = Field(default=0.5, gt=0)
    min_std: float = Field(default=0.02, gt=0)
    robots: PositiveInt = 1
    vision: VisionConfig = VisionConfig()

    @property
    def sees(self) -> bool:
        """Whether the actor reads pixels."""
        return PIXELS in self.actor_groups

    @model_validator(mode="after")
    def _numbers_too(self) -> Self:
        if self.actor_groups == (PIXELS,):
            raise ValueError("actor_groups: expected another group beside 'pixels', such as 'proprioception'")
        if PIXELS in self.critic_groups:
            raise ValueError("critic_groups: a critic does not see; expected no 'pixels'")
        unread = set(self.vision.auxiliary_groups) - set(self.critic_groups)
        if self.sees and self.vision.auxiliary_weight and unread:
            raise ValueError(
                f"vision.auxiliary_groups: expected some of critic_groups {list(self.critic_groups)}, "
                f"got {sorted(unread)}"
            )
        if self.sees and self.robots > 1:
            raise ValueError(f"robots: an actor that sees acts for one robot; expected 1, got {self.robots}")
        return self

    @model_validator(mode="after")
    def _noise_can_move(self) -> Self:
        if self.min_std > self.initial_std:
            raise ValueError(
                f"min_std: expected at most initial_std ({self.initial_std}), got {self.min_std}"
            )
        return self


def mlp(inputs: int, hidden: Sequence[int], outputs: int, activation: Activation) -> nn.Sequential:
    """A multilayer perceptron, orthogonally initialized; the last layer starts small."""
    sizes = [inputs, *hidden]
    layers: list[nn.Module] = []
    for fan_in, fan_out in itertools.pairwise(sizes):
        linear = nn.Linear(fan_in, fan_out)
        nn.init.orthogonal_(linear.weight, 2**0.5)
        nn.init.zeros_(linear.bias)
        layers += [linear, _ACTIVATIONS[activation]()]
    head = nn.Linear(sizes[-1], outputs)
    nn.init.orthogonal_(head.weight, 0.01)
    nn.init.zeros_(head.bias)
    return nn.Sequential(*layers, head)


class GroupReader(nn.Module):
    """Concatenates the named observation groups, all but the pixels, and normalizes them.

    Args:
        groups: names, in the order of concatenation.
        sizes: size of every available group.
        robots: shares that every group is made of; a robot's shares of all groups come side by side.

    Raises:
        ValueError: a group is not made of that many equal shares.
    """

    def __init__(self, groups: Sequence[str], sizes: Mapping[str, int], robots: int = 1) -> None:
        super().__init__()
        self.groups = tuple(name for name in groups if name != PIXELS)
        self._robots = robots
        for name in self.groups:
            if sizes[name] % robots:
                raise ValueError(
                    f"robots: group {name!r} of {sizes[name]} numbers has no {robots} equal shares"
                )
        self._sizes = [sizes[name] for name in self.groups]
        self.size = sum(self._sizes)
        self.normalizer = RunningNormalizer(self.size)

    def gather(self, observation: Mapping[str, Tensor]) -> Tensor:
        """The groups side by side, (n, size), as they are."""
        shares = [observation[name].unflatten(1, (self._robots, -1)) for name in self.groups]
        return torch.cat(shares, dim=2).flatten(1)

    def columns(self, groups: Sequence[str]) -> list[int]:
        """Where the numbers of some of the groups are in what `gather` returns, for one robot."""
        starts = dict(zip(self.groups, itertools.accumulate(self._sizes, initial=0), strict=False))
        sizes = dict(zip(self.groups, self._sizes, strict=True))
        return [starts[name] + i for name in groups for i in range(sizes[name])]

    def forward(self, gathered: Tensor) -> Tensor:
        """Normalize what `gather` returned."""
        return self.normalizer(gathered)


class Actor(nn.Module):
    """A diagonal Gaussian over actions, with one learned standard deviation per action.

    Args:
        config: network shape.
        reader: of the groups that are numbers.
        net: gives the mean.
        action_size: number of actions.

    Attributes:
        auxiliary_weight: of the loss for guessing some of what the critic reads.
    """

    auxiliary_weight = 0.0

    def __init__(self, config: NetworkConfig, reader: GroupReader, net: nn.Module, action_size: int) -> None:
        super().__init__()
        self.reader, self.net = reader, net
        self.log_std = nn.Parameter(torch.full((action_size,), float(config.initial_std)).log())
        self._min_log_std = float(torch.tensor(config.min_std, device="cpu").log())

    @property
    def groups(self) -> tuple[str, ...]:
        """Observation groups that it reads."""
        return self.reader.groups

    def std(self) -> Tensor:
        """Standard deviation (action_size,)."""
        return self.log_std.clamp(min=self._min_log_std).exp()

    def remember(self, worlds: int) -> Tensor | None:
        """The memory of worlds whose episodes begin, (n, size); none for an actor without one."""
        return None

    def compile_encoder(self) -> None:
        """Put the video's encoder, where there is one, through `torch.compile`; its weights keep their names."""

    def act(self, observation: Mapping[str, Tensor], memory: Tensor | None = None) -> Tensor:
        """The most likely action, without exploration noise: (n, action_size); a memory is brought up to date."""
        mean, _, after = self.step(observation, memory)
        if memory is not None and after is not None:
            memory.copy_(after)
        return mean

    def step(
        self, observation: Mapping[str, Tensor], memory: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Mean (n, action_size), standard deviation (action_size,) and the memory afterwards."""
        raise NotImplementedError


class GaussianActor(Actor):
    """An actor of what it reads at the moment.

    Args:
        config: network shape.
        sizes: size of each observation group.
        action_size: number of actions.

    Attributes:
        robots: that it acts for.
    """

    def __init__(self, config: NetworkConfig, sizes: Mapping[str, int], action_size: int) -> None:
        reader = GroupReader(config.actor_groups, sizes, config.robots)
        if action_size % config.robots:
            raise ValueError(f"robots: {action_size} actions have no {config.robots} equal shares")
        share = reader.size // config.robots, action_size // config.robots
        net = mlp(share[0], config.actor_hidden, share[1], config.activation)
        super().__init__(config, reader, net, action_size)
        self.robots = config.robots

    def forward(self, gathered: Tensor) -> tuple[Tensor, Tensor]:
        """Mean (n, action_size) and standard deviation (action_size,)."""
        shares = self.reader(gathered).unflatten(-1, (self.robots, -1))
        return self.net(shares).flatten(-2), self.std()

    def step(
        self, observation: Mapping[str, Tensor], memory: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """See `Actor.step`."""
        return *self(self.reader.gather(observation)), memory


class Critic(nn.Module):
    """Value of every reward term; may read privileged groups.

    The network gives values in units of the returns' spread, around their mean, so that rewards of any size are learnt
    alike. When the statistics move, the last layer moves against them and the values stay (van Hasselt et al. 2016,
    "Learning values across many orders of magnitude", Proposition 1).

    Args:
        config: network shape.
        sizes: size of each observation group.
        terms: number of reward terms.
    """

    def __init__(self, config: NetworkConfig, sizes: Mapping[str, int], terms: int) -> None:
        super().__init__()
        self.reader = GroupReader(config.critic_groups, sizes)
        self.net = mlp(self.reader.size, config.critic_hidden, terms, config.activation)
        self.returns = RunningNormalizer(terms)

    def forward(self, gathered: Tensor) -> Tensor:
        """Values (n, terms)."""
        return self.returns.mean.float() + self.returns.deviation.float() * self.net(self.reader(gathered))

    @torch.no_grad()
    def rescale(self, returns: Tensor, replicas: Replicas | None = None) -> None:
        """Learn the size of returns (n, terms), the other copies' too; no value changes by it."""
        head = self.net[-1]
        assert isinstance(head, nn.Linear)
        mean, deviation = self.returns.mean.clone(), self.returns.deviation
        self.returns.update(returns, replicas)
        now = self.returns.deviation
        head.weight *= (deviation / now).float().unsqueeze(1)
        head.bias.copy_((deviation * head.bias + mean - self.returns.mean) / now)
