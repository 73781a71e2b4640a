"""The referee of `hand-tug`: what it accepts, and what it sees through."""

import copy
import dataclasses
import functools

import pytest
import torch
from tampering import tampered

from envs.env import TaskEnv
from envs.match import SCORE
from envs.referees.recorder import Recorder
from envs.referees.tug import judge_tug
from envs.registry import make_task
from envs.tasks import HandTugConfig

LINE = 0.04
"""A short way, so that matches are short."""


@functools.cache
def pulled(winner):
    """A match that `winner` alone plays: over its handle, down, closed, back."""
    env = TaskEnv(
        make_task("hand-tug", HandTugConfig(line=LINE)),
        1,
        threads=1,
        backend="cpu",
        autoreset=False,
        seed=1,
    )
    env.reset()
    recorder = Recorder(env, [0])
    seat = env.task.players.index(winner)
    for step in range(60):
        action = torch.zeros(1, 2, env.task.player_action_size)
        offset = env.task.observe_players()["object"][0, seat, 3:6] / 10
        action[0, seat, 5] = 1.0 if step < 4 else 0.0
        if step < 16:
            action[0, seat, 2:4] = 72 * offset[:2]
            action[0, seat, 4] = 40 * (offset[2] - 0.02) if step > 5 else 0.0
        else:
            action[0, seat, :2] = 1.0
            action[0, seat, 2] = -1.0 if step > 22 else 0.0
        result = env.step(action.flatten(1).clamp(-1, 1))
        recorder.note()
        if result.episode:
            return recorder.recording(0), float(result.episode[SCORE + "red"][0])
    raise AssertionError("nobody won")


@pytest.mark.parametrize("winner", ["red", "blue"])
def test_the_referee_names_the_same_winner(winner):
    recording, score = pulled(winner)
    verdict = judge_tug(recording, LINE)
    assert verdict.faults == []
    assert verdict.score == score == (1.0 if winner == "red" else 0.0)
    assert verdict.seconds == pytest.approx((len(recording.states) - 1) / 18)


def test_a_line_that_was_not_reached_is_no_win():
    recording, _ = pulled("red")
    assert judge_tug(recording, 2 * LINE).score == 0.5


def test_a_match_that_goes_on_after_it_was_won_is_seen():
    recording, _ = pulled("red")
    assert "the match went on after it was won" in judge_tug(recording, LINE / 4).faults


def test_a_tray_that_jumped_is_seen():
    recording, _ = pulled("red")

    def jump(data):
        data.joint("tray").qpos[0] -= 0.05

    assert (
        "the recorded states do not follow from each other"
        in judge_tug(tampered(recording, jump), LINE).faults
    )


def test_unequal_players_are_seen():
    recording, _ = pulled("red")
    model = copy.copy(recording.model)
    model.actuator("blue_carrier_x").forcerange[:] = [-60, 60]
    weak = dataclasses.replace(recording, model=model)
    assert "the players' robots differ" in judge_tug(weak, LINE).faults

    def ahead(data):
        data.joint("red_carrier_x").qpos[0] += 0.02

    placed = judge_tug(tampered(recording, ahead, row=0), LINE).faults
    assert "one player begins better placed" in placed
