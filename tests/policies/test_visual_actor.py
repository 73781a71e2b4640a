"""An actor that sees: what it reads, what it remembers, and that it can learn from what it sees."""

import copy

import onnxruntime
import pytest
import torch
from pydantic import ValidationError

from policies.actor_critic import ActorCritic
from policies.distillation import DistillationConfig, Distiller
from policies.memory import AttentionMemory
from policies.networks import NetworkConfig
from policies.onnx_export import MEMORY, export_onnx
from policies.ppo import PPO, PPOConfig
from policies.replay import minibatches, replay
from policies.rollout import Rollout
from policies.vision import VideoEncoder, VisionConfig

PIXELS = (2, 2, 3, 16, 16)
SIZES = {"proprioception": 3, "privileged": 4}


def make_model(vision=None, **config):
    torch.manual_seed(0)
    vision = {"channels": (8, 8), "embedding": 16, "memory": 8} | (vision or {})
    network = NetworkConfig(
        actor_groups=("proprioception", "pixels"),
        critic_groups=("proprioception", "privileged"),
        actor_hidden=(16,),
        critic_hidden=(16,),
        vision=vision,
        **config,
    )
    return ActorCritic(network, SIZES, 2, 1, PIXELS)


def observe(worlds, seed=0):
    generator = torch.Generator().manual_seed(seed)
    groups = {name: torch.randn(worlds, size, generator=generator) for name, size in SIZES.items()}
    return groups | {"pixels": torch.randint(256, (worlds, *PIXELS), generator=generator, dtype=torch.uint8)}


def dots(steps, worlds, seed=0):
    """Pictures with one white dot, and where it is, in -1 to 1."""
    generator = torch.Generator().manual_seed(seed)
    place = torch.randint(2, 14, (steps, worlds, 2), generator=generator)
    pixels = torch.zeros(steps, worlds, *PIXELS, dtype=torch.uint8)
    for t in range(steps):
        for w in range(worlds):
            x, y = place[t, w]
            pixels[t, w, :, :, :, y - 1 : y + 2, x - 1 : x + 2] = 255
    return pixels, place / 7.5 - 1


@torch.no_grad()
def gather(model, steps, worlds, seed=0):
    """A rollout of pictures of dots; the teacher points at them, and the reward is for pointing at them."""
    pixels, place = dots(steps, worlds, seed)
    generator = torch.Generator().manual_seed(seed)
    numbers = {name: torch.randn(steps, worlds, size, generator=generator) for name, size in SIZES.items()}
    memory = model.actor.remember(worlds)
    done = torch.rand(steps, worlds, generator=generator) < 0.3
    start, means = memory.clone(), []
    for t in range(steps):
        mean, std, memory = model.actor.step(
            {k: v[t] for k, v in numbers.items()} | {"pixels": pixels[t]}, memory
        )
        memory = memory * ~done[t][:, None]
        means.append(mean)
    mean = torch.stack(means)
    action = mean + std * torch.randn(mean.shape, generator=generator)
    critic_input = torch.cat([numbers["proprioception"], numbers["privileged"]], dim=2)
    value = model.critic(critic_input.flatten(0, 1)).unflatten(0, (steps, worlds))
    return Rollout(
        actor_input=numbers["proprioception"],
        critic_input=critic_input,
        action=action,
        mean=mean,
        std=std.clone(),
        reward=-(action - place).square().sum(2, keepdim=True),
        value=value,
        done=done,
        last_value=torch.zeros(worlds, 1),
        pixels=pixels,
        memory=start,
        taught=place,
    )


def test_what_it_does_follows_what_it_sees_and_feels_and_nothing_privileged():
    model, observation = make_model(), observe(4)
    action = model.actor.act(observation)
    assert action.shape == (4, 2)
    noise = observation | {"privileged": 1e6 * torch.randn(4, 4)}
    assert torch.equal(model.actor.act(noise), action)
    for name in ("proprioception", "pixels"):
        changed = observation | {name: observe(4, seed=1)[name]}
        assert not torch.isclose(model.actor.act(changed), action).all(dim=1).any(), name


def test_no_gradient_leads_from_an_action_to_what_is_privileged():
    model, observation = make_model({"auxiliary_weight": 1.0}), observe(4)
    for name in SIZES:
        observation[name].requires_grad_()
    model.actor.act(observation).sum().backward()
    assert observation["proprioception"].grad.abs().sum() > 0
    assert observation["privileged"].grad is None


def test_a_memory_is_of_its_world_and_starts_empty():
    actor = make_model().actor
    memory = actor.remember(3)
    first = actor.act(observe(3), memory)
    second = actor.act(observe(3), memory)
    assert not torch.isclose(first, second).all(dim=1).any()
    memory[1] = 0
    third = actor.act(observe(3), memory)
    assert torch.equal(third[1], first[1])
    assert not torch.isclose(third[0], first[0]).all()


@pytest.mark.parametrize(
    "vision", [{"memory": 0}, {"memory": 8}, {"memory": 8, "recall": "attention", "context": 3}]
)
def test_replaying_recorded_steps_gives_what_acted(vision):
    model = make_model(vision)
    rollout = gather(model, 5, 6)
    means, _, _ = model.actor(rollout.actor_input, rollout.pixels, rollout.memory, rollout.done)
    torch.testing.assert_close(means, rollout.mean, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("memory", [0, 8])
def test_minibatches_cover_a_rollout_once_and_mix_steps_where_nothing_is_remembered(memory):
    model = make_model({"memory": memory})
    rollout = gather(model, 5, 6)
    parts = list(minibatches(rollout, 1, 3, torch.Generator().manual_seed(0)))
    assert sorted(torch.cat(parts).tolist()) == list(range(30))
    worlds = [set((part % 6).tolist()) for part in parts]
    assert all((len(which) == 2) == bool(memory) for which in worlds)  # whole worlds, or steps of many
    for part in parts:
        means, _, _ = replay(model.actor, rollout, part)
        torch.testing.assert_close(means, rollout.mean.flatten(0, 1)[part], atol=1e-5, rtol=1e-5)


def test_attention_reaches_back_as_far_as_its_context_and_no_further():
    actor = make_model({"recall": "attention", "context": 3}).actor
    steps = [observe(2, seed) for seed in range(5)]

    def last(first):
        """The last of a row of actions, of which the first step sees and feels something else."""
        memory = actor.remember(2)
        return [actor.act(step, memory) for step in [first, *steps]][: len(steps) + 1]

    ones, others = last(observe(2, seed=7)), last(observe(2, seed=8))
    same = [torch.allclose(one, other, atol=1e-6) for one, other in zip(ones, others, strict=True)]
    assert same == [False, False, False, True, True, True]


def test_attention_gives_what_a_whole_transformers_block_would():
    """The keys and values that are kept are those of all steps seen at once (PyTorch's own attention)."""
    torch.manual_seed(0)
    memory = AttentionMemory(inputs=6, width=8, context=5, heads=2)
    given = torch.randn(4, 1, 6)
    kept = torch.zeros(1, memory.size)
    for now in given:
        recalled, kept = memory(now, kept)
    tokens = memory.taken(given[:, 0])
    query, key, value = (
        x.unflatten(1, (2, 4)).transpose(0, 1) for x in memory.asked(memory.norm(tokens)).chunk(3, 1)
    )
    found = torch.nn.functional.scaled_dot_product_attention(query[:, -1:], key, value)
    token = tokens[-1:] + memory.given(found.transpose(0, 1).flatten(1))
    torch.testing.assert_close(recalled, token + memory.after(token))


@pytest.mark.parametrize("encoder", ["keypoints", "conv"])
def test_a_student_learns_to_point_where_its_teacher_does(encoder):
    model = make_model({"encoder": encoder})
    learner = Distiller(
        model, DistillationConfig(teacher="unused", learning_rate=3e-3, minibatches=2, epochs=4), seed=0
    )
    losses = [learner.update(gather(model, 4, 32, seed), 0.0)["loss/imitation"] for seed in range(6)]
    assert losses[0] > 0.1
    assert losses[-1] < 0.1 * losses[0]


def test_a_students_steps_shrink_to_the_share_that_is_left():
    config = DistillationConfig(teacher="unused", learning_rate=1e-3, learning_rate_left=0.1)
    learner = Distiller(model := make_model({}), config, seed=0)
    rates = [
        learner.update(gather(model, 4, 8), done)["policy/learning_rate"] for done in (0.0, 0.5, 1.0, 1.2)
    ]
    assert rates == pytest.approx([1e-3, 5.5e-4, 1e-4, 1e-4])
    assert learner.optimizer.param_groups[0]["lr"] == rates[-1]


def test_ppo_moves_every_part_of_a_seeing_actor_and_goes_on_from_its_state():
    def updates(learner, count):
        for seed in range(count):
            learner.update(gather(learner.model, 4, 8, seed))
        return learner.model.state_dict()

    def make():
        model = make_model({"auxiliary_weight": 0.5})
        return PPO(model, PPOConfig(minibatches=2, epochs=2), torch.ones(1, 2, dtype=torch.bool), seed=0)

    start, learner = make().model.state_dict(), make()
    tensors = {k: v.clone() for k, v in updates(learner, 1).items()}
    still = [name for name in start if name.startswith("actor") and torch.equal(start[name], tensors[name])]
    assert still == []
    other = make()
    other.model.load_state_dict(tensors)
    other.load_state_dict(*copy.deepcopy(learner.state_dict()))
    again, on = updates(other, 2), updates(learner, 2)
    assert all(torch.equal(again[name], on[name]) for name in on)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("encoder", ["keypoints", "conv", "patch"])
def test_every_encoder_computes_in_either_precision(encoder, precision):
    torch.manual_seed(0)
    config = VisionConfig(encoder=encoder, channels=(8, 8), precision=precision, embedding=12, patch=4)
    features = VideoEncoder(config, PIXELS)(observe(3)["pixels"])
    assert features.shape == (3, 12)
    assert features.dtype is torch.float32
    assert features.isfinite().all()


def test_keypoints_learn_where_a_dot_of_a_pixel_or_two_is():
    torch.manual_seed(0)
    config = VisionConfig(encoder="keypoints", channels=(8, 8), halvings=1, embedding=32)
    net = torch.nn.Sequential(VideoEncoder(config, (1, 1, 3, 32, 32)), torch.nn.Linear(32, 2))
    optimizer = torch.optim.Adam(net.parameters(), 3e-3)
    for _ in range(300):
        pixels, places = red_dots(64)
        optimizer.zero_grad()
        (net(pixels) - places).square().mean().backward()
        optimizer.step()
    pixels, places = red_dots(256)
    with torch.no_grad():
        error = (net(pixels) - places).abs().mean()
    assert error < 0.06  # one of 32 pixels; a guess at the middle is off by half of the picture's half


def red_dots(count):
    """Pictures of noise with a red dot of two by two pixels and a blue one; where the red one is, in -1 to 1."""
    pixels = torch.randint(0, 60, (count, 1, 1, 3, 32, 32), dtype=torch.uint8)
    corners = torch.randint(0, 31, (count, 2, 2))
    for picture, (red, blue) in zip(pixels[:, 0, 0], corners.tolist(), strict=True):
        picture[2, blue[1] : blue[1] + 2, blue[0] : blue[0] + 2] = 255
        picture[0, red[1] : red[1] + 2, red[0] : red[0] + 2] = 255
    return pixels, (corners[:, 0] + 0.5) / 15.5 - 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"channels": (8, 8, 8, 8)}, "leave less than 2 x 2"),
        ({"halvings": 3}, "at most the 2 convolutions"),
        ({"auxiliary_weight": 1.0, "auxiliary_groups": ("sought",)}, "auxiliary_groups: expected some of"),
        ({"encoder": "patch", "patch": 5}, "does not divide"),
        ({"encoder": "patch", "channels": (8, 16)}, "one width for all blocks"),
        ({"recall": "attention", "memory": 10}, "a multiple of 4 heads"),
    ],
)
def test_pictures_that_do_not_fit_the_encoder_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        make_model(change)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"actor_groups": ["pixels"]}, "another group beside"),
        ({"critic_groups": ["privileged", "pixels"]}, "a critic does not see"),
        ({"actor_groups": ["pixels", "privileged"]}, "privileged"),
    ],
)
def test_groups_that_cannot_be_are_refused(groups, message):
    with pytest.raises(ValidationError, match=message):
        NetworkConfig(**groups)


@pytest.mark.slow
def test_a_compiled_encoder_sees_and_learns_the_same_and_keeps_its_weights_names():
    plain, compiled = make_model(), make_model()
    compiled.actor.compile_encoder()
    assert plain.state_dict().keys() == compiled.state_dict().keys()
    for worlds in (3, 5):
        torch.testing.assert_close(
            compiled.actor.act(observe(worlds)), plain.actor.act(observe(worlds)), atol=1e-5, rtol=1e-5
        )
    gradients = []
    for model in (plain, compiled):
        model.actor.act(observe(4)).sum().backward()
        gradients.append(model.actor.encoder.body.layers[0].weight.grad)
    torch.testing.assert_close(*gradients, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("vision", [{"memory": 0}, {"memory": 8}, {"recall": "attention", "context": 3}])
def test_an_exported_graph_takes_any_number_of_worlds(vision, tmp_path):
    actor = make_model(vision).actor.eval()
    export_onnx(actor, observe(4), tmp_path / "policy.onnx")
    graph = onnxruntime.InferenceSession(str(tmp_path / "policy.onnx"))
    for worlds in (1, 3):
        given, memory = observe(worlds), actor.remember(worlds)
        expected = actor.act(given, memory.clone()).clamp(-1, 1).detach().numpy()
        fed = {name: given[name].numpy() for name in actor.groups} | {MEMORY: memory.numpy()}
        action = graph.run(None, {one.name: fed[one.name] for one in graph.get_inputs()})[0]
        assert action == pytest.approx(expected, abs=1e-5)
