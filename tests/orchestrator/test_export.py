"""Exported policies: what a program without this project makes of them, and exports that must not happen."""

import ast
import dataclasses
import importlib
import json
import os
import subprocess
import sys

import numpy as np
import onnxruntime
import pytest
import torch

from envs.deployment import Success
from envs.tasks.hand_reach import HandReach
from envs.tasks.locomotion.stand import Stand
from orchestrator.cli.main import main
from orchestrator.config_files import dump_config
from orchestrator.export import export as exporting
from orchestrator.export.check import ExportError
from orchestrator.export.export import export
from orchestrator.export.player import Player
from orchestrator.provenance import run_info
from orchestrator.training.config import TrainConfig
from orchestrator.training.run_directory import RunDirectory
from orchestrator.training.trainer import Trainer
from policies.checkpoint import checkpoint_path, save_checkpoint

EPISODES = 16
NETWORK = {"actor_hidden": [8], "critic_hidden": [8]}
REACH = {
    "task": "hand-reach",
    # half of the episodes end well, whatever the policy does
    "task_config": {"episode_seconds": 0.5, "tolerance": 0.13},
    "network": NETWORK | {"actor_groups": ["proprioception", "command", "tracking"]},
}
EYES = {"name": "front", "width": 16, "height": 16}
SEEING = {
    "task": "hand-reach-visual",
    "task_config": {
        "episode_seconds": 0.5,
        "cameras": {"cameras": [EYES, EYES | {"name": "side", "hz": 18}], "latency": 0.03},
    },
    "network": NETWORK
    | {
        "actor_groups": ["proprioception", "pixels"],
        "critic_groups": ["proprioception", "privileged"],
        "vision": {"channels": [4, 4], "embedding": 8, "memory": 8, "recall": "attention", "context": 3},
    },
}


def run_of(path, given):
    """A run whose policy acts with vigour, though nobody has trained it."""
    config = TrainConfig.model_validate(given | {"worlds": 4, "threads": 1, "ppo": {"minibatches": 1}})
    trainer = Trainer(config)
    with torch.no_grad():
        trainer.model.actor.net[-1].weight.mul_(30)
    run = RunDirectory.create(path, dump_config(config), run_info(config.task, 0))
    save_checkpoint(checkpoint_path(run.checkpoints, 1), *trainer.state())
    run.close()
    return RunDirectory.open(path)


@pytest.fixture(scope="module")
def reach(tmp_path_factory):
    return run_of(tmp_path_factory.mktemp("reach") / "run", REACH)


def test_a_policy_of_worlds_that_differ_goes_with_one_that_does_not(tmp_path):
    worn = {"torque": [0.5, 0.6], "delay": [1, 2], "backlash": [0.02, 0.03]}
    given = REACH | {"task_config": REACH["task_config"] | {"randomization": worn}}
    run = run_of(tmp_path / "run", given)
    checked = export(run, tmp_path / "export", 2, seed=0).checked
    assert checked is not None
    assert Player(tmp_path / "export").model.nu == 27


@pytest.fixture(scope="module")
def exported(reach):
    export(reach, reach.path / "export", EPISODES, seed=3)
    return reach.path / "export"


@pytest.fixture(scope="module")
def seeing(tmp_path_factory):
    run = run_of(tmp_path_factory.mktemp("seeing") / "run", SEEING)
    export(run, run.path / "export", 2, seed=0)
    return run.path / "export"


def test_the_player_alone_ends_the_same_episodes_well(exported, tmp_path):
    player = exported / "player.py"
    imports = {
        (node.module or "").split(".")[0] if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(ast.parse(player.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert imports - sys.stdlib_module_names == {"mujoco", "numpy", "onnxruntime"}
    done = subprocess.run(
        [sys.executable, "-I", str(player)], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    found = json.loads(done.stdout)
    success = np.load(exported / "episodes.npz")["success"]
    assert 0 < success.sum() < EPISODES
    assert found["episodes"] == EPISODES
    assert found["alike"] >= 1 - 1 / EPISODES  # one may end within a hair of the limit


def test_the_contract_says_what_the_graph_reads(exported):
    contract = json.loads((exported / "contract.json").read_text())
    assert set(contract["files"]) | {"contract.json"} == {path.name for path in exported.iterdir()}
    session = onnxruntime.InferenceSession(str(exported / "policy.onnx"))
    assert {i.name: i.shape[1:] for i in session.get_inputs()} == {
        name: given["shape"] for name, given in contract["inputs"].items()
    }
    sizes = sum(contract["inputs"][name]["shape"][0] for name in contract["normalization"]["groups"])
    assert len(contract["normalization"]["mean"]) == sizes
    assert contract["checked"]["steps"] == EPISODES * contract["episode_steps"]
    assert contract["checked"]["action_difference"] < 1e-4


def test_a_policy_with_eyes_and_memory_goes_out_too(seeing):
    contract = json.loads((seeing / "contract.json").read_text())
    assert contract["inputs"]["pixels"] == {"shape": [2, 2, 3, 16, 16], "dtype": "uint8"}
    assert [camera["stride"] for camera in contract["video"]["cameras"]] == [1, 2]
    assert contract["video"]["late"] == 1
    assert "command" not in contract["observation"]
    session = onnxruntime.InferenceSession(str(seeing / "policy.onnx"))
    given = {
        "proprioception": np.zeros((1, *contract["inputs"]["proprioception"]["shape"]), np.float32),
        "pixels": np.zeros((1, 2, 2, 3, 16, 16), np.uint8),
    }
    assert contract["inputs"]["memory"]["shape"] == [
        3 * (8 + 8 + 1)
    ]  # keys, values and whether they are there
    memory = np.zeros((1, 51), np.float32)
    _, memory = session.run(None, given | {"memory": memory})
    # what it sees next it takes otherwise than as the first thing ever
    later = given | {"pixels": given["pixels"] + 200}
    fresh = session.run(None, later | {"memory": np.zeros_like(memory)})[0]
    assert not np.allclose(session.run(None, later | {"memory": memory})[0], fresh, atol=1e-6)


def test_the_player_hands_frames_over_in_time_and_late(seeing, monkeypatch):
    """Pictures are counted instead of drawn: which frame a policy sees when needs no OpenGL."""
    taken = []

    def look(self):
        self.frames.append(np.full((2, 3, 16, 16), len(taken), np.uint8))
        taken.append(len(taken))

    monkeypatch.syspath_prepend(seeing)
    player = importlib.import_module("seeing_player").SeeingPlayer()
    monkeypatch.setattr(type(player), "look", look)
    starts = np.load(seeing / "episodes.npz")
    player.begin(starts["state"][0], starts["setpoint"][0])
    seen = []
    for _ in range(3):
        seen.append(player.observe()["pixels"][0, :, 0, 0, 0, 0].tolist())
        player.step({"goal": starts["goal"][0, 0]})
    assert taken == list(range(7))  # the start, and two in each control period
    assert seen == [[0, 0], [0, 1], [2, 3]]  # a frame late


@pytest.mark.skipif(os.environ.get("MUJOCO_GL") == "disable", reason="OpenGL is turned off")
def test_the_player_draws_what_the_policy_was_trained_to_see(seeing, tmp_path):
    done = subprocess.run(
        [sys.executable, "-E", "-s", str(seeing / "seeing_player.py")],
        cwd=tmp_path,
        env=os.environ | {"MUJOCO_GL": os.environ.get("MUJOCO_GL", "egl")},
        capture_output=True,
        text=True,
    )
    if done.returncode and ("EGL" in done.stderr or "OpenGL" in done.stderr):
        pytest.skip("there is no OpenGL here")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["episodes"] == 2


WALKERS = {"humanoid-stand": {}, "humanoid-walk": {"command_seconds": 0.3}, "humanoid-carry": {}}


def walker(path, task, **changes):
    groups = ["proprioception"] + ["command", "tracking"] * (task != "humanoid-stand")
    given = {
        "task": task,
        "task_config": {"episode_seconds": 0.75} | WALKERS[task] | changes,
        "network": NETWORK | {"actor_groups": groups, "critic_groups": groups},
    }
    return run_of(path, given)


@pytest.mark.parametrize("task", WALKERS)
def test_a_humanoid_goes_out_and_is_told_where_to_walk(tmp_path, task):
    contract = export(walker(tmp_path / "run", task), tmp_path / "export", 12, seed=1)
    assert contract.checked is not None
    assert contract.checked.control_difference < 1e-5
    episodes = dict(np.load(tmp_path / "export" / "episodes.npz"))
    assert set(contract.told) == set(episodes) - {"state", "setpoint", "success"}
    before, player = episodes.pop("success"), Player(tmp_path / "export")
    assert 0 < before.sum() < len(before)  # nobody has trained it: some fall
    found = [player.play(**{name: rows[i] for name, rows in episodes.items()}) for i in range(len(before))]
    assert found == before.tolist()
    if task == "humanoid-walk":
        assert len(np.unique(episodes["command"][:, :, 0])) > len(before)  # told anew on the way


@pytest.mark.parametrize("bound", [0, 1])
def test_a_description_of_falling_that_is_wrong_is_not_left_behind(tmp_path, monkeypatch, bound):
    honest = Stand.on_feet

    def wrong(self):
        bounds = list(honest(self).throughout)
        bounds[bound] = dataclasses.replace(bounds[bound], limit=-1.0 if bound == 0 else -10.0)
        return Success(throughout=tuple(bounds))

    run = walker(tmp_path / "run", "humanoid-stand")
    (tmp_path / "out").mkdir()
    monkeypatch.setattr(Stand, "on_feet", wrong)
    refuses(run, tmp_path / "out" / "export", "which episodes go on")


def hot(path):
    return run_of(path, REACH | {"task_config": {"episode_seconds": 0.5, "heat": True}})


def rough(path):
    return walker(path, "humanoid-walk", terrain={"kind": "rough"})


def turn(path):
    groups = ["proprioception", "command", "tracking", "object"]
    network = NETWORK | {"actor_groups": groups, "critic_groups": groups}
    return run_of(path, {"task": "hand-turn", "task_config": {"episode_seconds": 0.5}, "network": network})


@pytest.mark.parametrize(("make", "why"), [(hot, "heat"), (rough, "flat ground"), (turn, "does not say")])
def test_without_a_description_the_graph_goes_out_alone(make, why, capsys, tmp_path):
    run = make(tmp_path / "run")
    assert main(["export", str(run.path), "--episodes", "4"]) == 0
    assert "none: " in capsys.readouterr().out
    folder = run.path / "export"
    contract = json.loads((folder / "contract.json").read_text())
    assert why in contract["undescribed"]
    assert contract["action"] is contract["success"] is None
    assert {path.name for path in folder.iterdir()} == {"contract.json", "policy.onnx"}
    graph = onnxruntime.InferenceSession(str(folder / "policy.onnx"))
    assert {i.name: i.shape[1:] for i in graph.get_inputs()} == {
        name: given["shape"] for name, given in contract["inputs"].items()
    }
    assert contract["checked"]["action_difference"] < 1e-4


def test_a_graph_alone_that_acts_otherwise_is_not_left_behind(tmp_path, monkeypatch):
    run = hot(tmp_path / "run")
    tamper(monkeypatch)
    (tmp_path / "out").mkdir()
    refuses(run, tmp_path / "out" / "export", "actions differ")


def refuses(run, out, match):
    with pytest.raises(ExportError, match=match):
        export(run, out, 2, seed=0)
    assert not out.exists()
    assert not list(out.parent.iterdir())


def tamper(monkeypatch):
    """Let the graph be of a policy that is a little off."""
    honest = exporting.export_onnx

    def tampered(actor, observation, path):
        with torch.no_grad():
            actor.net[-1].bias[3] += 0.01
            names = honest(actor, observation, path)
            actor.net[-1].bias[3] -= 0.01
        return names

    monkeypatch.setattr(exporting, "export_onnx", tampered)


def test_a_graph_that_acts_otherwise_is_not_left_behind(reach, tmp_path, monkeypatch):
    tamper(monkeypatch)
    refuses(reach, tmp_path / "export", "actions differ")


def misdescribe(monkeypatch, wrong):
    """Let `hand-reach` say what `wrong` makes of its description."""
    honest = HandReach.deployment
    monkeypatch.setattr(HandReach, "deployment", lambda self: wrong(honest(self)))


def test_a_description_that_is_wrong_is_not_left_behind(reach, tmp_path, monkeypatch):
    def wrong(said):
        (command,) = said.groups["command"]
        return dataclasses.replace(
            said, groups=said.groups | {"command": (dataclasses.replace(command, scale=9.0),)}
        )

    misdescribe(monkeypatch, wrong)
    refuses(reach, tmp_path / "export", "observations differ")


def test_a_success_that_is_described_wrongly_is_not_left_behind(reach, tmp_path, monkeypatch):
    def wrong(said):
        (near,) = said.success.at_end
        return dataclasses.replace(said, success=Success(at_end=(dataclasses.replace(near, limit=0.001),)))

    misdescribe(monkeypatch, wrong)
    refuses(reach, tmp_path / "export", "which episodes end well")


def test_a_graph_that_returns_nan_is_not_left_behind(reach, tmp_path, monkeypatch):
    honest = exporting.export_onnx

    def broken(actor, observation, path):
        bias = actor.net[-1].bias
        kept = bias[3].item()
        with torch.no_grad():
            bias[3] = torch.nan
            names = honest(actor, observation, path)
            bias[3] = kept
        return names

    monkeypatch.setattr(exporting, "export_onnx", broken)
    refuses(reach, tmp_path / "export", "actions differ")


def test_a_map_of_actions_that_is_wrong_is_not_left_behind(reach, tmp_path, monkeypatch):
    def wrong(said):
        scale = tuple(1.05 * number for number in said.action.scale)
        return dataclasses.replace(said, action=dataclasses.replace(said.action, scale=scale))

    misdescribe(monkeypatch, wrong)
    refuses(reach, tmp_path / "export", "controls differ")


def test_a_folder_with_other_things_in_it_is_left_alone(reach, capsys, tmp_path):
    (tmp_path / "thesis.tex").touch()
    assert main(["export", str(reach.path), "--out", str(tmp_path)]) == 2
    assert "earlier export" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
