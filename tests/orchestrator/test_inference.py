"""Sizes of seeing policies by config, and what a control costs."""

import pytest
import torch

from orchestrator.benchmarks.encoder import encoder_benchmark
from orchestrator.benchmarks.inference import inference_benchmark
from orchestrator.config_files import load_config
from orchestrator.errors import InputError
from orchestrator.training.config import TrainConfig
from policies.actor_critic import ActorCritic

SIZES = {"vision/tiny": 0.2e6, "vision/small": 2e6, "vision/medium": 12e6, "vision/large": 50e6}


@pytest.mark.parametrize("name", SIZES)
def test_policies_are_as_large_as_their_configs_say(name):
    network = load_config(name, [], TrainConfig).network
    with torch.device("meta"):
        actor = ActorCritic(
            network, {"proprioception": 96, "sought": 15, "privileged": 20}, 27, 5, (2, 2, 3, 64, 64)
        ).actor
    count = sum(weights.numel() for weights in actor.parameters())
    assert count == pytest.approx(SIZES[name], rel=0.15)


def test_a_control_is_timed_and_its_operations_are_counted():
    keys = [
        "network.vision.channels=[4, 4]",
        "network.vision.halvings=2",
        "network.vision.embedding=8",
        "network.vision.memory=8",
    ]
    config = load_config("hand-reach-visual", [*keys, "network.actor_hidden=[8]"], TrainConfig)
    figures = inference_benchmark(config, controls=3).figures
    for eyes in ("two_64", "four_128"):
        for who in ("torch", "onnx"):
            assert 0 < figures[f"{eyes}_{who}_median_ms"] <= figures[f"{eyes}_{who}_p99_ms"]
            assert 0 <= figures[f"{eyes}_{who}_missed"] <= 3
    # the convolutions alone: twice a multiplication and an addition for each weight and each place it is put to
    pixels, kernels = 128 // 2, (6 * 25 * 4, 4 * 9 * 4)
    convolutions = 4 * 2 * sum(kernel * (pixels >> level) ** 2 for level, kernel in enumerate(kernels))
    assert convolutions < figures["four_128_operations"] < 1.1 * convolutions
    assert figures["four_128_budget_share"] == pytest.approx(figures["four_128_operations"] * 18 / 5e12)


def test_a_policy_without_eyes_is_refused():
    with pytest.raises(InputError, match="does not see"):
        inference_benchmark(load_config("hand-reach", [], TrainConfig), controls=1)


@pytest.mark.slow
def test_an_encoder_is_timed_in_every_way_and_sees_about_the_same():
    keys = ["network.vision.channels=[4, 4]", "network.vision.embedding=8", "threads=1"]
    figures = encoder_benchmark(load_config("hand-reach-visual", keys, TrainConfig), 2, 0.05).figures
    assert figures["float32_plain_of_plain"] == 1
    assert figures["float32_compiled_difference"] < 1e-4
    assert 0 < figures["bfloat16_plain_difference"] < 0.2
    assert all(figures[f"bfloat16_{way}_ms"] > 0 for way in ("plain", "compiled"))


def test_an_encoder_of_a_policy_that_does_not_see_is_refused():
    with pytest.raises(InputError, match="does not see"):
        encoder_benchmark(load_config("hand-reach", [], TrainConfig), 2, 0.05)
