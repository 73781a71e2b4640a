"""What MuJoCo Warp does here, on a GPU or on Warp's CPU device: beside a bare loop of it, drawing, and training.

Each case, a config with so many worlds, has a process of its own: its memory is all its own.
"""

import resource
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import torch
from torch import Tensor

from envs.cameras.painter import Painter, View
from envs.env import TaskEnv
from envs.physics.warp import INTEGRATION, WarpPhysics
from envs.registry import make_task
from envs.warp_runtime import mjw, wp
from orchestrator.evaluation.progress import ShareCallback
from orchestrator.provenance import command_line, this_machine
from orchestrator.records import BenchmarkResult
from orchestrator.training.config import TrainConfig
from orchestrator.training.trainer import Trainer

CONFIGS = ("hand-reach", "hand-reorient", "humanoid-stand")
"""A hand, a hand with a cube, and a humanoid."""

WORLDS = {"cuda": (512, 1024, 2048, 4096, 8192, 16384), "cpu": (4, 16)}
"""Worlds that are stepped at once, by the device that there is."""

_SEEN = {"hand-reach": "hand-reach-visual", "hand-reorient": "hand-reorient-visual"}
"""Tasks by eye, by the tasks that are told all; others have eyes of their own."""

_PIXELS = 64
_CONTROLS = 10
"""Control steps from the start that are repeated."""

_ROUNDS = 3

Figures = dict[str, float]


def warp_benchmark(
    configs: dict[str, TrainConfig],
    worlds: Sequence[int],
    seconds: float,
    progress: ShareCallback | None = None,
) -> BenchmarkResult:
    """Measure every config with every number of worlds.

    Args:
        configs: by name; their `worlds` and `backend` are replaced.
        worlds: stepped at once; none: those that fit the device.
        seconds: that each measurement takes at least.
        progress: told how far it has come.

    Returns:
        By config and worlds: `world_steps_per_second` of the physics and what share of a bare loop's they are; control
        steps of environments and of training per second, `frames_per_second` of one camera, and `memory_bytes`.
    """
    counts = worlds or WORLDS["cuda" if torch.cuda.is_available() else "cpu"]
    cases = [(name, count) for name in configs for count in counts]
    figures: Figures = {}
    for index, (name, count) in enumerate(cases):
        config = configs[name].model_copy(update={"worlds": count, "backend": "warp"})
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
            found = alone.submit(measure, config, seconds).result()
        figures |= {f"{name}_{count}_{figure}": value for figure, value in found.items()}
        if progress:
            progress((index + 1) / len(cases))
    return BenchmarkResult(name="warp", machine=this_machine(), command=command_line(), figures=figures)


def measure(config: TrainConfig, seconds: float) -> Figures:
    """One case, in the process that calls."""
    env = TaskEnv(make_task(config.task, config.task_config), config.worlds, backend="warp", autoreset=False)
    env.reset()
    physics, substeps = env.physics, config.task_config.rates.substeps
    assert isinstance(physics, WarpPhysics)
    start, controls = physics.get_state(), _random_controls(env)
    bare = BareLoop(physics, substeps)
    runs = (warp_steps(physics, substeps, start, controls), bare.repeated(start, controls))
    steps = config.worlds * substeps * len(controls)
    ours, theirs = (steps * rate for rate in _in_turns(runs, seconds))
    figures = {
        "world_steps_per_second": ours,
        "bare_world_steps_per_second": theirs,
        "of_bare": ours / theirs,
        "frames_per_second": _frames_per_second(config, physics, seconds),
    }
    trainer = Trainer(config)
    trainer.iterate()
    actions = 2 * torch.rand(config.worlds, env.action_size, device=env.device) - 1
    (env_rate,) = _in_turns((lambda: trainer.env.step(actions),), seconds)
    (train_rate,) = _in_turns((trainer.iterate,), seconds)
    return figures | {
        "env_steps_per_second": config.worlds * env_rate,
        "training_steps_per_second": config.worlds * config.rollout_steps * train_rate,
        "memory_bytes": _memory(physics.device),
    }


class BareLoop:
    """MuJoCo Warp's step and nothing else, with buffers of the same sizes; on CUDA a control step is one graph."""

    def __init__(self, physics: WarpPhysics, substeps: int) -> None:
        self._device, self._substeps = wp.get_device(wp.device_from_torch(physics.device)), substeps
        with wp.ScopedDevice(self._device):
            self._model = mjw.put_model(physics.model)
            self._data = mjw.make_data(physics.model, nworld=physics.nworld, **physics.sizes)
            self._graph = None
            if self._device.is_cuda:
                self._launch()  # compiles what is not compiled yet, which no capture may do
                with wp.ScopedCapture() as capture:
                    self._launch()
                self._graph = capture.graph

    def repeated(self, start: Tensor, controls: Tensor) -> Callable[[], None]:
        """See `warp_steps`."""
        state, ctrl = wp.from_torch(start), wp.to_torch(self._data.ctrl)

        def once() -> None:
            with wp.ScopedDevice(self._device):
                mjw.set_state(self._model, self._data, state, INTEGRATION)  # pyright: ignore[reportArgumentType]
                for control in controls:
                    ctrl.copy_(control)
                    wp.capture_launch(self._graph) if self._graph else self._launch()

        return once

    def qpos(self) -> Tensor:
        """Positions of every world, (nworld, nq)."""
        return wp.to_torch(self._data.qpos)

    def _launch(self) -> None:
        for _ in range(self._substeps):
            mjw.step(self._model, self._data)


def warp_steps(physics: WarpPhysics, substeps: int, start: Tensor, controls: Tensor) -> Callable[[], None]:
    """Some control steps from the same start.

    Args:
        physics: the worlds.
        substeps: physics steps of a control step.
        start: state, (nworld, mjSTATE_INTEGRATION).
        controls: of each control step, (steps, nworld, nu).
    """
    ctrl = physics.field("ctrl")

    def once() -> None:
        physics.set_state(start)
        for control in controls:
            ctrl.copy_(control)
            physics.step(substeps)

    return once


def _random_controls(env: TaskEnv) -> Tensor:
    """What random actions come to in the first control steps, (steps, nworld, nu)."""
    generator, controls = torch.Generator(env.device).manual_seed(0), []
    for _ in range(_CONTROLS):
        shape = (env.nworld, env.action_size)
        env.step(2 * torch.rand(shape, generator=generator, device=env.device) - 1)
        controls.append(env.physics.field("ctrl").clone())
    return torch.stack(controls)


def _frames_per_second(config: TrainConfig, physics: WarpPhysics, seconds: float) -> float:
    """Of one camera of the task, or of the same task by eye, in the states that the worlds are in."""
    seen = _SEEN.get(config.task)
    task = make_task(seen) if seen else make_task(config.task, config.task_config)
    model = task.build_picture().compile()
    cuda = physics.device.type == "cuda"
    view = View(model.camera(0).name, _PIXELS, _PIXELS)
    painter = Painter(model, [view], capacity=physics.nworld if cuda else 64, device=str(physics.device))
    qpos = physics.field("qpos").clone()
    (rate,) = _in_turns((lambda: painter.draw(qpos),), seconds)
    return physics.nworld * rate


def _in_turns(runs: Sequence[Callable[[], object]], seconds: float) -> list[float]:
    """How often a second each can be done: medians of rounds in which they take turns, after one to warm up."""
    for run in runs:
        run()
    rounds = [[_rate(run, seconds / _ROUNDS) for run in runs] for _ in range(_ROUNDS)]
    return [statistics.median(rates) for rates in zip(*rounds, strict=True)]


def _rate(run: Callable[[], object], seconds: float) -> float:
    wp.synchronize()
    count, start = 0, time.perf_counter()
    while count == 0 or time.perf_counter() - start < seconds:
        run()
        # or launches that are waiting would count as done
        wp.synchronize()
        count += 1
    return count / (time.perf_counter() - start)


def _memory(device: torch.device) -> float:
    """In use on a GPU, bytes; on a CPU the most that this process had."""
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        return float(total - free)
    return 1024.0 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
