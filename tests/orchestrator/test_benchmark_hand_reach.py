"""benchmarks/hand_reach.py: what an earlier call found is used again only if the config is still the same."""

import importlib.util
import json
from pathlib import Path

import pytest

from orchestrator.config_files import dump_config, load_config
from orchestrator.training.config import TrainConfig

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "hand_reach.py"
FIGURES = (
    "success_rate",
    "distance_mean_mm",
    "train_seconds",
    "zero_success_rate",
    "random_success_rate",
)


@pytest.fixture
def script(tmp_path, monkeypatch):
    """The script, with results of its own: every seed's, of the present config."""
    described = importlib.util.spec_from_file_location("hand_reach_benchmark", SCRIPT)
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    monkeypatch.setattr(module, "RESULTS", tmp_path)
    (tmp_path / "hand_reach").mkdir()
    for seed in module.SEEDS:
        config = dump_config(load_config("hand-reach", [f"seed={seed}"], TrainConfig))
        figures = dict.fromkeys(FIGURES, float(seed)) | {"seed": seed, "config": config}
        module.result_path(seed).write_text(json.dumps(figures))
    return module


def test_what_is_there_is_not_trained_again(script, capsys):
    script.main()
    assert json.loads(capsys.readouterr().out) == dict.fromkeys(FIGURES, 1.0)
    assert len(json.loads((script.RESULTS / "hand_reach.json").read_text())["seeds"]) == len(script.SEEDS)


def test_figures_of_another_config_are_refused_before_anything_is_trained(script, monkeypatch):
    monkeypatch.setattr(script, "one_seed", lambda seed: pytest.fail("trained"))
    script.result_path(0).unlink()
    path = script.result_path(2)
    old = json.loads(path.read_text())
    path.write_text(json.dumps(old | {"config": old["config"].replace("gamma: 0.75", "gamma: 0.9")}))
    with pytest.raises(SystemExit, match=r"seed_2\.json: .*; remove the file to train again$"):
        script.main()
    assert not (script.RESULTS / "hand_reach.json").exists()
