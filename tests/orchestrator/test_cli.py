"""The commands on a tiny run: what they print for programs and for people, and what they leave."""

import json
from functools import partial
from pathlib import Path

import pytest

from orchestrator.cli.main import main
from orchestrator.evaluation import videos
from orchestrator.records import RunInfo, SkillCard
from orchestrator.training.metrics import deterministic, read_metrics
from policies.checkpoint import list_checkpoints

CONFIG = """
task: hand-reach
task_config: {episode_seconds: 0.5}
steps: 96
worlds: 4
threads: 1
checkpoint_every: 32
keep_checkpoints: 2
network: {actor_hidden: [8], critic_hidden: [8]}
ppo: {epochs: 1, minibatches: 1}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    path = tmp_path_factory.mktemp("place")
    (path / "tiny.yaml").write_text(CONFIG)
    return path


@pytest.fixture
def optimus(place, monkeypatch, capfd):
    """Run a command; returns what it printed on stdout."""
    monkeypatch.chdir(place)

    def run(line):
        code = main(line.split())
        out, err = capfd.readouterr()
        assert code == 0, err
        return out

    return run


@pytest.fixture
def trained(place, optimus):
    """A finished run, trained by the first test that needs it."""
    if not (place / "run").exists():
        optimus("train tiny.yaml --run-dir run --json")
    return place / "run"


def test_training_prints_one_object_and_makes_a_run(place, optimus):
    printed = json.loads(optimus("train tiny.yaml --run-dir run --overwrite --json --set seed=3"))
    assert printed.keys() == {"run_dir", "task", "steps", "seconds", "seed", "weights_sha256"}
    assert (printed["task"], printed["steps"], printed["seed"]) == ("hand-reach", 96, 3)
    run = place / "run"
    info = RunInfo.model_validate_json((run / "run.json").read_text())
    assert (info.seed, info.machine.threads) == (3, 1)
    assert "seed: 3" in (run / "config.yaml").read_text()
    assert [path.name for path in list_checkpoints(run / "checkpoints")] == [
        "step_000000000096",
        "step_000000000064",
    ]
    assert any((run / "tensorboard").iterdir())
    again = json.loads(optimus("train tiny.yaml --run-dir again --json --set seed=3"))
    assert again["weights_sha256"] == printed["weights_sha256"]
    tables = [deterministic(read_metrics(place / name / "metrics.parquet")) for name in ("run", "again")]
    assert tables[0].equals(tables[1])


def test_people_get_lines_and_a_default_run_directory(place, optimus):
    out = optimus("train tiny.yaml")
    assert out.splitlines()[0].startswith("run      runs/tiny-")
    assert len(list((place / "runs").iterdir())) == 1


def test_resuming_a_finished_run_gives_the_same_result(trained, optimus):
    first = json.loads(optimus(f"train --resume --run-dir {trained} --json"))
    second = json.loads(optimus(f"train tiny.yaml --resume --run-dir {trained} --json"))
    assert first["weights_sha256"] == second["weights_sha256"]
    assert first["steps"] == 96


def test_evaluation_prints_one_object_and_writes_a_card(trained, optimus):
    printed = json.loads(optimus("evaluate run --episodes 4 --seed 1 --card card.json --json"))
    assert {"task", "policy", "episodes", "success_rate", "success_ci95", "seconds"} <= printed.keys()
    low, high = printed["success_ci95"]
    assert 0 <= low <= printed["success_rate"] <= high <= 1
    card = SkillCard.model_validate_json((trained.parent / "card.json").read_text())
    assert (card.task, card.episodes, card.run) == ("hand-reach", 4, str(trained.resolve()))
    assert Path(card.policy).is_dir()
    assert Path(card.policy).is_absolute()
    assert card.energy_per_cycle_j is None


def test_an_evaluated_sanity_agent_leaves_the_run_as_it_is(trained, optimus):
    before = {path: path.read_bytes() for path in trained.rglob("*") if path.is_file()}
    printed = json.loads(optimus("evaluate run --episodes 4 --agent zero --json"))
    assert printed["policy"] == "zero"
    assert printed["baselines"]["zero"]["mean_return"] == printed["mean_return"]
    assert {path: path.read_bytes() for path in trained.rglob("*") if path.is_file()} == before


def test_recording_prints_the_videos_and_puts_them_into_the_report(trained, optimus, monkeypatch):
    monkeypatch.setattr(videos, "record", partial(videos.record, size=48, samples=1))
    optimus("evaluate run --episodes 4 --json")
    printed = json.loads(optimus("record run --json"))
    assert [episode["file"] for episode in printed["episodes"]] == ["best.mp4", "worst.mp4"]
    assert all((trained / "videos" / episode["file"]).stat().st_size for episode in printed["episodes"])
    assert (trained / "report.html").read_text().count("<video") == 2
    lines = optimus("record run").splitlines()
    assert [line.split()[0] for line in lines] == ["best", "worst", "report"]
