"""What MuJoCo Warp does here, on a GPU or on Warp's CPU device: beside a bare loop of it, drawing, and training.

Stepping and training have a process of their own for each config and number of worlds: memory is all training's.
"""

import os
import resource
import statistics
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

import torch
from torch import Tensor

from envs.cameras.painter import Painter, View
from envs.env import TaskEnv
from envs.physics.warp import INTEGRATION, WarpPhysics
from envs.registry import TASKS, make_task
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
        steps of environments and of training per second, `frames_per_second` of one camera, and
        `training_memory_bytes`. Cases that fail are left out, with a warning.
    """
    counts = worlds or WORLDS["cuda" if torch.cuda.is_available() else "cpu"]
    cases = [(name, count, part) for name in configs for count in counts for part in (stepping, training)]
    figures: Figures = {}
    for index, (name, count, part) in enumerate(cases):
        config = configs[name].model_copy(update={"worlds": count, "backend": "warp"})
        try:
            found = _alone(part, config, seconds)
        except (RuntimeError, BrokenProcessPool) as error:  # out of memory, or of contacts
            warnings.warn(f"{name}, {count} worlds: {error}; left out", stacklevel=1)
            continue
        figures |= {f"{name}_{count}_{figure}": value for figure, value in found.items()}
        if progress:
            progress((index + 1) / len(cases))
    return BenchmarkResult(name="warp", machine=this_machine(), command=command_line(), figures=figures)


def _alone(
    part: Callable[[TrainConfig, float], Figures], config: TrainConfig, seconds: float
) -> dict[str, float]:
    """Measure in a process of its own; what it prints is no result."""
    with ProcessPoolExecutor(
        1, mp_context=get_context("spawn"), initializer=os.dup2, initargs=(2, 1)
    ) as process:
        return process.submit(part, config, seconds).result()


def stepping(config: TrainConfig, seconds: float) -> Figures:
    """Physics beside a bare loop, frames, and environments."""
    env = TaskEnv(make_task(config.task, config.task_config), config.worlds, backend="warp", autoreset=False)
    env.reset()
    physics, substeps = env.physics, config.task_config.rates.substeps
    assert isinstance(physics, WarpPhysics)
    start, (actions, controls) = physics.get_state(), _random_steps(env)
    bare = BareLoop(physics, substeps)
    runs = (warp_steps(physics, substeps, start, controls), bare.repeated(start, controls))
    steps = config.worlds * substeps * _CONTROLS
    ours, theirs = (steps * rate for rate in _in_turns(runs, seconds))
    bare.check()
    frames = _frames_per_second(config, physics, seconds)
    worlds = TaskEnv(make_task(config.task, config.task_config), config.worlds, backend="warp")
    worlds.reset()

    def act() -> None:
        for action in actions:
            worlds.step(action)

    (rate,) = _in_turns((act,), seconds)
    return {
        "world_steps_per_second": ours,
        "bare_world_steps_per_second": theirs,
        "of_bare": ours / theirs,
        "frames_per_second": frames,
        "env_steps_per_second": config.worlds * _CONTROLS * rate,
    }


def training(config: TrainConfig, seconds: float) -> Figures:
    """Whole iterations of the config's learner, and the memory that they take."""
    before = _memory()
    trainer = Trainer(config)
    (rate,) = _in_turns((trainer.iterate,), seconds)
    return {
        "training_steps_per_second": config.worlds * config.rollout_steps * rate,
        "training_memory_bytes": _memory() - before,
    }


class BareLoop:
    """MuJoCo Warp's step and nothing else, of the same models with buffers of the same sizes.

    On CUDA a control step is one graph.
    """

    def __init__(self, physics: WarpPhysics, substeps: int) -> None:
        self._device, self._substeps = wp.get_device(wp.device_from_torch(physics.device)), substeps
        with wp.ScopedDevice(self._device):
            self._model = physics.device_model
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

    def check(self) -> None:
        """Make sure that it was the same work.

        Raises:
            RuntimeError: contacts or constraints were dropped.
        """
        if wp.to_torch(self._data.overflow).any():
            raise RuntimeError("the bare loop dropped contacts or constraints")

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


def _random_steps(env: TaskEnv) -> tuple[Tensor, Tensor]:
    """Random actions (steps, nworld, actions), and what they come to from here on, (steps, nworld, nu)."""
    generator = torch.Generator(env.device).manual_seed(0)
    shape = (_CONTROLS, env.nworld, env.action_size)
    actions = 2 * torch.rand(shape, generator=generator, device=env.device) - 1
    controls = []
    for action in actions:
        env.step(action)
        controls.append(env.physics.field("ctrl").clone())
    return actions, torch.stack(controls)


def _frames_per_second(config: TrainConfig, physics: WarpPhysics, seconds: float) -> float:
    """Of one camera of the task, or of the same task by eye, in the states that the worlds are in."""
    name = _SEEN.get(config.task, config.task)
    given = config.task_config.model_dump(exclude_unset=True)
    task = make_task(name, TASKS[name].config_type.model_validate(given))
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


def _memory() -> float:
    """In use on the GPU, whoever uses it, bytes; on a CPU the most that this process had."""
    if torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()
        return float(total - free)
    return 1024.0 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
