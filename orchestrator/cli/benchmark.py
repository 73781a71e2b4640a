"""`optimus benchmark`: figures of this machine."""

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli.commands import command_group
from orchestrator.cli.options import AsJson, Overrides, Seconds
from orchestrator.cli.output import only_results_on_stdout, print_result
from orchestrator.errors import InputError
from orchestrator.records import BenchmarkResult

benchmark = command_group("benchmark", "Measure this machine.")

Seeing = Annotated[
    str, typer.Option(metavar="CONFIG", help="A policy that sees: a name under configs/ or a YAML file.")
]


@benchmark.command()
def throughput(
    config: Annotated[
        str, typer.Option(metavar="CONFIG", help="Task and rates: a name under configs/ or a YAML file.")
    ] = "hand-reach",
    overrides: Overrides = None,
    worlds: Annotated[
        int | None,
        typer.Option(min=1, max=1_000_000, help="Stepped at once.", show_default="the config's"),
    ] = None,
    seconds: Seconds = 5.0,
    as_json: AsJson = False,
) -> None:
    """Control steps per second: the vector environment, the bare engine, Gymnasium's processes."""
    with only_results_on_stdout():
        from orchestrator.benchmarks.throughput import throughput as measure
        from orchestrator.config_files import load_config
        from orchestrator.training.config import TrainConfig

        asked = [] if worlds is None else [f"worlds={worlds}"]
        result = measure(load_config(config, [*(overrides or []), *asked], TrainConfig), seconds)
    _print_figures(result, as_json=as_json)


@benchmark.command()
def overhead(
    features: Annotated[
        list[str], typer.Argument(metavar="KEY=VALUE...", help="Features, as in task_config.heat=true.")
    ],
    config: Annotated[
        str,
        typer.Option(metavar="CONFIG", help="What they are added to: a name under configs/ or a YAML file."),
    ] = "hand-reach",
    overrides: Overrides = None,
    seconds: Seconds = 5.0,
    as_json: AsJson = False,
) -> None:
    """What features cost: control steps per second without and with them."""
    with only_results_on_stdout():
        from orchestrator.benchmarks.throughput import overhead as measure
        from orchestrator.config_files import load_config
        from orchestrator.training.config import TrainConfig

        both = overrides or []
        plain, full = (load_config(config, keys, TrainConfig) for keys in (both, [*both, *features]))
        result = measure(plain, full, seconds)
    _print_figures(result, as_json=as_json)


@benchmark.command()
def matches(
    config: Annotated[
        str, typer.Option(metavar="CONFIG", help="A match: a name under configs/ or a YAML file.")
    ] = "hand-tug",
    overrides: Overrides = None,
    steps: Annotated[int, typer.Option(min=1, max=100_000, help="Control steps of each measurement.")] = 36,
    as_json: AsJson = False,
) -> None:
    """What matches cost beside their physics, and eight policies in play beside one."""
    with only_results_on_stdout():
        from orchestrator.benchmarks.matches import match_costs
        from orchestrator.config_files import load_config
        from orchestrator.selfplay.config import SelfPlayConfig

        result = match_costs(load_config(config, overrides or [], SelfPlayConfig), steps)
    _print_figures(result, as_json=as_json)


@benchmark.command()
def motors(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="MOTOR...", help="Names under configs/motors/ or YAML files; all by default."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Simulated motors beside their data sheets, at fine and at training's physics steps."""
    with only_results_on_stdout():
        from hand_model.motors import motor_names
        from orchestrator.benchmarks.motors import markdown, motor_benchmark

        result = motor_benchmark(names or motor_names())
    print_result(result, [markdown(result)], as_json=as_json)


@benchmark.command()
def cameras(
    config: Annotated[
        str, typer.Option(metavar="CONFIG", help="Task with cameras: a name under configs/ or a YAML file.")
    ] = "hand-reach-visual",
    overrides: Overrides = None,
    worlds: Annotated[int, typer.Option(min=1, max=100_000, help="Drawn at once.")] = 128,
    seconds: Seconds = 5.0,
    as_json: AsJson = False,
) -> None:
    """Frames per second beside MuJoCo's OpenGL renderer on EGL, effects off, and how alike the pictures are."""
    with only_results_on_stdout():
        from orchestrator.benchmarks.cameras import camera_benchmark
        from orchestrator.config_files import load_config
        from orchestrator.training.config import TrainConfig

        result = camera_benchmark(load_config(config, overrides or [], TrainConfig), seconds, worlds)
    _print_figures(result, as_json=as_json)


@benchmark.command()
def inference(
    config: Seeing = "hand-reach-visual",
    overrides: Overrides = None,
    controls: Annotated[int, typer.Option(min=1, max=10_000_000, help="Timed of each.")] = 100_000,
    as_json: AsJson = False,
) -> None:
    """Latency of a control on one CPU core with two 64 x 64 and four 128 x 128 cameras, and its operations."""
    with only_results_on_stdout():
        from orchestrator.benchmarks.inference import inference_benchmark
        from orchestrator.cli.progress import share_progress
        from orchestrator.config_files import load_config
        from orchestrator.training.config import TrainConfig

        loaded = load_config(config, overrides or [], TrainConfig)
        with share_progress("timed") as progress:
            result = inference_benchmark(loaded, controls, progress)
    _print_figures(result, as_json=as_json)


@benchmark.command()
def encoder(
    config: Seeing = "hand-reach-visual",
    overrides: Overrides = None,
    samples: Annotated[int, typer.Option(min=1, max=100_000, help="In a minibatch.")] = 64,
    seconds: Seconds = 5.0,
    as_json: AsJson = False,
) -> None:
    """A minibatch through the encoder and back, in both precisions, compiled and not."""
    with only_results_on_stdout():
        from orchestrator.benchmarks.encoder import encoder_benchmark
        from orchestrator.cli.progress import share_progress
        from orchestrator.config_files import load_config
        from orchestrator.training.config import TrainConfig

        loaded = load_config(config, overrides or [], TrainConfig)
        with share_progress("measured") as progress:
            result = encoder_benchmark(loaded, samples, seconds, progress)
    _print_figures(result, as_json=as_json)


@benchmark.command()
def warp(
    configs: Annotated[
        list[str] | None, typer.Option("--config", metavar="CONFIG", help="Several can be given.")
    ] = None,
    worlds: Annotated[
        list[int] | None, typer.Option(min=1, max=1_000_000, help="Several can be given.")
    ] = None,
    seconds: Seconds = 5.0,
    as_json: AsJson = False,
) -> None:
    """MuJoCo Warp on the GPU, or on Warp's CPU device: beside a bare loop, drawing, training, and its memory.

    By default a hand, a hand with a cube and a humanoid, in 512 to 16,384 worlds, or in 4 and 16 without a GPU.
    """
    with only_results_on_stdout():
        from orchestrator.benchmarks.warp import CONFIGS, warp_benchmark
        from orchestrator.cli.progress import share_progress
        from orchestrator.config_files import load_config
        from orchestrator.training.config import TrainConfig

        loaded = {name: load_config(name, [], TrainConfig) for name in configs or CONFIGS}
        with share_progress("measured") as progress:
            result = warp_benchmark(loaded, worlds or (), seconds, progress)
    _print_figures(result, as_json=as_json)


@benchmark.command()
def parity(
    states: Annotated[int, typer.Option(min=1, max=100_000, help="Of each scene.")] = 1000,
    as_json: AsJson = False,
) -> None:
    """The two physics backends, one forward pass and one step from the same states, in tolerances."""
    with only_results_on_stdout():
        from orchestrator.benchmarks.parity import markdown, parity_benchmark, scene_configs

        result = parity_benchmark(scene_configs(), states)
    print_result(result, [markdown(result)], as_json=as_json)


@benchmark.command()
def learners(
    learners: Annotated[
        str, typer.Option("--learners", metavar="NAMES", help="Separated by commas.")
    ] = "ours,rsl-rl,sb3,sb3-sac,ours-summed",
    seeds: Annotated[str, typer.Option(metavar="SEEDS", help="Separated by commas.")] = "0,1,2",
    seconds: Annotated[
        float, typer.Option(min=0.01, max=86_400, help="Of training, per learner and seed.")
    ] = 240.0,
    every: Annotated[
        float, typer.Option(min=0.01, max=86_400, help="Training seconds between evaluations.")
    ] = 15.0,
    episodes: Annotated[
        int, typer.Option(min=1, max=100_000, help="Held-out episodes in an evaluation.")
    ] = 500,
    worlds: Annotated[int, typer.Option(min=1, max=1_000_000, help="Stepped at once.")] = 1024,
    threads: Annotated[int, typer.Option(min=1, max=1024, help="Of physics and networks.")] = 2,
    tune: Annotated[bool, typer.Option("--tune", help="Only try each learner's hyperparameters.")] = False,
    tune_seconds: Annotated[float, typer.Option(min=0.01, max=86_400, help="Of training, per try.")] = 60.0,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the results go.")] = Path(
        "benchmarks/results"
    ),
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Measure again what is already there.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Our PPO beside its peers' on hand-reach: time to 50% held-out success, and success at the end.

    Goes on where it was interrupted. `make benchmark-env` installs the peers into .venv-benchmark.
    """
    with only_results_on_stdout():
        from orchestrator.benchmarks.learners.benchmark import Settings, compare
        from orchestrator.benchmarks.learners.benchmark import tune as tune_all
        from orchestrator.benchmarks.learners.table import markdown
        from orchestrator.config_files import load_config
        from orchestrator.training.config import TrainConfig

        settings = Settings(
            config=load_config(
                "hand-reach", [f"worlds={worlds}", f"threads={threads}", "backend=cpu"], TrainConfig
            ),
            learners=_names(learners),
            seeds=_seeds(seeds),
            seconds=seconds,
            every=every,
            episodes=episodes,
            tune_seconds=tune_seconds,
            out=out,
            overwrite=overwrite,
        )
        result = tune_all(settings) if tune else compare(settings)
    print_result(result.model_copy(update={"trials": ()}), [markdown(result)], as_json=as_json)


@benchmark.command()
def schedule(
    instances: Annotated[
        Path,
        typer.Option(
            metavar="DIR", help="Instances as in PSPLIB and MMLIB; best_known.csv beside them gives the gaps."
        ),
    ],
    seconds: Annotated[
        float, typer.Option(min=0.05, max=86_400, help="For each instance; less where it is proven.")
    ] = 10.0,
    threads: Annotated[int, typer.Option(min=1, max=2, help="To use.")] = 2,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Of everything random.")] = 0,
    plain: Annotated[
        bool, typer.Option("--plain/--no-plain", help="Also let CP-SAT alone solve each in the same time.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """The scheduler on published instances: makespans, bounds, gaps to the best known."""
    with only_results_on_stdout():
        from orchestrator.benchmarks.schedule import schedule_benchmark
        from orchestrator.cli.progress import share_progress

        with share_progress("solved") as progress:
            result = schedule_benchmark(
                instances, seconds, threads=threads, seed=seed, plain=plain, progress=progress
            )
    rows = [
        f"{file:<24}{r.makespan:>7}  bound {r.bound:>6}"
        + ("" if r.gap_percent is None else f"  gap {r.gap_percent:6.2f}%")
        for file, r in result.instances.items()
    ]
    figures = [f"{name}  {value:,.4g}" for name, value in result.figures.items()]
    print_result(result, [*rows, *figures], as_json=as_json)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not names:
        raise InputError("--learners", "expected at least one name")
    return names


def _seeds(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and int(part) < 2**32 for part in parts):
        raise InputError(
            f"--seeds {text}", "expected whole numbers from 0 to 4294967295, separated by commas"
        )
    return tuple(dict.fromkeys(map(int, parts)))


def _print_figures(result: BenchmarkResult, *, as_json: bool) -> None:
    width = max(map(len, result.figures))
    lines = [f"{name:<{width}}  {value:,.4g}" for name, value in result.figures.items()]
    print_result(result, lines, as_json=as_json)
