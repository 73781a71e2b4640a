import pytest
import torch

from envs.sensing import EncoderConfig, Encoders


def encoders(worlds=2, joints=3, **config):
    start = torch.zeros(worlds, joints)
    return Encoders(EncoderConfig(**config), start, torch.Generator().manual_seed(0))


def test_a_perfect_encoder_reads_the_truth():
    angles = torch.randn(2, 3)
    assert torch.equal(encoders().read(angles), angles)


def test_readings_come_in_steps():
    reading = encoders(resolution=0.01).read(torch.full((2, 3), 0.0349))
    torch.testing.assert_close(reading, torch.full((2, 3), 0.03))


def test_noise_has_its_standard_deviation_and_its_own_stream():
    first, second = (encoders(worlds=20_000, noise=0.02).read(torch.zeros(20_000, 3)) for _ in range(2))
    assert first.std().item() == pytest.approx(0.02, rel=0.02)
    assert torch.equal(first, second)


def test_play_swallows_small_turns_back():
    sensor = encoders(worlds=1, joints=1, backlash=0.1)
    path = [0.0, 0.04, 0.2, 0.15, 0.11, 0.09, -0.2]
    read = [sensor.read(torch.tensor([[angle]])).item() for angle in path]
    assert read == pytest.approx([0, 0, 0.15, 0.15, 0.15, 0.14, -0.15])


def test_a_late_reading_is_that_of_earlier_steps():
    sensor = encoders(worlds=1, joints=1, delay_steps=2)
    read = [sensor.read(torch.tensor([[float(i)]])).item() for i in range(1, 6)]
    assert read == [0, 0, 1, 2, 3]


def test_a_reset_forgets_in_the_worlds_named_only():
    sensor = encoders(delay_steps=1, backlash=0.2)
    sensor.read(torch.ones(2, 3))
    sensor.reset(torch.tensor([1]), torch.full((2, 3), 5.0))
    reading = sensor.read(torch.full((2, 3), 5.0))
    assert reading[0, 0].item() == pytest.approx(0.9)
    assert reading[1, 0].item() == 5
