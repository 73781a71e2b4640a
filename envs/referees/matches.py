"""What referees of matches share: a verdict, and whether both players had the same chance."""

from dataclasses import dataclass

import mujoco
import numpy as np

from envs.referees.recording import Recording
from envs.referees.replay import Findings

RED, BLUE = "red_", "blue_"
"""What the names of the two players' robots begin with."""

_SAME = 1e-6
"""How far the two players' robots may differ at the start, rad and m, and in their figures."""

_HALF_TURN = (-1, -1, 1)
"""What turns a place by half a turn about the vertical."""

_FIGURES = {
    "actuator_gear": mujoco.mjtObj.mjOBJ_ACTUATOR,
    "actuator_dynprm": mujoco.mjtObj.mjOBJ_ACTUATOR,
    "actuator_gainprm": mujoco.mjtObj.mjOBJ_ACTUATOR,
    "actuator_biasprm": mujoco.mjtObj.mjOBJ_ACTUATOR,
    "actuator_forcerange": mujoco.mjtObj.mjOBJ_ACTUATOR,
    "actuator_ctrlrange": mujoco.mjtObj.mjOBJ_ACTUATOR,
    "body_mass": mujoco.mjtObj.mjOBJ_BODY,
    "body_inertia": mujoco.mjtObj.mjOBJ_BODY,
    "geom_size": mujoco.mjtObj.mjOBJ_GEOM,
    "geom_friction": mujoco.mjtObj.mjOBJ_GEOM,
    "jnt_range": mujoco.mjtObj.mjOBJ_JOINT,
}
"""What has to be the same of red's and blue's robot."""


@dataclass
class MatchVerdict(Findings):
    """What the referee found; success is nothing but a match without a fault.

    Attributes:
        score: of red: 1 won, 0.5 drawn, 0 lost.
        seconds: until it was won, or over.
    """

    score: float = 0.5
    seconds: float = 0.0

    def decide(self, red: bool, blue: bool, *, last: bool) -> None:
        """Take in a moment at which players have what wins; only the first such moment counts.

        Args:
            red: whether red has it.
            blue: whether blue has it.
            last: whether the recording ends here.
        """
        if not (red or blue):
            return
        self.score = (float(red) - float(blue)) / 2 + 0.5
        if not last:
            self.fault("the match went on after it was won")


def compare_robots(model: mujoco.MjModel, verdict: MatchVerdict) -> None:
    """Look whether both robots are of one build."""
    for field, kind in _FIGURES.items():
        values = getattr(model, field)
        for index in range(len(values)):
            name = mujoco.mj_id2name(model, int(kind), index) or ""
            if name.startswith(RED):
                other = mujoco.mj_name2id(model, int(kind), BLUE + name.removeprefix(RED))
                if other < 0 or not np.allclose(values[index], values[other], rtol=_SAME, atol=_SAME):
                    verdict.fault("the players' robots differ")


def compare_starts(recording: Recording, verdict: MatchVerdict) -> None:
    """Look whether the robots begin as each other's half turn about the origin."""
    data = start_of(recording)
    for index in range(recording.model.nbody):
        name = recording.model.body(index).name
        if name.startswith(RED):
            blue = data.body(BLUE + name.removeprefix(RED)).xpos
            if not np.allclose(data.xpos[index] * _HALF_TURN, blue, rtol=0, atol=_SAME):
                verdict.fault("one player begins better placed")


def start_of(recording: Recording) -> mujoco.MjData:
    """The first recorded state, with the places of all bodies and contacts."""
    data = mujoco.MjData(recording.model)
    state = int(mujoco.mjtState.mjSTATE_INTEGRATION)
    mujoco.mj_setState(recording.model, data, recording.states[0], state)
    mujoco.mj_forward(recording.model, data)
    return data


def bodies_of(model: mujoco.MjModel, prefix: str) -> frozenset[int]:
    """A player's bodies, by index."""
    return frozenset(index for index in range(model.nbody) if model.body(index).name.startswith(prefix))
