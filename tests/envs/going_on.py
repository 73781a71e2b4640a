"""What every task's worlds must bear: the same steps twice, a saved state, a million random steps."""

import torch

from envs.agents import RandomAgent


def assert_repeats_and_goes_on(make, actions):
    """One seed gives the same steps twice, and worlds that take over a saved state go on with them.

    `make(nworld)` makes worlds; `actions` are (steps, nworld, size).
    """
    worlds = actions.shape[1]
    runs = []
    for _ in range(2):
        env = make(worlds)
        env.reset()
        runs.append(torch.stack([env.step(action).reward for action in actions]))
    assert torch.equal(*runs)
    state = env.state_dict()
    expected = env.step(actions[0]).reward
    other = make(worlds)
    other.load_state_dict(state)
    torch.testing.assert_close(other.step(actions[0]).reward, expected, rtol=0, atol=1e-6)


def assert_stays_finite(env):
    """A thousand random steps of every world leave observations and rewards finite."""
    env.reset()
    agent = RandomAgent(env.action_size, seed=0)
    for _ in range(1000):
        step = env.step(agent.act({"proprioception": torch.zeros(env.nworld, 1)}))
        assert all(group.isfinite().all() for group in step.observation.values())
        assert step.reward.isfinite().all()
    assert env.diverged_total == 0
