"""The referees of `hand-grasp` and `hand-insert`: they agree with honest episodes and see through others."""

import copy
import dataclasses
import functools

import mujoco
import numpy as np
import pytest
from scripted import grasp, insert
from tampering import tampered

from envs.referees.grasp import judge_grasp
from envs.referees.insert import judge_insert
from envs.referees.judges import JUDGES
from envs.registry import TASKS


@functools.cache
def lifted():
    """A cube and a can that are lifted, and a puck that is not."""
    env, recordings = grasp(20, (4, 9, 10))
    return recordings, env.task.success()[[4, 9, 10]].tolist()


@functools.cache
def inserted():
    """Recordings of pins, and which of them the task calls inserted."""
    env, recordings = insert(4, range(4), seconds=4.0)
    return recordings, env.task.success().tolist()


def honest(judge, verdict, episodes):
    """The first episode that its referee confirms."""
    return next(recording for recording in episodes[0] if getattr(judge(recording), verdict))


def test_a_lifted_object_is_confirmed_and_one_that_is_not_is_not():
    recordings, claimed = lifted()
    verdicts = [judge_grasp(recording) for recording in recordings]
    assert any(claimed)
    assert any(v.success for v in verdicts)
    assert not any(v.success for v, claim in zip(verdicts, claimed, strict=True) if not claim)
    for verdict in verdicts:
        assert not any("follow" in fault for fault in verdict.faults)
        assert verdict.height == 0 or verdict.height > 0.1


def test_a_longer_hold_is_not_given():
    recording = honest(judge_grasp, "success", lifted())
    assert not judge_grasp(recording, seconds=6.0).success
    assert not judge_grasp(recording, height=0.3).success


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda m: m.geom_friction.fill(1.5), "the object's friction is above 1"),
        (lambda m: m.body_gravcomp.fill(1.0), "a body floats"),
        (lambda m: m.opt.gravity.fill(0.0), "a body floats"),
        (lambda m: m.geom_contype.fill(0), "the table is not what it should be"),
    ],
)
def test_an_unfair_table_is_found_out(change, fault):
    recording = lifted()[0][0]
    model = copy.copy(recording.model)
    change(model)
    verdict = judge_grasp(dataclasses.replace(recording, model=model))
    assert any(text.startswith(fault) for text in verdict.faults)
    assert not verdict.success


def test_an_object_that_flies_is_found_out():
    recording = lifted()[0][2]

    def fly(data):
        data.joint("thing").qpos[2] = 0.3

    flown = recording
    for row in range(20, len(recording.states)):
        flown = tampered(flown, fly, row)
    verdict = judge_grasp(flown)
    assert "the recorded states do not follow from each other" in verdict.faults
    assert not verdict.success
    assert verdict.held < 1.0


def test_an_inserted_pin_is_confirmed_through_the_mouth():
    recordings, claimed = inserted()
    verdicts = [judge_insert(recording) for recording in recordings]
    assert any(v.success for v in verdicts)
    assert not any(v.success for v, claim in zip(verdicts, claimed, strict=True) if not claim)
    for verdict in verdicts:
        assert verdict.clearance == pytest.approx(0.0005, abs=1e-9)


def test_a_wider_hole_is_found_out():
    recording = honest(judge_insert, "success", inserted())
    model = copy.copy(recording.model)
    for wall in range(8):
        model.geom(f"wall_{wall}").pos[:2] *= 1.01
    verdict = judge_insert(dataclasses.replace(recording, model=model))
    assert any("wider than the pin" in fault for fault in verdict.faults)
    assert not verdict.success


def test_a_missing_wall_is_found_out():
    recording = honest(judge_insert, "success", inserted())
    model = copy.copy(recording.model)
    model.geom("wall_3").contype, model.geom("wall_3").conaffinity = 0, 0
    faults = judge_insert(dataclasses.replace(recording, model=model)).faults
    assert "a wall of the hole is not what it should be" in faults


def test_a_pin_that_jumps_through_a_wall_is_found_out():
    recording = honest(judge_insert, "success", inserted())

    def sideways(data):
        data.joint("pin").qpos[0] += 0.004

    verdict = judge_insert(tampered(recording, sideways, -2))
    assert "the recorded states do not follow from each other" in verdict.faults
    assert any("wall" in fault for fault in verdict.faults)
    assert not verdict.success


def test_a_plate_that_moves_is_found_out():
    recording = honest(judge_insert, "success", inserted())

    def move(data):
        data.mocap_pos[0, 2] += 0.01

    assert "the plate moves" in judge_insert(tampered(recording, move, -1)).faults


def test_a_pin_that_nobody_holds_does_not_count():
    recording = honest(judge_insert, "success", inserted())
    state = int(mujoco.mjtState.mjSTATE_INTEGRATION)
    data = mujoco.MjData(recording.model)
    mujoco.mj_setState(recording.model, data, recording.states[-1], state)
    data.joint("carrier_z").qpos += 0.2  # the hand goes away, the pin stays
    rows = [recording.states[-1].copy()]
    mujoco.mj_getState(recording.model, data, rows[0], state)
    data.ctrl[recording.model.actuator("carrier_z").id] += 0.2
    for _ in range(2):
        mujoco.mj_step(recording.model, data, recording.substeps)
        rows.append(rows[0].copy())
        mujoco.mj_getState(recording.model, data, rows[-1], state)
    gone = dataclasses.replace(recording, states=np.array(rows))
    verdict = judge_insert(gone)
    assert verdict.depth > 0.015
    assert "the hand did not hold the pin at the end" in verdict.faults


def test_who_only_sees_is_judged_as_who_is_told():
    by_eye = {name: task.teacher for name, task in TASKS.items() if task.teacher in JUDGES}
    assert by_eye.keys() >= {"hand-grasp-visual", "hand-reorient-visual"}
    for name, twin in by_eye.items():
        assert JUDGES[name] is JUDGES[twin]
