"""Frames from states by ray tracing on the CPU, in NumPy: no OpenGL, no display, no GPU."""

from __future__ import annotations

import mujoco
import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from envs.cameras.painter import Painter, View


class Renderer:
    """Draws states of one model from one camera, for people to look at: shadows, and several samples per pixel.

    `envs.cameras.painter.Painter` does the work. A frame of 480 × 360 pixels with four samples each takes 0.3 to 0.8 s
    of one core, the more the closer the camera is, and with one sample a quarter.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        width: int = 480,
        height: int = 360,
        camera: str = "",
        samples: int = 2,
        threads: int = 0,
    ) -> None:
        """Compile the ray tracer for the model.

        Args:
            model: copied. Lights, materials, textures and the skybox are taken from it.
            width: of a frame, pixels.
            height: of a frame, pixels.
            camera: name of a camera in the model; by default its first.
            samples: samples per pixel along each axis, averaged: their square is the cost.
            threads: frames drawn at a time; 0 for every CPU this process may use.

        Raises:
            KeyError: if the model has no such camera.
        """
        view = View(camera or model.camera(0).name, width, height)
        self._painter = Painter(model, [view], device="cpu", threads=threads, shadows=True, samples=samples)

    def render(
        self,
        qpos: ArrayLike,
        mocap_pos: ArrayLike | None = None,
        mocap_quat: ArrayLike | None = None,
    ) -> NDArray[np.uint8]:
        """Draw one frame per state.

        Args:
            qpos: (n, nq) positions, m or rad; one row for each frame.
            mocap_pos: (n, nmocap, 3) positions of the mocap bodies, m; None for the model's.
            mocap_quat: (n, nmocap, 4) their orientations; None for the model's.

        Returns:
            (n, height, width, 3) RGB.

        Raises:
            ValueError: if an argument has another shape.
        """
        positions, attitudes = (None if x is None else _rows(x) for x in (mocap_pos, mocap_quat))
        return self._painter.draw(_rows(qpos), positions, attitudes)[0]["rgb"].numpy()


def _rows(values: ArrayLike) -> torch.Tensor:
    return torch.from_numpy(np.array(values, np.float32))
