"""Matches between given players, each from a seed of its own.

A match depends on its two players, its seed and the match's config alone, to the bit on the CPU backend: not on the
matches that are played beside it. Starts are drawn world by world, each after seeding, physics knows no other world,
and policies act on one row at a time, as the last bits of a batched product depend on the batch.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from envs.env import TaskEnv
from envs.match import SCORE, split
from envs.physics import CpuPhysics
from envs.referees.recorder import Recorder
from envs.referees.recording import Recording
from envs.registry import make_task
from orchestrator.evaluation.rollouts import Agent, Remembering
from orchestrator.records import Record
from orchestrator.selfplay.config import SelfPlayConfig
from orchestrator.selfplay.seat import PLAYERS, match_of

BATCH = 64
"""Most matches that are played at once."""

Actors = Mapping[str, Agent]
"""Whoever acts, by the players' names."""


@dataclass(frozen=True)
class Fixture:
    """A match to be played.

    Attributes:
        first: name of the player in the first seat.
        second: name of the other.
        seed: of the start.
    """

    first: str
    second: str
    seed: int


class PlayedMatch(Record):
    """A match and how it went.

    Attributes:
        first: name of the player in the first seat.
        second: name of the other.
        seed: of the start.
        score: of the first: 1 won, 0.5 drawn, 0 lost; null where the physics diverged.
        steps: control steps.
        state_sha256: checksum of the world's whole state at the end.
    """

    first: str
    second: str
    seed: int
    score: float | None
    steps: int
    state_sha256: str


def play_matches(
    config: SelfPlayConfig,
    players: Actors,
    fixtures: Sequence[Fixture],
    *,
    recorded: int = 0,
    progress: Callable[[float], None] | None = None,
) -> tuple[list[PlayedMatch], list[Recording]]:
    """Play matches to their ends, without exploration noise, on the held-out split.

    Args:
        config: of the run: its match and its backend.
        players: everybody who plays.
        fixtures: the matches.
        recorded: write this many of the first batch down for a referee; on the CPU backend.
        progress: called with the share of the matches that is done.

    Returns:
        The matches in the fixtures' order, and the recordings of the first ones.
    """
    env = TaskEnv(
        make_task(config.task, config.evaluated),
        min(BATCH, len(fixtures)),
        split="heldout",
        backend=config.backend,
        threads=config.threads,
        autoreset=False,
    )
    played: list[PlayedMatch] = []
    recordings: list[Recording] = []
    for start in range(0, len(fixtures), env.nworld):
        part = fixtures[start : start + env.nworld]
        matches, written = _play_batch(env, players, part, 0 if start else min(recorded, len(part)))
        played += matches
        recordings += written
        if progress:
            progress(len(played) / len(fixtures))
    return played, recordings


@torch.no_grad()
def _play_batch(
    env: TaskEnv, players: Actors, fixtures: Sequence[Fixture], recorded: int
) -> tuple[list[PlayedMatch], list[Recording]]:
    first_seat = SCORE + match_of(env).players[0]
    for world, fixture in enumerate(fixtures):
        env.seed(fixture.seed)
        env.reset(torch.tensor([world], device=env.device))
    # a recording is of the engine that a referee steps
    recorded = recorded if isinstance(env.physics, CpuPhysics) else 0
    recorder = Recorder(env, range(recorded)) if recorded else None
    observation = env.observe()
    memories = [[_blank(players[name]) for name in (fixture.first, fixture.second)] for fixture in fixtures]
    done: dict[int, PlayedMatch] = {}
    steps = 0
    while len(done) < len(fixtures):
        seats = {name: split(group, PLAYERS) for name, group in observation.items()}
        action = torch.zeros(env.nworld, env.action_size, device=env.device)
        for world, fixture in enumerate(fixtures):
            if world not in done:
                own = {name: group[world] for name, group in seats.items()}
                action[world] = _joint_action(players, fixture, own, memories[world])
        step = env.step(action)
        observation, steps = step.observation, steps + 1
        if recorder:
            recorder.note()
        for row, world in enumerate(step.ended.tolist()):
            if world < len(fixtures) and world not in done:
                void = bool(step.episode["diverged"][row])
                score = None if void else float(step.episode[first_seat][row])
                done[world] = _played(fixtures[world], score, steps, env.physics.get_state()[world])
    lengths = [done[world].steps for world in range(len(fixtures))]
    written = [recorder.recording(world, lengths[world]) for world in range(recorded)] if recorder else []
    return [done[world] for world in range(len(fixtures))], written


def _joint_action(
    players: Actors, fixture: Fixture, seats: Mapping[str, Tensor], memories: Sequence[Tensor | None]
) -> Tensor:
    """Both players' actions side by side, from a world's groups by seat, (2, ...) each, and what they remember."""
    names = (fixture.first, fixture.second)
    acted = [
        players[name].act({group: rows[seat : seat + 1] for group, rows in seats.items()}, memories[seat])
        for seat, name in enumerate(names)
    ]
    return torch.cat(acted, dim=1)[0]


def _blank(player: Agent) -> Tensor | None:
    """A player's memory before a match, (1, size), where it has one."""
    return player.remember(1) if isinstance(player, Remembering) else None


def _played(fixture: Fixture, score: float | None, steps: int, state: Tensor) -> PlayedMatch:
    return PlayedMatch(
        first=fixture.first,
        second=fixture.second,
        seed=fixture.seed,
        score=score,
        steps=steps,
        state_sha256=hashlib.sha256(state.cpu().numpy().tobytes()).hexdigest(),
    )
