"""Plays an exported policy that sees: `python seeing_player.py`, beside `player.py`. OpenGL draws what it sees."""

from collections import deque
from functools import cached_property

import mujoco
import numpy as np
from player import Player, main  # what lies beside this file where it was exported to


class SeeingPlayer(Player):
    """A player that hands the policy the video of its control periods."""

    @cached_property
    def renderer(self) -> mujoco.Renderer:
        """Without shadows, reflections, haze, fog and smoothing."""
        self.model.vis.quality.offsamples = 0
        first = self.contract["video"]["cameras"][0]
        renderer = mujoco.Renderer(self.model, first["height"], first["width"])
        renderer.scene.flags[:] = 0
        renderer.scene.flags[mujoco.mjtRndFlag.mjRND_SKYBOX] = 1
        return renderer

    def draw(self, camera: str) -> np.ndarray:
        """A picture, (3, height, width)."""
        self.renderer.update_scene(self.data, camera)
        return self.renderer.render().transpose(2, 0, 1)

    def look(self) -> None:
        """A frame of every camera, (cameras, 3, height, width); one whose turn it is not keeps its last."""
        cameras = enumerate(self.contract["video"]["cameras"])
        turns = [(i, camera["name"], self.count % camera["stride"] == 0) for i, camera in cameras]
        self.frames.append(np.stack([self.draw(n) if due else self.frames[-1][i] for i, n, due in turns]))
        self.count += 1

    def begin(self, state: np.ndarray, setpoint: np.ndarray) -> None:
        """All that was seen is the start."""
        super().begin(state, setpoint)
        kept = self.contract["video"]["frames"] + self.contract["video"]["late"]
        self.count, self.frames = 0, deque[np.ndarray](maxlen=kept)
        self.look()
        self.frames.extend([self.frames[0]] * kept)

    def observe(self) -> dict[str, np.ndarray]:
        """The inputs, and pixels, (1, frames, cameras, 3, height, width)."""
        frames = list(self.frames)[: self.contract["video"]["frames"]]
        return super().observe() | {"pixels": np.stack(frames)[None]}

    def advance(self) -> None:
        """Let the physics run for a control period, and look at each of its frames."""
        rates = self.contract["rates"]
        for _ in range(self.contract["video"]["frames"]):
            mujoco.mj_step(self.model, self.data, rates["physics_hz"] // rates["video_hz"])
            mujoco.mj_forward(self.model, self.data)
            self.look()


if __name__ == "__main__":
    main(SeeingPlayer)
