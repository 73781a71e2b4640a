"""What MuJoCo Warp does here: both sides of the ratio do the same work, and the command measures every case."""

import json

import pytest
import torch

from envs.env import TaskEnv
from envs.registry import make_task
from orchestrator.benchmarks.warp import BareLoop, warp_steps
from orchestrator.cli.main import main

FIGURES = {
    "world_steps_per_second",
    "bare_world_steps_per_second",
    "of_bare",
    "frames_per_second",
    "env_steps_per_second",
    "training_steps_per_second",
    "training_memory_bytes",
}


@pytest.mark.parametrize("task", ["hand-reach", "hand-reorient"])  # of the latter, cubes differ
def test_both_go_the_same_way(task):
    env = TaskEnv(make_task(task), 2, backend="warp")
    env.reset()
    start = env.physics.get_state()
    generator = torch.Generator().manual_seed(0)
    controls = 5 * torch.rand(2, 2, env.physics.model.nu, generator=generator)
    bare = BareLoop(env.physics, 3)
    bare.check()
    warp_steps(env.physics, 3, start, controls)()
    bare.repeated(start, controls)()
    moved = env.physics.field("qpos")
    assert (moved - start[:, 1 : 1 + moved.shape[1]]).abs().max() > 0.01
    torch.testing.assert_close(bare.qpos(), moved, atol=1e-5, rtol=0)


@pytest.mark.slow
def test_every_case_has_every_figure(capfd):
    asked = ["--config", "hand-reach", "--worlds", "2", "--worlds", "4", "--seconds", "0.1", "--json"]
    assert main(["benchmark", "warp", *asked]) == 0
    figures = json.loads(capfd.readouterr().out)["figures"]
    assert set(figures) == {f"hand-reach_{worlds}_{name}" for worlds in (2, 4) for name in FIGURES}
    assert all(value > 0 for value in figures.values())
    ratio = (
        figures["hand-reach_2_world_steps_per_second"] / figures["hand-reach_2_bare_world_steps_per_second"]
    )
    assert figures["hand-reach_2_of_bare"] == pytest.approx(ratio)
