"""The referee of blocks that are pushed to goals: whether every one is there, and got there by contacts only."""

from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np

from envs.referees.recording import Recording
from envs.referees.replay import Allowance, Findings, inspect_model, replay

PRESS_DEPTH = 0.006
"""Deepest contact, m: a rigid hand that is set down on a block presses it to the table with up to 170 N."""

_FOLD = {"disc": 0, "square": 4, "bar": 2, "ell": 1}
"""How often a block looks the same in a full turn about the vertical; 0: always."""


@dataclass
class BlocksVerdict(Findings):
    """What the referee found.

    Attributes:
        at_goal: share of the blocks that are at their goals at the end.
        distance: largest distance of a block from its goal, m.
    """

    at_goal: float = 0.0
    distance: float = 0.0


def judge_blocks(recording: Recording, tolerance: float, tolerance_rad: float) -> BlocksVerdict:
    """Judge an episode.

    Args:
        recording: the episode, with the note `goal`, (n + 1, blocks, 7), in the frame of the site `table`.
        tolerance: distance up to which a block is at its goal, m.
        tolerance_rad: and angle, rad.
    """
    verdict, model = BlocksVerdict(), recording.model
    blocks = [name for name in _FOLD if mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_BODY, name) >= 0]
    goals = recording.notes["goal"]
    if not np.array_equal(goals[1:], goals[:-1]):
        verdict.fault("the goal was moved")
    for block in blocks:
        inspect_model(model, block, verdict)
    middle, last = model.site("table").pos, np.zeros(model.nq)
    for touch in replay(recording, blocks[0], verdict, Allowance(depth=PRESS_DEPTH)):
        last = touch.after
    wanted = goals[0] + np.concatenate([middle, np.zeros(4)])
    found = [_compare(model, last, block, goal) for block, goal in zip(blocks, wanted, strict=True)]
    there = [distance <= tolerance and angle <= tolerance_rad for distance, angle in found]
    verdict.at_goal = sum(there) / len(there)
    verdict.distance = max(distance for distance, _ in found)
    verdict.success = all(there) and not verdict.faults
    return verdict


def _compare(model: mujoco.MjModel, qpos: np.ndarray, block: str, goal: np.ndarray) -> tuple[float, float]:
    """Distance, m, and angle, rad, of a block from its goal, whichever of its sides is up."""
    first = int(model.joint(block).qposadr[0])
    pose = qpos[first : first + 7]
    own, wanted = (_axes(quat) for quat in (pose[3:], goal[3:]))
    distance = float(np.linalg.norm(pose[:3] - goal[:3]))
    fold = _FOLD[block]
    if not fold:
        # only the axis counts, and neither of its ends
        return distance, float(np.arccos(min(1.0, abs(own[:, 2] @ wanted[:, 2]))))
    return distance, min(_turn(own @ same, wanted) for same in _same(fold))


def _same(fold: int) -> Sequence[np.ndarray]:
    """Rotations after which a block looks the same, turned over as well where it is symmetric at all."""
    turns = []
    for k in range(fold):
        c, s = np.cos(2 * np.pi * k / fold), np.sin(2 * np.pi * k / fold)
        turns.append(np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]))
    return turns if fold == 1 else turns + [turn @ np.diag([1.0, -1.0, -1.0]) for turn in turns]


def _turn(first: np.ndarray, second: np.ndarray) -> float:
    """Angle between two attitudes, rad."""
    return float(np.arccos(np.clip((np.trace(first.T @ second) - 1) / 2, -1.0, 1.0)))


def _axes(quat: np.ndarray) -> np.ndarray:
    """Rotation matrix (3, 3)."""
    matrix = np.zeros(9)
    mujoco.mju_quat2Mat(matrix, np.array(quat, float))
    return matrix.reshape(3, 3)
