"""How fast worlds step: the bare engine, this project's vector environment, and Gymnasium's processes.

All three run one model with the same substeps. The bare engine replays the controls that the vector environment
gave, from the state that it was in; the two take turns, so that a busy machine slows both. The processes run a plain
Gymnasium environment of the same model, in NumPy, without reward or reset: the fastest that one can write.
"""

import multiprocessing
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import gymnasium as gym
import mujoco
import numpy as np
import torch
from gymnasium.vector import AsyncVectorEnv
from mujoco.batch import Batch
from numpy.typing import NDArray

from envs.gym.vector import TaskVectorEnv
from envs.registry import make_task
from orchestrator.provenance import command_line, this_machine
from orchestrator.records import BenchmarkResult

Array = NDArray[Any]

WORKERS = (2, 4, 8, 16, 32)
"""Process counts that Gymnasium's environment is tried with."""

_ROUNDS = 3
_REPLAYED_STEPS = 36
_WARMUP_STEPS = 3


def throughput(
    task: str = "hand-reach", worlds: int = 1024, seconds: float = 5.0, workers: Sequence[int] = WORKERS
) -> BenchmarkResult:
    """Measure control steps per second, summed over worlds.

    Args:
        task: name of the task.
        worlds: of the vector environment and of the bare engine.
        seconds: that each measurement takes, s.
        workers: process counts to try, one world in each process.

    Returns:
        Rates, 1/s, and the ratios of the vector environment's rate to the other two.
    """
    ours = TaskVectorEnv(make_task(task), worlds, backend="cpu")
    ours.reset(seed=0)
    vector, batch = _Vector(ours), _Bare(ours)
    pairs = [
        (_rate(vector, worlds, seconds), _rate(batch.replay(vector), worlds, seconds)) for _ in range(_ROUNDS)
    ]
    vector_rate, batch_rate = (statistics.median(rates) for rates in zip(*pairs, strict=True))
    processes = {count: _processes_rate(task, count, seconds) for count in workers}
    best = max(processes.values())
    figures = {
        "vector_env_steps_per_second": vector_rate,
        "batch_steps_per_second": batch_rate,
        "async_best_steps_per_second": best,
        "vector_env_per_batch": vector_rate / batch_rate,
        "vector_env_per_async": vector_rate / best,
    }
    figures |= {f"async_{count}_steps_per_second": rate for count, rate in processes.items()}
    return BenchmarkResult(name="throughput", machine=this_machine(), command=command_line(), figures=figures)


class _Vector:
    """Steps the vector environment with random actions and keeps the last controls."""

    def __init__(self, env: TaskVectorEnv) -> None:
        self.env = env
        self.start = env.env.physics.get_state()
        self.controls: list[torch.Tensor] = []
        self._random = np.random.default_rng(0)
        self._shape = env.action_space.shape

    def __call__(self) -> None:
        if len(self.controls) < _REPLAYED_STEPS:
            self.controls.append(self.env.env.physics.field("ctrl").clone())
        self.env.step(self._random.uniform(-1, 1, self._shape).astype(np.float32))


class _Bare:
    """Steps MuJoCo's batch alone."""

    def __init__(self, env: TaskVectorEnv) -> None:
        self._substeps = env.env.task.config.rates.substeps
        self._batch = Batch(env.env.physics.model, env.num_envs, this_machine().cores)
        self._ctrl = torch.from_numpy(self._batch.bind("ctrl").view())

    def replay(self, vector: _Vector) -> Callable[[], None]:
        """Step with the controls that `vector` kept, over and over, from the state where it began."""
        self._batch.state[:] = vector.start.numpy()
        count = 0

        def step() -> None:
            nonlocal count
            self._ctrl[:] = vector.controls[count % len(vector.controls)]
            self._batch.step(nstep=self._substeps)
            count += 1

        return step


class _PlainEnv(gym.Env[Array, Array]):
    """The least that a Gymnasium environment of a task's model can do: controls in, steps, state out."""

    def __init__(self, task: str) -> None:
        made = make_task(task)
        scene = made.build_scene()
        scene.option.timestep = made.config.rates.timestep
        self._model = scene.compile()
        self._data = mujoco.MjData(self._model)
        self._substeps = made.config.rates.substeps
        self._low, self._high = self._model.actuator_ctrlrange.T
        size = self._model.nq + self._model.nv
        self.observation_space = gym.spaces.Box(-np.inf, np.inf, (size,), np.float32)
        self.action_space = gym.spaces.Box(-1.0, 1.0, (self._model.nu,), np.float32)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Array, dict[str, Any]]:
        """Start at the model's defaults."""
        super().reset(seed=seed, options=options)
        mujoco.mj_resetData(self._model, self._data)
        return self._observation(), {}

    def step(self, action: Array) -> tuple[Array, float, bool, bool, dict[str, Any]]:
        """Make the task's substeps."""
        self._data.ctrl[:] = self._low + (action + 1) / 2 * (self._high - self._low)
        mujoco.mj_step(self._model, self._data, self._substeps)
        return self._observation(), 0.0, False, False, {}

    def _observation(self) -> Array:
        return np.concatenate([self._data.qpos, self._data.qvel], dtype=np.float32)


def _processes_rate(task: str, count: int, seconds: float) -> float:
    # A server that has imported everything forks the workers: they neither start slowly nor inherit threads.
    multiprocessing.set_forkserver_preload([__name__])
    env = AsyncVectorEnv([partial(_PlainEnv, task)] * count, context="forkserver")
    try:
        env.reset(seed=0)
        random = np.random.default_rng(0)

        def step() -> None:
            env.step(random.uniform(-1, 1, env.action_space.shape).astype(np.float32))

        return _rate(step, count, seconds)
    finally:
        env.close()


def _rate(step: Callable[[], object], worlds: int, seconds: float) -> float:
    for _ in range(_WARMUP_STEPS):
        step()
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        step()
        count += 1
    return count * worlds / (time.perf_counter() - start)
