"""The GRASP taxonomy's grasps: where grasp trials meet the report."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from envs.cpus import available_cpus
from envs.grasping.hands import our_hand
from envs.grasping.recording import held_pose, record_trial
from envs.grasping.referee import judge
from envs.grasping.trial import Schedule
from hand_model import HandConfig
from hand_model.grasps import Grasp, load_grasps
from orchestrator.dexterity.pictures import Picture

_HOLD = 5.0
"""How long each of the twelve loads is held, s: as in `benchmarks/feix.py`."""


@dataclass(frozen=True)
class GraspTrial:
    """A grasp that was carried out.

    Attributes:
        grasp: the datum.
        faults: what the referee found against it; none if it was held.
        qpos: state at the end of the lift, (nq,) of the grasp's scene.
    """

    grasp: Grasp
    faults: tuple[str, ...]
    qpos: np.ndarray

    @property
    def held(self) -> bool:
        """Whether the referee says that the object was held."""
        return not self.faults


def try_grasps(
    config: HandConfig, progress: Callable[[float], None] = lambda share: None
) -> list[GraspTrial]:
    """Carry out every grasp with a hand and have the referee judge it, one on each CPU at a time.

    Args:
        config: the hand's design. The grasps' numbers were tuned for the default one.
        progress: told which share of the work is done.
    """
    hand, schedule = our_hand(config), Schedule(hold=_HOLD)

    def attempt(grasp: Grasp) -> GraspTrial:
        recording = record_trial(hand, grasp, schedule)
        faults = judge(recording, hand, grasp, schedule.hold).faults
        return GraspTrial(grasp, tuple(faults), held_pose(recording))

    grasps = load_grasps()
    trials = []
    with ThreadPoolExecutor(available_cpus()) as pool:
        for trial in pool.map(attempt, grasps):
            trials.append(trial)
            progress(len(trials) / len(grasps))
    return trials


def grasp_pictures(config: HandConfig, trials: list[GraspTrial]) -> list[Picture]:
    """A picture of each grasp, with its name and what speaks against it."""
    from envs.grasping.pictures import draw

    hand = our_hand(config)
    return [
        Picture(
            f"grasp-{trial.grasp.number:02d}.jpg",
            f"{trial.grasp.number} {trial.grasp.name}: {'held' if trial.held else trial.faults[0]}",
            draw(hand, trial.grasp, trial.qpos, 240, 240),
        )
        for trial in trials
    ]
