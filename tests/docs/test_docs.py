"""What the docs show works: code runs, links lead somewhere, command lines parse, tables equal the code."""

import re
import shlex
import warnings
from functools import partial
from pathlib import Path

import gymnasium as gym
import pytest
import torch
import typer
from typer.core import TyperGroup

from envs.registry import TASKS
from envs.tasks.hand_reach import HandReachConfig
from hand_model import JOINTS, HandConfig, build_hand
from hand_model.drives import pulley_of
from orchestrator.cli.main import app
from orchestrator.config_files import config_names, load_config
from orchestrator.dexterity.config import load_hand_config
from orchestrator.dexterity.study import StudyConfig
from orchestrator.planner.config import PlanConfig
from orchestrator.ramp.config import RampConfig
from orchestrator.selfplay.config import run_schema
from orchestrator.training.config import TrainConfig

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MOTIONS = {(1, 0, 0): "+x", (-1, 0, 0): "-x", (0, 1, 0): "+y", (0, 0, 1): "+z", (0, 0, -1): "-z"}


def name_of(page):
    return page.relative_to(ROOT).as_posix()


def blocks(page, language):
    return [body for kind, body in FENCE.findall(page.read_text()) if kind == language]


def prose(page):
    return FENCE.sub("", page.read_text())


@pytest.fixture
def fresh_place(tmp_path, monkeypatch):
    """An empty working directory; tasks and environments that a page registers are gone afterwards."""
    monkeypatch.chdir(tmp_path)
    tasks, specs, threads = dict(TASKS), dict(gym.registry), torch.get_num_threads()
    yield tmp_path
    torch.set_num_threads(threads)
    for registry, before in ((TASKS, tasks), (gym.registry, specs)):
        registry.clear()
        registry.update(before)


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "python")], ids=name_of)
def test_code_runs_from_top_to_bottom(page, fresh_place):
    for body in blocks(page, "yaml"):
        if named := re.match(r"# ([\w-]+\.yaml)\n", body):
            (fresh_place / named[1]).write_text(body)
    namespace = {"__name__": "page"}
    for number, body in enumerate(blocks(page, "python"), start=1):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            # what a library deprecates in a newer Python is not for these pages to mend
            warnings.simplefilter("ignore", DeprecationWarning)
            exec(compile(body, f"{name_of(page)}, block {number}", "exec"), namespace)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file), target


def anchors(page):
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def command_lines(page):
    shown = [line for body in blocks(page, "sh") for line in body.splitlines()]
    shown += re.findall(r"`([^`\n]+)`", prose(page))
    return [shlex.split(line, comments=True)[1:] for line in shown if re.match(r"(\S*/)?optimus ", line)]


@pytest.mark.parametrize("page", [p for p in PAGES if command_lines(p)], ids=name_of)
def test_command_lines_parse(page):
    for words in command_lines(page):
        command, rest = typer.main.get_command(app), list(words)
        while isinstance(command, TyperGroup) and rest and not rest[0].startswith("-"):
            command = command.commands[rest.pop(0)]
        if not rest:
            continue  # a command by its name
        given = command.make_context("optimus", rest).params
        if words[0] == "hand":
            sweeps = "study" in words
            read = partial(load_config, schema=StudyConfig) if sweeps else load_hand_config
            read(given["config"], overrides=given["overrides"] or [])
        elif given.get("config") in config_names():
            overrides = given["overrides"] or []
            schema = PlanConfig if words[0] == "plan" else run_schema(given["config"], overrides)
            load_config(given["config"], overrides, schema)
        if f"ramp/{given.get('config')}" in config_names():
            load_config(f"ramp/{given['config']}", given["overrides"] or [], RampConfig)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_make_targets_exist(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    shown = "\n".join([*blocks(page, "sh"), *re.findall(r"`[^`\n]+`", prose(page))])
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", shown, re.MULTILINE)) <= targets


def test_the_numbers_of_hand_reach_equal_the_code():
    text = " ".join((ROOT / "docs" / "hand-reach.md").read_text().split())
    config = load_config("hand-reach", [], TrainConfig)
    task, network = config.task_config, config.network
    assert isinstance(task, HandReachConfig)
    (hidden,) = {*network.actor_hidden, *network.critic_hidden}
    assert len(network.actor_hidden) == len(network.critic_hidden) == 2
    for phrase in (
        f"`range_fraction` ({task.range_fraction:g})",
        f"`step_fraction` ({task.step_fraction:g})",
        f"`reward_scale` of {1000 * task.reward_scale:g} mm",
        f"`tolerance` ({1000 * task.tolerance:g} mm)",
        f"`episode_seconds` ({task.episode_seconds:g} s, {task.episode_steps} control steps)",
        f"PPO over {config.worlds:,} worlds",
        f"two hidden layers of {hidden}",
        f"a discount of {config.ppo.gamma:g}",
        f"a KL target of {config.ppo.target_kl:g}",
    ):
        assert phrase in text, phrase


def joints_table():
    head = "| # | joint | segment it moves | axis | a positive angle | range, degrees | source |"
    rows = [
        f"| {number} | `{joint.name}` | `{joint.segment}` | {MOTIONS[joint.axis]} | {joint.motion} "
        f"| {joint.range_deg[0]} to {joint.range_deg[1]} | {joint.source} |"
        for number, joint in enumerate(JOINTS, start=1)
    ]
    return "\n".join([head, "| --- | --- | --- | --- | --- | --- | --- |", *rows])


def test_the_table_of_joints_equals_the_code():
    text = (ROOT / "docs" / "hand-model.md").read_text()
    shown = re.search(r"<!-- joints: begin -->\n(.*)<!-- joints: end -->", text, re.DOTALL)
    assert shown is not None
    assert shown[1].strip() == joints_table()


def test_the_table_of_motors_equals_the_code():
    lines = (ROOT / "docs" / "hand-model.md").read_text().splitlines()
    rows = {name.strip(): cells for _, name, *cells, _ in (x.split("|") for x in lines if x.count("|") == 5)}
    tendon, direct = HandConfig(), HandConfig(transmission="direct")
    columns = ((tendon, "index_mcp_flexion"), (direct, "index_mcp_flexion"), (tendon, "wrist_flexion"))
    for column, (config, joint) in enumerate(columns):
        gear = config.gearmotors()[config.joints.index(joint)]
        reach = pulley_of(joint) if gear.cable else 1.0
        assert rows["motor"][column].strip() == gear.motor.name
        assert rows["gearhead"][column].strip() == gear.gearhead.name
        figures = {
            "stall torque at the joint, N·m": gear.stall_force * reach,
            "continuous torque at the joint, N·m": gear.continuous_force * reach,
            "speed without load at the joint, rad/s": gear.no_load_speed / reach,
            "rotor's inertia at the joint, g·m²": 1e3 * gear.armature * reach**2,
        }
        for name, value in figures.items():
            assert float(rows[name][column]) == pytest.approx(value, rel=0.02), name


def test_the_table_of_masses_equals_the_code():
    text = (ROOT / "docs" / "hand-model.md").read_text()
    row = next(line for line in text.splitlines() if line.startswith("| mass of the hand"))
    for transmission, cell in zip(("tendon", "direct", "coupled"), row.split("|")[2:5], strict=True):
        model = build_hand(HandConfig(transmission=transmission)).compile()
        masses = [model.body(name).subtreemass[0] for name in ("palm", "forearm")]
        assert [float(x) for x in cell.split("/")] == pytest.approx(masses, abs=0.01)
