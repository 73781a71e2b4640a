"""`hand-push`: starts, goals, what a push does, and its referee."""

import math

import numpy as np
import pytest
import torch
from pushing import assert_pushes_to_its_goal

from envs.agents import ZeroAgent
from envs.env import TaskEnv
from envs.referees.blocks import judge_blocks
from envs.tasks.blocks.holdout import read_holdout
from envs.tasks.blocks.shapes import BLOCKS
from envs.tasks.blocks.task import GOALS
from envs.tasks.push.task import HandPush, HandPushConfig
from envs.widening import Schedule


def make(worlds=4, split="train", **config):
    task = HandPush(HandPushConfig(**config))
    env = TaskEnv(task, worlds, seed=0, split=split, backend="cpu", threads=1, autoreset=False)
    env.reset()
    return env, task


def test_blocks_start_apart_in_the_zone_and_lie_still():
    _, task = make(32, blocks=4)
    start = task.poses.clone()
    for first in range(4):
        for second in range(first):
            gap = (start[:, first, :2] - start[:, second, :2]).norm(dim=1)
            clear = gap > BLOCKS[first].radius + BLOCKS[second].radius
            assert clear.float().mean() > 0.85  # four blocks nearly fill the zone: some stand close
    assert (start[..., :2].abs() <= 0.12).all()
    few, _ = make(32, blocks=2)
    gap = (few.task.poses[:, 0, :2] - few.task.poses[:, 1, :2]).norm(dim=1)
    assert (gap > BLOCKS[0].radius + BLOCKS[1].radius).all()
    before = few.task.poses.clone()
    for _ in range(6):
        few.step(torch.zeros(32, 4))
    distance, angle = few.task.apart(before, few.task.poses)
    assert distance.max() < 1e-3
    assert angle.max() < 0.03
    assert not few.diverged_total


def test_a_hand_that_is_let_down_behind_a_block_pushes_it_to_its_goal():
    env, task = make(1, blocks=1)
    qpos = env.physics.field("qpos")
    middle = task.poses_of(torch.tensor([[[0.0, 0.0, 0.0]]]))
    qpos[0, task._place[0]] = middle[0, 0].double()
    start = torch.tensor([-0.10, 0.015, 0.0, 0.0])
    qpos[0, task._carrier.position] = start.double()
    task.state["target"][0] = start
    env.physics.forward()
    task.update()
    task.aim(torch.tensor([0]), task.poses_of(torch.tensor([[[0.07, -0.05, 2.0]]])))
    down, along = (0.0, 0.0, -1.0, 0.0), (1.0, 0.0, 0.0, 0.0)
    recorder = assert_pushes_to_its_goal(env, [down, down, *[along] * 6])
    moved = recorder.recording(0)
    moved.notes["goal"][3:] += 0.01
    assert "the goal was moved" in judge_blocks(moved, 0.04, 0.2).faults


def test_what_a_block_looks_like_is_all_that_a_policy_is_told():
    _, task = make(1, blocks=4)
    poses = task.poses_of(torch.tensor([[[0.0, 0.0, 0.1]] * 4]))
    same = [math.pi / 3, math.pi / 2, math.pi, 2 * math.pi]
    turned = task.poses_of(torch.tensor([[[0.0, 0.0, 0.1 + turn] for turn in same]]))
    torch.testing.assert_close(task.command(poses, poses), task.command(poses, turned), atol=1e-4, rtol=0)
    torch.testing.assert_close(task.command(poses, poses), task.command(turned, poses), atol=1e-4, rtol=0)
    assert task.alike(poses, turned).all()
    assert not task.alike(poses, task.poses_of(torch.tensor([[[0.0, 0.0, 0.5]] * 4])))[0, 1:].any()


def test_marks_meet_where_a_block_looks_to_be_at_its_goal():
    env, task = make(1, blocks=4)
    there = task.poses_of(
        torch.tensor([[[0.05, 0.02, 0.3], [-0.05, 0.0, 1.0], [0.0, 0.1, -2.0], [0.1, 0.1, 2.5]]])
    )
    env.physics.field("qpos")[0, task._place] = there[0].double()
    env.physics.field("qpos")[0, task._place[:, :3]] += task._middle
    env.physics.forward()
    task.update()
    turned = torch.tensor(
        [[[0.05, 0.02, 2.0], [-0.05, 0.0, 1.0 + math.pi], [0.0, 0.1, -2.0], [0.1, 0.1, 2.5]]]
    )
    task.aim(torch.tensor([0]), task.poses_of(turned))
    sites = env.physics.field("site_xpos")
    for name, place in task.goal_points().items():
        torch.testing.assert_close(
            place, sites[:, env.physics.model.site(name).id].float(), atol=2e-4, rtol=0
        )


def test_heldout_goals_are_those_of_the_file_and_none_is_met_at_the_start():
    env, task = make(128, "heldout", blocks=2)
    holdout = read_holdout("hand-push", 2, env.device)
    assert {family: holdout.family.count(family) for family in holdout.family} == {
        "uniform": 64,
        "corner": 64,
        "swap": 64,
    }
    number = task.state["number"].long()
    torch.testing.assert_close(task.state["goal"][..., :2], holdout.goal[number][..., :2])
    torch.testing.assert_close(task.poses[..., :2], holdout.start[number][..., :2], atol=1e-6, rtol=0)
    assert not task.alike(task.poses_of(holdout.start), task.poses_of(holdout.goal)).all(dim=1).any()
    step = env.step(ZeroAgent(4).act(env.observe()))
    assert not step.terminated.any()


def test_goals_written_by_hand_begin_near_the_start_and_widen_with_success():
    env, task = make(32, blocks=1, widening=Schedule(episodes=8, widen_above=0.5, narrow_below=0.2))
    distance, _ = task.apart(task.poses, task.state["goal"])
    assert distance.max() < GOALS["distance"].nominal + 1e-3
    for _ in range(40):
        task.at_goal[:] = True
        env.reset()
    bounds = dict(zip(GOALS, task.shared["widening.bounds"].tolist(), strict=True))
    assert bounds["distance"] == pytest.approx([0.06, 0.24])
    assert bounds["turn"] == pytest.approx([0.0, math.pi])
    distance, _ = task.apart(task.poses, task.state["goal"])
    assert distance.max() > 0.12
    assert (task.state["goal"][..., :2].abs() <= 0.12 + 1e-6).all()
    assert np.isfinite(env.step(torch.zeros(32, 4)).reward.numpy()).all()
