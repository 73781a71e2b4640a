"""`humanoid-lift-beam`: two robots in one scene, a beam that weighs on both, and what counts as carried."""

import copy
import dataclasses
import functools
import math

import mujoco
import numpy as np
import pytest
import torch
from going_on import assert_repeats_and_goes_on, assert_stays_finite
from gymnasium.utils.env_checker import check_env
from tampering import tampered

from envs.agents import RandomAgent, ZeroAgent
from envs.env import TaskEnv
from envs.gym import TaskGymEnv
from envs.humanoid import HumanoidConfig
from envs.humanoid.terrain import TerrainConfig
from envs.referees.lift_beam import judge_lift_beam
from envs.referees.recorder import Recorder
from envs.registry import make_task
from envs.task import DEPLOYABLE_GROUPS
from envs.tasks import LiftBeamConfig
from orchestrator.config_files import load_config
from orchestrator.training.config import TrainConfig
from orchestrator.training.trainer import Trainer

VARIANTS = {
    "legs": HumanoidConfig(moves="legs", hands="locked"),
    "body": HumanoidConfig(hands="locked"),
}


def make(nworld=4, autoreset=False, **config):
    task = make_task("humanoid-lift-beam", LiftBeamConfig(**config))
    return TaskEnv(task, nworld, threads=1, backend="cpu", autoreset=autoreset)


@functools.cache
def standing_up(steps=24):
    """Robots that only stand up, and the recording of the first world."""
    env = make(2)
    env.reset()
    recorder = Recorder(env, [0])
    forces = []
    for _ in range(steps):
        env.step(torch.zeros(2, 24))
        forces.append(env.task.force.sum(dim=1).unflatten(0, (2, 2)).sum(dim=1))
        recorder.note()
    return env, torch.stack(forces), recorder.recording(0)


def test_gymnasium_finds_no_fault():
    task = make_task("humanoid-lift-beam", LiftBeamConfig(episode_seconds=1.0))
    check_env(TaskGymEnv(task, backend="cpu"), skip_render_check=True)


def test_an_actor_reads_only_what_a_robot_can_measure():
    config = load_config("humanoid-lift-beam", [], TrainConfig)
    assert set(config.network.actor_groups) <= set(DEPLOYABLE_GROUPS)
    assert config.network.robots == 2


@pytest.mark.parametrize("variant", VARIANTS)
def test_hands_stay_at_their_handles_and_bear_the_beam(variant):
    env = make(2, robot=VARIANTS[variant])
    env.reset()
    for _ in range(14):
        step = env.step(torch.zeros(2, 24))
        assert not step.diverged.any()
    model, data = env.physics.model_of(0), mujoco.MjData(env.physics.model)
    data.qpos[:] = env.physics.field("qpos")[0].numpy()
    mujoco.mj_kinematics(model, data)
    for prefix in env.task.prefixes:
        for side in ("left", "right"):
            gap = data.site(f"{prefix}{side}_grip").xpos - data.site(f"{prefix}{side}_handle").xpos
            assert np.linalg.norm(gap) < 0.015
    assert (env.task.lift > 0.05).all()


def test_feet_bear_two_robots_and_a_beam():
    env, forces, _ = standing_up()
    weight = 9.81 * float(env.physics.model.body_mass.sum())
    assert weight == pytest.approx(9.81 * (2 * 58.1 + 21.2), rel=0.01)
    # while they stand up and sway, on average
    assert float(forces[10:].mean()) == pytest.approx(weight, rel=0.25)


def test_robots_that_do_the_same_move_the_same():
    env, _, _ = standing_up()
    task = env.task
    left, right = task.height.unflatten(0, (2, 2)).unbind(1)
    torch.testing.assert_close(left, right, rtol=0, atol=5e-3)
    assert task.along[:, 2].abs().max() < 0.01


def test_what_is_a_robots_stands_in_its_own_share():
    env = make(2)
    env.reset()
    env.task.state["actions"][:, 0, 12:] = 0.5  # the right robot's last action
    groups = env.task.observe()
    left, right = groups["proprioception"].chunk(2, dim=1)
    assert not left[:, -12:].any()
    assert (right[:, -12:] == 0.5).all()
    told_left, told_right = groups["command"].chunk(2, dim=1)
    assert (told_left[:, -1] == 1).all()
    assert (told_right[:, -1] == -1).all()
    torch.testing.assert_close(told_left[:, :2], told_right[:, :2], rtol=0, atol=1e-5)


def test_robots_answer_for_their_own_terms_and_both_for_the_beams():
    task = make(1).task
    credit = task.credit()
    assert credit.shape == (len(task.reward_terms), 24)
    for row, name in zip(credit, task.reward_terms, strict=True):
        assert row[:12].all() == (not name.startswith("right_"))
        assert row[12:].all() == (not name.startswith("left_"))


@pytest.mark.parametrize("agent", [ZeroAgent(24), RandomAgent(24, seed=1)], ids=["zero", "random"])
def test_agents_that_know_nothing_fall(agent):
    env = make(8)
    observation = env.reset()
    ended = torch.zeros(8, dtype=torch.bool)
    for _ in range(180):
        step = env.step(agent.act(observation))
        ended |= step.terminated
        if ended.all():
            break
    assert ended.float().mean() > 0.8


def test_who_lifts_needs_legs_hands_that_hold_and_a_floor():
    with pytest.raises(ValueError, match="for hands around a beam's handles"):
        LiftBeamConfig(robot=HumanoidConfig())
    with pytest.raises(ValueError, match="moves: "):
        LiftBeamConfig(robot=HumanoidConfig(moves="upper", hands="locked"))
    with pytest.raises(ValueError, match="expected flat"):
        LiftBeamConfig(terrain=TerrainConfig(kind="stairs"))


def test_one_seed_gives_the_same_steps_twice_and_a_saved_state_goes_on():
    actions = torch.rand(12, 3, 24, generator=torch.Generator().manual_seed(0)) * 2 - 1
    assert_repeats_and_goes_on(make, actions)


def test_the_referee_measures_what_the_task_does():
    env, _, recording = standing_up()
    verdict = judge_lift_beam(recording)
    assert verdict.faults == []
    assert not verdict.success  # it was lifted and carried nowhere
    np.testing.assert_allclose(verdict.distance, env.task.apart[0], atol=1e-3)
    assert verdict.carried > 0.3
    assert verdict.seconds == pytest.approx(24 / 36)


def test_the_referee_sees_a_lighter_beam_and_other_ropes():
    recording = standing_up()[2]
    light = copy.copy(recording.model)
    light.body("beam").mass = 10.0
    assert (
        "the beam is lighter or shorter than it should be"
        in judge_lift_beam(dataclasses.replace(recording, model=light)).faults
    )
    spec = make(1).task.build_scene()
    spec.add_equality(
        type=mujoco.mjtEq.mjEQ_WELD, name1="beam", name2="", objtype=mujoco.mjtObj.mjOBJ_BODY, name="rope"
    )
    tied = spec.compile()
    assert tied.neq == 5
    from envs.referees.lift_beam import BeamVerdict, _inspect

    verdict = BeamVerdict()
    _inspect(tied, verdict)
    assert verdict.faults == ["the beam is held by something else than four hands"]


def test_the_referee_sees_a_beam_that_flew():
    recording = standing_up()[2]
    address = int(recording.model.joint("beam").qposadr[0])

    def fly(data):
        data.qpos[address] += 0.05

    assert judge_lift_beam(tampered(recording, fly, 10)).faults


def test_a_short_training_run_learns_without_faults():
    keys = ["worlds=4", "ppo.rollout_steps=4", "ppo.minibatches=2", "threads=1", "backend=cpu"]
    metrics = Trainer(load_config("humanoid-lift-beam", keys, TrainConfig)).iterate()
    assert math.isfinite(metrics["loss/value"])


@pytest.mark.slow
def test_observations_stay_finite_over_a_million_random_steps():
    assert_stays_finite(make(1000, autoreset=True))
