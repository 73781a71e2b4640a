"""The referee of `thumb-war`: whose thumb was held down, how long, and whether both had the same chance."""

import mujoco
import numpy as np

from envs.referees.matches import BLUE, RED, MatchVerdict, compare_robots, compare_starts
from envs.referees.recording import Recording
from envs.referees.replay import Allowance, replay

_THUMB = ("thumb_metacarpal", "thumb_proximal", "thumb_distal")

_PRESS_DEPTH = 0.006
"""Deepest contact, m: thumbs press on each other with all that their motors have."""

_ON_TOP = 0.5
"""Of the way from the upper thumb to the lower one, what at least points down."""


def judge_thumb_war(recording: Recording, seconds: float, height: float) -> MatchVerdict:
    """Judge a match.

    Args:
        recording: the match, to its end.
        seconds: for which a thumb has to be pinned.
        height: below which a thumb's tip is down, m.
    """
    verdict = MatchVerdict()
    model = recording.model
    compare_robots(model, verdict)
    compare_starts(recording, verdict)
    pins = _Pins(model, height)
    last, won, count = len(recording.states) - 2, False, 0
    held, needed = {RED: 0, BLUE: 0}, round(seconds / (model.opt.timestep * recording.substeps))
    for touch in replay(recording, f"{RED}thumb_distal", verdict, Allowance(depth=_PRESS_DEPTH)):
        count += 1
        verdict.seconds += float(model.opt.timestep)
        # a result is read after each control step, as the players see the world
        if count % recording.substeps:
            continue
        pinned = pins.who(touch.after)
        held = {player: steps + 1 if player == pinned else 0 for player, steps in held.items()}
        if not won:
            won = max(held.values()) >= needed
            verdict.decide(held[BLUE] >= needed, held[RED] >= needed, last=touch.control_step == last)
    verdict.success = not verdict.faults
    return verdict


class _Pins:
    """Tells whose thumb is pinned."""

    def __init__(self, model: mujoco.MjModel, height: float) -> None:
        self._model, self._data, self._height = model, mujoco.MjData(model), height
        self._thumbs = {p: {model.body(p + name).id for name in _THUMB} for p in (RED, BLUE)}

    def who(self, qpos: np.ndarray) -> str | None:
        """Whose thumb is down, under the other's, at positions (nq,)."""
        self._data.qpos[:] = qpos
        mujoco.mj_fwdPosition(self._model, self._data)
        down = self._direction()
        if down < -_ON_TOP:
            lower = BLUE
        elif down > _ON_TOP:
            lower = RED
        else:
            return None
        return lower if self._data.site(f"{lower}thumb_tip").xpos[2] < self._height else None

    def _direction(self) -> float:
        """Upward share of the way from red's thumb to blue's where they touch deepest; 0 where they don't."""
        model, data = self._model, self._data
        deepest, direction = np.inf, 0.0
        for contact in data.contact:
            first, second = (int(model.geom_bodyid[g]) for g in (contact.geom1, contact.geom2))
            for one, other, sign in ((first, second, 1.0), (second, first, -1.0)):
                between = one in self._thumbs[RED] and other in self._thumbs[BLUE]
                if between and contact.dist < deepest:
                    deepest, direction = contact.dist, sign * float(contact.frame[2])
        return direction
