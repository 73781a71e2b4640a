"""How fast worlds step: the bare engine, this project's vector environment, and Gymnasium's processes.

All three make the same episodes of one model with the same substeps: an episode is recorded beforehand, with random
actions, and each starts every repetition of it from the recorded state, outside the clock, and gets what it was
recorded with: the vector environment the actions, the other two the controls that came of them. They take turns, so
that a busy machine slows all. The processes run a plain Gymnasium environment of the same model, in NumPy, without
reward or reset: the fastest that one can write.
"""

import multiprocessing
import statistics
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import gymnasium as gym
import mujoco
import numpy as np
import torch
from gymnasium.vector import AsyncVectorEnv
from mujoco.batch import Batch
from numpy.typing import NDArray

from envs.env import TaskEnv
from envs.gym.vector import TaskVectorEnv
from envs.registry import make_task
from envs.task import Task
from orchestrator.provenance import command_line, this_machine
from orchestrator.records import BenchmarkResult
from orchestrator.training.config import TrainConfig

Array = NDArray[Any]

WORKERS = (2, 4, 8, 16, 32)
"""Process counts that Gymnasium's environment is tried with."""

_ROUNDS = 3
_SEED = 0
_SHORT = 0.2
"""Length of the measurements that find the best process count, as a share of the others'."""


def throughput(config: TrainConfig, seconds: float, workers: Sequence[int] = WORKERS) -> BenchmarkResult:
    """Measure control steps per second, summed over worlds, on every CPU.

    Args:
        config: says the task, its rates, and the worlds of the vector environment and of the bare engine.
        seconds: that each measurement takes at least, s; it goes on to the end of an episode.
        workers: process counts to try, one world in each process.

    Returns:
        Rates, 1/s, and the ratios of the vector environment's rate to the other two.
    """
    make = partial(make_task, config.task, config.task_config)
    episode = record_episode(make(), config.worlds)
    vector, bare = VectorRun(make(), episode), BareRun(make(), episode)
    tried = {count: _processes_rate(make(), episode, count, _SHORT * seconds) for count in workers}
    best = max(tried, key=lambda count: tried[count])
    with closing(ProcessesRun(make(), episode, best)) as processes:
        runs: tuple[Run, ...] = (vector, bare, processes)
        for run in runs:
            _episode(run, episode.steps)  # to warm up
        rounds = [[_rate(run, episode.steps, seconds) for run in runs] for _ in range(_ROUNDS)]
    vector_rate, bare_rate, best_rate = (statistics.median(rates) for rates in zip(*rounds, strict=True))
    figures = {
        "substeps": float(config.task_config.rates.substeps),
        "vector_env_steps_per_second": vector_rate,
        "batch_steps_per_second": bare_rate,
        "async_best_steps_per_second": best_rate,
        "async_best_workers": float(best),
        "vector_env_per_batch": vector_rate / bare_rate,
        "vector_env_per_async": vector_rate / best_rate,
    }
    figures |= {f"async_{count}_steps_per_second": rate for count, rate in tried.items()}
    return BenchmarkResult(name="throughput", machine=this_machine(), command=command_line(), figures=figures)


def overhead(plain: TrainConfig, full: TrainConfig, seconds: float) -> BenchmarkResult:
    """Measure what features cost: the vector environment without and with them, taking turns.

    Args:
        plain: config without the features.
        full: the same config with them; the same number of worlds and control rate.
        seconds: that each measurement takes at least, s; it goes on to the end of an episode.

    Returns:
        Rates, 1/s, and the ratio of the full rate to the plain one.
    """
    runs = []
    for config in (plain, full):
        make = partial(make_task, config.task, config.task_config)
        runs.append(VectorRun(make(), record_episode(make(), config.worlds)))
    steps = plain.task_config.episode_steps
    for run in runs:
        _episode(run, steps)  # to warm up
    rounds = [[_rate(run, steps, seconds) for run in runs] for _ in range(_ROUNDS)]
    plain_rate, full_rate = (statistics.median(rates) for rates in zip(*rounds, strict=True))
    figures = {
        "plain_steps_per_second": plain_rate,
        "full_steps_per_second": full_rate,
        "full_per_plain": full_rate / plain_rate,
    }
    return BenchmarkResult(name="overhead", machine=this_machine(), command=command_line(), figures=figures)


@dataclass(frozen=True)
class Episode:
    """What every run repeats.

    Attributes:
        start: state of each world at the start, (nworld, nstate), mjSTATE_INTEGRATION.
        actions: (steps, nworld, action_size) in [-1, 1].
        controls: what the task made of them, (steps, nworld, nu).
        end: state of each world at the end, (nworld, nstate).
    """

    start: Array
    actions: Array
    controls: Array
    end: Array

    @property
    def steps(self) -> int:
        """Control steps."""
        return len(self.actions)


def record_episode(task: Task, worlds: int) -> Episode:
    """Make one episode of every world with random actions."""
    # Without automatic reset, the controls are still there after the last step.
    env = TaskEnv(task, worlds, seed=_SEED, backend="cpu", autoreset=False)
    env.reset()
    start = env.physics.get_state().numpy()
    shape = (task.config.episode_steps, worlds, env.action_size)
    actions = np.random.default_rng(_SEED).uniform(-1, 1, shape).astype(np.float32)
    controls: list[Array] = []
    for action in actions:
        env.step(torch.from_numpy(action))
        controls.append(env.physics.field("ctrl").numpy().copy())
    return Episode(start, actions, np.stack(controls), env.physics.get_state().numpy())


class Run(Protocol):
    """One of those that are compared."""

    worlds: int

    def begin(self) -> None:
        """Go to the start of the episode; not timed."""
        ...

    def step(self, index: int) -> None:
        """Make one step of the episode."""
        ...


class VectorRun:
    """The vector environment; its last step also starts new episodes in all worlds, on the clock."""

    def __init__(self, task: Task, episode: Episode) -> None:
        self.worlds = len(episode.start)
        self.env = TaskVectorEnv(task, self.worlds, backend="cpu")
        self._actions = episode.actions

    def begin(self) -> None:
        """See `Run`."""
        self.env.reset(seed=_SEED)

    def step(self, index: int) -> None:
        """See `Run`."""
        self.env.step(self._actions[index])


class BareRun:
    """MuJoCo's batch alone."""

    def __init__(self, task: Task, episode: Episode) -> None:
        self.worlds = len(episode.start)
        self.batch = Batch(task.compile_scene(), self.worlds, this_machine().cores)
        self._substeps = task.config.rates.substeps
        self._ctrl = self.batch.bind("ctrl").view()
        self._episode = episode

    def begin(self) -> None:
        """See `Run`."""
        self.batch.state[:] = self._episode.start

    def step(self, index: int) -> None:
        """See `Run`."""
        self._ctrl[:] = self._episode.controls[index]
        self.batch.step(nstep=self._substeps)


class ProcessesRun:
    """One world in each process; every episode takes the next worlds of the recording, so that all have a turn."""

    def __init__(self, task: Task, episode: Episode, count: int) -> None:
        # A server that has imported everything forks the workers: they neither start slowly nor inherit threads.
        multiprocessing.set_forkserver_preload([__name__])
        self.worlds = count
        # Compiled once: that takes longer than the rest of a worker's start.
        plain = partial(PlainEnv, task.compile_scene(), task.config.rates.substeps)
        self.env = AsyncVectorEnv([plain] * count, context="forkserver")
        self._episode = episode
        self._next = 0
        self._controls = episode.controls

    def begin(self) -> None:
        """See `Run`."""
        chosen = (self._next + np.arange(self.worlds)) % len(self._episode.start)
        self._next += self.worlds
        self._controls = self._episode.controls[:, chosen]
        self.env.set_attr("start", list(self._episode.start[chosen]))
        self.env.reset()

    def step(self, index: int) -> None:
        """See `Run`."""
        self.env.step(self._controls[index])

    def close(self) -> None:
        """End the processes."""
        self.env.close()


class PlainEnv(gym.Env[Array, Array]):
    """The least that a Gymnasium environment of a task's model can do: controls in, steps, state out.

    Args:
        model: of the task.
        substeps: physics steps in a control step.
    """

    start: Array | None = None
    """State that `reset` goes to, (nstate,); the model's defaults if there is none."""

    def __init__(self, model: mujoco.MjModel, substeps: int) -> None:
        self._model = model
        self._data = mujoco.MjData(model)
        self._substeps = substeps
        low, high = self._model.actuator_ctrlrange.T
        size = self._model.nq + self._model.nv
        self.observation_space = gym.spaces.Box(-np.inf, np.inf, (size,), np.float32)
        self.action_space = gym.spaces.Box(low, high, dtype=np.float64)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Array, dict[str, Any]]:
        """Go to `start`."""
        super().reset(seed=seed, options=options)
        mujoco.mj_resetData(self._model, self._data)
        if self.start is not None:
            mujoco.mj_setState(self._model, self._data, self.start, mujoco.mjtState.mjSTATE_INTEGRATION)
        return self._observation(), {}

    def step(self, action: Array) -> tuple[Array, float, bool, bool, dict[str, Any]]:
        """Make the task's substeps with controls (nu,)."""
        self._data.ctrl[:] = action
        mujoco.mj_step(self._model, self._data, self._substeps)
        return self._observation(), 0.0, False, False, {}

    def _observation(self) -> Array:
        return np.concatenate([self._data.qpos, self._data.qvel], dtype=np.float32)


def _processes_rate(task: Task, episode: Episode, count: int, seconds: float) -> float:
    with closing(ProcessesRun(task, episode, count)) as run:
        _episode(run, episode.steps)
        return _rate(run, episode.steps, seconds)


def _rate(run: Run, steps: int, seconds: float) -> float:
    """World steps per second over whole episodes."""
    count, spent = 0, 0.0
    while spent < seconds:
        spent += _episode(run, steps)
        count += steps
    return count * run.worlds / spent


def _episode(run: Run, steps: int) -> float:
    """How long one episode takes, s."""
    run.begin()
    start = time.perf_counter()
    for index in range(steps):
        run.step(index)
    return time.perf_counter() - start
