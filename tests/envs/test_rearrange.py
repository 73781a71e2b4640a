"""`humanoid-rearrange`: the arm that leads the hand, what it pushes, and its referee."""

import pytest
import torch
from pushing import assert_pushes_to_its_goal
from pydantic import ValidationError

from envs.agents import RandomAgent
from envs.env import TaskEnv
from envs.humanoid import HumanoidConfig
from envs.tasks.blocks.holdout import read_holdout
from envs.tasks.rearrange.task import HumanoidRearrange, HumanoidRearrangeConfig

DOWN, UP, AHEAD = (0.0, 0.0, -1.0, 0.0), (0.0, 0.0, 1.0, 0.0), (1.0, 0.0, 0.0, 0.0)


def make(worlds=4, split="train", **config):
    task = HumanoidRearrange(HumanoidRearrangeConfig(**config))
    env = TaskEnv(task, worlds, seed=0, split=split, backend="cpu", threads=1, autoreset=False)
    env.reset()
    return env, task


def begin(env, task, hand, block, goal):
    """Put the only world's hand, and its only block and goal, to places on the bench, (x, y) each."""
    world, physics = torch.tensor([0]), env.physics
    lay = [task.poses_of(torch.tensor([[[*place, 0.0]]])) for place in (block, goal)]
    physics.field("qpos")[0, task._place[0, :3]] = (lay[0][0, 0, :3] + task._middle).double()
    task.state["target"][0] = torch.tensor([*hand, 0.0, 0.0])
    task.start_hand(world)
    physics.forward()
    task.update()
    task.aim(world, lay[1])


def test_the_fingertips_go_where_they_are_led_and_hang_clear_of_the_blocks():
    env, task = make(8)
    wanted = task._place_of(task.state["target"]) - task._middle
    assert (task.fingertips() - wanted).norm(dim=1).max() < 0.003  # by inverse kinematics, before gravity
    before = task.poses.clone()
    for _ in range(6):
        env.step(torch.zeros(8, 4))
    assert (task.fingertips() - wanted)[:, :2].norm(dim=1).max() < 0.025
    assert task.fingertips()[:, 2].min() > 0.045  # blocks are 30 mm high
    distance, angle = task.apart(before, task.poses)
    assert distance.max() < 1e-3
    assert angle.max() < 0.03


def test_a_hand_that_is_let_down_behind_a_block_pushes_it_to_its_goal():
    env, task = make(1, blocks=1)
    begin(env, task, hand=(-0.12, 0.0), block=(-0.02, 0.0), goal=(0.09, 0.0))
    assert_pushes_to_its_goal(env, [DOWN, DOWN, *[AHEAD] * 8])


def test_a_random_player_meets_heldout_goals_hardly_ever_and_breaks_nothing():
    env, task = make(32, "heldout", blocks=2)
    holdout = read_holdout(task.name, 2, env.device)
    number = task.state["number"].long()
    torch.testing.assert_close(task.poses[..., :2], holdout.start[number][..., :2], atol=1e-6, rtol=0)
    assert (task.poses[..., :2].abs() <= 0.1 + 1e-6).all()
    agent, solved = RandomAgent(4), torch.zeros(32, dtype=torch.bool)
    for _ in range(10):
        step = env.step(agent.act(env.observe()))
        solved |= task.success()
        assert all(group.isfinite().all() for group in step.observation.values())
    assert solved.float().mean() < 0.1
    assert not env.diverged_total


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"robot": HumanoidConfig(moves="upper", hands="right")}, "moves: right_arm"),
        ({"blocks": 4}, "less than or equal to 3"),
    ],
)
def test_what_cannot_be_is_refused(config, said):
    with pytest.raises(ValidationError, match=said):
        HumanoidRearrangeConfig(**config)
