"""The referee of standing and walking: what it accepts, and what it sees through."""

import copy
import dataclasses
import functools

import numpy as np
import pytest
import torch
from tampering import tampered

from envs.env import TaskEnv
from envs.randomization import RandomizationConfig
from envs.referees.carry import judge_carry
from envs.referees.locomotion import judge_locomotion
from envs.referees.recorder import Recorder
from envs.registry import make_task
from envs.tasks import StandConfig, WalkConfig
from envs.tasks.locomotion.carry import CarryConfig


@functools.cache
def standing(steps=30, push=0.0):
    """A robot on its feet for a moment, pushed often."""
    config = StandConfig(randomization=RandomizationConfig(push=(push, push)), push_every=0.1)
    return record("humanoid-stand", config, steps)


def record(name, config, steps):
    env = TaskEnv(make_task(name, config), 2, threads=1, backend="cpu", autoreset=False, seed=1)
    env.reset()
    recorder = Recorder(env, [0])
    for _ in range(steps):
        env.step(torch.zeros(2, 12))
        recorder.note()
    return recorder.recording(0)


@functools.cache
def carrying(mass=20.0):
    return record("humanoid-carry", CarryConfig(box_mass=mass), 20)


def test_an_honest_moment_on_ones_feet_is_accepted():
    verdict = judge_locomotion(standing())
    assert verdict.faults == []
    assert verdict.success
    assert verdict.pushes == 0
    assert abs(verdict.seconds - 30 / 36) < 1e-6


def test_pushes_are_counted_and_held_against_their_limit():
    recording = standing(push=60.0)
    verdict = judge_locomotion(recording, push=60.0)
    assert verdict.success
    assert verdict.pushes >= 1
    assert "a force is applied from outside" in judge_locomotion(recording, push=50.0).faults
    assert judge_locomotion(recording, push=60.0, least=60.0).faults == []
    assert "a push is weaker than it should be" in judge_locomotion(recording, push=90.0, least=90.0).faults


def test_a_hand_from_above_is_seen():
    def lift(data):
        data.xfrc_applied[1, 2] = 300.0

    assert judge_locomotion(tampered(standing(), lift), push=1000.0).faults


def test_a_robot_that_jumped_through_space_is_seen():
    def jump(data):
        data.qpos[0] += 0.01

    faults = judge_locomotion(tampered(standing(), jump, row=10)).faults
    assert faults == ["the recorded states do not follow from each other"]


def test_weaker_gravity_and_floating_bodies_are_seen():
    recording = standing()
    light = copy.copy(recording.model)
    light.opt.gravity[2] = -8.0
    assert (
        "gravity is not the earth's" in judge_locomotion(dataclasses.replace(recording, model=light)).faults
    )
    floating = copy.copy(recording.model)
    floating.body_gravcomp[3] = 1.0
    assert "a body floats" in judge_locomotion(dataclasses.replace(recording, model=floating)).faults


def test_a_fall_is_not_standing():
    recording = standing(steps=150)
    verdict = judge_locomotion(recording)
    assert verdict.faults == []
    assert not verdict.success
    assert 0.5 < verdict.seconds < 150 / 36


def test_the_velocity_error_is_the_tasks():
    env = TaskEnv(
        make_task("humanoid-walk", WalkConfig(episode_seconds=0.5)),
        1,
        threads=1,
        backend="cpu",
        autoreset=False,
    )
    env.reset()
    recorder = Recorder(env, [0])
    for _ in range(18):
        step = env.step(torch.zeros(1, 12))
        recorder.note()
    verdict = judge_locomotion(recorder.recording(0))
    # the task takes velocities at the steps' ends, the referee over them
    np.testing.assert_allclose(verdict.velocity_error, step.episode["velocity_error"].item(), atol=0.06)


def test_an_honest_box_is_carried():
    verdict = judge_carry(carrying(), 20.0)
    assert verdict.faults == []
    assert verdict.success
    assert verdict.mass == pytest.approx(20.0)
    assert 0.7 < verdict.lowest < 1.1


def test_a_light_box_is_seen():
    assert judge_carry(carrying(5.0), 20.0).faults == ["the box weighs 5.0 kg instead of 20 kg"]


def test_a_box_that_hangs_from_something_else_is_seen():
    model = copy.copy(carrying().model)
    model.eq_obj2id[0] = model.body("torso").id
    faults = judge_carry(dataclasses.replace(carrying(), model=model)).faults
    assert "the box is tied to something else than two hands" in faults


def test_a_box_that_left_the_hands_is_seen():
    def lower(data):
        data.joint("box").qpos[2] -= 0.6

    faults = judge_carry(tampered(carrying(), lower, row=10)).faults
    assert "the box came out of the hands" in faults
    assert any("over the ground" in fault for fault in faults)
