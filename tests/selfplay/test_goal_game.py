"""The rules of asymmetric self-play, by games made by hand."""

import math

import pytest
import torch
from pucks import STEP, Pucks, PucksConfig

from envs.env import TaskEnv
from envs.rotations import multiply
from envs.tasks.symmetry import ROUND, Symmetries, Symmetry, dihedral
from orchestrator.selfplay.goals.game import GoalGame
from orchestrator.training.goal_play import GoalPlayConfig

STILL, AWAY, BACK = (0.0, 0.0), (1.0, 0.0), (-1.0, 0.0)
TURN = 3


def game_of(goals=5):
    env = TaskEnv(Pucks(PucksConfig()), 1, seed=0, backend="cpu", autoreset=False)
    game = GoalGame(env, GoalPlayConfig(alice_steps=TURN, goals=goals))
    game.begin()
    return game


def play(game, *actions):
    """What came of every action, in the only world."""
    return [game.step(torch.tensor([action])) for action in actions]


def alices(happened):
    return [float(h.alice_reward[0]) for h in happened]


def bobs(happened):
    return [h.step.reward[0].tolist() for h in happened]


def test_a_goal_to_which_nothing_moved_is_invalid_and_ends_the_game():
    game = game_of()
    before = game.task.poses.clone()
    found = play(game, AWAY, STILL, BACK)
    assert alices(found) == [0, 0, 0]
    assert bool(found[-1].over)
    assert not bool(found[-1].valid)
    assert not bool(game.bobs)
    assert not torch.equal(game.task.poses, before)  # another start was drawn


def test_bob_starts_where_alice_started_and_her_end_is_his_goal():
    game = game_of()
    start = game.task.poses.clone()
    found = play(game, AWAY, (0.0, 1.0), STILL)
    assert alices(found) == [0, 0, 1]
    assert bool(game.bobs)
    torch.testing.assert_close(game.task.poses, start)
    moved = start.clone()
    moved[0, 0, :2] += STEP
    torch.testing.assert_close(game.task.state["goal"], moved)


def test_a_goal_out_of_the_zone_is_valid_and_costs_and_one_off_the_table_is_not():
    game = game_of()
    assert alices(play(game, *[AWAY] * TURN))[-1] == 1 - 3  # 0.15 m and the zone ends at 0.12
    assert bool(game.bobs)
    game = game_of()
    game.task.config = PucksConfig(table=(0.14, 0.14))
    found = play(game, *[AWAY] * TURN)
    assert alices(found)[-1] == 0
    assert bool(found[-1].over)


def test_bob_earns_one_for_an_object_loses_it_when_it_leaves_and_five_for_all():
    game = game_of()
    play(game, AWAY, (0.0, 1.0), STILL)
    game.task.state["goal"][0, 1, 0] += 0.1  # as if the other had been moved, too
    game.task.update()
    there, gone, again = bobs(play(game, (1.0, 1.0), BACK, AWAY))
    assert (there, gone, again) == ([1, 0], [-1, 0], [1, 0])
    game.env.physics.field("qpos")[0, 2] += 0.1
    last = play(game, STILL)[0]
    assert last.step.reward[0].tolist() == [1, 5]
    assert bool(last.solved)
    assert alices([last]) == [0]


def test_after_bob_solved_it_alice_goes_on_from_what_she_left():
    game = game_of()
    play(game, AWAY, STILL, STILL)
    left = game.task.state["goal"].clone()
    assert bool(play(game, (0.9, 0.0))[0].solved)
    assert not bool(game.bobs)
    torch.testing.assert_close(game.task.poses, left)
    assert int(game.turn) == 1


def test_once_bob_failed_the_rest_of_the_game_is_failed_without_him():
    game = game_of(goals=3)
    play(game, AWAY, STILL, STILL)
    spent = play(game, *[STILL] * 6)
    assert alices(spent) == [0, 0, 0, 0, 0, 5]
    assert not bool(game.bobs)
    second = play(game, BACK, STILL, STILL)
    assert alices(second)[-1] == 1 + 5
    assert not bool(game.bobs)
    third = play(game, AWAY, STILL, STILL)
    assert alices(third)[-1] == 1 + 5
    assert bool(third[-1].over)
    assert int(game.turn) == 0
    assert not bool(game.failed)


def test_the_time_of_a_goal_is_its_end_and_nothing_is_expected_beyond():
    env = TaskEnv(Pucks(PucksConfig()), 4, seed=0, backend="cpu")
    env.reset()
    steps = [env.step(torch.zeros(4, 2)) for _ in range(env.task.config.episode_steps)]
    assert not steps[-2].terminated.any()
    assert steps[-1].terminated.all()
    assert not steps[-1].truncated.any()


def test_a_world_that_diverges_is_nobodys_fault():
    game = game_of()
    found = play(game, (math.nan, 0.0))[0]
    assert bool(found.over)
    assert bool(found.lost)
    assert alices([found]) == [0]


def about(axis, angle):
    half = angle / 2
    return torch.tensor([math.cos(half), *(math.sin(half) * x for x in axis)])


@pytest.mark.parametrize(
    ("symmetry", "axis", "angle", "expected"),
    [
        (ROUND, (0, 0, 1), 2.0, 0.0),
        (ROUND, (1, 0, 0), 0.3, 0.3),
        (ROUND, (1, 0, 0), math.pi - 0.1, 0.1),
        (dihedral(4), (0, 0, 1), math.pi / 2 + 0.1, 0.1),
        (dihedral(4), (0, 1, 0), math.pi, 0.0),
        (dihedral(2), (0, 0, 1), math.pi / 2, math.pi / 2),
        (dihedral(2), (0, 0, 1), math.pi - 0.1, 0.1),
        (Symmetry(), (0, 0, 1), 3.0, 3.0),
        (Symmetry(), (0, 0, 1), 3.5, 2 * math.pi - 3.5),
    ],
)
def test_attitudes_are_compared_up_to_what_looks_the_same(symmetry, axis, angle, expected):
    alike = Symmetries([symmetry, Symmetry()], torch.device("cpu"))
    for first in (about((0, 0, 1), 0.0), about((0.6, 0, 0.8), 1.2)):
        second = multiply(first, about(axis, angle))
        both = torch.stack([first, first])[None], torch.stack([second, first])[None]
        assert alike.angle(*both)[0].tolist() == pytest.approx([expected, 0.0], abs=1e-3)
