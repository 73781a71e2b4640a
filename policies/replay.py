"""Recorded steps in minibatches, and what an actor would do in them now."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from policies.actor_critic import ActorCritic
from policies.rollout import Rollout


def minibatches(rollout: Rollout, epochs: int, count: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Indices into a rollout's steps, flattened over time and worlds; a remainder is left out.

    Where the actor remembers, worlds are kept whole, with their steps in order.
    """
    steps, worlds = rollout.done.shape
    starts = torch.arange(steps)[:, None] * worlds
    size = worlds if rollout.remembers else rollout.samples
    for _ in range(epochs):
        for part in torch.randperm(size, generator=generator).split(size // count)[:count]:
            yield (starts + part).flatten() if rollout.remembers else part


def replay(actor: nn.Module, rollout: Rollout, part: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
    """What an actor would do in the steps of a minibatch.

    Returns:
        Means (n, A), standard deviations (A,), and what a seeing actor guesses, (n, size).
    """
    gathered = rollout.actor_input.flatten(0, 1)[part]
    if rollout.pixels is None:
        return *actor(gathered), None
    assert rollout.memory is not None
    steps, worlds = rollout.done.shape
    shape = (steps if rollout.remembers else 1, -1)
    pixels, done = (
        values.flatten(0, 1)[part].unflatten(0, shape) for values in (rollout.pixels, rollout.done)
    )
    who = part.unflatten(0, shape)[0] % worlds
    mean, std, guess = actor(gathered.unflatten(0, shape), pixels, rollout.memory[who], done)
    return mean.flatten(0, 1), std, None if guess is None else guess.flatten(0, 1)


def auxiliary_loss(model: ActorCritic, guess: Tensor | None, critic_input: Tensor) -> Tensor:
    """How far a guess (n, size) is from what it is of, in the critic's normalized units, squared and weighted."""
    if guess is None:
        return critic_input.new_zeros(())
    with torch.no_grad():
        told = model.critic.reader(critic_input)[..., model.guessed]
    return model.actor.auxiliary_weight * (guess - told).square().mean()
