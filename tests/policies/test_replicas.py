"""Two copies of a learner, in processes of their own, learn what one learns from both their rollouts."""

import dataclasses

import pytest
import torch
from torch import distributed as dist
from torch import multiprocessing

from policies.actor_critic import ActorCritic
from policies.networks import NetworkConfig
from policies.ppo import PPO, PPOConfig
from policies.replicas import Alone, Group
from policies.rollout import Rollout

CREDIT = torch.tensor([[True, True, False], [False, True, True]])
SIZES = {"proprioception": 5, "privileged": 2}
STEPS, WORLDS, UPDATES = 6, 1024, 20
CONFIG = PPOConfig(epochs=2, minibatches=4, target_kl=0.01)


def learner(replicas=None, kind=PPO):
    """One and the same, whoever makes it."""
    torch.manual_seed(0)
    network = NetworkConfig(
        actor_groups=("proprioception",),
        critic_groups=("proprioception", "privileged"),
        actor_hidden=(16,),
        critic_hidden=(16,),
    )
    model = ActorCritic(network, SIZES, 3, 2)
    return kind(model, CONFIG, CREDIT, 7, replicas)


@torch.no_grad()
def rollout(model, worlds=WORLDS):
    """Recorded once, by a policy that acts in worlds that differ."""
    draw = torch.Generator().manual_seed(1)
    spread = torch.linspace(0.5, 3.0, worlds)[None, :, None]
    actor_input = spread * torch.randn(STEPS, worlds, 5, generator=draw) + 2
    critic_input = torch.cat([actor_input, spread * torch.randn(STEPS, worlds, 2, generator=draw)], dim=2)
    mean, std = model.actor(actor_input)
    action = mean + std * torch.randn(mean.shape, generator=draw)
    reward = torch.stack([-action[..., :2].square().sum(-1), actor_input[..., 0] * action[..., 2]], dim=-1)
    return Rollout(
        actor_input=actor_input,
        critic_input=critic_input,
        action=action,
        mean=mean,
        std=std.clone(),
        reward=reward,
        value=model.critic(critic_input),
        done=torch.rand(STEPS, worlds, generator=draw) < 0.05,
        last_value=model.critic(critic_input[-1]),
    )


def part_of(whole, rank, count):
    """What one copy has gathered: its own worlds."""
    size = whole.done.shape[1] // count
    own = slice(rank * size, (rank + 1) * size)
    parts = {}
    for field in dataclasses.fields(whole):
        tensor = getattr(whole, field.name)
        shared = tensor is None or field.name == "std" or tensor.ndim == 1
        parts[field.name] = tensor if shared else tensor[..., own, :]
    parts["done"] = whole.done[:, own]
    return Rollout(**parts)


class Halved(PPO):
    """One learner whose minibatches are those of two copies, side by side."""

    def _minibatches(self, rollout):
        half = WORLDS // 2
        for part in super()._minibatches(dataclasses.replace(rollout, done=rollout.done[:, :half])):
            step, world = part // half, part % half
            yield torch.cat([step * WORLDS + world, step * WORLDS + half + world])


def learn(rank, count, place, out):
    dist.init_process_group("gloo", init_method=f"file://{place}", rank=rank, world_size=count)
    torch.set_num_threads(1)
    copy = learner(Group())
    own = part_of(rollout(copy.model), rank, count)
    figures = [copy.update(own) for _ in range(UPDATES)]
    torch.save({"weights": copy.model.state_dict(), "figures": figures}, f"{out}/{rank}.pt")
    dist.destroy_process_group()


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """What each of two copies has learned."""
    path = tmp_path_factory.mktemp("replicas")
    multiprocessing.start_processes(learn, args=(2, path / "meet", path), nprocs=2, start_method="spawn")
    return [torch.load(path / f"{rank}.pt") for rank in range(2)]


def test_copies_stay_equal_to_the_bit(two):
    first, second = two
    assert first["figures"] == second["figures"]
    for name, weight in first["weights"].items():
        assert torch.equal(weight, second["weights"][name]), name


def test_two_copies_make_the_updates_of_one(two):
    whole = learner(kind=Halved)
    recorded = rollout(whole.model)
    before = {name: weight.clone() for name, weight in whole.model.state_dict().items()}
    for step, figures in enumerate(two[0]["figures"]):
        expected = whole.update(recorded)
        assert figures == pytest.approx(expected, rel=2e-3, abs=2e-4), step
    for name, weight in whole.model.state_dict().items():
        torch.testing.assert_close(two[0]["weights"][name], weight, rtol=2e-3, atol=2e-4)
        if name.endswith("weight"):
            assert (weight - before[name]).abs().max() > 0.01


def test_moments_of_one_copy_are_the_batchs():
    batch = torch.randn(50, 3, dtype=torch.float64)
    variance, mean, number = Alone().moments(batch)
    assert number == 50
    torch.testing.assert_close(variance, batch.var(0, correction=0))
    torch.testing.assert_close(mean, batch.mean(0))
