"""Pictures of many states at once by MuJoCo Warp's ray tracer, on CPU cores or on a GPU: no OpenGL, no display."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import mujoco
import numpy as np
import torch
from torch import Tensor

from envs.cameras.flat import fold_flat_textures
from envs.cpus import available_cpus
from envs.warp_runtime import mjw, wp

Frames = dict[str, Tensor]
"""Pictures by kind: `rgb` (n, H, W, 3) uint8, `depth` (n, H, W) float32 m along the view, 0 where nothing is, and
`segmentation` (n, H, W, 2) int32: object and `mjtObj` type, -1 where nothing is."""


@dataclass(frozen=True)
class View:
    """What is drawn through one camera.

    Attributes:
        camera: its name in the model.
        width: pixels.
        height: pixels.
        kinds: some of `rgb`, `depth`, `segmentation`.
    """

    camera: str
    width: int = 64
    height: int = 64
    kinds: tuple[str, ...] = ("rgb",)


class Painter:
    """Draws states of one model through some of its cameras.

    Geoms of groups 0 to 2 are drawn, as in MuJoCo's viewer; sites, tendons and flexes are not. On a CPU each thread
    draws a share of the states; on a GPU one launch draws as many as fit. Making the first painter of a model compiles
    the ray tracer for it, some ten seconds, which Warp caches on disk.

    Args:
        model: copied. Lights, materials, textures and the skybox are taken from it.
        views: at least one.
        capacity: states that one launch draws; more are drawn in turns.
        device: "cuda:0" or "cpu"; None for Warp's default, which is the first GPU if there is one.
        threads: states drawn at once on a CPU; 0 for every CPU this process may use.
        shadows: whether lights cast them.
        samples: per pixel along each axis, averaged: their square is the cost. `rgb` only.
        varied: names of `mjModel` fields that `draw` is given for each state, such as `light_diffuse`.

    Attributes:
        device: where frames are.

    Raises:
        KeyError: the model has no such camera.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        views: Sequence[View],
        *,
        capacity: int = 1,
        device: str | None = None,
        threads: int = 0,
        shadows: bool = False,
        samples: int = 1,
        varied: Sequence[str] = (),
    ) -> None:
        self.model = copy.copy(model)
        self.model.opt.disableflags &= ~int(mujoco.mjtDisableBit.mjDSBL_AUTORESET)  # MuJoCo Warp refuses it
        if not {"mat_texid", "mat_rgba"} & set(varied):
            fold_flat_textures(self.model)
        warp_device = wp.get_device(device)
        self.device = torch.device(wp.device_to_torch(warp_device))
        self._views = tuple(views)
        cameras = [self.model.camera(view.camera).id for view in self._views]
        self._threads = 1 if warp_device.is_cuda else threads or available_cpus()
        self.capacity = capacity
        self._make_easel = partial(
            _Easel, self.model, self._views, cameras, capacity, warp_device, shadows, samples, tuple(varied)
        )
        self._easels = [self._make_easel()]
        default = mujoco.MjData(model)
        self._mocap = [
            torch.tensor(array, device=self.device, dtype=torch.float32)
            for array in (default.mocap_pos, default.mocap_quat)
        ]
        # Compiles the kernels, which threads must not do at once.
        rest = torch.tensor(model.qpos0[None], device=self.device)
        self.draw(rest, varied={name: self.default(name)[None] for name in varied})

    def default(self, name: str) -> Tensor:
        """The model's own value of a field that may vary."""
        return torch.from_numpy(np.array(getattr(self.model, name))).to(self.device)

    def draw(
        self,
        qpos: Tensor,
        mocap_pos: Tensor | None = None,
        mocap_quat: Tensor | None = None,
        varied: Mapping[str, Tensor] | None = None,
    ) -> list[Frames]:
        """Draw states.

        Args:
            qpos: (n, nq) positions, m or rad.
            mocap_pos: (n, nmocap, 3) positions of the mocap bodies, m; None for the model's.
            mocap_quat: (n, nmocap, 4) their orientations; None for the model's.
            varied: each state's values of the fields that were named, (n, ...).

        Returns:
            The frames of each view.

        Raises:
            ValueError: an argument has another shape.
        """
        count = len(qpos)
        if qpos.shape != (count, self.model.nq):
            raise ValueError(f"qpos must have shape (n, {self.model.nq}), got {tuple(qpos.shape)}")
        states = {
            "qpos": qpos,
            "mocap_pos": self._mocap[0].expand(count, -1, -1) if mocap_pos is None else mocap_pos,
            "mocap_quat": self._mocap[1].expand(count, -1, -1) if mocap_quat is None else mocap_quat,
        }
        frames = [_empty(view, count, self.device) for view in self._views]
        pieces = torch.arange(count).split(min(self.capacity, max(1, -(-count // self._threads))))
        workers = min(self._threads, len(pieces))
        while len(self._easels) < workers:
            self._easels.append(self._make_easel())

        def work(worker: int) -> None:
            for piece in pieces[worker::workers]:
                part = slice(int(piece[0]), int(piece[-1]) + 1)
                own = {name: values[part] for name, values in (varied or {}).items()}
                self._easels[worker].draw({k: v[part] for k, v in states.items()}, own, frames, part)

        if workers <= 1:
            for worker in range(workers):
                work(worker)
        else:
            with ThreadPoolExecutor(workers) as pool:
                list(pool.map(work, range(workers)))
        return frames


@contextmanager
def _compiled_without_nans() -> Iterator[None]:
    """What is compiled for a CPU takes no number for NaN, which makes rays half as fast again and changes no pixel.

    Not for physics, which asks whether a state diverged.
    """
    flags = wp.config.cpu_compiler_flags
    wp.config.cpu_compiler_flags = f"{flags} -menable-no-nans"
    try:
        yield
    finally:
        wp.config.cpu_compiler_flags = flags


def _empty(view: View, count: int, device: torch.device) -> Frames:
    shape = (count, view.height, view.width)
    kinds = {
        "rgb": ((*shape, 3), torch.uint8),
        "depth": (shape, torch.float32),
        "segmentation": ((*shape, 2), torch.int32),
    }
    return {kind: torch.empty(kinds[kind][0], dtype=kinds[kind][1], device=device) for kind in view.kinds}


class _Easel:
    """The buffers in which one thread draws up to `capacity` states."""

    def __init__(
        self,
        model: mujoco.MjModel,
        views: tuple[View, ...],
        cameras: list[int],
        capacity: int,
        device: wp.Device,
        shadows: bool,
        samples: int,
        varied: tuple[str, ...],
    ) -> None:
        self._views, self._device = views, device
        with wp.ScopedDevice(device):
            self._model = mjw.put_model(model)
            self._data = mjw.make_data(model, nworld=capacity, nconmax=1, njmax=1)
            self._context = mjw.create_render_context(
                model,
                nworld=capacity,
                cam_res=[(view.width, view.height) for view in views],
                cam_active=cameras,
                render_rgb=["rgb" in view.kinds for view in views],
                render_depth=["depth" in view.kinds for view in views],
                render_seg=["segmentation" in view.kinds for view in views],
                use_shadows=shadows,
                render_skybox=True,
                samples_per_pixel=samples,
                # rays are those of the model's intrinsics where every state has the same
                use_precomputed_rays="cam_fovy" not in varied,
            )
            self._varied = {name: self._own(name, capacity) for name in varied}
            self._data.nworld = 1
            with _compiled_without_nans():
                mjw.render(self._model, self._data, self._context)
        self._states = {
            name: wp.to_torch(getattr(self._data, name)) for name in ("qpos", "mocap_pos", "mocap_quat")
        }
        context = self._context
        # a pixel's four bytes are blue, green, red, alpha
        self._rgb = wp.to_torch(context.rgb_data.view(wp.int32)).view(torch.uint8).unflatten(1, (-1, 4))
        self._depth = wp.to_torch(context.depth_data)
        self._segmentation = wp.to_torch(context.seg_data)
        self._starts = {
            "rgb": context.rgb_adr.numpy().tolist(),
            "depth": context.depth_adr.numpy().tolist(),
            "segmentation": context.seg_adr.numpy().tolist(),
        }

    def _own(self, name: str, capacity: int) -> Tensor:
        """Give each of the states being drawn its own value of a field."""
        shared = getattr(self._model, name)
        own = wp.array(np.repeat(shared.numpy(), capacity, axis=0), dtype=shared.dtype)
        setattr(self._model, name, own)
        return wp.to_torch(own)

    def draw(
        self, states: dict[str, Tensor], varied: dict[str, Tensor], frames: list[Frames], part: slice
    ) -> None:
        """Draw up to `capacity` states into a part of the frames."""
        count = len(states["qpos"])
        for name, values in states.items():
            self._states[name][:count] = values
        for name, values in varied.items():
            self._varied[name][:count] = values
        self._data.nworld = count
        with wp.ScopedDevice(self._device):
            mjw.kinematics(self._model, self._data)
            mjw.com_pos(self._model, self._data)
            mjw.camlight(self._model, self._data)
            mjw.refit_bvh(self._model, self._data, self._context)  # or moved geoms are drawn in part
            mjw.render(self._model, self._data, self._context)
        for index, view in enumerate(self._views):
            for kind, out in frames[index].items():
                start = self._starts[kind][index]
                pixels = slice(start, start + view.width * view.height)
                out[part] = self._pixels(kind, count, pixels).reshape(out[part].shape)

    def _pixels(self, kind: str, count: int, part: slice) -> Tensor:
        """(count, pixels of part, ...) of a kind, of the first worlds."""
        if kind == "rgb":
            blue, green, red, _ = self._rgb[:count, part].unbind(-1)
            return torch.stack((red, green, blue), dim=-1)  # ten times as fast as picking them by index
        return (self._depth if kind == "depth" else self._segmentation)[:count, part]
