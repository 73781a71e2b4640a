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


class Player:
    """A policy and its world; `contract.json` says how they speak to each other."""

    def __init__(self, folder: Path) -> None:
        self.contract = json.loads((folder / "contract.json").read_text())
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.policy = onnxruntime.InferenceSession(str(folder / "policy.onnx"), options)
        self.model = mujoco.MjModel.from_binary_path(str(folder / "model.mjb"))
        self.data, self.video = mujoco.MjData(self.model), self.contract["video"]
        self.told: dict[str, np.ndarray] = {}  # setpoint and goal

    def read(self, signal: dict[str, Any]) -> np.ndarray:
        """Numbers of MuJoCo's objects by name, or what the program itself keeps."""
        if signal["kind"] in self.told:
            return self.told[signal["kind"]]
        find = getattr(self.data, signal["kind"])
        return np.concatenate([np.ravel(getattr(find(name), signal["field"])) for name in signal["names"]])

    def term(self, term: dict[str, Any]) -> np.ndarray:
        """`scale * (plus - minus) + offset`."""
        value = self.read(term["plus"]) - (self.read(term["minus"]) if term["minus"] else 0.0)
        return np.asarray(term["scale"]) * value + np.asarray(term["offset"])

    def observe(self) -> dict[str, np.ndarray]:
        """The policy's inputs, one row each."""
        given = {
            k: np.concatenate([self.term(t) for t in v]) for k, v in self.contract["observation"].items()
        }
        seen = {"pixels": np.stack(list(self.frames)[: self.video["frames"]])[None]} if self.video else {}
        return {k: v[None].astype(np.float32) for k, v in given.items()} | seen

    @cached_property
    def renderer(self) -> mujoco.Renderer:
        """OpenGL without shadows, reflections, haze, fog and smoothing."""
        self.model.vis.quality.offsamples = 0
        renderer = mujoco.Renderer(self.model, *(self.video["cameras"][0][k] for k in ("height", "width")))
        renderer.scene.flags[:] = 0
        renderer.scene.flags[mujoco.mjtRndFlag.mjRND_SKYBOX] = 1
        return renderer

    def look(self, count: int) -> np.ndarray:
        """A frame of every camera, (cameras, 3, height, width); one whose turn it is not keeps its last."""
        pictures = []
        for index, camera in enumerate(self.video["cameras"]):
            if count % camera["stride"]:
                pictures.append(self.frames[-1][index])
                continue
            self.renderer.update_scene(self.data, camera["name"])
            pictures.append(self.renderer.render().transpose(2, 0, 1))
        return np.stack(pictures)

    def begin(self, state: np.ndarray, **told: np.ndarray) -> None:
        """Put the world at the start of an episode."""
        mujoco.mj_setState(self.model, self.data, state, mujoco.mjtState.mjSTATE_INTEGRATION)
        mujoco.mj_forward(self.model, self.data)
        self.told = told
        self.memory = {k: np.zeros((1, n), np.float32) for k, n in self.contract["memory"].items()}
        if self.video:
            kept = self.video["frames"] + self.video["late"]
            self.frames = deque([self.look(0)] * kept, kept)

    def step(self, count: int) -> None:
        """One control period: observe, act, let the physics run, and look."""
        action, *after = self.policy.run(None, self.observe() | self.memory)
        self.memory = dict(zip(self.memory, after, strict=True))
        to, rates = self.contract["action"], self.contract["rates"]
        moved = self.told["setpoint"] + np.array(to["scale"]) * np.asarray(action)[0]
        self.told["setpoint"] = np.clip(moved, to["low"], to["high"])
        self.data.ctrl[:] = np.array(to["matrix"]) @ self.told["setpoint"]
        frames = self.video["frames"] if self.video else 1
        for frame in range(frames):
            mujoco.mj_step(self.model, self.data, rates["physics_hz"] // rates["control_hz"] // frames)
            mujoco.mj_forward(self.model, self.data)
            if self.video:
                self.frames.append(self.look(count * frames + frame + 1))

    def play(self, state: np.ndarray, **told: np.ndarray) -> bool:
        """Whether a whole episode ends well."""
        self.begin(state, **told)
        for count in range(self.contract["episode_steps"]):
            self.step(count)
        wanted = self.contract["success"]
        rows = self.term(wanted["offset"]).reshape(-1, wanted["width"])
        return bool((np.linalg.norm(rows, axis=1) < wanted["limit"]).all())


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
