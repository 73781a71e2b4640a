"""Whole episodes of an agent in many worlds, with what they were like on the way."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from envs.env import TaskEnv
from envs.joints import actuated_joints
from envs.referees.recorder import Recorder as Writer
from envs.referees.recording import Recording
from envs.task import Observation
from orchestrator.evaluation.bits import Movements
from orchestrator.evaluation.progress import ShareCallback, part_of
from orchestrator.evaluation.trajectories import Recorder, Trajectories

BATCH = 1_000
"""Most worlds that are stepped at once."""


class Agent(Protocol):
    """Whatever acts: a policy without exploration noise, or a sanity agent."""

    def act(self, observation: Observation, memory: Tensor | None = None) -> Tensor:
        """Actions in [-1, 1], (nworld, action_size); the memory, if there is one, is brought up to date in place."""
        ...


@runtime_checkable
class Remembering(Protocol):
    """An agent that may remember."""

    def remember(self, worlds: int) -> Tensor | None:
        """The memory of worlds whose episodes begin, (n, size); none where it needs none."""
        ...


@dataclass(frozen=True)
class EpisodeOutcomes:
    """What `count` episodes were like, each tensor one row per episode.

    Attributes:
        figures: `return`, `length` (control steps), `success`, `diverged` and the task's metrics, each
            (count,), taken where the episode ended.
        cycle_seconds: (count,) s, from the start to the first moment from which the goal stayed met until the
            end; NaN where it was not met at the end.
        tracking_final: (count, nu) rad or m, |joint target - encoder| at the end; None if the task has no
            joint targets.
        tracking_rms: (count, nu), root mean square of the same over the episode.
        movements: (n, nu) int32, changes of the joint targets in every control step of all episodes, in counts of the
            joints' encoders; None likewise.
        trajectories: the states passed through, if they were recorded.
        recordings: of the first episodes, for a referee.
    """

    figures: dict[str, Tensor]
    cycle_seconds: Tensor
    tracking_final: Tensor | None
    tracking_rms: Tensor | None
    movements: Tensor | None
    trajectories: Trajectories | None
    recordings: list[Recording]

    @property
    def count(self) -> int:
        """Number of episodes."""
        return len(self.cycle_seconds)


def batch_worlds(episodes: int) -> int:
    """Worlds stepped at once: as few batches as `BATCH` allows, all of one size."""
    return math.ceil(episodes / math.ceil(episodes / BATCH))


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Let torch compute in one thread, whose sums do not depend on the machine's number of cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def run_episodes(
    env: TaskEnv,
    agent: Agent,
    episodes: int,
    *,
    record: bool = False,
    judged: int = 0,
    progress: ShareCallback | None = None,
) -> EpisodeOutcomes:
    """Run whole episodes, batch after batch in the env's worlds.

    The episodes are those that the env's generator draws next, so they depend on the env's seed, split and
    number of worlds; the figures do not depend on the number of threads.

    Args:
        env: made with `autoreset=False`.
        agent: acts in every world.
        episodes: how many; what the last batch has beyond them is left out.
        record: keep the states.
        judged: write this many episodes down for a referee, of the first batch at most; on the CPU backend.
        progress: called with the share of the work that is done, 0 to 1.
    """
    if env.autoreset:
        raise ValueError("episodes are followed to their end: make the env with autoreset=False")
    count = math.ceil(episodes / env.nworld)
    batches: list[EpisodeOutcomes] = []
    with torch.no_grad(), one_torch_thread():
        for index in range(count):
            written = range(min(judged, episodes, env.nworld) if index == 0 else 0)
            batches.append(_run_batch(env, agent, record, written, part_of(progress, index, count)))
    return _join(batches, episodes)


def _run_batch(
    env: TaskEnv, agent: Agent, record: bool, written: range, report: ShareCallback | None
) -> EpisodeOutcomes:
    observation = env.reset()
    memory = agent.remember(env.nworld) if isinstance(agent, Remembering) else None
    worlds = _WorldFollower(env)
    recorder = Recorder(env) if record else None
    writer = Writer(env, written) if written else None
    while worlds.alive.any():
        step = env.step(agent.act(observation, memory))
        observation = step.observation
        worlds.advance(step.ended, step.episode)
        if recorder is not None:
            recorder.add(worlds.moving)
        if writer is not None:
            writer.note()
        if report is not None:
            report(float(worlds.length.max()) / env.task.config.episode_steps)
    lengths = worlds.length.tolist()
    return worlds.outcomes(
        recorder.trajectories(worlds.length) if recorder else None,
        [writer.recording(i, lengths[i]) for i in written] if writer else [],
    )


class _WorldFollower:
    """Follows every world until its episode's first end."""

    def __init__(self, env: TaskEnv) -> None:
        self._env = env
        self._period = env.task.config.rates.control_period
        shape, device = (env.nworld,), env.device
        self.alive = torch.ones(shape, dtype=torch.bool, device=device)
        self.moving = self.alive.clone()
        self.length = torch.zeros(shape, dtype=torch.int64, device=device)
        self._figures: dict[str, Tensor] = {}
        self._met_since = torch.full(shape, torch.nan, device=device)
        targets = env.task.joint_targets()
        self._tracking = None if targets is None else _Tracking(env)
        self._movements = None if targets is None else Movements(env.physics.model, targets)

    def advance(self, ended: Tensor, episode: dict[str, Tensor]) -> None:
        """Take in a control step; `ended` and `episode` as in `envs.env.Step`."""
        alive = self.alive
        diverged = self._env.physics.diverged()
        self.moving = alive & ~diverged
        self.length += alive
        met = self._env.task.success() & ~diverged
        since = torch.where(self._met_since.isnan(), self.length * self._period, self._met_since)
        self._met_since = torch.where(alive, torch.where(met, since, torch.nan), self._met_since)
        targets = self._env.task.joint_targets()
        if self._tracking and self._movements and targets is not None:
            self._tracking.add(targets, self.moving)
            self._movements.add(targets, alive)
        first = alive[ended]
        worlds = ended[first]
        for name, values in episode.items():
            if name not in self._figures:
                self._figures[name] = torch.zeros(len(alive), dtype=values.dtype, device=values.device)
            self._figures[name][worlds] = values[first]
        self.alive = alive.clone()
        self.alive[worlds] = False

    def outcomes(self, trajectories: Trajectories | None, recordings: list[Recording]) -> EpisodeOutcomes:
        """Everything gathered, on the CPU."""
        figures = {name: values.cpu() for name, values in self._figures.items()}
        final, rms = (None, None) if self._tracking is None else self._tracking.errors(self.length)
        moved = self._movements.rows() if self._movements else None
        return EpisodeOutcomes(figures, self._met_since.cpu(), final, rms, moved, trajectories, recordings)


class _Tracking:
    """How far joints are from where they are told to be, in worlds whose task says where that is."""

    def __init__(self, env: TaskEnv) -> None:
        self._env = env
        model = env.physics.model
        joints = actuated_joints(model)
        self._addresses = torch.as_tensor(model.jnt_qposadr[joints], dtype=torch.int64, device=env.device)
        self._final = torch.zeros(env.nworld, model.nu, dtype=torch.float64, device=env.device)
        self._squares = torch.zeros_like(self._final)

    def add(self, targets: Tensor, moving: Tensor) -> None:
        """Take in the joint targets (nworld, nu) of a control step of the `moving` worlds (nworld,) bool."""
        error = (targets - self._env.physics.field("qpos")[:, self._addresses]).abs().double()
        kept = moving[:, None]
        self._final = torch.where(kept, error, self._final)
        self._squares += torch.where(kept, error.square(), 0.0)

    def errors(self, length: Tensor) -> tuple[Tensor, Tensor]:
        """The last error and the root mean square over `length` (nworld,) steps, (nworld, nu) each."""
        return self._final.cpu(), (self._squares / length[:, None]).sqrt().cpu()


def _join(batches: list[EpisodeOutcomes], count: int) -> EpisodeOutcomes:
    """Batches one after the other, cut to `count`."""
    figures = {k: torch.cat([b.figures[k] for b in batches])[:count] for k in batches[0].figures}
    final = [b.tracking_final for b in batches if b.tracking_final is not None]
    rms = [b.tracking_rms for b in batches if b.tracking_rms is not None]
    moved = [b.movements for b in batches if b.movements is not None]
    trajectories = [b.trajectories for b in batches if b.trajectories is not None]
    return EpisodeOutcomes(
        figures,
        torch.cat([b.cycle_seconds for b in batches])[:count],
        torch.cat(final)[:count] if final else None,
        torch.cat(rms)[:count] if rms else None,
        torch.cat(moved) if moved else None,
        Trajectories.join(trajectories, count) if trajectories else None,
        batches[0].recordings,
    )
