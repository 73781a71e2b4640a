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
        Wall-clock and processor seconds, and the two ratios of each: on a machine that others use, too, go by the
        processor's.
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
    acted = [(lambda: None, act) for act in _inference(config, match.env, count)]
    figures = {"worlds": float(config.worlds), "control_steps": float(count)}
    figures |= _compared("batch", "match", stepped) | _compared("one_policy", "eight_policies", acted)
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


def _compared(
    one: str, other: str, runs: list[tuple[Callable[[], None], Callable[[], None]]]
) -> dict[str, float]:
    """Median seconds of two runs over rounds in which they take turns, and their ratios.

    Args:
        one: name of the first run, which is the measure.
        other: name of the second.
        runs: what comes before each round, which is not timed, and what is.
    """
    rounds: dict[str, list[float]] = {}
    for number in range(_ROUNDS + 1):
        for name, (prepare, run) in zip((one, other), runs, strict=True):
            prepare()
            wall, cpu = time.perf_counter(), time.process_time()
            run()
            if number:  # the first is to warm up
                rounds.setdefault(f"{name}_seconds", []).append(time.perf_counter() - wall)
                rounds.setdefault(f"{name}_cpu_seconds", []).append(time.process_time() - cpu)
    figures = {name: statistics.median(seconds) for name, seconds in rounds.items()}
    for clock in ("", "_cpu"):
        figures[f"{other}_per_{one}{clock}"] = (
            figures[f"{other}{clock}_seconds"] / figures[f"{one}{clock}_seconds"]
        )
    return figures
