"""benchmarks/seeds.py: what an earlier call found is used again only if the config is still the same."""

import json
import runpy
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.config_files import dump_config, load_config
from orchestrator.training.config import TrainConfig

SCRIPTS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def script(monkeypatch):
    """The benchmark of `hand-reach`, and what it runs on."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    return runpy.run_path(str(SCRIPTS / "hand_reach.py"))


@pytest.fixture
def study(script, tmp_path):
    """Its study, with results of its own: every seed's, of the present config."""
    study = replace(script["STUDY"], results=tmp_path)
    (tmp_path / study.name).mkdir()
    for seed in study.seeds:
        config = dump_config(load_config("hand-reach", [f"seed={seed}"], TrainConfig))
        figures = dict.fromkeys(study.averaged, float(seed)) | {"seed": seed, "config": config}
        study.path(seed).write_text(json.dumps(figures))
    return study


def test_what_is_there_is_not_trained_again(script, study, capsys):
    script["report"](study)
    assert json.loads(capsys.readouterr().out) == dict.fromkeys(study.averaged, 1.0)
    assert len(json.loads((study.results / "hand_reach.json").read_text())["seeds"]) == len(study.seeds)


def test_figures_of_another_config_are_refused_before_anything_is_trained(script, study, monkeypatch, capsys):
    monkeypatch.setattr(type(study), "one", lambda self, seed: pytest.fail("trained"))
    study.path(0).unlink()
    path = study.path(2)
    old = json.loads(path.read_text())
    path.write_text(json.dumps(old | {"config": old["config"].replace("gamma: 0.75", "gamma: 0.9")}))
    with pytest.raises(SystemExit, match="2"):
        script["report"](study)
    line = capsys.readouterr().err.strip()
    assert line.endswith("; remove the file to train again")
    assert "seed_2.json" in line
    assert "\n" not in line
    assert not (study.results / "hand_reach.json").exists()


def test_figures_from_before_a_key_was_new_still_count(script, study, monkeypatch):
    monkeypatch.setattr(type(study), "one", lambda self, seed: pytest.fail("trained"))
    path = study.path(1)
    old = json.loads(path.read_text())
    assert "\nplay: null\n" in old["config"]
    path.write_text(json.dumps(old | {"config": old["config"].replace("\nplay: null\n", "\n")}))
    script["report"](study)
