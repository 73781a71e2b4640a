"""The report: what it shows of a run at each of its ages, and that one file is all it takes."""

import base64
import json
import math
import re

import imageio_ffmpeg
import numpy as np
import pyarrow as pa
import pytest

from envs.registry import make_task
from envs.video import write_video
from hand_model import FINGERS
from orchestrator.config_files import dump_config
from orchestrator.errors import InputError
from orchestrator.evaluation.bits import bits_line
from orchestrator.evaluation.curves import Curves
from orchestrator.evaluation.evaluate import evaluate
from orchestrator.evaluation.plots import boxes, cumulative
from orchestrator.evaluation.recordings import FILE, Recording, Recordings, read_recordings
from orchestrator.evaluation.report import render_report, write_report
from orchestrator.evaluation.scene import CAMERA, viewing_spec
from orchestrator.evaluation.text import count, duration, length, percent_range
from orchestrator.evaluation.videos import record
from orchestrator.provenance import run_info
from orchestrator.training.loop import train
from orchestrator.training.run_directory import RunDirectory
from orchestrator.training.trainer import Trainer

TIPS = tuple(f"{finger}_tip" for finger in FINGERS)


def figures_of(page):
    """The plotly figures in a page, by id."""
    return json.loads(re.search(r"const charts = (\{.*?\});\n", page)[1])


def test_a_run_just_trained_says_what_is_missing(tiny_run):
    page = render_report(tiny_run)
    assert f"optimus evaluate {tiny_run.path}" in page
    assert f"optimus record {tiny_run.path}" in page
    figures = figures_of(page)
    assert {"training-return", "training-reward", "training-throughput", "training-step-size"} <= set(figures)
    assert [line["name"] for line in figures["training-reward"]["data"]] == list(FINGERS)
    assert not any(name.startswith("joints") for name in figures)


def test_a_run_without_metrics_has_a_report(tiny_run):
    tiny_run.metrics.unlink()
    assert "No training metrics yet" in render_report(tiny_run)


def test_an_evaluated_run_shows_agents_fingers_and_joints(tiny_run):
    evaluation = evaluate(tiny_run, 8, 0)
    page = render_report(tiny_run)
    assert percent_range(evaluation.success_ci95) in page
    assert "<td>zero</td>" in page
    assert "<td>random</td>" in page
    assert evaluation.bits is not None
    assert bits_line(evaluation.bits) in page
    assert 0 < evaluation.bits.entropy_bits_per_control < 16 * 27
    figures = figures_of(page)
    assert figures["success"]["data"][0]["y"] == ["policy", "zero", "random"]
    assert [box["name"] for box in figures["parts"]["data"]] == list(FINGERS)
    assert len(figures["joints"]["data"][0]["y"]) == 27


def test_the_report_names_where_its_figures_come_from(tiny_run):
    info = tiny_run.read_info()
    page = render_report(tiny_run)
    for text in (
        str(tiny_run.path),
        info.machine.cpu,
        info.versions["mujoco"],
        f"seed {info.seed}",
        "gamma: ",
    ):
        assert text in page


def test_the_report_needs_no_other_file(tiny_run):
    evaluate(tiny_run, 4, 0)
    write_video(tiny_run.videos / "best.mp4", np.zeros((4, 32, 32, 3), np.uint8), 18)
    recording = Recording(
        name="best", file="best.mp4", episode=2, success=False, error=0.0123, seconds=0.5, checkpoint="c"
    )
    Recordings(episodes=(recording,)).write(tiny_run.videos / FILE)
    write_report(tiny_run)
    page = tiny_run.report.read_text()
    assert page.count('<script src="') == page.count("<link") == page.count("@import") == 0
    sources = re.findall(r'<(?:video|img|source|iframe)[^>]*src="([^"]{0,30})', page)
    assert sources == ["data:video/mp4;base64,AAAAIGZ0"]  # the box "ftyp" of an MP4
    assert base64.b64encode((tiny_run.videos / "best.mp4").read_bytes()).decode() in page
    assert "Episode 2: no success, 12.3 mm from the goal at the end; 0.5 s." in page


def test_names_in_the_page_are_text_not_markup(tiny_run):
    info = tiny_run.read_info()
    info.model_copy(update={"command": "optimus <script>alert(1)</script>"}).write(tiny_run.path / "run.json")
    assert "<script>alert" not in render_report(tiny_run)


def test_a_damaged_file_is_an_input_error(tiny_run):
    tiny_run.metrics.write_text("nothing")
    with pytest.raises(InputError, match="damaged"):
        write_report(tiny_run)
    assert not tiny_run.report.with_name(".report.html.partial").exists()


def test_a_diverged_world_is_counted_in_the_report(tmp_path, tiny_config, monkeypatch):
    untouched = Trainer.iterate

    def iterate(self):
        if self.steps == 32:
            self.env.physics.field("qpos")[2, 0] = math.nan
        return untouched(self)

    monkeypatch.setattr(Trainer, "iterate", iterate)
    info = run_info(tiny_config.task, tiny_config.seed)
    with RunDirectory.create(tmp_path / "run", dump_config(tiny_config), info) as run:
        train(Trainer(tiny_config), run)
    tiles = dict(re.findall(r'class="tile[^"]*"><b>([^<]*)</b><span>([^<]*)', render_report(run)))
    assert tiles["1"] == "diverged worlds, reset, in training"


def test_recording_needs_an_evaluation(tiny_run):
    with pytest.raises(InputError, match="not been evaluated"):
        record(tiny_run)
    assert not tiny_run.videos.exists()


def test_best_and_worst_episode_become_videos(tiny_run):
    evaluate(tiny_run, 4, 0)
    shares = []
    found = record(tiny_run, size=48, samples=1, progress=shares.append)
    assert found.episodes == read_recordings(tiny_run)
    best, worst = found.episodes
    assert (best.name, worst.name) == ("best", "worst")
    assert best.error <= worst.error
    assert shares[-1] == 1.0
    for episode in found.episodes:
        frames, seconds = imageio_ffmpeg.count_frames_and_secs(tiny_run.videos / episode.file)
        assert frames == 9 + 1 + 16  # control steps, the start, and the last pose held for 0.9 s
        assert seconds == pytest.approx(frames / 18, abs=0.06)
    assert render_report(tiny_run).count("<video") == 2
    evaluate(tiny_run, 4, 1)
    assert render_report(tiny_run).count("<video") == 0  # they would show other episodes than the figures


def test_the_viewing_scene_keeps_the_tasks_joints_and_physics():
    task = make_task("hand-reach")
    plain = task.build_scene().compile()
    model = viewing_spec(task, TIPS).compile()
    assert [model.joint(i).name for i in range(model.njnt)] == [
        plain.joint(i).name for i in range(plain.njnt)
    ]
    assert model.nmocap == 5
    assert model.camera(CAMERA) is not None
    np.testing.assert_allclose(model.body_mass[: plain.nbody], plain.body_mass)
    added = model.ngeom - plain.ngeom
    assert added == 10
    colliding = (model.geom_contype != 0) | (model.geom_conaffinity != 0)
    assert colliding.sum() == ((plain.geom_contype != 0) | (plain.geom_conaffinity != 0)).sum()


def test_long_runs_are_thinned_and_keep_their_last_row():
    steps = np.arange(1, 10_001)
    table = pa.table(
        {"step": steps, "episode/success": steps / 10_000, "time/collect_seconds": steps * 0 + 2.0}
    )
    curves = Curves(table)
    assert len(curves.steps) <= 1_500
    assert curves.steps[-1] == 10_000
    assert curves.seconds[-1] == pytest.approx(20_000)
    assert curves.last("episode/success") == 1.0
    assert curves.last("loss/kl") is None


def test_what_is_not_finite_is_a_gap_not_a_crash():
    values = np.array([0.01, np.nan, np.inf, 0.02])
    curve = cumulative({"policy": values}, "m", 0.01, log=True)
    assert max(curve.data[0].y) == 50.0
    assert len(boxes({"a": values, "b": values * np.nan}, "m", None).data) == 1
    json.loads(curve.to_json(), parse_constant=pytest.fail)
    empty = Curves(pa.table({"step": [1, 2], "episode/success": [None, 0.5]}))
    assert list(empty.charts()[0].figure.data[0].y) == [None, 50.0]
    assert Curves(pa.table({"step": pa.array([], pa.int64())})).charts() == []


def test_numbers_read_well():
    assert [count(n) for n in (7, 7_800, 4_300_000)] == ["7", "7,800", "4.3 M"]
    assert [length(m) for m in (0.0058, 0.119, 1.236)] == ["5.8 mm", "119.0 mm", "1.24 m"]
    assert [duration(s) for s in (2.06, 556, 11_100)] == ["2.1 s", "9 min 16 s", "3 h 05 min"]
