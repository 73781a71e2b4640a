"""The referee of `humanoid-sumo`: who was first out of the ring or down, and whether both had the same chance."""

import math

import mujoco
import numpy as np

from envs.referees.matches import BLUE, RED, MatchVerdict, compare_robots, compare_starts
from envs.referees.recording import Recording
from envs.referees.replay import Allowance, replay

_BUMP_DEPTH = 0.05
"""Deepest contact, m: bodies of 57 kg bump into each other, and fall."""


def judge_sumo(recording: Recording, radius: float, tilt_deg: float, height: float) -> MatchVerdict:
    """Judge a match.

    Args:
        recording: the match, to its end.
        radius: of the ring about the origin, m: whose ankle is beyond has lost.
        tilt_deg: of a pelvis from upright, beyond which its robot is down, degrees.
        height: of mid-hip, below which a robot is down, m.
    """
    verdict = MatchVerdict()
    model = recording.model
    compare_robots(model, verdict)
    compare_starts(recording, verdict)
    data = mujoco.MjData(model)
    last, won, count = len(recording.states) - 2, False, 0
    for touch in replay(recording, f"{RED}pelvis", verdict, Allowance(depth=_BUMP_DEPTH)):
        count += 1
        verdict.seconds += float(model.opt.timestep)
        # a result is read after each control step, as the players see the world
        if count % recording.substeps or won:
            continue
        data.qpos[:] = touch.after
        mujoco.mj_kinematics(model, data)
        red, blue = (_lost(data, player, radius, tilt_deg, height) for player in (RED, BLUE))
        won = red or blue
        verdict.decide(blue, red, last=touch.control_step == last)
    verdict.success = not verdict.faults
    return verdict


def _lost(data: mujoco.MjData, player: str, radius: float, tilt_deg: float, height: float) -> bool:
    """Whether a robot is out or down."""
    pelvis = data.body(f"{player}pelvis")
    feet = [data.body(f"{player}{side}_foot").xpos[:2] for side in ("left", "right")]
    out = any(np.linalg.norm(foot) > radius for foot in feet)
    down = pelvis.xmat[8] < math.cos(math.radians(tilt_deg)) or pelvis.xpos[2] < height
    return bool(out or down)
