"""Trained policies as workers of a plan, from the command line too."""

import json

import pytest

from orchestrator.cli.main import main
from orchestrator.factory.policies import PolicyWorker
from orchestrator.factory.site import Rules, SiteExecution
from orchestrator.planner.config import PlanConfig
from orchestrator.planner.planning import make_plan

CARPORT = {"good": "carport", "output_per_month": 1, "robots": 6, "people": 24, "schedules": 20}


@pytest.fixture(scope="module")
def plan():
    return make_plan(PlanConfig.model_validate(CARPORT), "test")


def never(run):
    """The same run, of a task that nobody succeeds in."""
    text = run.config_path.read_text()
    assert "tolerance: 1.0" in text
    run.config_path.write_text(text.replace("tolerance: 1.0", "tolerance: 1.0e-9"))
    return run


def executed(plan, bolts, others):
    workers = {"lift-beam": others, "place-panel": others, "screw-bolt": bolts}
    return SiteExecution(plan.project, plan.assignments, workers, Rules(tries=2)).run()


def test_an_attempt_is_an_episode_of_the_policys_task(hot_run):
    worker = PolicyWorker(hot_run.path)
    attempts = worker.attempt(5, seed=3)
    assert [a.success for a in attempts] == [True] * 5
    assert all(0 < a.seconds <= 0.5 for a in attempts)
    assert all(a.energy_j is not None and a.energy_j > 0 for a in attempts)
    assert worker.attempt(5, seed=3) == attempts
    failed = PolicyWorker(never(hot_run).path).attempt(3, seed=3)
    assert [(a.success, a.seconds) for a in failed] == [(False, 0.5)] * 3


def test_a_plan_is_carried_out_by_policies_and_mended_where_one_fails(plan, hot_run):
    good = PolicyWorker(hot_run.path)
    done = executed(plan, good, good)
    assert done.done
    assert done.repairs == ()
    assert done.skills["screw-bolt"].attempts == 16
    assert done.skills["screw-bolt"].energy_j > 0
    mended = executed(plan, PolicyWorker(never(hot_run).path), good)
    assert mended.done
    assert mended.repairs[0].withdrawn == ("screw-bolt",)
    assert mended.skills["screw-bolt"].successes == 0
    bolts = [work for work in mended.work if work.task.endswith("/bolts")]
    assert [(work.skill, work.done) for work in bolts] == [("screw-bolt", False), (None, True)]


def card(task, run):
    cycle = {"count": 9, "mean": 8.0, "p5": 7, "p25": 7, "p50": 8, "p75": 9, "p95": 10}
    return {
        "task": task,
        "policy": "p",
        "episodes": 100,
        "success_rate": 1.0,
        "success_ci95": [0.96, 1.0],
        "cycle_time_s": cycle,
        "energy_per_cycle_j": 100.0,
        "run": run,
    }


def plan_command(tmp_path, *cards):
    folder = tmp_path / "cards"
    folder.mkdir()
    for number, content in enumerate(cards):
        (folder / f"{number}.json").write_text(json.dumps(content))
    settings = [f"skills={folder}", "schedules=20", "seconds=20"]
    return [
        "plan",
        "planner/carport",
        "--carry-out",
        "--out",
        str(tmp_path / "out"),
        *(part for text in settings for part in ("--set", text)),
    ]


def test_the_command_carries_out_what_cards_allow_and_people_do_the_rest(tmp_path, capfd):
    assert main([*plan_command(tmp_path), "--json"]) == 0
    printed = json.loads(capfd.readouterr().out)
    assert printed["valid"] is True
    assert printed["execution"]["done"] is True
    assert printed["execution"]["skills"] == {}
    written = json.loads((tmp_path / "out" / "execution.json").read_text())
    assert written == printed["execution"]


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ("nowhere", "skill 'screw-bolt': the run of its card cannot act"),
        (None, "expected a run of 'hand-turn'"),
    ],
)
def test_a_card_whose_run_is_not_what_it_says_is_refused(tmp_path, trained_run, capfd, run, message):
    where = str(tmp_path / run) if run else str(trained_run)
    assert main(plan_command(tmp_path, card("hand-turn", where))) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert message in err
    assert not (tmp_path / "out").exists()


def test_a_skill_without_a_card_cannot_be_carried_out(tmp_path, capfd):
    assert main([*plan_command(tmp_path), "--set", "assume_skills=true"]) == 2
    assert "no skill card says whose policy does 'lift-beam'" in capfd.readouterr().err
