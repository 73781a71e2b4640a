"""`report.html`: a run in one self-contained page."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
import plotly.offline
import plotly.utils
from markupsafe import Markup

from hand_model import FINGERS
from orchestrator.evaluation.archive import Archive, read_archive
from orchestrator.evaluation.curves import MEAN, Chart, Curves, in_order
from orchestrator.evaluation.heldout import HeldOut, read_heldout
from orchestrator.evaluation.judging import judgement_line
from orchestrator.evaluation.plots import (
    ACCENT,
    MUTED,
    Line,
    boxes,
    cumulative,
    curves,
    joint_bars,
    success_bars,
)
from orchestrator.evaluation.recordings import Recording, read_recordings
from orchestrator.evaluation.result import Evaluation, read_evaluation
from orchestrator.evaluation.tables import tables_of
from orchestrator.evaluation.text import count, duration, length, percent, percent_range
from orchestrator.training.metrics import check_metrics, read_metrics
from orchestrator.training.run_directory import RunDirectory

_TEMPLATE = "report.html.j2"
"""In `templates/`."""

_CUMULATIVE = "Share of the episodes that lie below."

_CAPTIONS = {
    "goals": "Alice's goals, from above, oldest first: outlined where the objects were, filled where she left them. "
    "Green frames are goals that Bob brought about, red ones those that he did not."
}
"""Of pictures, by their files' names."""

_RADIANS_TO_DEGREES = 57.29577951308232


def write_report(run: RunDirectory) -> None:
    """Write `report.html` from what the run has by now: metrics, an evaluation, videos.

    The page needs no network: the plotting library, the data and the videos are in it.

    Raises:
        InputError: a file that it reads is damaged.
    """
    replace_report(run, render_report(run))


def replace_report(run: RunDirectory, text: str) -> None:
    """Put a page in the place of the run's report, whole."""
    partial = run.report.with_name(f".{run.report.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(run.report)


def check_report(run: RunDirectory) -> None:
    """Check that all that a report shows can be read, before work that ends with one.

    Raises:
        InputError: a file is damaged.
    """
    check_metrics(run)
    read_evaluation(run)
    read_archive(run)
    read_recordings(run)
    read_heldout(run)


def render_report(run: RunDirectory) -> str:
    """The page as text; see `write_report`."""
    curves = training_curves(run)
    evaluation = read_evaluation(run)
    archive = read_archive(run)
    evaluated = _evaluation_charts(evaluation, archive) if evaluation else []
    evaluated += _heldout_charts(read_heldout(run))
    return render_page(
        run,
        _TEMPLATE,
        tiles=_tiles(curves, evaluation),
        charts=evaluated,
        checkpoint=evaluation.checkpoint if evaluation else None,
        run_path=run.path,
        evaluation=_evaluation_section(evaluation) if evaluation else None,
        evaluation_charts=evaluated,
        videos=[_video(run, recording) for recording in read_recordings(run)],
        pictures=[_picture(path) for path in sorted(run.pictures.glob("*.png"))],
    )


def training_curves(run: RunDirectory) -> Curves | None:
    """The run's metrics; none before the first."""
    return Curves(read_metrics(run.metrics)) if run.metrics.is_file() else None


def render_page(
    run: RunDirectory,
    template: str,
    *,
    tiles: list[dict[str, str]],
    charts: list[Chart],
    checkpoint: str | None,
    package: str = "orchestrator.evaluation",
    **sections: Any,  # noqa: ANN401 - whatever the template's own part shows
) -> str:
    """A run's page: results of a kind, and what every run has: training curves, provenance, config.

    Args:
        run: the run.
        template: `report.html.j2`, or one that extends it and has another block `results`.
        tiles: the figures at the top, `value` and `label` each.
        charts: of the results.
        checkpoint: that the results are of.
        package: whose `templates/` has the template, beside this room's.
        sections: what else the template's block reads.
    """
    info = run.read_info()
    curves = training_curves(run)
    training = curves.charts() if curves else []
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [jinja2.PackageLoader(package), jinja2.PackageLoader("orchestrator.evaluation")]
        ),
        autoescape=jinja2.select_autoescape(("html", "html.j2")),
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template(template).render(
        title=f"{info.task}: {run.path.name}",
        subtitle=f"seed {info.seed} · {info.started:%d %B %Y %H:%M} UTC · {info.command}",
        tiles=tiles,
        training_charts=training,
        training_caption=_training_caption(curves),
        clock=_clock(curves, training),
        figures=script({chart.id: chart.figure.to_plotly_json() for chart in [*training, *charts]}),
        provenance=_provenance(run, checkpoint),
        config=run.config_path.read_text(),
        plotly_js=Markup(plotly.offline.get_plotlyjs()),
        **sections,
    )


def _tiles(curves: Curves | None, evaluation: Evaluation | None) -> list[dict[str, str]]:
    """The figures that a reader looks for first."""
    tiles: list[dict[str, str]] = []

    def add(value: str, label: str) -> None:
        tiles.append({"value": value, "label": label})

    if evaluation:
        interval = percent_range(evaluation.success_ci95)
        episodes = f"{evaluation.episodes:,} held-out episodes"
        add(percent(evaluation.success_rate), f"success, 95% interval {interval}, {episodes}")
        if "distance/mean" in evaluation.metrics:
            add(length(evaluation.metrics["distance/mean"]), "mean distance from the goal at the end")
        if evaluation.cycle_time_s:
            add(duration(evaluation.cycle_time_s.p50), "median time to the goal, where it was met")
    if curves and len(curves.steps):
        spent = duration(float(curves.seconds[-1]))
        add(count(curves.steps[-1]), f"environment steps of training, in {spent}")
        if curves.median_throughput:
            add(count(curves.median_throughput), "environment steps per second, median")
        diverged = curves.last("episode/diverged_total") or 0.0
        tested = f", {evaluation.diverged} of {evaluation.episodes:,} in evaluation" if evaluation else ""
        add(count(diverged), f"diverged worlds, reset, in training{tested}")
    return tiles


def _evaluation_section(evaluation: Evaluation) -> dict[str, Any]:
    """Caption, and the table of agents."""
    step = evaluation.checkpoint.rpartition("_")[2].lstrip("0") or "0"
    caption = (
        f"Checkpoint after {int(step):,} steps, {evaluation.episodes:,} episodes of the held-out split "
        f"(seed {evaluation.seed}), actions without exploration noise. Success is judged at the episode's end, "
        "the interval is Wilson's at 95%."
    )
    if evaluation.referee:
        caption += f" The task's referee, which steps episodes again, {judgement_line(evaluation.referee)}."
    return {"caption": caption, "tables": tables_of(evaluation)}


def _evaluation_charts(evaluation: Evaluation, archive: Archive | None) -> list[Chart]:
    results = {"policy": evaluation, **evaluation.baselines}
    rates = {name: result.success_rate for name, result in results.items()}
    intervals = {name: result.success_ci95 for name, result in results.items()}
    charts = [Chart("success", "Success beside agents that learned nothing", success_bars(rates, intervals))]
    if archive is not None:
        charts += _distribution_charts(archive, evaluation)
    if evaluation.joints:
        series = {
            label: [_RADIANS_TO_DEGREES * joint[key] for joint in evaluation.joints.values()]
            for label, key in (("at the end", "tracking_final"), ("RMS over the episode", "tracking_rms"))
        }
        bars = joint_bars(list(evaluation.joints), series, "degrees")
        note = "Angle between each joint's target and its encoder, mean over episodes."
        charts.append(Chart("joints", "Joint tracking error", bars, note, wide=True))
    return charts


def _heldout_charts(rows: Sequence[HeldOut]) -> list[Chart]:
    """Success of the checkpoints that were evaluated beside training."""
    if not rows:
        return []
    success = [100 * row.success_rate for row in rows]
    low, high = ([100 * row.success_ci95[end] for row in rows] for end in (0, 1))
    lines = [Line("success", success, ACCENT), Line("95% from", low, MUTED), Line("to", high, MUTED)]
    figure = curves(lines, [row.step for row in rows], "% of held-out episodes")
    note = f"Of {rows[-1].episodes:,} episodes by each checkpoint, while training went on."
    return [Chart("heldout", "Held-out success over training", figure, note)]


def _distribution_charts(archive: Archive, evaluation: Evaluation) -> list[Chart]:
    """Over the evaluated episodes: distance from the goal, or else the return, and each fingertip's distance."""
    figures = {name: found for name in ("policy", "zero", "random") if (found := archive.figures(name))}
    if not all("distance/mean" in found for found in figures.values()):
        samples = {name: found["return"].double().numpy() for name, found in figures.items()}
        return [Chart("distribution", "Return", cumulative(samples, "summed reward", None), _CUMULATIVE)]
    limit = None if evaluation.tolerance is None else 1000 * evaluation.tolerance
    samples = {name: 1000 * found["distance/mean"].double().numpy() for name, found in figures.items()}
    curve = cumulative(samples, "mm", limit, log=True)
    charts = [Chart("distribution", "Distance from the goal at the end, mean of all", curve, _CUMULATIVE)]
    prefix = "distance/"
    parts = in_order(
        k.removeprefix(prefix) for k in figures["policy"] if k.startswith(prefix) and k != prefix + MEAN
    )
    if parts:
        errors = {part: 1000 * figures["policy"][prefix + part].double().numpy() for part in parts}
        title = f"{'Fingertips' if set(parts) <= set(FINGERS) else 'Each'}: distance from the goal at the end"
        note = f"The policy's: quartiles, whiskers at 5% and 95%, dashed the mean. {_within(evaluation)}"
        box = boxes(errors, "mm", limit)
        charts.append(Chart("parts", title, box, note, wide=True))
    return charts


def _within(evaluation: Evaluation) -> str:
    """How many of each finger's episodes end within tolerance."""
    shares = {name: finger.get("within_tolerance") for name, finger in (evaluation.fingers or {}).items()}
    parts = [f"{name} {percent(share)}" for name, share in shares.items() if share is not None]
    return f"Within tolerance: {', '.join(parts)}." if parts else ""


def _training_caption(curves: Curves | None) -> str:
    if curves is None or not len(curves.steps):
        return ""
    return (
        f"{count(curves.steps[-1])} environment steps. Figures of episodes are with exploration noise, of the "
        "training split: without the noise, as above, a policy mostly does better."
    )


def _clock(curves: Curves | None, training: list[Chart]) -> Markup | None:
    """Both horizontal axes of the learning curves, for the page's switch."""
    if curves is None:
        return None
    axes = {"steps": curves.steps.tolist(), "seconds": [round(s, 2) for s in curves.seconds.tolist()]}
    return script({**axes, "charts": [chart.id for chart in training]})


def _video(run: RunDirectory, recording: Recording) -> dict[str, str]:
    outcome = "success" if recording.success else "no success"
    error = "" if recording.error is None else f", {length(recording.error)} from the goal at the end"
    caption = f"Episode {recording.episode:,}: {outcome}{error}; {duration(recording.seconds)}."
    data = embedded(run.videos / recording.file)
    return {"name": recording.name.capitalize(), "data": data, "caption": caption}


def _picture(path: Path) -> dict[str, str]:
    return {"name": path.stem.capitalize(), "data": embedded(path), "caption": _CAPTIONS.get(path.stem, "")}


def embedded(file: Path) -> str:
    """A file as it stands inside a page."""
    return base64.b64encode(file.read_bytes()).decode()


def _provenance(run: RunDirectory, checkpoint: str | None) -> list[tuple[str, str]]:
    info = run.read_info()
    machine = info.machine
    hardware = f"{machine.cpu}, {machine.cores} cores, {machine.threads} threads"
    lines = [
        ("task", info.task),
        ("run", str(run.path)),
        ("seed", str(info.seed)),
        ("started", f"{info.started:%Y-%m-%d %H:%M:%S} UTC"),
        ("command", info.command),
        ("revision", info.git_revision or "outside a repository"),
        ("machine", hardware + (f", {machine.accelerator}" if machine.accelerator else "")),
        ("versions", ", ".join(f"{name} {version}" for name, version in info.versions.items())),
    ]
    if checkpoint:
        lines.append(("evaluated", checkpoint))
    return lines


def script(value: Any) -> Markup:  # noqa: ANN401 - whatever JSON holds
    """JSON that may stand inside a script element; plotly's figures and NumPy's arrays among it."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False, cls=plotly.utils.PlotlyJSONEncoder)
    return Markup(text.replace("<", "\\u003c"))
