"""What goes into a policy and what comes out, counted by hand."""

import pytest
import torch

from envs.cameras.config import CameraConfig, CamerasConfig
from envs.task import TaskConfig
from orchestrator.evaluation.bits import bits_line, count_bits, entropy_bits
from policies.networks import NetworkConfig
from policies.vision import VisionConfig


def test_from_video_to_controls():
    cameras = CamerasConfig(
        cameras=(
            CameraConfig(name="fast", width=100, height=10),
            CameraConfig(name="slow", width=100, height=10, hz=18),
        )
    )
    network = NetworkConfig(
        actor_groups=("proprioception", "pixels"), vision=VisionConfig(embedding=50, channels=(8,))
    )
    bits = count_bits(network, TaskConfig(cameras=cameras), numbers=10, joints=20, entropy=80.0)
    assert bits.rate("video") == 8 * 3000 * (36 + 18)
    assert bits.rate("features") == 32 * 50 * 18
    assert bits.rate("numbers") == 32 * 10 * 18
    assert bits.rate("controls") == 16 * 20 * 18
    assert bits.rate("entropy") == 80 * 18
    compression = {stage.name: stage.compression for stage in bits.stages}
    assert compression["features"] == pytest.approx(3000 * 54 * 8 / (32 * 50 * 18))
    assert compression["controls"] == pytest.approx(60 * 32 / (16 * 20))
    assert compression["entropy"] == pytest.approx(320 / 80)
    assert bits_line(bits) == "163 kB/s in, 720 B/s out (226 to 1)"


def test_without_eyes_numbers_are_all_that_goes_in():
    bits = count_bits(NetworkConfig(), TaskConfig(), numbers=40, joints=20, entropy=None)
    assert [stage.name for stage in bits.stages] == ["numbers", "controls"]
    assert bits.compression == pytest.approx(4)


def test_entropy_is_that_of_known_distributions():
    generator = torch.Generator().manual_seed(0)
    rows = torch.randint(0, 16, (20_000, 3), generator=generator, dtype=torch.int32)
    rows[:, 2] = 7  # a joint that never moves tells nothing
    assert entropy_bits(rows) == pytest.approx(8.0, abs=0.01)
    # few samples see few kinds: without the correction 20 columns of 100 would lack 2 bits
    few = torch.randint(0, 16, (100, 20), generator=generator, dtype=torch.int32)
    assert entropy_bits(few) == pytest.approx(80.0, abs=0.8)
