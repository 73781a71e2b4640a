import copy

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from policies.actor_critic import ActorCritic
from policies.networks import NetworkConfig
from policies.ppo import MAX_LEARNING_RATE, MIN_LEARNING_RATE, PPO, PPOConfig, action_groups
from policies.rollout import Rollout, generalized_advantages

NETWORK = NetworkConfig(
    actor_groups=("command",), critic_groups=("command",), actor_hidden=(32,), critic_hidden=(32,)
)
ALL = torch.ones(1, 3, dtype=torch.bool)
SPLIT = torch.tensor([[True, True, False], [False, True, True]])


def make_learner(credit=ALL, seed=0, **config):
    torch.manual_seed(seed)
    model = ActorCritic(NETWORK, {"command": 2}, credit.shape[1], len(credit))
    return PPO(model, PPOConfig(**config), credit, seed)


def equal(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


@torch.no_grad()
def act(model, reward_of, steps=8, worlds=64, seed=0):
    """A rollout of episodes one step long: observe a point, act, be rewarded."""
    generator = torch.Generator().manual_seed(seed)
    point = 2 * torch.rand(steps, worlds, 2, generator=generator) - 1
    mean, std = model.actor(point.flatten(0, 1))
    mean = mean.unflatten(0, (steps, worlds))
    action = mean + std * torch.randn(mean.shape, generator=generator)
    value = model.critic(point.flatten(0, 1)).unflatten(0, (steps, worlds))
    return Rollout(
        actor_input=point,
        critic_input=point,
        action=action,
        mean=mean,
        std=std.clone(),
        reward=reward_of(point, action),
        value=value,
        done=torch.ones(steps, worlds, dtype=torch.bool),
        last_value=torch.zeros(worlds, value.shape[-1]),
    )


def distance(point, action):
    """Best action: the point's first coordinate, its second, and their difference."""
    best = torch.cat([0.5 * point, 0.5 * (point[..., :1] - point[..., 1:])], dim=-1)
    return -(action - best).square().sum(dim=-1, keepdim=True)


def two_terms(point, action):
    return torch.stack([-(action[..., 0] - 0.5).square(), -(action[..., 2] + 0.5).square()], dim=-1)


def older(rollout):
    """The same rollout, as if another policy had made it: ratios are not one."""
    generator = torch.Generator().manual_seed(9)
    noise = 0.1 * torch.randn(rollout.mean.shape, generator=generator)
    return Rollout(**{**vars(rollout), "mean": rollout.mean + noise, "std": 1.2 * rollout.std})


def test_it_learns_a_contextual_bandit():
    learner = make_learner(learning_rate=3e-3)

    def score():
        tried = act(learner.model, distance, seed=1000)
        return distance(tried.actor_input, tried.mean).mean().item()

    assert score() < -0.25
    for i in range(40):
        learner.update(act(learner.model, distance, seed=i))
    assert score() > -0.01
    assert learner.model.actor.log_std.exp().max() < 0.3


def test_the_critic_learns_the_reward():
    learner = make_learner(learning_rate=3e-3, target_kl=None)
    first = learner.update(act(learner.model, distance, seed=0))["loss/value"]
    for i in range(1, 40):
        last = learner.update(act(learner.model, distance, seed=i))["loss/value"]
    assert last < 0.3 * first


def plain_ppo_step(model, rollout, config):
    """One step of PPO as in its paper, with one advantage and one ratio; values in units of their spread."""
    advantage = generalized_advantages(rollout, config.gamma, config.gae_lambda).flatten()
    target = advantage + rollout.value.flatten()
    advantage = (advantage - advantage.mean()) / advantage.std()
    point, action = rollout.actor_input.flatten(0, 1), rollout.action.flatten(0, 1)
    old = Normal(rollout.mean.flatten(0, 1), rollout.std)
    new = Normal(*model.actor(point))
    ratio = (new.log_prob(action).sum(1) - old.log_prob(action).sum(1)).exp()
    surrogate = torch.minimum(
        ratio * advantage, ratio.clamp(1 - config.clip, 1 + config.clip) * advantage
    ).mean()
    model.critic.rescale(target[:, None])
    value_loss = (model.critic(point).flatten() - target).square().mean() / target.var(correction=0)
    entropy = new.entropy().sum(1).mean()
    loss = -surrogate + config.value_weight * value_loss - config.entropy_weight * entropy
    optimizer = torch.optim.Adam(model.parameters(), lr=config.learning_rate)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.actor.parameters(), config.max_grad_norm)
    torch.nn.utils.clip_grad_norm_(model.critic.parameters(), config.max_grad_norm)
    optimizer.step()
    return {
        "loss/policy": -surrogate.item(),
        "loss/value": value_loss.item(),
        "loss/kl": kl_divergence(old, new).sum(1).mean().item(),
        "loss/clipped": ((ratio - 1).abs() > config.clip).float().mean().item(),
    }


def test_with_one_term_it_is_plain_ppo():
    config = {"epochs": 1, "minibatches": 1, "target_kl": None, "entropy_weight": 0.01, "value_weight": 0.5}
    learner = make_learner(**config)
    plain = copy.deepcopy(learner.model)
    rollout = older(act(learner.model, distance))
    figures = learner.update(rollout)
    expected = plain_ppo_step(plain, rollout, learner.config)
    assert 0.02 < expected["loss/clipped"] < 0.98
    assert {name: figures[name] for name in expected} == pytest.approx(expected, rel=1e-4)
    # Adam's first step is the step size in the gradient's direction, whatever the gradient's length
    for (name, weight), other in zip(learner.model.named_parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(weight, other, atol=2e-5, rtol=0, msg=name)


def test_every_action_of_a_full_credit_is_in_one_group():
    member, terms = action_groups(torch.ones(5, 27, dtype=torch.bool))
    assert member.tolist() == [[1.0]] * 27
    assert terms.tolist() == [[1.0]] * 5


def test_actions_with_the_same_terms_are_grouped():
    credit = torch.tensor([[1, 0, 1, 1], [1, 1, 0, 1]], dtype=torch.bool)
    member, terms = action_groups(credit)
    assert (member.shape, terms.shape) == ((4, 3), (2, 3))
    assert member.sum(dim=1).tolist() == [1] * 4
    assert torch.equal(member[0], member[3])
    assert torch.equal(terms @ member.T, credit.float())  # an action's group has the action's terms


def test_an_action_learns_nothing_from_a_term_that_is_not_its_own():
    learner = make_learner(SPLIT, target_kl=None)

    def only_the_first_term(point, action):
        return torch.stack([-(action - 1).square().sum(-1), torch.zeros(action.shape[:-1])], dim=-1)

    rollout = act(learner.model, only_the_first_term)
    rollout.value[..., 1] = 0  # nothing to learn from the second term at all
    head, log_std = learner.model.actor.net[-1], learner.model.actor.log_std
    before = torch.cat([head.weight, head.bias[:, None], log_std[:, None]], dim=1).detach().clone()
    learner.update(rollout)
    changed = torch.cat([head.weight, head.bias[:, None], log_std[:, None]], dim=1) != before
    assert changed[0].all()
    assert changed[1].all()
    assert not changed[2].any()


def test_credited_actions_learn_their_own_terms():
    learner = make_learner(torch.tensor([[True, False, False], [False, False, True]]), learning_rate=3e-3)
    for i in range(50):
        learner.update(act(learner.model, two_terms, seed=i))
    mean = act(learner.model, two_terms).mean.mean(dim=(0, 1))
    assert mean[0].item() == pytest.approx(0.5, abs=0.1)
    assert mean[2].item() == pytest.approx(-0.5, abs=0.1)


@pytest.mark.parametrize(
    ("start", "rises", "falls"), [(1e-5, True, False), (9e-3, False, True)], ids=["small", "large"]
)
def test_the_step_size_follows_the_divergence(start, rises, falls):
    learner = make_learner(learning_rate=start, target_kl=1e-3, epochs=2)
    figures = learner.update(act(learner.model, distance))
    now = figures["policy/learning_rate"]
    assert (now > start, now < start) == (rises, falls)
    assert all(group["lr"] == now for group in learner.optimizer.param_groups)


def test_the_step_size_stays_within_its_bounds():
    eager = make_learner(learning_rate=5e-3, target_kl=1e6, epochs=20)
    assert eager.update(act(eager.model, distance))["policy/learning_rate"] == MAX_LEARNING_RATE
    timid = make_learner(learning_rate=2e-5, target_kl=1e-12, epochs=20)
    assert timid.update(act(timid.model, distance))["policy/learning_rate"] == MIN_LEARNING_RATE


def test_the_first_look_at_a_rollout_says_nothing_about_the_step_size():
    learner = make_learner(learning_rate=1e-4, target_kl=1e6, epochs=1, minibatches=1)
    assert learner.update(act(learner.model, distance))["policy/learning_rate"] == 1e-4


def test_without_a_target_the_step_size_is_fixed():
    learner = make_learner(learning_rate=9e-3, target_kl=None)
    assert learner.update(act(learner.model, distance))["policy/learning_rate"] == 9e-3


def test_an_entropy_bonus_keeps_the_noise_up():
    stds = []
    for weight in (0.0, 0.3):
        learner = make_learner(entropy_weight=weight, learning_rate=1e-3, target_kl=None)
        for i in range(5):
            learner.update(act(learner.model, distance, seed=i))
        stds.append(learner.model.actor.log_std.exp().mean().item())
    assert stds[1] > stds[0] + 0.005


def test_normalizers_learn_from_the_rollout_after_the_update():
    learner = make_learner()
    rollout = act(learner.model, distance)
    learner.update(rollout)
    for reader in (learner.model.actor.reader, learner.model.critic.reader):
        assert reader.normalizer.count == rollout.samples
        torch.testing.assert_close(
            reader.normalizer.mean, rollout.actor_input.flatten(0, 1).double().mean(dim=0)
        )


def test_it_goes_on_from_its_state_to_the_bit():
    learner = make_learner(SPLIT)
    for i in range(3):
        learner.update(act(learner.model, two_terms, seed=i))
    weights = {k: v.clone() for k, v in learner.model.state_dict().items()}
    tensors, scalars = learner.state_dict()
    tensors = {k: v.clone() for k, v in tensors.items()}
    other = make_learner(SPLIT, seed=5)
    other.model.load_state_dict(weights)
    other.load_state_dict(tensors, scalars)
    assert other.learning_rate == learner.learning_rate != other.config.learning_rate
    for i in range(3, 6):
        figures = [each.update(act(each.model, two_terms, seed=i)) for each in (learner, other)]
        assert figures[0] == figures[1]
    assert equal(other.model.state_dict(), learner.model.state_dict())
    assert not equal(other.model.state_dict(), weights)
    assert equal(other.state_dict()[0], learner.state_dict()[0])


def test_the_shuffling_has_its_own_seed():
    weights = []
    for seed in (0, 0, 1):
        learner = make_learner()
        learner.generator.manual_seed(seed)
        learner.update(act(learner.model, distance))
        weights.append(learner.model.actor.net[-1].weight.detach())
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
