"""What matches cost: that both sides of each ratio do the same work."""

import json

import numpy as np
import pytest

from envs.registry import make_task
from orchestrator.benchmarks.matches import MatchRun
from orchestrator.benchmarks.throughput import BareRun, record_episode
from orchestrator.cli.main import main
from orchestrator.config_files import load_config
from orchestrator.selfplay.config import SelfPlayConfig

SMALL = ("worlds=2", "threads=1", "task_config.episode_seconds=0.5")


def test_the_match_and_the_bare_engine_go_the_same_way():
    config = load_config("hand-tug", (*SMALL, "task_config.friction=[1, 1]"), SelfPlayConfig)
    make = lambda: make_task(config.task, config.task_config)  # noqa: E731
    episode = record_episode(make(), 2)
    match, bare = MatchRun(make(), episode), BareRun(make(), episode)
    for run in (match, bare):
        run.begin()
        for index in range(episode.steps):
            run.step(index)
    assert np.array_equal(match.env.physics.get_state().numpy(), episode.end)
    assert bare.batch.state[:] == pytest.approx(episode.end, abs=1e-6)


def test_the_command_prints_both_ratios(capsys):
    changes = [word for change in SMALL for word in ("--set", change)]
    assert main(["benchmark", "matches", "--steps", "2", "--json", *changes]) == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    for one, other in (("batch", "match"), ("one_policy", "eight_policies")):
        for clock in ("", "_cpu"):
            ratio = figures[f"{other}{clock}_seconds"] / figures[f"{one}{clock}_seconds"]
            assert figures[f"{other}_per_{one}{clock}"] == pytest.approx(ratio)
