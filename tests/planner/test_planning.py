"""From goals to plans: what is read out of words, what templates make, what the command prints and refuses."""

import json
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from orchestrator.cli.main import main
from orchestrator.errors import InputError
from orchestrator.plan_records import FactoryPlan
from orchestrator.planner.catalogue import building, factory_types, skill_table
from orchestrator.planner.check_plan import check_plan
from orchestrator.planner.check_project import check_project
from orchestrator.planner.config import PlanConfig
from orchestrator.planner.critical import critical_chain
from orchestrator.planner.domain import (
    Assignment,
    Calendar,
    Delivery,
    Link,
    Mode,
    Project,
    Resource,
    Task,
    Zone,
)
from orchestrator.planner.goal import read_goal
from orchestrator.planner.proposer import TemplateProposer
from orchestrator.planner.skills import known_skills


def goal_of(**keys):
    return read_goal(PlanConfig.model_validate(keys), "test")


def all_skills():
    return known_skills(skill_table(), [], assume=True, min_success=0.9)[0]


def project_of(skills=None, **keys):
    return (
        TemplateProposer()
        .propose(goal_of(**keys), all_skills() if skills is None else skills, 100_000)
        .project
    )


WORDS = [
    (
        "a plant for 200 MWh of cells a month near Austin, with 500 robots",
        "battery-cells",
        200,
        {"robots": 500},
    ),
    ("build a battery factory: 2.4 GWh per year, 12 cranes", "battery-cells", 200, {"cranes": 12}),
    ("50,000 actuators a month", "robot-actuators", 50_000, {}),
    ("humanoid robots, 1k robots per month, 80 workers", "humanoid-assembly", 1000, {"people": 80}),
    ("100 MW of solar panels every month", "solar-panels", 100, {}),
    ("lithium hydroxide, 30 kt a year", "lithium-refinery", 2500, {}),
    (
        "have 300 humanoid robots build a plant for 20 MWh of cells a month",
        "battery-cells",
        20,
        {"robots": 300},
    ),
    ("SOLAR PANELS", "solar-panels", 100, {}),
]


@pytest.mark.parametrize(("text", "good", "output", "counts"), WORDS)
def test_words_become_a_goal(text, good, output, counts):
    goal = goal_of(goal=text)
    assert goal.factory.good == good
    assert goal.output_per_month == pytest.approx(output)
    assert goal.counts == counts


def test_what_is_not_said_is_an_assumption():
    assert any("No output was given" in text for text in goal_of(goal="solar panels").assumptions)
    project = project_of(goal="solar panels")
    for name in ("robots", "people", "cranes"):
        assert any(f"No number of {name}" in text for text in project.assumptions)
    assert goal_of(goal="solar panels near New Delhi").place == "New Delhi"


def test_keys_count_more_than_words():
    goal = goal_of(goal="cells, 500 robots", robots=7, output_per_month=30)
    assert (goal.counts["robots"], goal.output_per_month) == (7, 30)


@pytest.mark.parametrize("good", sorted(factory_types()))
@pytest.mark.parametrize("scale", [0.01, 1.0])
def test_every_template_passes_its_check_at_every_size(good, scale):
    output = factory_types()[good].output_per_month * scale
    project = project_of(good=good, output_per_month=output)
    assert check_project(project) == []
    assert sum(len(task.modes) > 1 for task in project.tasks) > 0


def test_a_large_goal_has_thousands_of_tasks_and_too_large_a_one_is_refused():
    project = project_of(goal="200 MWh of cells a month, 500 robots")
    assert len(project.tasks) >= 2000
    with pytest.raises(InputError, match="max_tasks"):
        TemplateProposer().propose(goal_of(goal="900 GWh of cells a month"), {}, 10_000)


def test_without_skills_people_do_everything_and_without_both_nobody_can():
    project = project_of(skills={}, goal="10 MWh of cells a month")
    assert all("robots" not in mode.needs for task in project.tasks for mode in task.modes)
    with pytest.raises(InputError, match="nobody can do"):
        project_of(goal="10 MWh of cells a month, 0 people")


def test_a_small_site_shrinks_the_crews():
    project = project_of(goal="10 MWh of cells a month, 9 people, 3 robots")
    assert check_project(project) == []


def test_single_pools_and_shifts_are_taken_from_the_config():
    shift = {"days": 7, "begin": 0, "end": 24}
    project = project_of(good="battery-cells", output_per_month=10, people=60, pools={"lift": 9}, shift=shift)
    assert check_project(project) == []
    assert next(r.count for r in project.resources if r.id == "lift") == 9
    people = next(m for t in project.tasks for m in t.modes if m.id.startswith("people"))
    assert all(next(c for c in project.calendars if c.id == people.calendar).week())


def test_every_number_has_a_source():
    for factory in factory_types().values():
        assert factory.source
        assert all(package.source for package in factory.packages)
    assert all(package.source for package in building().packages)
    assert all(skill.source for skill in skill_table().skills.values())


def card(**changes):
    cycle = {"count": 9, "mean": 8.0, "p5": 7, "p25": 7, "p50": 8, "p75": 9, "p95": 10}
    plain = {
        "task": "tie-rebar",
        "policy": "p",
        "episodes": 100,
        "success_rate": 0.99,
        "success_ci95": [0.95, 1.0],
        "cycle_time_s": cycle,
        "energy_per_cycle_j": 1600.0,
        "run": "r",
    }
    return {**plain, **changes}


@pytest.fixture
def cards(tmp_path):
    folder = tmp_path / "cards"
    folder.mkdir()

    def write(*given):
        for number, content in enumerate(given):
            (folder / f"{number}.json").write_text(json.dumps(content))
        return folder

    return write


def rebar_modes(folder, **keys):
    from orchestrator.planner.skills import read_cards

    skills, notes = known_skills(skill_table(), read_cards(folder), assume=False, min_success=0.9)
    project = project_of(skills=skills, goal="10 MWh of cells a month", **keys)
    task = next(task for task in project.tasks if task.id.endswith("footing-rebar"))
    return [mode for mode in task.modes if mode.skill == "tie-rebar"], notes


def test_a_card_sets_the_time_and_the_power(cards):
    modes, notes = rebar_modes(cards(card()))
    package = next(p for p in building().packages if p.id == "footing-rebar")
    expected = package.quantity * package.robots.cycles_per_unit * 8.0 / 0.95 / 3600 / 4
    assert modes[0].hands_on_hours == pytest.approx(expected)
    assert modes[0].power_w == pytest.approx(200.0)
    slower, _ = rebar_modes(cards(card(success_ci95=[0.91, 1.0])))
    assert slower[0].hands_on_hours > modes[0].hands_on_hours
    assert notes == []


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"success_ci95": [0.5, 1.0]}, "is left to people: its card shows 50%"),
        ({"cycle_time_s": None}, "has no cycle time"),
        ({"verifier_flags": ["through the wall"]}, "a verifier of its card objected (through the wall)"),
        ({"task": "hand-reach"}, "tells about no skill"),
    ],
)
def test_a_card_that_does_not_show_enough_leaves_the_work_to_people(cards, change, note):
    modes, notes = rebar_modes(cards(card(**change)))
    assert modes == []
    assert any(note in text for text in notes)


def test_a_plan_is_complete(small_plan):
    plan = small_plan.plan
    assert [task.id for task in plan.tasks] == [task.id for task in small_plan.project.tasks]
    assert plan.makespan_days == max(task.end_hour for task in plan.tasks) / 24
    assert plan.bound_days <= plan.makespan_days
    assert plan.robot_hours == pytest.approx(sum(plan.robot_hours_by_skill.values()))
    assert plan.robot_hours > 0
    assert min(task.slack_hours for task in plan.tasks) == 0
    chain = [next(task for task in plan.tasks if task.id == id_) for id_ in plan.critical_path]
    assert chain[-1].end_hour == plan.makespan_days * 24
    assert all(a.start_hour <= b.start_hour for a, b in pairwise(chain))
    # It goes back to the first day, when a shift may have to begin, or to a delivery.
    assert chain[0].start_hour <= 24 or "is delivered" in plan.critical_causes[0]
    assert len(plan.critical_causes) == len(chain)
    assert plan.limiting_resource in {*plan.capacity, "zones", "precedence"}


COMMAND = ["--set", "schedules=5", "--set", "seconds=5", "--set", "people=60", "--json"]


def test_the_command_writes_a_plan_that_can_be_checked(tmp_path, capfd):
    out = tmp_path / "out"
    goal = "cells, 10 MWh a month, 30 robots"
    assert main(["plan", "--goal", goal, "--out", str(out), *COMMAND]) == 0
    printed = json.loads(capfd.readouterr().out)
    keys = "valid proposer repairs tasks makespan_days gap_percent robot_hours limiting_resource assumptions"
    assert set(keys.split()) <= printed.keys()
    assert printed["valid"] is True
    plan = FactoryPlan.model_validate_json((out / "plan.json").read_text())
    project = Project.model_validate_json((out / "project.json").read_text())
    assignments = [
        Assignment(
            task=task.id,
            mode=task.mode,
            start=task.start_hour,
            end=task.end_hour,
            robots={"robots": task.robots} if task.robots else {},
            battery_swaps=task.battery_swaps,
        )
        for task in plan.tasks
    ]
    assert check_plan(project, assignments) == []
    assert plan.goal == goal
    assert len((out / "plan.csv").read_text().splitlines()) == len(plan.tasks) + 1
    tasks = ElementTree.parse(out / "plan.xml").findall(".//{*}Task")
    assert [task.findtext("{*}UID") for task in tasks] == [str(n + 1) for n in range(len(plan.tasks))]
    links = sum(len(task.findall("{*}PredecessorLink")) for task in tasks)
    assert links == sum(len(task.after) for task in plan.tasks)
    page = (out / "report.html").read_text()
    assert "Plotly.newPlot" in page
    assert "https://cdn" not in page.split("Plotly.newPlot(id")[-1]


def test_what_a_goal_says_cannot_break_the_report(tmp_path, capfd):
    goal = "cells, 10 MWh a month </script><script>alert(1)</script> 30 robots"
    assert main(["plan", "--goal", goal, "--out", str(tmp_path / "out"), *COMMAND]) == 0
    assert "<script>alert(1)" not in (tmp_path / "out" / "report.html").read_text()


def test_the_same_config_gives_the_same_plan(small_plan, tmp_path, capfd):
    plans = []
    for name in ("a", "b"):
        arguments = ["plan", "--goal", "cells, 10 MWh a month", "--out", str(tmp_path / name), *COMMAND]
        assert main(arguments) == 0
        plans.append(json.loads((tmp_path / name / "plan.json").read_text())["tasks"])
    assert plans[0] == plans[1]


WRONG = {
    "plan": "expected either a config's name or file, or --goal",
    "plan planner/battery-austin --goal cells": "expected either",
    "plan --goal flying-carpets": "--goal: it names no good that there is a template for",
    "plan --goal batteries,actuators": "names more than one good",
    "plan planner/batery-austin": "nearest: 'planner/battery-austin'",
    "plan planner/battery-austin --set robot=3": "robot: unknown key; nearest: 'robots'",
    "plan planner/battery-austin --set robots=-1": "robots: expected greater than or equal to 0, got -1",
    "plan planner/battery-austin --set good=cell": "no template makes 'cell'",
    "plan planner/battery-austin --set proposer=lm": "proposer: expected 'template' or 'llm', got 'lm'; nearest: 'llm'",
    "plan planner/battery-austin --set pools.crain=3": "pools.crain: there is no such pool",
    "plan planner/battery-austin --set pools.crane=-3": "pools.crane: expected greater than or equal to 0",
    "plan planner/battery-austin --set shift.days=7 --set shift.begin=9 --set shift.end=8": "an hour after begin",
    "plan planner/battery-austin --set llm.endpoint=ftp://x": "llm.endpoint: ",
    "plan planner/battery-austin --set llm.keyenv=X": "llm.keyenv: unknown key; nearest: 'llm.key_env'",
    "plan planner/battery-austin --set histories=1": "histories: expected greater than or equal to 2",
    "plan planner/battery-austin --set skills=nowhere": "skills: nowhere: expected a folder of skill cards",
    "plan planner/battery-austin --set skills=cards": "cards/0.json: task: not a skill card",
    "plan planner/battery-austin --out file": "--out file: expected a folder, got a file",
    "plan planner/battery-austin --set people=0": "nobody can do",
    "plan empty.yaml": "expected a mapping of keys, got nothing",
    "plan nogoal.yaml": "goal: expected words, or the key good",
}


@pytest.mark.parametrize("line", WRONG)
def test_wrong_input_costs_one_line_and_writes_nothing(line, cards, tmp_path, monkeypatch, capfd):
    cards({"policy": "p"})
    (tmp_path / "file").write_text("")
    (tmp_path / "empty.yaml").write_text("")
    (tmp_path / "nogoal.yaml").write_text("robots: 3\n")
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert main(line.split()) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert WRONG[line] in err
    assert sorted(tmp_path.rglob("*")) == before


def chained(*tasks, resources=(), deliveries=(), zone_heads=9):
    """The critical chain of a plan that is given as (task, start, end)."""
    project = Project(
        good="g",
        goal="done",
        calendars=(Calendar(id="always"),),
        resources=tuple(
            Resource(id=id_, kind="equipment", count=count, cost_per_hour_usd=1, source="test")
            for id_, count in resources
        ),
        zones=(Zone(id="z", heads=zone_heads),),
        deliveries=deliveries,
        tasks=tuple(task for task, *_ in tasks),
    )
    plan = [Assignment(task=task.id, mode="m", start=start, end=end) for task, start, end in tasks]
    return [(step.task, step.cause) for step in critical_chain(project, plan)]


def work(id_, hours, *after, needs=None, **keys):
    mode = Mode(id="m", work_hours=hours, hands_on_hours=0, calendar="always", needs=needs or {})
    return Task(id=id_, name=id_, phase="p", zone="z", modes=(mode,), after=after, **keys)


def test_the_chain_says_what_each_of_its_tasks_waited_for():
    needs = {"crane": 1}
    tasks = (
        (work("a", 5, needs=needs), 0, 5),
        (work("b", 5, needs=needs), 5, 10),
        (work("c", 5, Link(task="b", lag_hours=3)), 13, 18),
    )
    assert chained(*tasks, resources=[("crane", 1)]) == [
        ("a", "the start"),
        ("b", "a gives crane back"),
        ("c", "b ends and 3 h pass"),
    ]
    # With a crane to spare nobody waited for it.
    assert chained(*tasks, resources=[("crane", 2)])[0] == ("b", "the start")


def test_a_chain_begins_with_the_delivery_that_it_waited_for():
    steel = Delivery(id="steel", material="steel", quantity=1, day=2)
    waiting = work("b", 5, Link(task="a"), deliveries={"steel": 1})
    chain = chained((work("a", 5), 0, 5), (waiting, 48, 53), deliveries=(steel,))
    assert chain == [("b", "steel is delivered")]
