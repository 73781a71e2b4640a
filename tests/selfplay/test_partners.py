"""Leagues of partners: who wins together, with whom, and what the page says of it."""

import json

import pytest
import torch
from leagues import SMALL
from rope import Together

from orchestrator.cli.main import main
from orchestrator.config_files import dump_config
from orchestrator.provenance import run_info
from orchestrator.selfplay.archive import load_league
from orchestrator.selfplay.config import SelfPlayConfig
from orchestrator.selfplay.entrants import Entrant
from orchestrator.selfplay.payoffs import Payoffs, totals
from orchestrator.selfplay.report import league_result, write_league_report
from orchestrator.selfplay.standings import partnerships, rank_partners
from orchestrator.selfplay.tournament import fixtures_of, read_tournament
from orchestrator.selfplay.trainer import LeagueTrainer
from orchestrator.selfplay.videos import chosen_matches, film_matches, read_match_videos
from orchestrator.training.loop import train
from orchestrator.training.run_directory import RunDirectory

OFF = {"count": 0, "opponents": [{"draw": "latest"}]}
PARTNERS = {
    "main": {
        "count": 2,
        "opponents": [{"draw": "latest"}, {"draw": "prioritized", "weighting": "even"}],
        "snapshot": {"at_least": 128, "at_most": 128},
    },
    "main_exploiter": OFF,
    "league_exploiter": OFF,
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    small = SMALL | {
        "task": Together.name,
        "league": PARTNERS,
        "steps": 8 * 8 * 2 * 4,
        "checkpoint_every": 512,
    }
    config = SelfPlayConfig.model_validate(small)
    path = tmp_path_factory.mktemp("partners") / "run"
    with RunDirectory.create(path, dump_config(config), run_info(config.task, 0)) as made:
        train(LeagueTrainer(config), made)
    assert main(["league", str(path), "--games", "2", "--json"]) == 0
    return made


def test_a_shared_score_is_both_players_and_one_with_itself_counts_once():
    payoffs = Payoffs(cooperative=True)
    for _ in range(2):
        payoffs.add_entrant()
    for first, second, score in ((0, 1, 1.0), (1, 0, 0.0), (0, 0, 1.0)):
        payoffs.record(first, second, score)
    score, games = totals(payoffs.results, cooperative=True)
    assert score.tolist() == [[1, 1], [1, 0]]
    assert games.tolist() == [[1, 2], [2, 0]]
    assert payoffs.win_rates(0, [0, 1]).tolist() == [1.0, 0.5]
    assert payoffs.win_rates(1, [0]).tolist() == [0.5]


def test_partners_of_other_learners_are_told_from_oneself():
    entrants = [Entrant("a", "main", "a"), Entrant("b", "main", "b"), Entrant("a:0", "main", "a", 0)]
    results = torch.zeros(3, 3, 3, dtype=torch.int64)
    results[0, 0, 0] = results[1, 1, 0] = 4  # each succeeds with itself
    results[0, 1, 2], results[1, 0, 0] = 3, 1  # seldom with the other
    results[0, 2, 0] = 5  # and always with its own past
    assert partnerships(entrants, results) == (0.25, 1.0)
    standings, table = rank_partners(entrants, results)
    assert [standing.name for standing in standings] == ["a:0", "a", "b"]
    assert standings[1].score == pytest.approx(6 / 9)
    assert standings[0].rating is None
    assert table[0][0] is None
    assert table[1][1] == 1.0


def test_each_plays_with_itself_from_as_many_starts():
    fixtures = fixtures_of(["a", "b"], 4, seed=0, with_oneself=True)
    alone = [f for f in fixtures if f.first == f.second == "a"]
    assert len(fixtures) == 12
    assert len({f.seed for f in alone}) == len(alone) == 4


def test_a_league_of_partners_reports_cross_play_and_rates_nobody(run, capsys):
    assert main(["league", str(run.path), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert 0 <= result["cross_play"] <= 1
    assert 0 <= result["self_play"] <= 1
    assert {s["rating"] for s in result["standings"]} == {None}
    assert all(result["payoffs"][i][i] is not None for i in range(len(result["standings"])))
    assert "with other learners" in run.report.read_text()


def test_chosen_matches_are_drawn_into_the_page(run):
    loaded, tournament = load_league(run), read_tournament(run)
    chosen = chosen_matches(league_result(run, loaded, tournament), tournament)
    assert chosen
    title, number = next(iter(chosen.items()))
    film_matches(run, loaded, tournament, {title: number}, size=16, samples=1)
    ((video, file),) = read_match_videos(run, tournament)
    assert (video.title, video.number) == (title, number)
    assert file.stat().st_size > 0
    write_league_report(run)
    assert "<video" in run.report.read_text()
    assert read_match_videos(run, tournament.model_copy(update={"seed": 99})) == []
