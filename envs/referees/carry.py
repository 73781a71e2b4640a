"""The referee of `humanoid-carry`: a robot on its feet, and a box of honest weight that two hands hold up."""

from collections import Counter
from dataclasses import dataclass

import mujoco
import numpy as np

from envs.referees.locomotion import WalkVerdict, judge_locomotion
from envs.referees.recording import Recording
from envs.referees.replay import tied_bodies

BOX = "box"
HOLDERS = ("left_forearm", "right_forearm")
"""Bodies that locked hands are part of."""

_LEAST_HEIGHT = 0.6
"""Of a carried box's middle over the ground, m: a robot of 1.80 m that stands holds it at 1.0 m."""

_GIVES = 0.01
"""How far a box may move in the hands, m: what ties it to them is as stiff as contacts are."""


@dataclass
class CarryVerdict(WalkVerdict):
    """What the referee found beside the walking.

    Attributes:
        mass: of the box, kg.
        lowest: height of its middle over the ground at its lowest, m.
    """

    mass: float = 0.0
    lowest: float = float("inf")


def judge_carry(
    recording: Recording, mass: float = 20.0, push: float = 0.0, least: float = 0.0
) -> CarryVerdict:
    """Judge an episode.

    Args:
        recording: the episode, to its end.
        mass: that the box is said to have, kg.
        push: largest force of a push that the task may apply, N.
        least: smallest force of a push that counts as one, N.
    """
    walked = judge_locomotion(recording, push, least)
    verdict = CarryVerdict(**vars(walked))
    _inspect(recording.model, mass, verdict)
    _follow(recording, verdict)
    verdict.success = walked.success and not verdict.faults
    return verdict


def _inspect(model: mujoco.MjModel, mass: float, verdict: CarryVerdict) -> None:
    """A box as heavy as is said, held by two hands and by nothing else."""
    box = model.body(BOX).id
    verdict.mass = float(model.body_mass[box])
    if verdict.mass < mass * (1 - 1e-6):
        verdict.fault(f"the box weighs {verdict.mass:.1f} kg instead of {mass:g} kg")
    ties = Counter(tied_bodies(model))
    if ties != Counter({box: 2} | {model.body(name).id: 1 for name in HOLDERS}) or not model.eq_active0.all():
        verdict.fault("the box is tied to something else than two hands")
    if not (model.body_dofnum[box] == 6 and model.body_parentid[box] == 0):
        verdict.fault("the box is not free")


def _follow(recording: Recording, verdict: CarryVerdict) -> None:
    """Where the box is in every recorded state: over the ground, and still in the hands."""
    model = recording.model
    data = mujoco.MjData(model)
    start: np.ndarray | None = None
    for state in recording.states:
        mujoco.mj_setState(model, data, state, mujoco.mjtState.mjSTATE_INTEGRATION)
        mujoco.mj_kinematics(model, data)
        box = data.body(BOX)
        verdict.lowest = min(verdict.lowest, float(box.xpos[2] - _ground(model, data)))
        held = np.array([box.xmat.reshape(3, 3).T @ (data.body(name).xpos - box.xpos) for name in HOLDERS])
        start = held if start is None else start
        if np.linalg.norm(held - start, axis=1).max() > _GIVES:
            verdict.fault("the box came out of the hands")
    if verdict.lowest < _LEAST_HEIGHT:
        verdict.fault(f"the box was {verdict.lowest:.2f} m over the ground")


def _ground(model: mujoco.MjModel, data: mujoco.MjData) -> float:
    """Height of the lower foot, m: where the ground is, give or take the height of an ankle."""
    return min(float(data.body(name).xpos[2]) for name in ("left_foot", "right_foot"))
