"""The referee of `hand-reorient`: how many goals in a row the hand brought the cube to, without dropping it."""

from dataclasses import dataclass

import mujoco
import numpy as np

from envs.referees.recording import Recording
from envs.referees.replay import Findings, inspect_model, replay

CUBE = "cube"

FELL = 0.10
"""How far below where it began the cube's middle counts as dropped, m."""

_STATE = int(mujoco.mjtState.mjSTATE_INTEGRATION)


@dataclass
class ReorientVerdict(Findings):
    """What the referee found.

    Attributes:
        goals: in a row that the cube was brought to.
        seconds: that the cube was in the hand.
        untouched: longest time for which nothing touched the cube after the start, s.
    """

    goals: int = 0
    seconds: float = 0.0
    untouched: float = 0.0


def judge_reorient(recording: Recording, wanted: int = 10, tolerance: float = 0.4) -> ReorientVerdict:
    """Judge an episode.

    Args:
        recording: the episode; its note `goal`, (n + 1, 4), is what was commanded after each control step.
        wanted: goals that were asked for.
        tolerance: turn between cube and goal that counts as reached, rad.
    """
    verdict = ReorientVerdict()
    model = recording.model
    inspect_model(model, CUBE, verdict)
    _follow_contacts(recording, verdict)
    period = recording.substeps * model.opt.timestep
    heights, turns = _poses(recording)
    commanded = recording.notes["goal"].astype(float)
    for step in range(1, len(turns)):
        if heights[step] < heights[0] - FELL:
            break
        verdict.seconds = step * period
        # what a step was told to reach is noted after it: the next command replaces it when the next step begins
        if _between(turns[step], commanded[step]) > tolerance:
            continue
        verdict.goals += 1
        if step + 1 < len(commanded) and _between(turns[step], commanded[step + 1]) <= tolerance:
            verdict.fault("a goal was set that was met already")
    verdict.success = not verdict.faults and verdict.goals >= wanted
    return verdict


def _follow_contacts(recording: Recording, verdict: ReorientVerdict) -> None:
    """Step the episode again, and note for how long the cube flew."""
    timestep, flown = recording.model.opt.timestep, 0.0
    for touch in replay(recording, CUBE, verdict):
        flown = 0.0 if touch.touching else flown + timestep
        if touch.control_step > 0:
            verdict.untouched = max(verdict.untouched, flown)


def _poses(recording: Recording) -> tuple[np.ndarray, np.ndarray]:
    """Height of the cube, (n + 1,) m, and its quaternion, (n + 1, 4), in every recorded state."""
    data = mujoco.MjData(recording.model)
    address = int(recording.model.joint(CUBE).qposadr[0])
    rows = []
    for state in recording.states:
        mujoco.mj_setState(recording.model, data, state, _STATE)
        rows.append(data.qpos[address : address + 7].copy())
    poses = np.array(rows)
    return poses[:, 2], poses[:, 3:]


def _between(turn: np.ndarray, goal: np.ndarray) -> float:
    """Angle between two orientations, rad."""
    first, second = np.zeros(9), np.zeros(9)
    mujoco.mju_quat2Mat(first, turn / np.linalg.norm(turn))
    mujoco.mju_quat2Mat(second, goal / np.linalg.norm(goal))
    trace = float(first @ second)
    return float(np.arccos(np.clip((trace - 1) / 2, -1.0, 1.0)))
