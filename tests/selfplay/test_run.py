"""Self-play runs from beginning to end: training, a kill, the tournament, its replay, the page, the command."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
import yaml
from leagues import SMALL

from orchestrator.cli.main import main
from orchestrator.config_files import dump_config
from orchestrator.provenance import run_info
from orchestrator.selfplay.archive import load_league
from orchestrator.selfplay.examine import examine_league
from orchestrator.selfplay.play import Fixture, play_matches
from orchestrator.selfplay.tournament import fixtures_of, read_tournament
from orchestrator.selfplay.trainer import LeagueTrainer
from orchestrator.training.loop import train
from orchestrator.training.metrics import deterministic, read_metrics
from orchestrator.training.progress import Silent
from orchestrator.training.run_directory import RunDirectory
from policies.checkpoint import list_checkpoints, load_checkpoint

ITERATION = 8 * 8 * 3
"""Environment steps in one rollout of all three learners."""


class InterruptAt(Silent):
    def __init__(self, step):
        self.step = step

    def update(self, done, figures):
        if done >= self.step:
            raise KeyboardInterrupt


def start(path, config, progress=None):
    with RunDirectory.create(path, dump_config(config), run_info(config.task, config.seed)) as run:
        train(LeagueTrainer(config), run, progress=progress)
    return run


@pytest.fixture(scope="module")
def played_run(tmp_path_factory, small_league):
    run = start(tmp_path_factory.mktemp("league") / "run", small_league)
    assert main(["league", str(run.path), "--games", "2", "--json"]) == 0
    return run


def same(one, other):
    """Two runs' newest checkpoints and metrics are equal to the bit."""
    (tensors, state), (more, others) = (
        load_checkpoint(list_checkpoints(r.checkpoints)[0]) for r in (one, other)
    )
    assert state == others
    assert tensors.keys() == more.keys()
    assert all(torch.equal(tensors[name], more[name]) for name in tensors)
    return deterministic(read_metrics(one.metrics)).equals(deterministic(read_metrics(other.metrics)))


def test_an_interrupted_league_goes_on_with_the_same_matches_and_ratings(played_run, small_league, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        start(tmp_path / "run", small_league, InterruptAt(5 * ITERATION))
    with RunDirectory.open(tmp_path / "run", write=True) as run:
        train(LeagueTrainer(small_league), run, resume=True)
    assert same(run, played_run)


def test_learners_leave_snapshots_and_exploiters_start_again(played_run):
    loaded = load_league(played_run)
    taken = {snapshot.learner for snapshot in loaded.league.snapshots}
    assert taken == {"main-0", "main_exploiter-0", "league_exploiter-0"}
    lines = {entrant.name: entrant.parent for entrant in loaded.league.snapshots}
    assert lines["main-0:1"] == "main-0:0"
    assert lines["main_exploiter-0:1"] is None
    assert set(loaded.players) == {entrant.name for entrant in loaded.league.entrants}


def test_every_match_is_the_same_again_whatever_is_played_beside_it(played_run):
    loaded, tournament = load_league(played_run), read_tournament(played_run)
    for match in tournament.matches[:4]:
        alone, _ = play_matches(
            loaded.config, loaded.players, [Fixture(match.first, match.second, match.seed)]
        )
        assert alone == [match]


def test_a_tournament_swaps_sides_over_the_same_starts():
    fixtures = fixtures_of(["a", "b", "c"], 4, seed=0)
    assert len(fixtures) == 12
    assert {(f.second, f.first, f.seed) for f in fixtures} == {(f.first, f.second, f.seed) for f in fixtures}
    with pytest.raises(ValueError, match="even"):
        fixtures_of(["a", "b"], 3, seed=0)


def test_a_checkpoint_beside_training_brings_a_tournament_and_its_matches(played_run, tmp_path):
    run = RunDirectory(tmp_path / "run")
    shutil.copytree(played_run.path, run.path, ignore=shutil.ignore_patterns("tournament.json"))
    examine_league(run.path, games=2)
    tournament = read_tournament(run)
    assert tournament == read_tournament(played_run).model_copy(update={"referee": None})
    assert (run.videos / "matches.json").is_file()


def test_the_command_prints_the_standings_as_json(played_run, capsys):
    assert main(["league", str(played_run.path), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["source"] == "tournament"
    names = [standing["name"] for standing in result["standings"]]
    assert set(names) == set(load_league(played_run).players)
    payoffs = result["payoffs"]
    for i in range(len(names)):
        assert payoffs[i][i] is None
        for j in range(i):
            assert payoffs[i][j] + payoffs[j][i] == pytest.approx(1)
    assert sum(standing["nash_share"] for standing in result["standings"]) == pytest.approx(1)
    page = (played_run.path / "report.html").read_text()
    assert all(heading in page for heading in ("Standings", "Payoffs", "Lineage", "Rating over training"))


def test_the_command_replays_a_match(played_run, capsys):
    assert main(["league", str(played_run.path), "--replay", "1"]) == 0
    assert "the same to the bit" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--games", "3"], "expected an even number"),
        (["--replay", "100000"], "expected at most"),
        (["--games", "2", "--replay", "0"], "cannot go with --games"),
    ],
)
def test_wrong_input_is_one_line(played_run, capsys, arguments, said):
    assert main(["league", str(played_run.path), *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_run_of_one_player_has_no_league_and_a_league_is_not_evaluated(played_run, tmp_path, capsys):
    assert main(["evaluate", str(played_run.path)]) == 2
    assert "is a match" in capsys.readouterr().err
    config = tmp_path / "config.yaml"
    config.write_text("task: hand-reach\nleague: {anneal: 0}\n")
    assert main(["train", str(config), "--run-dir", str(tmp_path / "run")]) == 2
    assert "league" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


COMMAND = "import sys; sys.path.insert(0, {here!r}); import rope; from orchestrator.cli.main import main; "


@pytest.mark.slow
def test_kills_at_any_moment_end_in_the_undisturbed_runs_league(small_league, tmp_path):
    config = tmp_path / "league.yaml"
    config.write_text(yaml.safe_dump(SMALL | {"steps": 40 * ITERATION}))
    head = COMMAND.format(here=str(Path(__file__).parent))
    whole = ["train", str(config), "--run-dir", str(tmp_path / "whole")]
    subprocess.run([sys.executable, "-c", f"{head}raise SystemExit(main({whole!r}))"], check=True)
    path = tmp_path / "killed"
    killed = ["train", str(config), "--run-dir", str(path)]
    for kill in range(10):
        process = subprocess.Popen([sys.executable, "-c", f"{head}raise SystemExit(main({killed!r}))"])
        before = len(list_checkpoints(path / "checkpoints")) and list_checkpoints(path / "checkpoints")[0]
        while process.poll() is None and (
            not (found := list_checkpoints(path / "checkpoints")) or found[0] == before
        ):
            time.sleep(0.02)
        time.sleep(0.05 * kill)
        process.send_signal(signal.SIGKILL)
        process.wait()
        killed = ["train", "--resume", "--run-dir", str(path)]
    subprocess.run([sys.executable, "-c", f"{head}raise SystemExit(main({killed!r}))"], check=True)
    assert same(RunDirectory.open(path), RunDirectory.open(tmp_path / "whole"))
