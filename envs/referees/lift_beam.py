"""The referee of `humanoid-lift-beam`: two robots on their feet, and a level beam that they hold where it belongs."""

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from envs.referees.locomotion import SOLE_DEPTH
from envs.referees.recording import Recording
from envs.referees.replay import Allowance, Findings, replay, tied_bodies

BEAM = "beam"
ROBOTS = ("left_robot_", "right_robot_")

LEAST_MASS = 20.0
"""Of an honest beam, kg."""

LEAST_LENGTH = 2.99
"""Of it, m."""

_HANDS = 4


@dataclass
class BeamVerdict(Findings):
    """What the referee found.

    Attributes:
        distance: of the beam's middle from its place at the end, m.
        slope: of the beam at the end, rad.
        steepest: its largest slope on the way, rad.
        carried: for how long at the end it touched nothing that stands on the floor, s.
        seconds: until something else than feet and beam did, s.
    """

    distance: float = float("nan")
    slope: float = float("nan")
    steepest: float = 0.0
    carried: float = 0.0
    seconds: float = 0.0


def judge_lift_beam(
    recording: Recording, tolerance: float = 0.15, level_deg: float = 5.0, carried_seconds: float = 1.0
) -> BeamVerdict:
    """Judge an episode.

    Args:
        recording: the episode, to its end; its note `goal`, (n + 1, 2), is where the beam belongs, m.
        tolerance: distance from there that counts as there, m.
        level_deg: slope that counts as level, degrees.
        carried_seconds: how long the beam must have been off its trestles at the end, s.
    """
    verdict = BeamVerdict()
    model = recording.model
    _inspect(model, verdict)
    goal = recording.notes["goal"].astype(float)
    if np.ptp(goal, axis=0).any():
        verdict.fault("the place of the beam moved")
    beam, address = model.body(BEAM).id, int(model.joint(BEAM).qposadr[0])
    allowed = {
        beam,
        *(model.body(f"{robot}{side}_foot").id for robot in ROBOTS for side in ("left", "right")),
    }
    fell, pose = False, np.zeros(7)
    for touch in replay(recording, BEAM, verdict, Allowance(depth=SOLE_DEPTH)):
        if touch.grounded - allowed:
            fell = True
            break
        step = float(model.opt.timestep)
        verdict.seconds += step
        verdict.carried = 0.0 if beam in touch.grounded else verdict.carried + step
        pose = touch.after[address : address + 7]
        verdict.slope = _slope(pose[3:])
        verdict.steepest = max(verdict.steepest, verdict.slope)
    verdict.distance = float(np.linalg.norm(pose[:2] - goal[-1]))
    verdict.success = (
        not fell
        and not verdict.faults
        and verdict.distance < tolerance
        and verdict.slope < math.radians(level_deg)
        and verdict.carried >= carried_seconds
    )
    return verdict


def _inspect(model: mujoco.MjModel, verdict: BeamVerdict) -> None:
    """A beam of honest weight and length that four hands hold, and nothing else."""
    if model.body_gravcomp.any():
        verdict.fault("a body floats")
    if model.opt.gravity[2] > -9.8 or model.opt.gravity[:2].any():
        verdict.fault("gravity is not the earth's")
    if model.body(BEAM).mass[0] < LEAST_MASS or 2 * model.geom(BEAM).size.max() < LEAST_LENGTH:
        verdict.fault("the beam is lighter or shorter than it should be")
    roots = {model.body(f"{robot}pelvis").id for robot in ROBOTS}
    tied = tied_bodies(model)
    beam = model.body(BEAM).id
    others = [body for body in tied if body != beam]
    connected = (model.eq_type == mujoco.mjtEq.mjEQ_CONNECT).all() and tied.count(beam) == len(others)
    if (
        not connected
        or len(others) != _HANDS
        or not {int(model.body_rootid[body]) for body in others} <= roots
    ):
        verdict.fault("the beam is held by something else than four hands")


def _slope(quat: np.ndarray) -> float:
    """Angle between the beam's y axis and the horizontal, rad."""
    turn = np.zeros(9)
    mujoco.mju_quat2Mat(turn, quat)
    return float(np.arcsin(np.clip(abs(turn[7]), 0.0, 1.0)))
