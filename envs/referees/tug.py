"""The referee of `hand-tug`: who pulled the prize over which line, and whether both had the same chance."""

from dataclasses import dataclass

import mujoco
import numpy as np

from envs.referees.recording import Recording
from envs.referees.replay import Allowance, Findings, inspect_model, replay

PRIZE, RED, BLUE = "prize", "red_", "blue_"

GRIP_DEPTH = 0.006
"""Deepest contact, m: a bar that is torn at with a hundred newtons goes deeper into the pulp than one that is held."""

_SAME = 1e-6
"""How far the two players' robots may differ at the start, rad and m, and in their figures."""

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
class TugVerdict(Findings):
    """What the referee found; success is nothing but a match without a fault.

    Attributes:
        score: of red: 1 won, 0.5 drawn, 0 lost.
        seconds: until it was won, or over.
    """

    score: float = 0.5
    seconds: float = 0.0


def judge_tug(recording: Recording, line: float) -> TugVerdict:
    """Judge a match.

    Args:
        recording: the match, to its end.
        line: how far the prize's middle has to be on a player's side, m.
    """
    verdict = TugVerdict()
    model = recording.model
    inspect_model(model, PRIZE, verdict)
    _compare_players(model, recording, verdict)
    address = int(model.joint(PRIZE).qposadr[0])
    last, won = len(recording.states) - 2, False
    for touch in replay(recording, PRIZE, verdict, Allowance(depth=GRIP_DEPTH)):
        verdict.seconds += float(model.opt.timestep)
        # a result is read after each control step, as the players see the world
        if round(verdict.seconds / model.opt.timestep) % recording.substeps:
            continue
        along = float(touch.after[address])
        if abs(along) >= line and not won:
            won, verdict.score = True, 1.0 if along < 0 else 0.0
            if touch.control_step != last:
                verdict.fault("the match went on after it was won")
    verdict.success = not verdict.faults
    return verdict


def _compare_players(model: mujoco.MjModel, recording: Recording, verdict: TugVerdict) -> None:
    """Both robots are of one build, and begin as each other's half turn."""
    for field, kind in _FIGURES.items():
        values = getattr(model, field)
        for index in range(len(values)):
            name = mujoco.mj_id2name(model, int(kind), index) or ""
            if name.startswith(RED):
                other = mujoco.mj_name2id(model, int(kind), BLUE + name.removeprefix(RED))
                if other < 0 or not np.allclose(values[index], values[other], rtol=_SAME, atol=_SAME):
                    verdict.fault("the players' robots differ")
    data = mujoco.MjData(model)
    mujoco.mj_setState(model, data, recording.states[0], int(mujoco.mjtState.mjSTATE_INTEGRATION))
    mujoco.mj_kinematics(model, data)
    for index in range(model.nbody):
        name = model.body(index).name
        if name.startswith(RED):
            blue = data.body(BLUE + name.removeprefix(RED)).xpos
            if not np.allclose(data.xpos[index] * (-1, -1, 1), blue, rtol=0, atol=_SAME):
                verdict.fault("one player begins better placed")
    if np.abs(data.body(PRIZE).xpos[:2]).max() > _SAME:
        verdict.fault("the prize does not begin in the middle")
