import pytest
import torch

from policies.rollout import Rollout, generalized_advantages


def make_rollout(steps=12, worlds=5, terms=3, *, done_share=0.3, seed=0):
    torch.manual_seed(seed)
    return Rollout(
        actor_input=torch.zeros(steps, worlds, 1),
        critic_input=torch.zeros(steps, worlds, 1),
        action=torch.zeros(steps, worlds, 1),
        mean=torch.zeros(steps, worlds, 1),
        std=torch.ones(1),
        reward=torch.randn(steps, worlds, terms),
        value=torch.randn(steps, worlds, terms),
        done=torch.rand(steps, worlds) < done_share,
        last_value=torch.randn(worlds, terms),
    )


def reference(rollout, gamma, lam):
    """Eq. 16 of Schulman et al. (2016) as a sum over the steps that follow within the episode."""
    steps, worlds, terms = rollout.reward.shape
    values = torch.cat([rollout.value, rollout.last_value[None]])
    advantage = torch.zeros(steps, worlds, terms)
    for t in range(steps):
        for world in range(worlds):
            for ahead in range(t, steps):
                done = bool(rollout.done[ahead, world])
                following = 0.0 if done else values[ahead + 1, world]
                delta = rollout.reward[ahead, world] + gamma * following - values[ahead, world]
                advantage[t, world] += (gamma * lam) ** (ahead - t) * delta
                if done:
                    break
    return advantage


@pytest.mark.parametrize(("gamma", "lam"), [(0.9, 0.8), (0.99, 1.0), (0.7, 0.0), (0.0, 0.5)])
def test_advantages_equal_the_sum_that_defines_them(gamma, lam):
    rollout = make_rollout()
    assert 5 < rollout.done.sum() < 40
    torch.testing.assert_close(
        generalized_advantages(rollout, gamma, lam), reference(rollout, gamma, lam), rtol=1e-4, atol=1e-5
    )


def test_nothing_flows_over_the_end_of_an_episode():
    rollout = make_rollout(done_share=0.0)
    rollout.done[6] = True
    before = generalized_advantages(rollout, 0.9, 0.9)
    rollout.reward[7:] += 100
    rollout.value[7:] -= 100
    rollout.last_value[:] += 100
    after = generalized_advantages(rollout, 0.9, 0.9)
    assert torch.equal(before[:7], after[:7])
    assert not torch.isclose(before[7:], after[7:]).any()


def test_terms_and_worlds_do_not_mix():
    rollout = make_rollout()
    before = generalized_advantages(rollout, 0.9, 0.9)
    rollout.reward[:, 2, 1] += 1
    changed = generalized_advantages(rollout, 0.9, 0.9) != before
    assert changed[:, 2, 1].all()
    changed[:, 2, 1] = False
    assert not changed.any()


def test_with_lambda_one_the_target_is_the_discounted_return():
    rollout = make_rollout(done_share=0.0)
    target = generalized_advantages(rollout, 0.9, 1.0) + rollout.value
    discounts = 0.9 ** torch.arange(12)
    expected = torch.einsum("t,twk->wk", discounts, rollout.reward) + 0.9**12 * rollout.last_value
    torch.testing.assert_close(target[0], expected, rtol=1e-4, atol=1e-5)


def test_samples_are_all_steps_of_all_worlds():
    assert make_rollout(7, 3).samples == 21
