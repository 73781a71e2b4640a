import contextlib
import functools
import io
import json

import mujoco
import numpy as np
import pytest

from hand_model import JOINTS, HandConfig, build_hand
from hand_model.dexterity import measure
from hand_model.dexterity.shadow import shadow_folder
from hand_model.grasps import load_grasps
from orchestrator.cli.main import main
from orchestrator.dexterity import feix
from orchestrator.dexterity.pictures import Picture
from orchestrator.dexterity.records import HandResult
from orchestrator.dexterity.report import render_report

CONTRACT = {
    "variant": str,
    "joints": int,
    "actuators": int,
    "mass_kg": float,
    "kapandji": int,
    "feix": dict,
    "opposition_volume_mm3": float,
    "fingertip_force_n": dict,
    "tapping_hz": float,
}


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """What `optimus hand --json` prints for the coupled hand."""
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out):
        # a coarse workspace: what it measures has its own tests
        patch.setattr(measure, "workspace", functools.partial(measure.workspace, samples=3000))
        # two grasps of 33: all of them are benchmarks/feix.py's
        patch.setattr(feix, "load_grasps", lambda: load_grasps()[:2])
        assert main(["hand", "--config", "coupled", "--beside", "none", "--json"]) == 0
    return json.loads(out.getvalue())


def test_the_keys_are_those_of_the_contract(printed):
    assert {key: type(printed[key]) for key in CONTRACT} == CONTRACT
    assert (printed["variant"], printed["joints"], printed["actuators"]) == ("coupled", 27, 22)
    assert set(printed["fingertip_force_n"]) == {"thumb", "index", "middle", "ring", "little"}
    for force in printed["fingertip_force_n"].values():
        assert 0 < force["continuous"] <= force["burst"]


def test_grasps_are_named_and_judged(printed):
    assert set(printed["feix"]) == {"Large Diameter", "Small Diameter"}
    assert all(isinstance(held, bool) for held in printed["feix"].values())


def test_both_sides_are_tried(printed):
    assert printed["kapandji_by_side"]["right"] == printed["kapandji"]
    assert printed["kapandji_by_side"]["left"] == printed["kapandji"]


def test_people_stand_beside_with_what_keeps_the_hand_from_them(printed):
    rows = {row["measure"]: row for row in printed["people"]}
    assert set(rows) == {"tip pinch", "grip", "tapping"}
    for row in rows.values():
        assert row["share"] == pytest.approx(row["hand"] / row["person"])
        assert row["source"]
    assert rows["tip pinch"]["limit"].split(" of ")[1] in {joint.name for joint in JOINTS}


def test_the_page_holds_the_figures_and_the_pictures(printed):
    result = HandResult.model_validate(printed)
    picture = Picture("a.jpg", "0: touched", np.full((8, 8, 3), 120, np.uint8))
    config = HandConfig(transmission="coupled")
    page = render_report(result, config, [picture], {result.name: [picture] * 11}, [picture] * 2)
    assert page.count("data:image/jpeg;base64,") == 14
    assert f"{result.tapping_hz:.2f}" in page
    assert '<script src="http' not in page
    for chart in ("forces", "mass", "pinch-fading", "grip-endurance", "workspace_mm3"):
        assert f'id="{chart}"' in page


@pytest.mark.parametrize("transmission", ["tendon", "direct", "coupled"])
def test_an_exported_hand_loads_in_stock_mujoco(transmission, tmp_path, capsys):
    file = tmp_path / "hand.xml"
    assert main(["hand", "export", str(file), "--config", transmission, "--set", "side=left"]) == 0
    assert capsys.readouterr().out.strip() == str(file)
    loaded = mujoco.MjModel.from_xml_path(str(file))
    built = build_hand(HandConfig(transmission=transmission, side="left")).compile()
    assert loaded.body_mass.sum() == pytest.approx(built.body_mass.sum(), rel=1e-6)
    np.testing.assert_allclose(loaded.body_inertia, built.body_inertia, rtol=1e-4, atol=1e-10)
    for kind, count in (("jnt", built.njnt), ("actuator", built.nu), ("body", built.nbody)):
        view = {"jnt": "joint"}.get(kind, kind)
        names = [[getattr(m, view)(i).name for i in range(count)] for m in (loaded, built)]
        assert names[0] == names[1]
    for field in (
        "jnt_range",
        "jnt_axis",
        "actuator_gainprm",
        "actuator_biasprm",
        "actuator_gear",
        "eq_data",
    ):
        np.testing.assert_allclose(getattr(loaded, field), getattr(built, field), rtol=1e-4, atol=1e-8)


def test_an_exported_hand_moves_as_the_built_one(tmp_path):
    file = tmp_path / "hand.xml"
    assert main(["hand", "export", str(file)]) == 0
    ends = []
    for model in (mujoco.MjModel.from_xml_path(str(file)), build_hand().compile()):
        data = mujoco.MjData(model)
        data.ctrl[:] = 0.5 * model.actuator_ctrlrange[:, 1]
        mujoco.mj_step(model, data, nstep=200)
        ends.append(data.qpos.copy())
    np.testing.assert_allclose(*ends, atol=1e-3)


def test_a_study_draws_its_front(tmp_path, capsys):
    swept = ["motors=[faulhaber-1331t006sr, maxon-ecx-8-m]", "gearheads=[faulhaber-12-4]", "simulated=1"]
    swept += ["transmissions=[tendon, coupled]", "spools=[0.004, 0.005]"]
    options = [word for text in swept for word in ("--set", text)]
    out = tmp_path / "study"
    assert main(["hand", "study", *options, "--beside", "none", "--out", str(out), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["designs"] == 2 * 2 * 5 * 2
    front = result["front"]
    assert 0 < len(front) <= result["fitting"] <= result["designs"]
    assert sum(design["tapping_simulated_hz"] is not None for design in front) == 1
    tried = next(design for design in front if design["tapping_simulated_hz"])
    assert tried["tapping_simulated_hz"] == pytest.approx(tried["tapping_hz"], rel=0.05, abs=0.1)
    assert json.loads((out / "study.json").read_text())["front"] == front
    assert front[0]["motor"] in (out / "report.html").read_text()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["hand", "--config", "tendn"], "nearest: 'hands/tendon'"),
        (["hand", "--set", "digits.ratio=67"], "nearest: 64"),
        (["hand", "--set", "digits.moter=x"], "digits.motor"),
        (["hand", "--beside", "shadw"], "nearest: 'shadow'"),
        (["hand", "--report", "{file}"], "expected a folder"),
        (["hand", "export", "hand.urdf"], "ending in .xml"),
        (["hand", "export", "{folder}/none/hand.xml"], "existing folder"),
        (["hand", "--json", "study"], "behind study"),
        (["hand", "studdy"], "nearest: 'study'"),
        (["hand", "study", "--set", "motors=[faulhaber-0817]", "--beside", "none"], "nearest"),
        (["hand", "study", "--set", "transmissions=[tendn]"], "nearest: 'tendon'"),
        (["hand", "study", "--out", "{file}", "--beside", "none"], "expected a folder"),
    ],
)
def test_wrong_input_is_one_line_and_writes_nothing(words, told, tmp_path, capsys):
    file = tmp_path / "file"
    file.write_text("mine")
    filled = [word.format(file=file, folder=tmp_path) for word in words]
    assert main(filled) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert told in captured.err
    assert captured.out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert file.read_text() == "mine"


@pytest.mark.skipif(shadow_folder() is not None, reason="gymnasium-robotics is installed")
def test_a_hand_that_is_not_installed_is_named(capsys):
    assert main(["hand", "--beside", "shadow"]) == 2
    assert "gymnasium-robotics" in capsys.readouterr().err


@pytest.mark.slow
def test_a_report_draws_every_pose(tmp_path, capsys):
    out = tmp_path / "report"
    assert main(["hand", "--report", str(out), "--beside", "none", "--no-grasps"]) == 0
    pictures = {path.name for path in (out / "pictures").iterdir()}
    assert {f"hand-kapandji-{stage}.jpg" for stage in range(11)} | {
        f"hand-{i}.jpg" for i in range(4)
    } == pictures
    assert (out / "report.html").stat().st_size > 1e6
    assert json.loads((out / "hand.json").read_text())["kapandji"] == 10
