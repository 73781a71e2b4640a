"""The referee of standing and walking: on its feet alone, pushed as hard as said, and how fast it went."""

from dataclasses import dataclass

import numpy as np

from envs.referees.recording import Recording
from envs.referees.replay import Allowance, Findings, replay

PELVIS = "pelvis"
FEET = ("left_foot", "right_foot")

SOLE_DEPTH = 0.015
"""Deepest that a sole may press into the ground, m: a foot that lands gives by some millimetres, as a shoe does."""

_PUSH_NOTE, _SPEED_NOTE = "push", "speed"


@dataclass
class WalkVerdict(Findings):
    """What the referee found; success is nothing but feet on the ground to the end.

    Attributes:
        seconds: until something else than a foot did, s.
        pushes: how often a force from outside began.
        speed: mean velocity over ground, m/s.
        velocity_error: mean length of the difference of mid-hip's velocity and what the robot was told, m/s; NaN
            where it was told nothing.
    """

    seconds: float = 0.0
    pushes: int = 0
    speed: float = 0.0
    velocity_error: float = float("nan")


def judge_locomotion(recording: Recording, push: float = 0.0, least: float = 0.0) -> WalkVerdict:
    """Judge an episode.

    Args:
        recording: the episode, to its end.
        push: largest force of a push that the task may apply, N.
        least: smallest force of a push that counts as one, N.
    """
    verdict = WalkVerdict()
    model = recording.model
    if model.body_gravcomp.any():
        verdict.fault("a body floats")
    if model.opt.gravity[2] > -9.8 or model.opt.gravity[:2].any():
        verdict.fault("gravity is not the earth's")
    feet = {model.body(name).id for name in FEET}
    step = float(model.opt.timestep)
    path, fell = [], False
    for touch in replay(recording, PELVIS, verdict, Allowance(push, SOLE_DEPTH, least)):
        if touch.grounded - feet:
            fell = True
            break
        verdict.seconds += step
        path.append(touch.after[:7])
    verdict.success = not fell and not verdict.faults
    poses = np.array(path)[recording.substeps - 1 :: recording.substeps]
    if len(poses) > 1:
        _measure(verdict, recording, poses)
    return verdict


def _measure(verdict: WalkVerdict, recording: Recording, path: np.ndarray) -> None:
    """Pushes, speed and velocity error, from mid-hip's poses (n, 7) after each control step."""
    if _PUSH_NOTE in recording.notes:
        pushed = np.any(recording.notes[_PUSH_NOTE] != 0, axis=1)
        verdict.pushes = int(np.count_nonzero(pushed[1:] & ~pushed[:-1]))
    period = recording.substeps * recording.model.opt.timestep
    velocity = np.diff(path[:, :2], axis=0) / period
    verdict.speed = float(np.linalg.norm(velocity, axis=1).mean())
    if _SPEED_NOTE in recording.notes:
        w, x, y, z = path[1:, 3:7].T
        yaw = np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
        told = recording.notes[_SPEED_NOTE][2 : 2 + len(yaw), None] * np.stack(
            [np.cos(yaw), np.sin(yaw)], axis=1
        )
        verdict.velocity_error = float(np.linalg.norm(velocity - told, axis=1).mean())
