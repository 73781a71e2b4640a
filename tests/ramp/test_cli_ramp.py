"""`optimus ramp project` and `compare`: files, presets, wrong input."""

import csv
import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from small_ramp import LABOUR, component, flat, merged, ramp_data

from orchestrator.cli.main import main
from orchestrator.config_files import config_names, load_config
from orchestrator.ramp.config import RampConfig
from orchestrator.ramp.sampling import quantities

ROOT = Path(__file__).resolve().parents[2]
LINES = {"p5", "p10", "p25", "p50", "p75", "p90", "p95"}
PRESETS = [name for name in config_names() if name.startswith("ramp/")]


@pytest.fixture
def optimus(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)

    def run(line):
        code = main(line.split())
        out, err = capfd.readouterr()
        return code, out, err

    return run


def write(name, **changes):
    Path(name).write_text(yaml.safe_dump(ramp_data(**changes)))


def test_a_preset_end_to_end(optimus):
    code, out, err = optimus(
        "ramp project owners-plan --out made --json --set paths=200 --set sobol_samples=8"
    )
    assert code == 0, err
    printed = json.loads(out)
    assert printed == json.loads(Path("made/projection.json").read_text())
    for name in ("output_per_month", "cumulative_units", "fleet", "cost_per_unit_usd", "power_mw"):
        assert printed[name].keys() == LINES
        assert all(len(values) == 240 for values in printed[name].values())
    assert len(printed["months"]) == len(printed["limiting_factor"]) == 240
    with Path("made/projection.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["month"] for row in rows] == printed["months"]
    assert [float(row["fleet_p90"]) for row in rows] == printed["fleet"]["p90"]
    table = pq.read_table("made/projection.parquet").to_pydict()
    assert table["output_per_month_p50"] == printed["output_per_month"]["p50"]
    assert table["limiting_factor"] == printed["limiting_factor"]
    page = Path("made/report.html").read_text()
    outside = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"(src|href)=\"?(https?:)?//", outside)
    assert "limits output" in page
    assert load_config("made/config.yaml", [], RampConfig).paths == 200


def test_an_overlay_and_a_comparison(optimus):
    write("a.yaml")
    write("b.yaml", title="twice", generations={"v1": {"curve": flat(24_000)}})
    assert optimus("ramp project b.yaml --out b")[0] == 0
    assert optimus("ramp project a.yaml --overlay b")[0] == 0
    assert "Dashed: the medians of twice" in Path("runs/ramp/a/report.html").read_text()
    code, out, err = optimus("ramp compare runs/ramp/a b.yaml --json")
    assert code == 0, err
    result = json.loads(out)
    last = [row for row in result["rows"] if row["month"] == "2027-12"]
    ratios = {row["figure"]: row["ratio"] for row in last}
    assert ratios["cumulative_units"] == pytest.approx(2)
    assert ratios["cost_per_unit_usd"] < 1
    folder = Path("runs/ramp/a-beside-b")
    assert json.loads((folder / "comparison.json").read_text()) == result
    page = (folder / "report.html").read_text()
    assert page.count('class="chart"') == 7  # five figures, and what limits each of the two
    assert '<td class="text">cumulative units</td><td>24 k</td>' in page
    code, out, _ = optimus("ramp compare a.yaml b --out seen")
    assert code == 0
    assert "seen/report.html" in out


@pytest.mark.parametrize("name", PRESETS)
def test_every_default_has_a_source(name):
    config = load_config(name, [], RampConfig)
    for key, quantity in quantities(config):
        assert quantity.source, key


def test_there_are_the_four_presets():
    assert PRESETS == ["ramp/closed-loop", "ramp/owners-plan", "ramp/stretched", "ramp/supply-limited"]


def test_skill_cards_and_factory_plans_are_read(optimus):
    times = {"count": 9, "mean": 20.0, "p5": 1, "p25": 1, "p50": 1, "p75": 1, "p95": 1}
    card = {
        "task": "t", "policy": "p", "episodes": 10, "success_rate": 0.8, "success_ci95": [0.5, 0.9],
        "cycle_time_s": times, "run": "r",
    }  # fmt: skip
    Path("cards").mkdir()
    Path("cards/card.json").write_text(json.dumps(card))
    Path("cards/plan.json").write_text(
        json.dumps({"valid": True, "makespan_days": 182.625, "robot_hours": 5, "tasks": 3})
    )
    labour = LABOUR | {"people": 0, "uptime": 1, "hours_per_unit": 73.05, "productivity": None}
    labour["skills"] = [{"card": "card.json", "human_seconds": 10}]
    sites = [{"plan": "plan.json", "area_m2": 1e9, "units_per_m2_year": 1}]
    write("cards/c.yaml", labour=labour, factories=sites, fleet={"made_before": 100, "factory": 100})
    code, out, err = optimus("ramp project cards/c.yaml --json")
    assert code == 0, err
    result = json.loads(out)
    assert result["limiting_factor"][:6] == ["floor_space"] * 6
    # A cycle takes twice a person's time and fails once in five: 0.4 of a person, 4 robots each.
    assert result["output_per_month"]["p50"][8] == pytest.approx(400, abs=1)


WRONG = {
    "ramp project owners-plam": "nearest: 'ramp/owners-plan'",
    "ramp project good.yaml --set stretch=-1": "--set stretch=-1: stretch: expected more than 0, got -1",
    "ramp project good.yaml --set stretch=3_to_2": "stretch: expected a number, 'LOW to HIGH' or a distribution",
    "ramp project good.yaml --set paths=0": "paths: expected greater than or equal to 1, got 0",
    "ramp project good.yaml --set start=2026-13": "start: expected a month as YYYY-MM",
    "ramp project good.yaml --set sobol_samples=100": "sobol_samples: expected a power of two, got 100",
    "ramp project good.yaml --set generations.v1.curve.kind=bass": "curve.midpoint: a bass curve takes",
    "ramp project good.yaml --set generations.v1.curve.kind=bas": "nearest: 'bass'",
    "ramp project good.yaml --set generatons.v1=1": "unknown key; nearest: 'generations'",
    "ramp project interval.yaml": "interval.yaml: stretch: expected the lower end first, got 3 to 2",
    "ramp project missing.yaml": "components.hands.needs: no component 'motrs'; nearest: 'motors'",
    "ramp project circle.yaml": "needs: in a circle: hands needs motors needs hands",
    "ramp project reserved.yaml": "components.labour: expected another name",
    "ramp project negative.yaml": "components.hands.curve.asymptote_per_year: expected more than 0, got -5",
    "ramp project share.yaml": "components.hands.yield_share: expected values above 0 to 1, got 1.2",
    "ramp project plan.yaml": "no-plan.json: no such file",
    "ramp project correlation.yaml": "correlations.0.between: no uncertain quantity 'strech'",
    "ramp project late.yaml": "given.0.months: expected to end within the projection's 24",
    "ramp project conversion.yaml": "conversion.of: no older generation 'v0'",
    "ramp project lifetime.yaml": "lifetime_shape: expected together with lifetime_months",
    "ramp project far.yaml": "given.0.value: no sampled path is near 9e+09",
    "ramp project self.yaml": "self.yaml: extends: in a circle",
    "ramp project good.yaml --out good.yaml": "--out good.yaml: expected a folder",
    "ramp project good.yaml --overlay empty": "expected a projection's folder",
    "ramp compare good.yaml nothing": "nothing: no such config or file",
    "ramp compare good.yaml good.yaml --out good.yaml": "expected a folder",
    "ramp compare good.yaml bad.json": "bad.json: expected a JSON object",
    "ramp projct good.yaml": "no such command; nearest: 'project'",
}  # fmt: skip


@pytest.fixture
def wrong_files(tmp_path):
    def add(name, **changes):
        (tmp_path / name).write_text(yaml.safe_dump(ramp_data(**changes)))

    hands = component(6000)
    add("good.yaml")
    add("interval.yaml", stretch="3 to 2")
    add("missing.yaml", components={"hands": component(1, needs=["motrs"]), "motors": hands})
    circle = {"hands": component(1, needs=["motors"]), "motors": component(1, needs=["hands"])}
    add("circle.yaml", components=circle)
    add("reserved.yaml", components={"labour": hands})
    add("negative.yaml", components={"hands": component(-5)})
    add("share.yaml", components={"hands": merged(hands, {"yield_share": 1.2})})
    add("plan.yaml", factories=[{"plan": "no-plan.json", "area_m2": 1, "units_per_m2_year": 1}])
    add("correlation.yaml", stretch="1 to 2", correlations=[{"between": ["stretch", "strech"], "value": 0.5}])
    add("late.yaml", given=[{"months": 30, "value": 3}])
    conversion = {"of": "v0", "share": 1, "over_months": 1, "downtime_months": 0}
    add("conversion.yaml", generations={"v1": {"conversion": conversion}})
    add("lifetime.yaml", generations={"v1": {"lifetime_months": 3}})
    add("far.yaml", given=[{"months": 12, "value": 9e9, "tolerance": 0.01}])
    (tmp_path / "self.yaml").write_text("extends: self.yaml\n")
    (tmp_path / "bad.json").write_text("[]")
    (tmp_path / "empty").mkdir()
    return tmp_path


@pytest.mark.parametrize("line", WRONG)
def test_wrong_input_is_one_line_and_exit_code_2(optimus, wrong_files, line):
    before = sorted(wrong_files.rglob("*"))
    code, out, err = optimus(line)
    assert err.endswith("\n")
    assert len(err.splitlines()) == 1, err
    assert WRONG[line] in err
    assert (code, out) == (2, "")
    assert sorted(wrong_files.rglob("*")) == before
    assert ROOT not in wrong_files.parents
