"""The referee of `hand-tug`: who pulled the tray over which line, and whether both had the same chance."""

import numpy as np

from envs.referees.matches import MatchVerdict, compare_robots, compare_starts, start_of
from envs.referees.recording import Recording
from envs.referees.replay import Allowance, inspect_model, replay

TRAY = "tray"

GRIP_DEPTH = 0.006
"""Deepest contact, m: a bar that is torn at with a hundred newtons goes deeper into the pulp than one that is held."""

_MIDDLE = 1e-6
"""How far the tray may be from the middle at the start, m."""


def judge_tug(recording: Recording, line: float) -> MatchVerdict:
    """Judge a match.

    Args:
        recording: the match, to its end.
        line: how far the tray's middle has to be on a player's side, m.
    """
    verdict = MatchVerdict()
    model = recording.model
    inspect_model(model, TRAY, verdict)
    compare_robots(model, verdict)
    compare_starts(recording, verdict)
    if np.abs(start_of(recording).body(TRAY).xpos[:2]).max() > _MIDDLE:
        verdict.fault("the tray does not begin in the middle")
    address = int(model.joint(TRAY).qposadr[0])
    last, won = len(recording.states) - 2, False
    for touch in replay(recording, TRAY, verdict, Allowance(depth=GRIP_DEPTH)):
        verdict.seconds += float(model.opt.timestep)
        # a result is read after each control step, as the players see the world
        if round(verdict.seconds / model.opt.timestep) % recording.substeps:
            continue
        along = float(touch.after[address])
        if not won:
            verdict.decide(along <= -line, along >= line, last=touch.control_step == last)
            won = abs(along) >= line
    verdict.success = not verdict.faults
    return verdict
