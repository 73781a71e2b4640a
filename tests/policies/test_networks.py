import pytest
import torch
from pydantic import ValidationError

from policies.actor_critic import ActorCritic
from policies.networks import NetworkConfig
from policies.normalizer import RunningNormalizer

SIZES = {"proprioception": 5, "command": 3, "privileged": 4}


def make_model(**config):
    torch.manual_seed(0)
    return ActorCritic(NetworkConfig(actor_hidden=(16,), critic_hidden=(16,), **config), SIZES, 6, 2)


def make_observation(rows=10, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.randn(rows, size, generator=generator) for name, size in SIZES.items()}


def value(model, observation):
    return model.critic(model.critic.reader.gather(observation))


class TestRunningNormalizer:
    def test_pieces_add_up_to_the_whole(self):
        # nowhere near a hundred, which would be an outlier to a normalizer that has seen nothing
        data = torch.randn(1000, 4) * torch.tensor([1e-3, 1.0, 10.0, 3.0]) + torch.tensor(
            [0.0, 5.0, -20.0, -2.0]
        )
        normalizer = RunningNormalizer(4)
        for piece in data.split([400, 1, 2, 7, 590]):
            normalizer.update(piece)
        variance, mean = torch.var_mean(data.double(), dim=0, correction=0)
        torch.testing.assert_close(normalizer.mean, mean)
        torch.testing.assert_close(normalizer.variance, variance)
        assert normalizer.count == 1000

    def test_what_it_has_seen_comes_out_with_mean_zero_and_variance_one(self):
        data = 3 * torch.rand(5000, 2) + torch.tensor([7.0, -100.0])
        normalizer = RunningNormalizer(2)
        normalizer.update(data)
        out = normalizer(data)
        assert out.dtype is torch.float32
        torch.testing.assert_close(out.mean(dim=0), torch.zeros(2), atol=1e-3, rtol=0)
        torch.testing.assert_close(out.std(dim=0), torch.ones(2), atol=1e-3, rtol=0)

    def test_before_the_first_batch_inputs_pass_through(self):
        data = torch.randn(20, 3)
        torch.testing.assert_close(RunningNormalizer(3)(data), data)

    def test_outputs_are_clipped_and_constant_inputs_harmless(self):
        normalizer = RunningNormalizer(2, clip=4.0)
        normalizer.update(torch.tensor([[0.0, 3.0], [1.0, 3.0]]))
        out = normalizer(torch.tensor([[1e30, 3.0], [-1e30, 4.0]]))
        assert out[:, 0].tolist() == [4, -4]
        assert out[:, 1].tolist() == [0, 4]

    def test_one_mad_value_does_not_stretch_the_scale(self):
        data = torch.randn(200_000, 1)
        normalizer = RunningNormalizer(1)
        for piece in data.split(10_000):
            normalizer.update(piece)
        normalizer.update(torch.cat([data[:9_999], torch.tensor([[1e8]])]))
        assert normalizer.variance.sqrt().item() == pytest.approx(1.0, abs=0.05)

    @pytest.mark.parametrize("first", [0.0, 1.0])
    def test_a_scale_that_is_far_too_small_grows(self, first):
        normalizer = RunningNormalizer(1)
        normalizer.update(torch.full((10_000, 1), first))
        for _ in range(100):
            normalizer.update(1e6 * torch.randn(10_000, 1))
        assert normalizer.variance.sqrt().item() == pytest.approx(1e6, rel=0.1)

    def test_only_update_changes_the_statistics(self):
        normalizer = RunningNormalizer(2)
        normalizer.update(torch.randn(10, 2))
        before = {k: v.clone() for k, v in normalizer.state_dict().items()}
        normalizer(torch.randn(100, 2) + 5)
        after = normalizer.state_dict()
        assert before.keys() == after.keys() == {"mean", "variance", "count"}
        assert all(torch.equal(before[k], after[k]) for k in before)


def test_the_actor_never_reads_privileged():
    model, observation = make_model(), make_observation()
    action, values = model.actor.act(observation), value(model, observation)
    noisy = observation | {"privileged": torch.full((10, 4), torch.nan)}
    assert torch.equal(model.actor.act(noisy), action)
    assert value(model, noisy).isnan().all()
    without = {name: observation[name] for name in ("proprioception", "command")}
    assert torch.equal(model.actor.act(without), action)
    shifted = observation | {"privileged": observation["privileged"] + 1}
    assert not torch.isclose(value(model, shifted), values).any()


@pytest.mark.parametrize("group", ["proprioception", "command"])
def test_the_actor_reads_what_a_robot_has(group):
    model, observation = make_model(), make_observation()
    action = model.actor.act(observation)
    assert not torch.equal(model.actor.act(observation | {group: observation[group] + 1}), action)


def test_an_actor_that_would_read_privileged_is_refused():
    with pytest.raises(ValidationError, match="actor_groups"):
        NetworkConfig.model_validate({"actor_groups": ["proprioception", "privileged"]})


def test_the_critic_may_do_without_privileged():
    model, observation = make_model(critic_groups=("command",)), make_observation()
    assert torch.equal(value(model, observation), value(model, {"command": observation["command"]}))


def test_groups_are_read_in_the_configs_order():
    model = make_model(actor_groups=("command", "proprioception"))
    observation = make_observation()
    gathered = model.actor.reader.gather(observation)
    assert torch.equal(gathered, torch.cat([observation["command"], observation["proprioception"]], dim=1))


def test_shapes_and_the_noise_at_the_start():
    model, observation = make_model(initial_std=0.3), make_observation()
    mean, std = model.actor(model.actor.reader.gather(observation))
    assert mean.shape == (10, 6)
    torch.testing.assert_close(std, torch.full((6,), 0.3))
    assert value(model, observation).shape == (10, 2)
    assert torch.equal(model.actor.act(observation), mean)


def test_the_noise_never_falls_below_its_bound():
    model = make_model(min_std=0.05)
    with torch.no_grad():
        model.actor.log_std[:] = torch.tensor([-50.0, -50, -50, 0, 0, 0])
    _, std = model.actor(model.actor.reader.gather(make_observation()))
    torch.testing.assert_close(std, torch.tensor([0.05, 0.05, 0.05, 1, 1, 1]))


def test_values_stay_when_the_size_of_returns_is_learnt():
    model = make_model()
    observation = {name: torch.randn(50, size) for name, size in SIZES.items()}
    before = value(model, observation)
    model.critic.rescale(torch.tensor([1e3, 1e-3]) * torch.randn(1000, 2) - 40)
    assert model.critic.returns.count == 1000
    torch.testing.assert_close(value(model, observation), before, atol=1e-4, rtol=1e-4)


def test_normalizers_are_part_of_the_weights():
    model, other = make_model(), make_model()
    model.actor.reader.normalizer.update(torch.randn(50, 8) * 3 + 1)
    observation = make_observation()
    assert not torch.equal(other.actor.act(observation), model.actor.act(observation))
    other.load_state_dict(model.state_dict())
    assert torch.equal(other.actor.act(observation), model.actor.act(observation))
