"""The matches of this project: what every one has to keep, and what decides each."""

import copy

import pytest
import torch
from pettingzoo.test import parallel_api_test

from envs.agents import RandomAgent, ZeroAgent
from envs.env import TaskEnv
from envs.match import SCORE, split
from envs.match_parallel import MatchParallelEnv
from envs.referees.judges import MATCH_JUDGES
from envs.referees.recorder import Recorder
from envs.registry import TASKS, make_task
from envs.tasks.matches.humanoid_sumo import HumanoidSumoConfig
from orchestrator.config_files import load_config
from orchestrator.selfplay.config import SelfPlayConfig
from orchestrator.selfplay.trainer import LeagueTrainer

DUELS = ("hand-tug", "thumb-war", "humanoid-sumo")
MATCHES = (*DUELS, "hand-over")

SHORT = {"episode_seconds": 0.5}
TINY = ["worlds=2", "steps=8", "threads=1", "backend=cpu", "ppo.rollout_steps=4", "ppo.minibatches=2"]


def made(name, **changes):
    return make_task(name, TASKS[name].config_type(**changes))


def world(name, **changes):
    return TaskEnv(made(name, **changes), 1, seed=3, backend="cpu", threads=1, autoreset=False)


def seats(observation):
    return {name: split(group, 2) for name, group in observation.items()}


def played(env, act, steps=400):
    """A match to its end: its recording, and what it came to for red."""
    observation, recorder = env.reset(), Recorder(env, [0])
    for _ in range(steps):
        step = env.step(act(env, observation))
        observation = step.observation
        recorder.note()
        if step.episode:
            return recorder.recording(0), float(step.episode[SCORE + "red"][0])
    raise AssertionError("the match did not end")


def judged(name, env, recording):
    return MATCH_JUDGES[name](recording, env.task.config.model_dump(mode="json"))


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", MATCHES)
def test_the_parallel_face_passes_pettingzoos_test(name):
    parallel_api_test(MatchParallelEnv(made(name, **SHORT), seed=0, backend="cpu"), num_cycles=12)


@pytest.mark.parametrize("name", DUELS)
def test_a_half_turn_changes_nothing(name):
    env = world(name)
    for group, own in seats(env.reset()).items():
        assert torch.allclose(own[:, 0], own[:, 1], atol=1e-5), group
    noise = torch.Generator().manual_seed(0)
    for _ in range(4):
        action = 2 * torch.rand(1, 1, env.action_size // 2, generator=noise) - 1
        step = env.step(action.expand(1, 2, -1).flatten(1))
        assert torch.allclose(*split(step.reward, 2).unbind(1), atol=1e-4)
    for group, own in seats(step.observation).items():
        assert torch.allclose(own[:, 0], own[:, 1], atol=2e-3), group


@pytest.mark.parametrize("name", MATCHES)
def test_agents_that_learned_nothing_play_and_the_referee_agrees(name):
    env = world(name, episode_seconds=1.0)
    for agent in (ZeroAgent(env.action_size), RandomAgent(env.action_size, 1)):
        recording, score = played(env, lambda _, seen, agent=agent: agent.act(seen))
        verdict = judged(name, env, recording)
        assert verdict.faults == []
        assert verdict.score == score


@pytest.mark.parametrize("name", ["hand-over", "humanoid-sumo", "thumb-war"])
def test_a_short_league_trains(name):
    config = load_config(name, TINY, SelfPlayConfig)
    trainer = LeagueTrainer(config)
    before = {k: v.clone() for k, v in trainer.model.state_dict().items()}
    figures = trainer.iterate()
    assert figures["episode/diverged_total"] == 0
    assert any(not torch.equal(v, before[k]) for k, v in trainer.model.state_dict().items())


def test_players_of_a_league_may_see():
    changes = [
        *TINY,
        "network.vision.channels=[4, 4]",
        "network.vision.embedding=8",
        "network.vision.memory=8",
    ]
    small = "{cameras: [{name: red_eye, width: 16, height: 16}, {name: blue_eye, width: 16, height: 16}]}"
    changes += [
        f"task_config.cameras={small}",
        f"evaluation.cameras={small}",
        "task_config.episode_seconds=0.5",
    ]
    trainer = LeagueTrainer(load_config("hand-tug-visual", changes, SelfPlayConfig))
    seat = trainer.trainers[0].env
    pixels = seat.observe()["pixels"]
    assert pixels.shape == (2, 2, 1, 3, 16, 16)
    # each sees with its own camera: the scene is the other's half turn, the colours of the hands are not
    red, blue = split(seat.env.observe()["pixels"], 2).unbind(1)
    assert not torch.equal(red, blue)
    for _ in range(3):
        figures = trainer.iterate()
    assert figures["episode/diverged_total"] == 0
    tensors, state = copy.deepcopy(trainer.state())
    again = LeagueTrainer(trainer.config)
    again.load_state(tensors, state)
    one, other = (made.iterate() for made in (trainer, again))
    assert {k: v for k, v in one.items() if "time/" not in k and v == v} == {
        k: v for k, v in other.items() if "time/" not in k and v == v
    }


def toward_the_edge(env):
    """Red stands outside the ring."""
    qpos = env.physics.field("qpos")
    qpos[:, env.task._root[0, 0]] = -1.45
    env.physics.forward()
    env.task.update()


def test_who_leaves_the_ring_loses_and_the_referee_sees_a_start_that_favours_one():
    env = world("humanoid-sumo", radius=1.5)
    env.reset()
    toward_the_edge(env)
    recorder = Recorder(env, [0])
    step = env.step(torch.zeros(1, env.action_size))
    recorder.note()
    assert step.episode[SCORE + "blue"].item() == 1.0
    verdict = judged("humanoid-sumo", env, recorder.recording(0))
    assert verdict.score == 0.0
    assert verdict.faults == ["one player begins better placed"]


def test_a_ring_needs_flat_ground():
    with pytest.raises(ValueError, match="flat"):
        HumanoidSumoConfig.model_validate({"terrain": {"kind": "rough"}})


def test_a_thumb_that_is_held_down_for_a_second_has_lost():
    env = world("thumb-war")

    def act(env, _):
        # blue lays its thumb down along the clasp, red waits a little and lays its own on top
        action, step = torch.zeros(1, 2, 5), env.task.state["clock"][0]
        names = ("cmc_flexion", "cmc_abduction", "mcp_flexion", "mcp_abduction")
        flexion, abduction, bent, aside = (env.task._own.names.index(f"thumb_{name}") for name in names)
        action[..., aside] = 1.0
        action[0, 1, flexion], action[0, 1, abduction] = float(step < 12), -1.0
        action[0, 0, flexion] = action[0, 0, bent] = float(step > 8)
        action[0, 0, abduction] = 0.0 if step > 8 else -1.0
        return action.flatten(1)

    recording, score = played(env, act)
    verdict = judged("thumb-war", env, recording)
    assert verdict.faults == []
    assert verdict.score == score == 1.0
    assert verdict.seconds > 1.0


def test_the_giver_holds_on_and_a_tray_that_is_put_down_is_lost_for_both():
    env = world("hand-over", seconds=0.2)
    env.reset()
    for _ in range(18):
        step = env.step(torch.zeros(1, env.action_size))
    assert not step.episode
    assert env.task.underside.item() > 0.07
    giver = env.task.state["giver"][0]
    assert env.task.touching[0].tolist() == (giver == 1).float().tolist()
    action = torch.zeros(1, 2, env.task.player_action_size)
    action[0, int((giver == 1).nonzero()), 4] = -1.0  # down
    for _ in range(18):
        step = env.step(action.flatten(1))
        if step.episode:
            break
    assert step.episode["dropped"].item() == 1.0
    assert step.episode[SCORE + "red"].item() == step.episode[SCORE + "blue"].item() == 0.0


def test_a_thumb_war_that_nobody_wins_is_over_when_time_is_and_drawn():
    env = world("thumb-war", **SHORT)
    env.reset()
    outcome = env.task.player_terms.index("outcome")
    for _ in range(9):
        step = env.step(torch.zeros(1, env.action_size))
    assert step.terminated.item()
    assert not step.truncated.item()
    assert step.episode[SCORE + "red"].item() == 0.5
    assert not step.episode["success"].item()
    assert split(step.reward, 2)[0, :, outcome].tolist() == [0.0, 0.0]


def test_a_tray_that_leans_on_the_table_is_not_held():
    env = world("hand-over")
    env.reset()
    qpos, first = env.physics.field("qpos"), env.task._free
    # by 40 degrees about its y axis, its middle well above the table
    qpos[:, first + 2], qpos[:, first + 3], qpos[:, first + 5] = 0.095, 0.9397, 0.3420
    env.physics.forward()
    env.task.update()
    assert 0.0 < env.task.underside.item() < 0.02
    assert env.task.terminated().item()
    assert not env.task.success().item()


@pytest.mark.parametrize("name", ["hand-over", "thumb-war"])
def test_exploring_pays_for_what_is_gained_and_not_for_keeping_it(name):
    env = world(name)
    env.reset()
    exploring = [env.task.player_terms.index(term) for term in env.task.exploration_terms]
    paid, most = torch.zeros(2, len(exploring)), 0.0
    noise = torch.Generator().manual_seed(0)
    for _ in range(20):
        action = 2 * torch.rand(1, env.action_size, generator=noise) - 1
        now = split(env.step(action).reward, 2)[0][:, exploring]
        paid, most = paid + now, max(most, float(now.abs().max()))
    assert most > 0.01
    assert (paid <= env.task._worth).all()
    # what is paid is what there is now, less what there was: nothing more once all keep still, but for time (the last)
    for _ in range(20):
        still = split(env.step(torch.zeros(1, env.action_size)).reward, 2)[0][:, exploring]
    assert still[:, :-1].abs().max() < 0.01
