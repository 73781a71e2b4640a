"""Plays an exported policy in plain MuJoCo: `python player.py [FOLDER] [--episodes N]`. Cameras need OpenGL."""

import argparse
import json
from collections import deque
from functools import cached_property
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import onnxruntime


class Eyes:
    """The video of a control period."""

    def __init__(self, video: dict[str, Any], model: mujoco.MjModel) -> None:
        self.video, self.model, self.kept = video, model, video["frames"] + video["late"]

    @cached_property
    def renderer(self) -> mujoco.Renderer:
        """OpenGL without shadows, reflections, haze, fog and smoothing."""
        self.model.vis.quality.offsamples = 0
        renderer = mujoco.Renderer(self.model, *(self.video["cameras"][0][k] for k in ("height", "width")))
        renderer.scene.flags[:] = 0
        renderer.scene.flags[mujoco.mjtRndFlag.mjRND_SKYBOX] = 1
        return renderer

    def look(self, data: mujoco.MjData) -> None:
        """A frame of every camera, (cameras, 3, height, width); one whose turn it is not keeps its last."""
        pictures = []
        for index, camera in enumerate(self.video["cameras"]):
            if self.count % camera["stride"]:
                pictures.append(self.frames[-1][index])
            else:
                self.renderer.update_scene(data, camera["name"])
                pictures.append(self.renderer.render().transpose(2, 0, 1))
        self.frames.append(np.stack(pictures))
        self.count += 1

    def begin(self, data: mujoco.MjData) -> None:
        """All that was seen is the start."""
        self.count, self.frames = 0, deque[np.ndarray](maxlen=self.kept)
        self.look(data)
        self.frames.extend([self.frames[0]] * self.kept)

    def seen(self) -> np.ndarray:
        """Pixels for the policy, (1, frames, cameras, 3, height, width)."""
        return np.stack(list(self.frames)[: self.video["frames"]])[None]


class Player:
    """A policy and its world; `contract.json` says how they speak to each other."""

    def __init__(self, folder: Path) -> None:
        self.contract = json.loads((folder / "contract.json").read_text())
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.policy = onnxruntime.InferenceSession(str(folder / "policy.onnx"), options)
        self.model = mujoco.MjModel.from_binary_path(str(folder / "model.mjb"))
        self.data, video = mujoco.MjData(self.model), self.contract["video"]
        self.eyes = Eyes(video, self.model) if video else None
        self.own: dict[str, np.ndarray] = {}  # setpoint, last action, and what the policy is told

    def term(self, term: dict[str, Any]) -> np.ndarray:
        """`scale * (plus - minus) + offset`."""
        value = self.read(term["plus"]) - (self.read(term["minus"]) if term["minus"] else 0.0)
        return np.asarray(term["scale"]) * value + np.asarray(term["offset"])

    def read(self, signal: dict[str, Any]) -> np.ndarray:
        """Numbers of MuJoCo's objects by name, or what the program itself keeps."""
        if signal["kind"] == "own":
            parts = [self.own[name] for name in signal["names"]]
        else:
            find = getattr(self.data, signal["kind"])
            parts = [np.ravel(getattr(find(name), signal["field"])) for name in signal["names"]]
        return np.concatenate(parts)[signal["part"] or slice(None)]

    def observe(self) -> dict[str, np.ndarray]:
        """The policy's inputs, one row each."""
        given = {
            name: np.concatenate([self.term(term) for term in terms])[None].astype(np.float32)
            for name, terms in self.contract["observation"].items()
        }
        return given | ({"pixels": self.eyes.seen()} if self.eyes else {})

    def begin(self, state: np.ndarray, setpoint: np.ndarray) -> None:
        """Put the world at the start of an episode."""
        mujoco.mj_setState(self.model, self.data, state, mujoco.mjtState.mjSTATE_INTEGRATION)
        mujoco.mj_forward(self.model, self.data)
        self.own = {"setpoint": setpoint, "action": np.zeros(len(self.contract["action"]["scale"]))}
        self.memory = {k: np.zeros((1, n), np.float32) for k, n in self.contract["memory"].items()}
        if self.eyes:
            self.eyes.begin(self.data)

    def act(self, action: np.ndarray) -> None:
        """Write `ctrl`."""
        to = self.contract["action"]
        setpoint = np.array(self.own["setpoint"] if to["rest"] is None else to["rest"])
        setpoint[to["moved"]] += np.array(to["scale"]) * action
        self.own |= {"setpoint": np.clip(setpoint, to["low"], to["high"]), "action": action}
        self.data.ctrl[:] = np.array(to["matrix"]) @ self.own["setpoint"]

    def step(self, **told: np.ndarray) -> None:
        """One control period: observe, act, let the physics run, and look."""
        self.own |= told
        action, *after = self.policy.run(None, self.observe() | self.memory)
        self.memory = dict(zip(self.memory, after, strict=True))
        self.act(np.asarray(action, float)[0])
        rates, frames = self.contract["rates"], self.contract["video"]["frames"] if self.eyes else 1
        for _ in range(frames):
            mujoco.mj_step(self.model, self.data, rates["physics_hz"] // rates["control_hz"] // frames)
            mujoco.mj_forward(self.model, self.data)
            if self.eyes:
                self.eyes.look(self.data)

    def holds(self, when: str) -> bool:
        """Whether the bounds do that make a success, those `throughout` an episode or `at_end`."""
        for bound in self.contract["success"][when]:
            rows = self.term(bound["value"]).reshape(-1, bound["width"])
            values = np.linalg.norm(rows, axis=1) if bound["width"] > 1 else rows
            if not (values < bound["limit"]).all():
                return False
        return True

    def play(self, state: np.ndarray, setpoint: np.ndarray, **told: np.ndarray) -> bool:
        """Whether a whole episode ends well, in which the policy is told a row in each control step."""
        self.begin(state, setpoint)
        for count in range(self.contract["episode_steps"]):
            self.step(**{name: rows[min(count, len(rows) - 1)] for name, rows in told.items()})
            if not self.holds("throughout"):
                return False
        return self.holds("at_end")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, nargs="?", default=Path(__file__).parent)
    parser.add_argument("--episodes", type=int)
    asked = parser.parse_args()
    given = {name: rows[: asked.episodes] for name, rows in np.load(asked.folder / "episodes.npz").items()}
    before, player = given.pop("success"), Player(asked.folder)
    starts = [{name: rows[i] for name, rows in given.items()} for i in range(len(before))]
    found = np.array([player.play(**start) for start in starts])
    share = {"episodes": len(found), "success_rate": found.mean(), "exporter_success_rate": before.mean()}
    print(json.dumps(share | {"alike": (found == before).mean()}))
