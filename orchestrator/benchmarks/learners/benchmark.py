"""Runs the trials one after the other, each in its own process, and puts them together.

Every trial leaves a file as soon as it is done. What is already there is not run again, so that a long benchmark can
be interrupted at any moment and gone on with.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orchestrator.benchmarks.learners.grids import GRIDS
from orchestrator.benchmarks.learners.records import (
    Hyperparameters,
    LearnersResult,
    LearnerSummary,
    TrialResult,
    TrialSpec,
    TuningOutcome,
)
from orchestrator.benchmarks.learners.trial import PEERS, missing_package
from orchestrator.errors import InputError, nearest
from orchestrator.provenance import command_line, this_machine
from orchestrator.training.config import TrainConfig

TUNING_SEED = 100
"""Of tuning's trials; not among the seeds that are reported."""
TUNING_EVALUATION_SEED = 2
"""Of the held-out episodes that tuning chooses on."""
EVALUATION_SEED = 1
"""Of the held-out episodes that are reported, on which nothing was chosen."""
HALF = 0.5
DISTANCE = "distance/mean"


class Settings(BaseModel):
    """What to measure.

    Attributes:
        config: task, worlds, threads, networks, and our learner's hyperparameters.
        learners: by name.
        seeds: every learner is trained once with each.
        seconds: training time of a trial, s; evaluations are not counted.
        tune_seconds: of each set of hyperparameters that tuning tries, s.
        every: training time between two evaluations, s.
        episodes: held-out episodes in an evaluation.
        out: folder that gets the results.
        overwrite: run again what is already there.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    config: TrainConfig
    learners: tuple[str, ...]
    seeds: tuple[int, ...]
    seconds: float = Field(gt=0)
    tune_seconds: float = Field(gt=0)
    every: float = Field(gt=0)
    episodes: int = Field(ge=1)
    out: Path
    overwrite: bool

    def spec(self, learner: str, seed: int, seconds: float, hyperparameters: Hyperparameters) -> TrialSpec:
        """One reported trial; whatever of the config the learner has no use for is left at its default."""
        used = {"task", "task_config", "worlds", "backend", "threads", "network"}
        used |= set() if learner in PEERS else {"ppo"}
        return TrialSpec(
            learner=learner,
            seed=seed,
            seconds=seconds,
            every=min(self.every, seconds),
            episodes=self.episodes,
            evaluation_seed=EVALUATION_SEED,
            hyperparameters=hyperparameters,
            config=TrainConfig.model_validate(self.config.model_dump(include=used)),
        )

    def tuning(self, learner: str) -> dict[Path, TrialSpec]:
        """A learner's tuning trials, by the file of each one's result."""
        specs = (self.spec(learner, TUNING_SEED, self.tune_seconds, h) for h in GRIDS[learner])
        return {
            self.out / "learners" / f"tune-{learner}-{index}.json": spec.model_copy(
                # Only the end counts.
                update={"every": spec.seconds, "evaluation_seed": TUNING_EVALUATION_SEED}
            )
            for index, spec in enumerate(specs)
        }


def check(settings: Settings) -> None:
    """Refuse what cannot be run, before anything is.

    Raises:
        InputError: an unknown learner, or one whose package is not installed.
    """
    for learner in settings.learners:
        if learner not in GRIDS:
            raise InputError(f"--learners {learner}", f"no such learner{nearest(learner, GRIDS)}")
        package = missing_package(learner)
        if package:
            raise InputError(
                f"--learners {learner}",
                f"needs {package}: run `make benchmark-env`, then .venv-benchmark/bin/optimus benchmark learners",
            )


def tune(settings: Settings) -> LearnersResult:
    """Try every learner's grid for a short time each, on a seed of its own."""
    check(settings)
    trials = [settings.tuning(learner) for learner in settings.learners]
    # A set of each learner in turn, so that a machine that slows down slows all of them.
    _run_all(_in_turn(trials), settings.overwrite)
    outcomes = _outcomes(settings)
    figures = {f"{o.learner}_distance_mm": o.distance_mm for o in outcomes if o.chosen}
    return LearnersResult(
        name="learners",
        machine=this_machine(settings.config.threads),
        command=command_line(),
        figures=figures,
        tuning=tuple(outcomes),
    )


def compare(settings: Settings) -> LearnersResult:
    """Train every learner with every seed, with the hyperparameters that tuning chose, if it has run.

    Writes `learners.json` and the table `learners.md` beside the folder of the trials.
    """
    from orchestrator.benchmarks.learners.table import markdown

    check(settings)
    outcomes = _outcomes(settings)
    tuned = {o.learner: o.hyperparameters for o in outcomes if o.chosen}
    trials = [
        {
            settings.out / "learners" / f"{learner}-seed{seed}.json": settings.spec(
                learner, seed, settings.seconds, tuned.get(learner, GRIDS[learner][0])
            )
            for seed in settings.seeds
        }
        for learner in settings.learners
    ]
    results = _run_all(_in_turn(trials), settings.overwrite)
    summaries = [
        _summary([r for r in results if r.spec.learner == learner], learner in tuned)
        for learner in settings.learners
    ]
    result = LearnersResult(
        name="learners",
        machine=this_machine(settings.config.threads),
        command=command_line(),
        figures={name: value for summary in summaries for name, value in _figures(summary).items()},
        learners=tuple(summaries),
        tuning=tuple(outcomes),
        trials=tuple(results),
    )
    result.write(settings.out / "learners.json")
    (settings.out / "learners.md").write_text(markdown(result))
    return result


def _in_turn(groups: Sequence[dict[Path, TrialSpec]]) -> list[tuple[Path, TrialSpec]]:
    """The first of every group, then the second of every group, and so on."""
    rows = zip_longest(*(group.items() for group in groups))
    return [trial for row in rows for trial in row if trial is not None]


def _run_all(trials: Iterable[tuple[Path, TrialSpec]], overwrite: bool) -> list[TrialResult]:
    trials = list(trials)
    found = {path: None if overwrite else _read(path, spec) for path, spec in trials}
    return [found[path] or _run(path, spec) for path, spec in trials]


def _read(path: Path, spec: TrialSpec) -> TrialResult | None:
    """The result that is already there.

    Raises:
        InputError: it is of another trial.
    """
    if not path.exists():
        return None
    try:
        result = TrialResult.model_validate_json(path.read_text())
    except ValidationError as error:
        raise InputError(path, "is no result of a trial; --overwrite replaces it") from error
    if result.spec != spec:
        raise InputError(path, "was measured with other settings; --overwrite measures it again")
    return result


def _run(path: Path, spec: TrialSpec) -> TrialResult:
    path.parent.mkdir(parents=True, exist_ok=True)
    # GitPython, which rsl_rl imports, fails where there is no git unless it is told to be quiet.
    environment = os.environ | {"GIT_PYTHON_REFRESH": "quiet"}
    if spec.config.threads:
        environment["OMP_NUM_THREADS"] = str(spec.config.threads)
    command = [sys.executable, "-m", "orchestrator.benchmarks.learners.trial", str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        assert process.stdin is not None
        try:
            process.stdin.write(spec.model_dump_json() + "\n")
            process.stdin.flush()
            code = process.wait()
        except BaseException:
            process.kill()
            raise
    if code:
        raise RuntimeError(f"{spec.learner}, seed {spec.seed}: the trial's process ended with code {code}")
    return TrialResult.model_validate_json(path.read_text())


def _outcomes(settings: Settings) -> list[TuningOutcome]:
    """What tuning found, for the learners whose whole grid has been tried."""
    outcomes: list[TuningOutcome] = []
    for learner in settings.learners:
        results = [_read(path, spec) for path, spec in settings.tuning(learner).items()]
        whole = [result for result in results if result is not None]
        if len(whole) < len(results):
            continue
        best = min(range(len(whole)), key=lambda index: whole[index].final.metrics[DISTANCE])
        outcomes += [
            TuningOutcome(
                learner=learner,
                hyperparameters=result.spec.hyperparameters,
                distance_mm=1000 * result.final.metrics[DISTANCE],
                success_rate=result.final.success_rate,
                chosen=index == best,
            )
            for index, result in enumerate(whole)
        ]
    return outcomes


def _summary(trials: Sequence[TrialResult], tuned: bool) -> LearnerSummary:
    return LearnerSummary(
        learner=trials[0].spec.learner,
        tuned=tuned,
        hyperparameters=trials[0].spec.hyperparameters,
        seeds=[t.spec.seed for t in trials],
        seconds_to_half_success=[t.seconds_to(HALF) for t in trials],
        final_success=[t.final.success_rate for t in trials],
        final_distance_mm=[1000 * t.final.metrics[DISTANCE] for t in trials],
        steps_per_second=statistics.fmean(t.final.steps / t.final.seconds for t in trials),
        collect_seconds=statistics.fmean(t.collect_seconds for t in trials),
        update_seconds=statistics.fmean(t.update_seconds for t in trials),
    )


def _figures(summary: LearnerSummary) -> dict[str, float]:
    """Means over the seeds; the time to 50% only where every seed got there."""
    figures = {
        "final_success": statistics.fmean(summary.final_success),
        "final_distance_mm": statistics.fmean(summary.final_distance_mm),
        "steps_per_second": summary.steps_per_second,
    }
    times = [seconds for seconds in summary.seconds_to_half_success if seconds is not None]
    if len(times) == len(summary.seeds):
        figures["seconds_to_half_success"] = statistics.fmean(times)
    return {f"{summary.learner}_{name}": value for name, value in figures.items()}
