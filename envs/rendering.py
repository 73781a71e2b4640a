"""Frames from states by ray tracing on the CPU: no OpenGL, no display, no GPU."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import mujoco
import numpy as np
from numpy.typing import ArrayLike, NDArray

from envs.cpus import available_cpus
from envs.warp_runtime import mjw, wp

# what the ray tracer reads of a state
_POSES = ("geom_xpos", "geom_xmat", "cam_xpos", "cam_xmat", "light_xpos", "light_xdir")


class Renderer:
    """Draws states of one model from one camera with MuJoCo Warp's ray tracer.

    Geoms of groups 0 to 2 are drawn, as in MuJoCo's viewer; sites, tendons and flexes are not. A frame of
    480 × 360 pixels with four samples each takes 0.3 to 0.8 s of one core, the more the closer the camera is,
    and with one sample a quarter. Making the first renderer of a model compiles the ray tracer for it, some ten
    seconds; Warp caches that on disk.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        width: int = 480,
        height: int = 360,
        camera: str | int = 0,
        samples: int = 2,
        threads: int = 0,
    ) -> None:
        """Compile the ray tracer for the model.

        Args:
            model: copied. Lights, materials, textures and the skybox are taken from it.
            width: of a frame, pixels.
            height: of a frame, pixels.
            camera: name or index of a camera in the model.
            samples: samples per pixel along each axis, averaged: their square is the cost.
            threads: frames drawn at a time; 0 for every CPU this process may use.

        Raises:
            KeyError: if the model has no such camera.
        """
        self.model = copy.copy(model)
        self.model.opt.disableflags &= ~int(mujoco.mjtDisableBit.mjDSBL_AUTORESET)  # MuJoCo Warp refuses it
        self.width, self.height = width, height
        index = self.model.camera(camera).id
        with wp.ScopedDevice("cpu"):
            device_model = mjw.put_model(self.model)
        self._threads = threads or available_cpus()
        self._make_easel = partial(_Easel, self.model, device_model, (width, height), index, samples)
        self._easels = [self._make_easel()]
        # Compiles the kernels, which threads must not do at once.
        self.render(model.qpos0[None])

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
        model = self.model
        default = mujoco.MjData(model)
        rows = np.asarray(qpos, np.float64)
        count = len(rows)
        positions = default.mocap_pos if mocap_pos is None else np.asarray(mocap_pos, np.float64)
        attitudes = default.mocap_quat if mocap_quat is None else np.asarray(mocap_quat, np.float64)
        if rows.shape != (count, model.nq):
            raise ValueError(f"qpos must have shape (n, {model.nq}), got {rows.shape}")
        states = list(
            zip(
                rows,
                np.broadcast_to(positions, (count, model.nmocap, 3)),
                np.broadcast_to(attitudes, (count, model.nmocap, 4)),
                strict=True,
            )
        )
        frames = np.empty((count, self.height, self.width, 3), np.uint8)
        workers = min(self._threads, count)
        while len(self._easels) < workers:
            self._easels.append(self._make_easel())

        def draw(worker: int) -> None:
            for i in range(worker, count, workers):
                frames[i] = self._easels[worker].draw(*states[i])

        with ThreadPoolExecutor(max(workers, 1)) as pool:
            list(pool.map(draw, range(workers)))
        return frames


class _Easel:
    """The buffers in which one thread draws."""

    def __init__(
        self,
        model: mujoco.MjModel,
        device_model: mjw.Model,
        size: tuple[int, int],
        camera: int,
        samples: int,
    ) -> None:
        self._model, self._device_model = model, device_model
        self._state = mujoco.MjData(model)
        with wp.ScopedDevice("cpu"):
            self._data = mjw.make_data(model, nworld=1, nconmax=1, njmax=1)
            self._context = mjw.create_render_context(
                model,
                cam_res=size,
                cam_active=[camera],
                render_rgb=True,
                render_depth=False,
                render_seg=False,
                use_shadows=True,
                render_skybox=True,
                samples_per_pixel=samples,
            )
            self._rgb = wp.empty((1, size[1], size[0]), dtype=wp.vec3)  # pyright: ignore[reportArgumentType]

    def draw(self, qpos: np.ndarray, mocap_pos: np.ndarray, mocap_quat: np.ndarray) -> NDArray[np.uint8]:
        """Draw a state, (height, width, 3)."""
        state = self._state
        state.qpos[:], state.mocap_pos[:], state.mocap_quat[:] = qpos, mocap_pos, mocap_quat
        mujoco.mj_kinematics(self._model, state)
        mujoco.mj_comPos(self._model, state)
        mujoco.mj_camlight(self._model, state)
        with wp.ScopedDevice("cpu"):
            for name in _POSES:
                array = getattr(self._data, name)
                array.assign(getattr(state, name).reshape(array.numpy().shape))
            mjw.refit_bvh(self._device_model, self._data, self._context)  # or moved geoms are drawn in part
            mjw.render(self._device_model, self._data, self._context)
            mjw.get_rgb(self._context, 0, self._rgb)  # pyright: ignore[reportArgumentType]
        return np.rint(self._rgb.numpy()[0] * 255).astype(np.uint8)
