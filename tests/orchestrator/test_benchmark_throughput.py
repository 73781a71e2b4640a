"""The throughput benchmark: that the compared make the same episodes, and what the command prints."""

import json
from contextlib import closing
from functools import partial

import mujoco
import numpy as np
import pytest

from envs.registry import make_task
from envs.tasks.hand_reach import HandReachConfig
from orchestrator.benchmarks import throughput
from orchestrator.benchmarks.throughput import BareRun, PlainEnv, ProcessesRun, VectorRun, record_episode
from orchestrator.cli.main import main

WORLDS = 3
MAKE = partial(make_task, "hand-reach", HandReachConfig(episode_seconds=0.5))


@pytest.fixture(scope="module")
def episode():
    return record_episode(MAKE(), WORLDS)


def qpos(state):
    model = MAKE().build_scene().compile()
    assert state.shape[1] == mujoco.mj_stateSize(model, mujoco.mjtState.mjSTATE_INTEGRATION)
    return state[:, 1 : 1 + model.nq]  # behind the time


def test_the_bare_engine_makes_the_recorded_episode_every_time(episode):
    assert episode.steps == 9
    run = BareRun(MAKE(), episode)
    for _ in range(2):
        run.begin()
        np.testing.assert_array_equal(run.batch.state, episode.start)
        for index in range(episode.steps):
            run.step(index)
        np.testing.assert_allclose(qpos(run.batch.state), qpos(episode.end), atol=1e-9)


def test_the_vector_environment_makes_the_recorded_episode_every_time(episode):
    run = VectorRun(MAKE(), episode)
    physics = run.env.env.physics
    for _ in range(2):
        run.begin()
        np.testing.assert_array_equal(physics.get_state().numpy(), episode.start)
        for index in range(episode.steps):
            np.testing.assert_array_equal(run.env.env._clock.numpy(), index)
            run.step(index)
            if index < episode.steps - 1:
                np.testing.assert_array_equal(physics.field("ctrl").numpy(), episode.controls[index])
        assert (qpos(physics.get_state().numpy()) != qpos(episode.end)).any()  # new episodes


def test_a_plain_environment_makes_its_worlds_episode(episode):
    scene = MAKE().build_scene()
    scene.option.timestep = 1 / 180
    env = PlainEnv(scene.compile(), 10)
    for world in range(WORLDS):
        env.start = episode.start[world]
        env.reset()
        for index in range(episode.steps):
            observation, *_ = env.step(episode.controls[index, world])
        expected = qpos(episode.end)[world]
        np.testing.assert_allclose(observation[: len(expected)], expected, atol=1e-6)


def test_every_recorded_world_has_a_turn_in_the_processes(episode):
    expected = qpos(episode.end)
    with closing(ProcessesRun(MAKE(), episode, 2)) as run:
        for worlds in ([0, 1], [2, 0]):
            run.begin()
            for index in range(episode.steps - 1):
                run.step(index)
            observation, *_ = run.env.step(run._controls[-1])
            np.testing.assert_allclose(observation[:, : expected.shape[1]], expected[worlds], atol=1e-6)


@pytest.mark.parametrize(("options", "substeps"), [("", 6), ("--set task_config.rates.physics_hz=180", 10)])
def test_the_command_prints_one_object(options, substeps, capfd, monkeypatch):
    monkeypatch.setattr(throughput, "throughput", partial(throughput.throughput, workers=(1, 2)))
    line = f"benchmark throughput --worlds 4 --seconds 0.01 --json {options}"
    assert main(line.split()) == 0
    printed = json.loads(capfd.readouterr().out)
    assert printed.keys() == {"name", "machine", "command", "figures"}
    figures = printed["figures"]
    assert figures["substeps"] == substeps
    assert all(value > 0 for value in figures.values())
    assert figures["async_best_workers"] in (1, 2)
    vector = figures["vector_env_steps_per_second"]
    assert figures["vector_env_per_batch"] == pytest.approx(vector / figures["batch_steps_per_second"])
    assert figures["vector_env_per_async"] == pytest.approx(vector / figures["async_best_steps_per_second"])


def test_features_are_measured_against_the_same_task_without_them(capsys):
    features = ["task_config.heat=true", "task_config.hand.touch=true"]
    assert main(["benchmark", "overhead", *features, "--set", "worlds=4", "--seconds", "0.01", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    ratio = figures["full_steps_per_second"] / figures["plain_steps_per_second"]
    assert figures["full_per_plain"] == pytest.approx(ratio)
    assert 0 < ratio < 2
