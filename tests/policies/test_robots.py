"""One network that acts for several robots."""

import pytest
import torch

from policies.networks import GaussianActor, NetworkConfig

SIZES = {"proprioception": 6, "command": 4, "privileged": 3}


def actor(robots=2, actions=8):
    torch.manual_seed(0)
    return GaussianActor(NetworkConfig(robots=robots, actor_hidden=(16,)), SIZES, actions)


def swapped(values):
    one, two = values.chunk(2, dim=1)
    return torch.cat([two, one], dim=1)


def test_robots_that_change_places_change_actions():
    policy = actor()
    observation = {name: torch.randn(5, SIZES[name]) for name in ("proprioception", "command")}
    torch.nn.init.normal_(policy.net[-1].weight)
    action = policy.act(observation)
    assert action.shape == (5, 8)
    other = policy.act({name: swapped(values) for name, values in observation.items()})
    torch.testing.assert_close(other, swapped(action))
    assert not torch.allclose(action, swapped(action))


def test_what_one_robot_senses_moves_that_robot_only():
    policy = actor()
    torch.nn.init.normal_(policy.net[-1].weight)
    observation = {name: torch.zeros(1, SIZES[name]) for name in ("proprioception", "command")}
    still = policy.act(observation)
    observation["command"][0, 3] = 1.0  # the second robot's
    moved = (policy.act(observation) - still).abs()[0] > 1e-6
    assert not moved[:4].any()
    assert moved[4:].all()


@pytest.mark.parametrize(("robots", "actions", "message"), [(3, 9, "group 'command'"), (2, 7, "7 actions")])
def test_unequal_shares_are_refused(robots, actions, message):
    with pytest.raises(ValueError, match=message):
        actor(robots, actions)


def test_an_actor_that_sees_acts_for_one_robot():
    with pytest.raises(ValueError, match="acts for one robot; expected 1, got 2"):
        NetworkConfig(actor_groups=("pixels", "proprioception"), robots=2)
