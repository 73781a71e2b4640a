"""Alice and Bob learn: what is gathered, cloning, and runs that go on as they would have."""

import copy
import json
from pathlib import Path

import pytest
import torch
from PIL import Image
from pucks import SMALL, STEP
from pydantic import ValidationError

from orchestrator.cli.main import main
from orchestrator.config_files import load_config
from orchestrator.selfplay.goals.past import ALICE, BOB, NOW, Past, version_of_bob
from orchestrator.selfplay.goals.track import Track
from orchestrator.selfplay.goals.trainer import GoalTrainer
from orchestrator.training.config import TrainConfig
from policies.checkpoint import tensors_sha256
from policies.cloning import Cloner, CloningConfig, Demonstrations, clipped_cloning_loss
from policies.networks import GaussianActor, NetworkConfig


def small(**changes):
    return TrainConfig.model_validate(SMALL | changes)


def weights(trainer):
    return tensors_sha256(trainer.model.state_dict())


def test_the_same_seed_plays_the_same_games_to_the_bit_and_another_does_not():
    first, second, other = (GoalTrainer(small(seed=seed)) for seed in (3, 3, 4))
    for trainer in (first, second, other):
        for _ in range(3):
            trainer.iterate()
    assert weights(first) == weights(second)
    assert torch.equal(first.collector.observation["object"], second.collector.observation["object"])
    assert weights(first) != weights(other)


def test_a_run_goes_on_from_its_state_as_it_would_have():
    first = GoalTrainer(small())
    for _ in range(3):
        first.iterate()
    assert first.collector.past.versions == 3
    second = GoalTrainer(small())
    second.load_state(*copy.deepcopy(first.state()))
    for _ in range(3):
        figures = [trainer.iterate() for trainer in (first, second)]
        told = [{k: v for k, v in one.items() if not k.startswith("time/") and v == v} for one in figures]
        assert told[0] == told[1]
    assert weights(first) == weights(second)
    assert first.collector.album.steps == second.collector.album.steps


@pytest.mark.parametrize("task", ["hand-push", "humanoid-rearrange"])
def test_games_with_contacts_go_on_to_the_bit(task):
    config = load_config(task, ["worlds=16", "ppo.rollout_steps=40", "ppo.epochs=1"], TrainConfig)
    first, second = GoalTrainer(config), GoalTrainer(config)
    first.iterate()
    assert first.collector.game.turn.sum() + first.collector.game.bobs.sum() > 0  # somebody pushed something
    second.load_state(*copy.deepcopy(first.state()))
    for trainer in (first, second):
        trainer.iterate()
    assert torch.equal(*(t.collector.game.env.physics.get_state() for t in (first, second)))
    assert weights(first) == weights(second)


def test_both_players_learn_and_bob_is_shown_what_he_failed():
    trainer = GoalTrainer(small())
    before = {name: p.clone() for name, p in trainer.model.state_dict().items()}
    figures = [trainer.iterate() for _ in range(4)]
    after = trainer.model.state_dict()
    for player in ("bob", "alice"):
        assert not torch.equal(before[f"{player}.actor.net.0.weight"], after[f"{player}.actor.net.0.weight"])
    assert max(one["goals/demonstrated"] for one in figures) > 0
    assert trainer.steps == 4 * 8 * 12


def test_bobs_turn_is_worth_no_more_than_he_earns_in_its_time():
    trainer = GoalTrainer(small(goal_play=SMALL["goal_play"] | {"past_share": 0.0}))
    trainer.bob.critic.returns.mean += 1000.0  # whatever his critic sees beyond his time
    rollout = trainer.collector.collect(12).bob
    last = rollout.critic_input[..., -1] > 4.5 / 6  # he is told the time; a turn has six steps
    assert last.any()
    assert rollout.reward[last].max() <= 5


def test_without_cloning_bob_is_shown_nothing():
    trainer = GoalTrainer(small(goal_play=SMALL["goal_play"] | {"cloning": None}))
    assert all(trainer.iterate()["goals/demonstrated"] == 0 for _ in range(3))


def test_alices_turns_are_retold_with_what_she_left_as_bobs_goal():
    trainer = GoalTrainer(small(goal_play=SMALL["goal_play"] | {"past_share": 0.0}))
    shown = trainer.collector.collect(12).demonstrations
    assert shown is not None
    # Bob reads both pucks' places and the ways from them to the goal; all times 10, and a turn has 3 steps
    seen, action = shown.actor_input.unflatten(0, (-1, 3)), shown.action.unflatten(0, (-1, 3))
    place, way = seen[..., :2], seen[..., 4:6]
    goal = place + way
    torch.testing.assert_close(goal[:, 0], goal[:, 2], atol=1e-4, rtol=0)
    torch.testing.assert_close(place[:, 2] + 10 * STEP * action[:, 2], goal[:, 2], atol=1e-4, rtol=0)


def test_the_cloning_loss_is_minus_the_clipped_ratio_and_pulls_no_further_than_the_clip():
    old = torch.zeros(4)
    now = torch.tensor([0.0, 0.1, 0.3, -0.5], requires_grad=True)
    loss = clipped_cloning_loss(now, old, 0.2)
    expected = -(1.0 + torch.tensor(0.1).exp().item() + 1.2 + 0.8) / 4
    assert loss.item() == pytest.approx(expected)
    loss.backward()
    inside = [-1 / 4, -torch.tensor(0.1).exp().item() / 4]
    assert now.grad.tolist() == pytest.approx([*inside, 0.0, 0.0])


def test_cloning_makes_what_was_shown_likelier_until_the_ratio_is_clipped():
    torch.manual_seed(0)
    actor = GaussianActor(NetworkConfig(actor_groups=("command",), actor_hidden=(8,)), {"command": 2}, 2)
    shown = Demonstrations(torch.randn(64, 2), torch.full((64, 2), 0.5))
    cloner = Cloner(actor, shown, CloningConfig(weight=1.0), 2, torch.Generator().manual_seed(0))
    optimizer = torch.optim.SGD(actor.parameters(), lr=0.05)
    first = cloner()
    assert first.item() == pytest.approx(-1.0)
    for _ in range(400):
        optimizer.zero_grad()
        cloner().backward()
        optimizer.step()
    assert -1.2 - 1e-6 <= cloner().item() < -1.15
    assert actor.act({"command": shown.actor_input}).mean() > 0.02


def test_steps_with_gaps_become_one_worlds_and_what_is_cut_is_valued():
    track = Track()
    present = torch.tensor([[True, False], [False, True], [True, True], [True, False]])
    done = torch.tensor([[False, False], [True, False], [True, False], [False, True]])
    for t in range(4):
        row = {
            name: torch.full((2, 1), float(t)) for name in ("actor_input", "critic_input", "action", "mean")
        }
        row |= {"value": torch.zeros(2, 1), "reward": torch.tensor([[10.0 + t], [20.0 + t]])}
        track.add(row, present[t], done[t])
    rollout = track.rollout(torch.ones(1), torch.tensor([[4.0], [8.0]]), gamma=0.5)
    assert rollout.actor_input[:, 0, 0].tolist() == [0, 2, 3, 1, 2]
    assert rollout.done[:, 0].tolist() == [False, True, True, False, True]
    assert rollout.reward[:, 0, 0].tolist() == [10, 12, 13 + 2, 21, 22 + 4]


def test_a_fifth_of_the_games_has_one_past_player():
    past = Past(20_000, 0.2, torch.Generator().manual_seed(0))
    worlds = torch.arange(20_000)
    past.draw(worlds)
    assert (past.who == NOW).all()  # there is no past yet
    model = GoalTrainer(small())
    for _ in range(3):
        past.add(model.alice.actor, model.bob.actor)
    past.draw(worlds)
    replaced = past.who != NOW
    assert not replaced.all(dim=0).any()
    assert replaced.any(dim=0).float().mean().item() == pytest.approx(0.2, abs=0.01)
    assert replaced[ALICE].float().mean().item() == pytest.approx(0.1, abs=0.01)
    assert set(past.who[BOB].tolist()) == {NOW, 0, 1, 2}


def test_bob_can_be_had_as_he_once_was():
    trainer = GoalTrainer(small())
    trainer.iterate()
    trainer.collector.past.add(trainer.alice.actor, trainer.bob.actor)
    once, observation = copy.deepcopy(trainer.bob.actor), trainer.collector.observation
    trainer.iterate()
    tensors, _ = trainer.state()
    then = version_of_bob(tensors, trainer.collector.past.versions - 2, trainer.bob.actor)
    assert torch.equal(then.act(observation), once.act(observation))
    assert not torch.equal(then.act(observation), trainer.bob.actor.act(observation))
    with pytest.raises(ValueError, match="no such version"):
        version_of_bob(tensors, 99, trainer.bob.actor)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"task": "hand-reach", "network": {}}, "hand-reach has no goals"),
        ({"goal_play": {"alice": {"actor_groups": ["command"]}}}, "no 'command'"),
        ({"workers": 2}, "one worker"),
        ({"goal_play": {"goal": 3}}, "goal"),
    ],
)
def test_what_cannot_be_is_refused(changes, said):
    with pytest.raises(ValidationError, match=said):
        small(**changes)


def test_a_run_is_trained_resumed_and_evaluated_like_any_other(tmp_path, capsys):
    config = tmp_path / "pucks.yaml"
    config.write_text(json.dumps(SMALL | {"steps": 8 * 12 * 2}))
    run = str(tmp_path / "run")
    assert main(["train", str(config), "--run-dir", run, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == 192
    assert main(["train", "--resume", "--run-dir", run, "--json"]) == 0
    capsys.readouterr()
    assert main(["evaluate", run, "--episodes", "8", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["episodes"] == 8
    assert Image.open(Path(run, "pictures", "goals.png")).size[1] > 300  # two pages of goals
    assert "Green frames" in Path(run, "report.html").read_text()
