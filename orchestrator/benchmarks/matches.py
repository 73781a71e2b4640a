"""What a match costs beside its physics: the task form against the bare engine, and many policies against one."""

import statistics
import time
from collections.abc import Callable

import torch

from envs.env import TaskEnv
from envs.registry import make_task
from envs.task import Observation, Task
from orchestrator.benchmarks.throughput import BareRun, Episode, record_episode
from orchestrator.provenance import command_line, this_machine
from orchestrator.records import BenchmarkResult
from orchestrator.selfplay.config import SelfPlayConfig
from orchestrator.selfplay.players import Players
from orchestrator.selfplay.seat import PLAYERS, match_of
from policies.networks import GaussianActor

POLICIES = 8
"""Distinct policies that are held against one."""

_ROUNDS = 5


class MatchRun:
    """The match in its task form, in torch; the bare engine's counterpart in `orchestrator.benchmarks.throughput`."""

    def __init__(self, task: Task, episode: Episode) -> None:
        self.worlds = len(episode.start)
        self.env = TaskEnv(task, self.worlds, backend="cpu", autoreset=False)
        self._actions = torch.from_numpy(episode.actions)

    def begin(self) -> None:
        """Go to the start of the recorded matches."""
        self.env.seed(0)
        self.env.reset()

    def step(self, index: int) -> None:
        """Make one step of them."""
        self.env.step(self._actions[index])


def match_costs(config: SelfPlayConfig, steps: int) -> BenchmarkResult:
    """Measure both, in turns, so that a busy machine slows all alike; figures are medians over rounds.

    Args:
        config: says the match, the worlds and the networks.
        steps: control steps of each measurement; at most those of a match are made.

    Returns:
        Seconds and the two ratios.
    """
    episode = record_episode(make_task(config.task, config.task_config), config.worlds)
    match = MatchRun(make_task(config.task, config.task_config), episode)
    bare = BareRun(make_task(config.task, config.task_config), episode)
    count = min(steps, episode.steps)

    def play(run: MatchRun | BareRun) -> Callable[[], None]:
        def once() -> None:
            for index in range(count):
                run.step(index)

        return once

    stepped = [(run.begin, play(run)) for run in (bare, match)]
    batch_seconds, match_seconds = _medians(stepped)
    one_seconds, many_seconds = _medians(
        [(lambda: None, act) for act in _inference(config, match.env, count)]
    )
    figures = {
        "worlds": float(config.worlds),
        "control_steps": float(count),
        "batch_seconds": batch_seconds,
        "match_seconds": match_seconds,
        "match_per_batch": match_seconds / batch_seconds,
        "one_policy_seconds": one_seconds,
        "eight_policies_seconds": many_seconds,
        "eight_policies_per_one": many_seconds / one_seconds,
    }
    return BenchmarkResult(name="matches", machine=this_machine(), command=command_line(), figures=figures)


def _inference(config: SelfPlayConfig, env: TaskEnv, count: int) -> list[Callable[[], None]]:
    """The same rows acted by one policy, and by eight in random places."""
    match = match_of(env)
    seen: Observation = {name: group.flatten(0, 1) for name, group in match.observe_players().items()}
    sizes = {name: group.shape[1] for name, group in seen.items()}
    players = Players()
    for place in range(POLICIES):
        players.actors[place] = GaussianActor(config.network, sizes, match.player_action_size)
    rows = PLAYERS * config.worlds
    mixed = torch.randperm(rows, generator=torch.Generator().manual_seed(0)) % POLICIES

    def act(who: torch.Tensor) -> Callable[[], None]:
        def once() -> None:
            for _ in range(count):
                players.act(seen, who)

        return once

    return [act(torch.zeros_like(mixed)), act(mixed)]


def _medians(runs: list[tuple[Callable[[], None], Callable[[], None]]]) -> list[float]:
    """Median seconds of each run over rounds in which they take turns; what comes before each is not timed."""
    rounds: list[list[float]] = []
    for _ in range(_ROUNDS + 1):
        spent = []
        for prepare, run in runs:
            prepare()
            start = time.perf_counter()
            run()
            spent.append(time.perf_counter() - start)
        rounds.append(spent)
    return [statistics.median(column) for column in zip(*rounds[1:], strict=True)]
