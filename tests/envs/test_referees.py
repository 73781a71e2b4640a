import copy
import dataclasses
import functools
import math

import mujoco
import numpy as np
import pytest
import torch
from tampering import tampered

from envs.env import TaskEnv
from envs.referees.recorder import Recorder
from envs.referees.reorient import judge_reorient
from envs.referees.replay import Findings, inspect_model
from envs.referees.turn import judge_turn
from envs.registry import make_task
from envs.tasks import HandReorientConfig, HandTurnConfig

STATE = int(mujoco.mjtState.mjSTATE_INTEGRATION)


@functools.cache
def turning(steps=25, *, heat=False):
    """A hand that closes on the knob and turns its wrist, step by step, and what the task said of it."""
    task = make_task("hand-turn", HandTurnConfig(heat=heat, spread=0.0))
    env = TaskEnv(task, 8, threads=1, backend="cpu", autoreset=False, seed=2)
    env.reset()
    recorder = Recorder(env, range(8))
    names = [env.physics.model.actuator(i).name for i in range(27)]
    action = torch.zeros(8, 27)
    for name in ("index_mcp_flexion", "middle_mcp_flexion", "ring_mcp_flexion", "little_mcp_flexion"):
        action[:, names.index(name)] = 0.5
    for name in ("index_pip_flexion", "middle_pip_flexion", "ring_pip_flexion", "thumb_ip_flexion"):
        action[:, names.index(name)] = 0.6
    for step in range(steps):
        action[:, names.index("wrist_pronation")] = 0.0 if step < 5 else -1.0
        env.step(action)
        recorder.note()
    return [recorder.recording(i) for i in range(8)], env.task.metrics()["turns"]


@functools.cache
def lying(steps=20):
    """A hand that does nothing, the cube on it, and the cube's goals."""
    task = make_task("hand-reorient", HandReorientConfig(spread=0.0))
    env = TaskEnv(task, 4, threads=1, backend="cpu", autoreset=False)
    env.reset()
    recorder = Recorder(env, range(4))
    for _ in range(steps):
        env.step(torch.zeros(4, 27))
        recorder.note()
    return [recorder.recording(i) for i in range(4)]


@pytest.mark.parametrize("heat", [False, True])
def test_the_count_of_turns_is_the_tasks_and_the_knob_was_turned_by_touch(heat):
    recordings, claimed = turning(heat=heat)
    assert claimed.abs().max() > 0.05, "nothing was turned: the test shows nothing"
    verdicts = [judge_turn(recording) for recording in recordings]
    for verdict, turns in zip(verdicts, claimed.tolist(), strict=True):
        assert verdict.turns + verdict.coasted == pytest.approx(turns, abs=1e-4)
        assert not any("follow" in fault for fault in verdict.faults)
        assert not verdict.success
    touched, coasted = (sum(abs(getattr(v, name)) for v in verdicts) for name in ("turns", "coasted"))
    assert coasted < 0.3 * touched


def test_a_knob_that_jumps_is_found_out():
    recordings, _ = turning()

    def jump(data):
        data.joint("bolt").qpos += 6 * math.pi

    verdict = judge_turn(tampered(recordings[0], jump))
    assert "the recorded states do not follow from each other" in verdict.faults
    assert not verdict.success
    assert verdict.turns < 1, "turns are those of the replay, not of the record"


def test_a_push_from_outside_is_found_out():
    recordings, _ = turning()

    def push(data):
        data.joint("bolt").qfrc_applied[:] = 0.1

    assert "a force is applied from outside" in judge_turn(tampered(recordings[0], push, 3)).faults


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda m: m.dof_frictionloss.fill(0), "the bolt turns too easily"),
        (lambda m: m.geom_friction.fill(1.5), "the object's friction is above 1"),
        (lambda m: m.jnt_stiffness.fill(0.1), "a spring turns the bolt"),
        (lambda m: m.body_gravcomp.fill(1.0), "a body floats"),
    ],
)
def test_an_unfair_scene_is_found_out(change, fault):
    recording = turning()[0][0]
    model = copy.copy(recording.model)
    change(model)
    assert fault in judge_turn(dataclasses.replace(recording, model=model)).faults


def test_a_motor_on_the_object_is_found_out():
    spec = make_task("hand-turn").build_scene()
    assert not _faults(spec)
    spec.add_actuator(name="cheat", target="bolt", trntype=mujoco.mjtTrn.mjTRN_JOINT).set_to_motor()
    assert _faults(spec) == ["a motor moves the object"]


def test_bodies_in_each_other_are_found_out():
    recording = lying()[0]

    def sink(data):
        data.joint("cube").qpos[2] -= 0.02

    verdict = judge_reorient(tampered(recording, sink, 10))
    assert verdict.penetration > 0.003
    assert any("deep" in fault for fault in verdict.faults)


def test_a_cube_that_lies_there_reaches_nothing():
    for recording in lying():
        verdict = judge_reorient(recording, wanted=1)
        assert verdict.goals == 0
        assert not verdict.success
        assert verdict.seconds == pytest.approx(20 / 18, abs=1e-6)


def test_goals_count_where_the_cube_stands_as_commanded():
    recording = lying()[0]
    data = mujoco.MjData(recording.model)
    goals = recording.notes["goal"].copy()
    for row, turn in ((5, 0.39), (9, 0.41), (12, 0.0)):
        mujoco.mj_setState(recording.model, data, recording.states[row], STATE)
        nudge, goal = np.zeros(4), np.zeros(4)
        mujoco.mju_axisAngle2Quat(nudge, np.array([0.0, 0.6, 0.8]), turn)
        mujoco.mju_mulQuat(goal, nudge, data.joint("cube").qpos[3:])
        goals[row] = goal
    verdict = judge_reorient(dataclasses.replace(recording, notes={"goal": goals}), wanted=2)
    assert verdict.goals == 2


def test_goals_after_a_fall_do_not_count():
    recording = lying()[0]
    data = mujoco.MjData(recording.model)
    goals = recording.notes["goal"].copy()
    mujoco.mj_setState(recording.model, data, recording.states[12], STATE)
    goals[12] = data.joint("cube").qpos[3:]

    def fall(data):
        data.joint("cube").qpos[2] -= 0.3

    fallen = tampered(dataclasses.replace(recording, notes={"goal": goals}), fall, 8)
    assert judge_reorient(fallen).goals == 0


def _faults(spec):
    findings = Findings()
    inspect_model(spec.compile(), "knob", findings)
    return findings.faults
