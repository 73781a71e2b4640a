"""A worker or the league is killed three times at random moments: training goes on, no step missing and none twice."""

import json
from functools import partial

import pytest
from faulty import RECOVERY, SAMPLES, check_books, kill, strike, train, training
from nodes import cluster

from orchestrator.selfplay.archive import load_league
from orchestrator.training.run_directory import RunDirectory

pytestmark = pytest.mark.slow


def test_a_killed_worker_costs_no_step(tmp_path, record_property):
    place, steps = tmp_path / "run", 1500 * SAMPLES
    with cluster() as (address, node), training(train(place, f"steps={steps}"), address) as process:
        seconds = [strike(place, process, lambda: kill(node.workers()[0]), node.workers) for _ in range(3)]
    check_books(place, steps)
    record_property(RECOVERY, seconds)


EYES = [{"name": name, "width": 24, "height": 24} for name in ("red_eye", "blue_eye")]
MATCH = (
    "task_config.episode_seconds=1.0",
    "worlds=4",
    f"task_config.cameras.cameras={json.dumps(EYES)}",
    'league.main.snapshot={"at_least": 640, "at_most": 640}',
)


def test_a_killed_league_costs_no_match(tmp_path, record_property):
    """Two workers learn `hand-tug` from pixels, with the league beside them."""
    place, steps = tmp_path / "run", 40 * SAMPLES
    command = train(place, *MATCH, f"steps={steps}", config="hand-tug-workers")
    with cluster() as (address, node), training(command, address) as process:
        keeper = partial(node.workers, "LeagueKeeper")
        seconds = [strike(place, process, lambda: kill(keeper()[0]), keeper) for _ in range(3)]
    check_books(place, steps)
    loaded = load_league(RunDirectory.open(place))
    # a snapshot after every 640 steps, as without a fault
    assert [snapshot.steps for snapshot in loaded.league.snapshots] == list(range(0, steps + 1, 640))
    assert set(loaded.players) == {entrant.name for entrant in loaded.league.entrants}
    record_property(RECOVERY, seconds)
