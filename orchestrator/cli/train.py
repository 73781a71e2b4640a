"""`optimus train`: train a policy into a run directory."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.options import AsJson
from orchestrator.cli.output import only_results_on_stdout, print_result
from orchestrator.errors import InputError

if TYPE_CHECKING:
    from orchestrator.records import TrainResult
    from orchestrator.training.config import TrainConfig
    from orchestrator.training.loop import Learning
    from orchestrator.training.progress import Progress
    from orchestrator.training.run_directory import RunDirectory


def train(
    config: Annotated[
        str | None,
        typer.Argument(metavar="CONFIG", help="A name under configs/ or a path to a YAML file."),
    ] = None,
    run_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the run goes.", show_default="runs/CONFIG-TIME")
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the config, as in ppo.gamma=0.9."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --run-dir.")] = False,
    go_on: Annotated[
        bool,
        typer.Option(
            "--go-on", help="Go on with the run where it has begun, here or in its store; else begin it."
        ),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the run that is already there.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Train a policy into a run directory."""
    _check_options(config, run_dir, overrides, resume, overwrite, go_on)
    with only_results_on_stdout():
        # Imported late: `optimus --help` should not wait for torch and MuJoCo.
        from orchestrator.cli.progress import training_progress
        from orchestrator.training.loop import train as run_training

        if go_on and run_dir is not None:
            resume = _has_begun(run_dir, str(config), overrides or [])
        if resume and run_dir is not None:
            run, trainer = _resumed(run_dir, None if go_on else config)
        else:
            run, trainer = _created(str(config), run_dir, overrides or [], overwrite)
        with run:
            try:
                resolved, progress = trainer.config, training_progress()
                with _examined_beside(resolved, run):
                    if resolved.workers > 1:
                        del trainer  # it has shown that it can be built: the workers have worlds of their own
                        result = _trained_by_workers(resolved, run, progress)
                    else:
                        result = run_training(trainer, run, resume=resume, progress=progress)
                _write_report(run, resolved)
            except KeyboardInterrupt:
                print(
                    f"interrupted; go on with: optimus train --resume --run-dir {run.path}", file=sys.stderr
                )
                raise
    lines = [
        f"run      {result.run_dir}",
        f"trained  {result.steps:,} steps in {result.seconds:,.1f} s",
        f"weights  sha256 {result.weights_sha256}",
    ]
    print_result(result, lines, as_json=as_json)


def _check_options(
    config: str | None,
    run_dir: Path | None,
    overrides: list[str] | None,
    resume: bool,
    overwrite: bool,
    go_on: bool,
) -> None:
    if go_on and (resume or overwrite):
        raise InputError("train --go-on", "cannot go with --resume or --overwrite")
    if go_on and run_dir is None:
        raise InputError("train --go-on", "expected --run-dir, the run to begin or to go on with")
    if resume and overwrite:
        raise InputError("train --resume", "cannot go with --overwrite")
    if resume and overrides:
        raise InputError("train --resume", "cannot go with --set: a run goes on with its own config")
    if resume and run_dir is None:
        raise InputError("train --resume", "expected --run-dir, the run to go on with")
    if not resume and config is None:
        raise InputError("train", "expected a config's name or a YAML file")


def _created(
    config: str, run_dir: Path | None, overrides: list[str], overwrite: bool
) -> "tuple[RunDirectory, Learning]":
    from orchestrator.config_files import dump_config, find_config, load_config
    from orchestrator.provenance import run_info
    from orchestrator.selfplay.config import run_schema
    from orchestrator.training.run_directory import RunDirectory
    from orchestrator.training.store import RunStore

    path = find_config(config)
    resolved = load_config(config, overrides, run_schema(config, overrides))
    place = run_dir or Path("runs") / f"{path.stem}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    # Everything is checked, and all is built, before anything is written.
    RunDirectory.check_creatable(place, overwrite=overwrite)
    trainer = _built(resolved, path)
    if resolved.workers > 1:
        from orchestrator.training.scale_out import connect

        connect(resolved)
    store = RunStore.of(resolved.store, place) if resolved.store else None
    if store is not None:
        store.check_creatable(overwrite=overwrite)
    info = run_info(resolved.task, resolved.seed, threads=resolved.threads)
    run = RunDirectory.create(place, dump_config(resolved), info, overwrite=overwrite)
    if store is not None:
        store.prune(0)
    return run, trainer


def _has_begun(run_dir: Path, config: str, overrides: list[str]) -> bool:
    """Whether there is a run to go on with; one that only its store has is fetched."""
    from orchestrator.config_files import load_config
    from orchestrator.selfplay.config import run_schema
    from orchestrator.training.run_directory import RunDirectory
    from orchestrator.training.store import RunStore, StoreError

    resolved = load_config(config, overrides, run_schema(config, overrides))
    if not RunDirectory.is_run(run_dir):
        RunDirectory.check_creatable(run_dir)
    if resolved.store is not None:
        try:
            return RunStore.of(resolved.store, run_dir).restore(run_dir)
        except StoreError as error:
            raise InputError("store", str(error)) from error
    return RunDirectory.is_run(run_dir)


def _resumed(run_dir: Path, config: str | None) -> "tuple[RunDirectory, Learning]":
    from orchestrator.config_files import load_config
    from orchestrator.evaluation.report import check_report
    from orchestrator.selfplay.config import run_schema
    from orchestrator.selfplay.tournament import read_tournament
    from orchestrator.training.run_directory import RunDirectory

    # Everything is checked before the run is opened for writing.
    run = RunDirectory.open(run_dir)
    resolved = load_config(run.config_path, [], run_schema(run.config_path, []))
    if config is not None:
        given = load_config(config, [], run_schema(config, []))
        if given.task != resolved.task:
            raise InputError(run_dir, f"is a run of task {resolved.task!r}, {config} is of {given.task!r}")
        if given != resolved:
            warnings.warn(f"{config} is not what {run_dir} began with; its own config holds", stacklevel=2)
    check_report(run)
    read_tournament(run)
    trainer = _built(resolved, run.config_path)
    return RunDirectory.open(run_dir, write=True), trainer


def _built(config: "TrainConfig", path: Path) -> "Learning":
    """Worlds and networks; what the config asks for and cannot be built is wrong input."""
    from orchestrator.selfplay.config import SelfPlayConfig
    from orchestrator.selfplay.goals.trainer import GoalTrainer
    from orchestrator.selfplay.trainer import LeagueTrainer
    from orchestrator.training.trainer import Trainer

    try:
        if isinstance(config, SelfPlayConfig):
            return LeagueTrainer(config)
        return GoalTrainer(config) if config.goal_play else Trainer(config)
    except (ValueError, RuntimeError) as error:
        raise InputError(path, f"cannot be built: {error}") from error


@contextmanager
def _examined_beside(config: "TrainConfig", run: "RunDirectory") -> Iterator[None]:
    """Have each checkpoint evaluated while training goes on, where the config asks for it."""
    if not config.heldout_episodes:
        yield
        return
    from orchestrator.evaluation.beside import Beside, examine_episodes, own_process, spare_cpu
    from orchestrator.selfplay.config import SelfPlayConfig
    from orchestrator.selfplay.examine import examine_league
    from orchestrator.training.store import RunStore

    count = config.heldout_episodes
    of_matches = isinstance(config, SelfPlayConfig)
    examine = (
        partial(examine_league, games=count) if of_matches else partial(examine_episodes, episodes=count)
    )
    if config.workers == 1:
        with own_process() as submit, Beside(run, examine, submit):
            yield
        return
    store = RunStore.of(config.store, run.path) if config.store else None
    with Beside(run, examine, spare_cpu(), store):
        yield


def _trained_by_workers(config: "TrainConfig", run: "RunDirectory", progress: "Progress") -> "TrainResult":
    """Train on Ray; a league is kept beside the workers."""
    from orchestrator.selfplay.config import SelfPlayConfig
    from orchestrator.training.scale_out import connect, train_scaled
    from orchestrator.training.trainer import Trainer

    if not isinstance(config, SelfPlayConfig):
        return train_scaled(config, run, progress, Trainer)
    from orchestrator.selfplay.scale_out import league_workers

    connect(config)
    return train_scaled(config, run, progress, league_workers(config, run))


def _write_report(run: "RunDirectory", config: "TrainConfig") -> None:
    """The run's page: a league's has standings where another has evaluated episodes."""
    from orchestrator.evaluation.report import write_report
    from orchestrator.selfplay.config import SelfPlayConfig
    from orchestrator.selfplay.goals.gallery import write_gallery
    from orchestrator.selfplay.report import write_league_report

    if isinstance(config, SelfPlayConfig):
        write_league_report(run)
        return
    if config.goal_play:
        write_gallery(run, config)
    write_report(run)
