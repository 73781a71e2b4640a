"""How fast cameras draw, beside MuJoCo's OpenGL renderer on the same states, and how alike the pictures are."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Self

import mujoco
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from envs.cameras.painter import Painter, View
from envs.cpus import available_cpus
from envs.env import TaskEnv
from envs.registry import make_task
from envs.task import TaskConfig
from orchestrator.errors import InputError
from orchestrator.provenance import command_line, this_machine
from orchestrator.records import BenchmarkResult
from orchestrator.training.config import TrainConfig

_ROUNDS = 3


def camera_benchmark(config: TrainConfig, seconds: float, worlds: int = 128) -> BenchmarkResult:
    """Measure frames per second of one camera, by wall clock and by CPU time, taking turns.

    Where OpenGL cannot be had, its figures are left out.

    Args:
        config: of a task with cameras; the first is drawn, without shadows.
        seconds: that each measurement takes.
        worlds: states that are drawn.

    Raises:
        InputError: the task has no cameras.
    """
    if config.task_config.cameras is None:
        raise InputError(config.task, "has no cameras; try hand-reach-visual")
    camera = config.task_config.cameras.cameras[0]
    model, qpos, mocap = picture_and_states(config.task, config.task_config, worlds)
    views = [View(camera.name, camera.width, camera.height)]
    painter = Painter(model, views, capacity=-(-worlds // available_cpus()))
    figures = {"worlds": float(worlds), "width": float(camera.width), "height": float(camera.height)}
    with tempfile.TemporaryDirectory() as folder:
        mujoco.mj_saveModel(model, f"{folder}/model.mjb")
        np.savez(f"{folder}/states.npz", qpos=qpos.numpy(), mocap_pos=mocap.numpy())
        peer = OpenGL.start(Path(folder), camera.name, camera.width)
        painted = [_paint_rate(painter, qpos, mocap, 0.0)]
        drawn: list[tuple[float, float]] = []
        for _ in range(_ROUNDS):
            painted.append(_paint_rate(painter, qpos, mocap, seconds))
            if peer:
                drawn.append(peer.rate(seconds))
        figures |= _rates("painter", painted[1:])
        if peer:
            figures |= _rates("opengl", drawn)
            for kind in ("", "_cpu"):
                rates = (figures[f"{who}_frames_per{kind}_second"] for who in ("painter", "opengl"))
                figures[f"painter_per_opengl{kind}"] = next(rates) / next(rates)
            frames = painter.draw(qpos, mocap)[0]["rgb"].cpu().numpy()
            figures |= likeness(frames, peer.frames())
            peer.stop()
    return BenchmarkResult(name="cameras", machine=this_machine(), command=command_line(), figures=figures)


def picture_and_states(
    task: str, task_config: TaskConfig, worlds: int
) -> tuple[mujoco.MjModel, Tensor, Tensor]:
    """A task's picture, and the states and markers of episodes that begin: (n, nq) and (n, nmocap, 3)."""
    blind = make_task(task, task_config.model_copy(update={"cameras": None}))
    env = TaskEnv(blind, worlds, backend="cpu")
    env.reset()
    goals = blind.goal_points()
    markers = torch.stack(list(goals.values()), dim=1).float() if goals else torch.zeros(worlds, 0, 3)
    return blind.build_picture().compile(), env.physics.field("qpos").clone().float(), markers


def likeness(ours: NDArray[np.uint8], theirs: NDArray[np.uint8]) -> dict[str, float]:
    """How alike two sets of pictures (n, H, W, 3) are: correlations of pixels and of edges, and mean difference."""
    pairs = list(zip(ours.astype(float), theirs.astype(float), strict=True))
    pixels = [_correlation(a, b) for a, b in pairs]
    edges = [_correlation(_edges(a), _edges(b)) for a, b in pairs]
    return {
        "pixel_correlation_mean": statistics.mean(pixels),
        "pixel_correlation_min": min(pixels),
        "edge_correlation_mean": statistics.mean(edges),
        "mean_difference": float(np.mean([np.abs(a - b).mean() for a, b in pairs])) / 255,
    }


class OpenGL:
    """The process that draws with `mujoco.Renderer`."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process, self._folder = process, folder

    @classmethod
    def start(cls, folder: Path, camera: str, size: int) -> Self | None:
        """Start it and wait until it has drawn every state once; none where there is no OpenGL."""
        command = [sys.executable, "-m", "orchestrator.benchmarks.opengl", str(folder), camera, str(size)]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        self = cls(process, folder)
        return self if self._read().strip() == "ready" else None

    def rate(self, seconds: float) -> tuple[float, float]:
        """Frames per second of wall clock and of CPU time."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()
        frames, wall, cpu = map(float, self._read().split())
        return frames / wall, frames / cpu

    def frames(self) -> NDArray[np.uint8]:
        """Every state's picture, (n, H, W, 3)."""
        return np.load(self._folder / "frames.npy")

    def stop(self) -> None:
        """End the process."""
        self._process.communicate()

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


def _paint_rate(painter: Painter, qpos: Tensor, mocap: Tensor, seconds: float) -> tuple[float, float]:
    frames, wall, cpu = 0, time.perf_counter(), time.process_time()
    while frames == 0 or time.perf_counter() - wall < seconds:
        painter.draw(qpos, mocap)
        frames += len(qpos)
    return frames / (time.perf_counter() - wall), frames / (time.process_time() - cpu)


def _rates(who: str, rounds: list[tuple[float, float]]) -> dict[str, float]:
    wall, cpu = (statistics.median(rates) for rates in zip(*rounds, strict=True))
    return {f"{who}_frames_per_second": wall, f"{who}_frames_per_cpu_second": cpu}


def _edges(picture: NDArray[np.float64]) -> NDArray[np.float64]:
    """Differences of neighbouring pixels' brightness, down and across."""
    grey = picture.mean(axis=-1)
    return np.concatenate([np.diff(grey, axis=0).ravel(), np.diff(grey, axis=1).ravel()])


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])
