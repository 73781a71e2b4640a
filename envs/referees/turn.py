"""The referee of `hand-turn`: how often the hand turned the knob, by contacts only."""

from dataclasses import dataclass

import mujoco
import numpy as np

from envs.referees.recording import Recording
from envs.referees.replay import Findings, inspect_model, replay

KNOB, HINGE = "knob", "bolt"

FRICTION = 0.02
"""Least dry friction of an honest bolt, N·m."""


@dataclass
class TurnVerdict(Findings):
    """What the referee found.

    Attributes:
        turns: made while the hand pressed on the knob, less those back, in the direction that the episode turned.
        coasted: turns made in physics steps in which nothing pressed on it.
    """

    turns: float = 0.0
    coasted: float = 0.0


def judge_turn(recording: Recording, turns: float = 3.0, clockwise: bool = True) -> TurnVerdict:
    """Judge an episode.

    Args:
        recording: the episode.
        turns: full turns that were asked for.
        clockwise: as the hand sees the knob: about the forearm's axis, which points from elbow to hand.
    """
    verdict = TurnVerdict()
    _inspect_bolt(recording.model, verdict)
    address = int(recording.model.joint(HINGE).qposadr[0])
    way = [0.0, 0.0]  # without and with a touch
    for touch in replay(recording, KNOB, verdict):
        angle = touch.after[address] - touch.before[address]
        way[touch.touching] += angle if clockwise else -angle
    verdict.coasted, verdict.turns = (angle / (2 * np.pi) for angle in way)
    verdict.success = not verdict.faults and verdict.turns >= turns
    return verdict


def _inspect_bolt(model: mujoco.MjModel, verdict: TurnVerdict) -> None:
    inspect_model(model, KNOB, verdict)
    bolt = model.joint(HINGE)
    if bolt.type[0] != mujoco.mjtJoint.mjJNT_HINGE or model.dof_frictionloss[bolt.dofadr[0]] < FRICTION:
        verdict.fault("the bolt turns too easily")
    if bolt.stiffness[0]:
        verdict.fault("a spring turns the bolt")
