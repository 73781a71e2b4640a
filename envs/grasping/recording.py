"""Recordings of trials, which can be replayed and judged."""

from pathlib import Path

import mujoco
import numpy as np
import torch

from envs.grasping.hands import GraspHand
from envs.grasping.scene import PHYSICS_HZ
from envs.grasping.trial import Moment, Schedule, TrialRunner, moments
from hand_model.grasps import Grasp


class Recorder:
    """Writes down one world of a trial: before each control step the whole state, the inputs and the motors.

    Args:
        runner: the trial's.
        world: which one.
    """

    def __init__(self, runner: TrialRunner, world: int = 0) -> None:
        self._runner, self._world = runner, world
        self._rows: dict[str, list[np.ndarray]] = {
            name: [] for name in ("state", "gravity", "gainprm", "forcerange", "winding", "phase")
        }

    def before(self, moment: Moment) -> None:
        """Note a control step that is about to happen."""
        self._note(moment.phase)

    def end(self) -> None:
        """Note where the last one led."""
        self._note("end")

    def _note(self, phase: str) -> None:
        runner, world = self._runner, self._world
        physics, motors = runner.physics, runner.motors
        winding = motors.heat.winding[world] if motors else torch.full((runner.model.nu,), torch.nan)
        values = {
            "state": physics.get_state()[world],
            "gravity": physics.expand("opt.gravity")[world],
            "gainprm": physics.expand("actuator_gainprm")[world],
            "forcerange": physics.expand("actuator_forcerange")[world],
            "winding": winding,
        }
        for name, value in values.items():
            self._rows[name].append(value.numpy().copy())
        self._rows["phase"].append(np.array(phase))

    def arrays(self) -> dict[str, np.ndarray]:
        """All of it: (n + 1, ...) arrays by name, and the model, as bytes."""
        model = self._runner.model
        buffer = np.empty(mujoco.mj_sizeModel(model), np.uint8)
        mujoco.mj_saveModel(model, None, buffer)
        return {name: np.stack(rows) for name, rows in self._rows.items()} | {
            "model": buffer,
            "grasp": np.array(self._runner.grasp.number),
        }


def record_trial(
    hand: GraspHand, grasp: Grasp, schedule: Schedule | None = None, physics_hz: int = PHYSICS_HZ
) -> dict[str, np.ndarray]:
    """Carry a grasp out and return the recording: see `Recorder.arrays`."""
    runner = TrialRunner(hand, grasp, 1, physics_hz)
    recorder = Recorder(runner)
    runner.run([grasp], moments(schedule or Schedule()), recorder)
    return recorder.arrays()


def save_recording(path: Path, recording: dict[str, np.ndarray]) -> None:
    """Write a recording to a compressed `.npz`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, allow_pickle=False, **recording)


def load_recording(path: Path) -> dict[str, np.ndarray]:
    """Read a recording back."""
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def held_pose(recording: dict[str, np.ndarray]) -> np.ndarray:
    """`qpos` (nq,) at the end of the lift, for a picture."""
    model = mujoco.MjModel.from_binary_path("model.mjb", {"model.mjb": recording["model"].tobytes()})
    data = mujoco.MjData(model)
    last = int(np.flatnonzero(recording["phase"] == "lift")[-1]) + 1
    mujoco.mj_setState(model, data, recording["state"][last], int(mujoco.mjtState.mjSTATE_INTEGRATION))
    return data.qpos.copy()
