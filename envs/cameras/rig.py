"""The cameras of many worlds: frames at their own rates, late as real ones are, as `pixels` for a policy."""

from collections.abc import Callable, Mapping, Sequence

import mujoco
import numpy as np
import torch
from torch import Tensor

from envs.cameras.config import CameraConfig, CamerasConfig, Mounting
from envs.cameras.lens import expose
from envs.cameras.looks import Looks
from envs.cameras.painter import Painter, View
from envs.cameras.picture import GOAL
from envs.cameras.shapes import Shapes
from envs.physics import Physics
from envs.rates import Rates

_CAPACITY = 64
"""Worlds that one launch draws on a CPU's thread; on a GPU all."""


class Rig:
    """Cameras in every world.

    `observe` gives the frames of the last control period, oldest first. What physics steps is not drawn by physics:
    states go to a picture of the same bodies, which may show more than physics knows.

    Args:
        physics: the worlds, on either backend.
        picture: the scene as cameras see it; its joints are those of the physics' model, in the same order.
        config: the cameras.
        rates: physics, video and control.
        markers: places by name, each (nworld, 3) m, of the picture's bodies that are called `goal_NAME`.
        seed: of the looks and the pixels' noise: streams of their own, so that episodes are the same unseen.
        threads: that draw, on a CPU; 0 for every CPU this process may use.
        shaped: names of the bodies whose shape is each world's own.
        mounting: how far the cameras are off their places and attitudes; none: not at all.

    Raises:
        ValueError: the picture has other joints, no such camera, or a rate does not divide evenly.
    """

    def __init__(
        self,
        physics: Physics,
        picture: mujoco.MjModel,
        config: CamerasConfig,
        rates: Rates,
        markers: Callable[[], Mapping[str, Tensor]],
        seed: int = 0,
        threads: int = 0,
        shaped: Sequence[str] = (),
        mounting: Mounting | None = None,
    ) -> None:
        if picture.nq != physics.model.nq:
            raise ValueError(f"the picture has {picture.nq} positions, the physics' model {physics.model.nq}")
        self.config, self._physics, self._markers = config, physics, markers
        nworld, device = physics.nworld, physics.device
        # on the CPU, so that backends draw alike
        self.looks = Looks(picture, config.looks, nworld, torch.Generator(), device, mounting)
        self._shapes = Shapes(physics, picture, shaped)
        self._strides = [_stride(camera, rates) for camera in config.cameras]
        self._painters = {
            stride: Painter(
                picture,
                [self._view(picture, i) for i in self._cameras_of(stride)],
                capacity=nworld if device.type == "cuda" else min(nworld, _CAPACITY),
                device=str(device),
                threads=threads,
                shadows=config.shadows,
                varied=[*self.looks.varied, *self._shapes.varied],
            )
            for stride in sorted(set(self._strides))
        }
        self._mocap = [picture.body(i).name for i in range(picture.nbody) if picture.body_mocapid[i] >= 0]
        self.frames = rates.video_hz // rates.control_hz
        late = round(config.latency * rates.video_hz)
        height, width = config.cameras[0].height, config.cameras[0].width
        self._noise = torch.Generator(device)
        self.seed(seed)
        self._history = torch.zeros(
            (nworld, self.frames + late, len(config.cameras), 3, height, width),
            dtype=torch.uint8,
            device=device,
        )
        self._count = torch.zeros((), dtype=torch.int64)

    def seed(self, seed: int) -> None:
        """Restart both random streams."""
        looks, noise = np.random.SeedSequence(seed).generate_state(2).tolist()
        self.looks.generator.manual_seed(looks)
        self._noise.manual_seed(noise)

    def observe(self) -> Tensor:
        """What a policy sees: (nworld, frames, cameras, 3, height, width) uint8, oldest frame first."""
        return self._history[:, : self.frames].clone()

    def capture(self, unseen: Tensor | None = None) -> None:
        """One video frame has passed: cameras whose turn it is take a picture, of worlds that can be drawn.

        Args:
            unseen: (nworld,) bool, worlds whose frame nobody will see; none: all are seen.
        """
        self._count += 1
        self._history[:, :-1] = self._history[:, 1:].clone()
        drawn = ~self._physics.diverged()
        worlds = (drawn if unseen is None else drawn & ~unseen).nonzero().squeeze(1)
        due = [stride for stride in self._painters if int(self._count) % stride == 0]
        self._shoot(worlds, due, slice(-1, None))

    def reset(self, worlds: Tensor) -> None:
        """Episodes begin: worlds (n,) int64 get new looks, and all of their frames show the start."""
        if len(worlds):
            self.looks.draw(worlds)
            self._shoot(worlds, list(self._painters), slice(None))

    def state_dict(self) -> dict[str, Tensor]:
        """Everything that the next frames depend on."""
        state = {"history": self._history.clone(), "count": self._count.clone()}
        state |= {f"looks.{name}": value.clone() for name, value in self.looks.state.items()}
        streams = {"noise": self._noise, "generator": self.looks.generator}
        return state | {name: stream.get_state() for name, stream in streams.items()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go on from `state_dict`."""
        self._history.copy_(state["history"])
        self._count.copy_(state["count"])
        for name, value in self.looks.state.items():
            value.copy_(state[f"looks.{name}"])
        self._noise.set_state(state["noise"].cpu())
        self.looks.generator.set_state(state["generator"].cpu())

    def _shoot(self, worlds: Tensor, due: list[int], when: slice) -> None:
        """Take pictures of worlds (n,) with the cameras of some strides, into some of their frames."""
        if not len(worlds) or not due:
            return
        qpos = self._physics.field("qpos")[worlds].float()
        mocap_pos, mocap_quat = self._mocap_poses(worlds)
        varied, looks = self.looks.fields(worlds) | self._shapes.fields(worlds), self.looks.state
        for stride in due:
            drawn = self._painters[stride].draw(qpos, mocap_pos, mocap_quat, varied)
            for camera, frames in zip(self._cameras_of(stride), drawn, strict=True):
                light = frames["rgb"].permute(0, 3, 1, 2)
                seen = self._expose(light, looks["exposure"][worlds], looks["vignette"][worlds])
                self._history[worlds, when, camera] = seen[:, None]

    def _expose(self, light: Tensor, exposure: Tensor, vignette: Tensor) -> Tensor:
        config = self.config.looks
        if config.exposure == (1.0, 1.0) and config.vignette == (0.0, 0.0) and not config.noise:
            return light
        return expose(light, exposure, vignette, config.noise, self._noise)

    def _mocap_poses(self, worlds: Tensor) -> tuple[Tensor, Tensor]:
        """Where the picture's mocap bodies are: (n, nmocap, 3) m and (n, nmocap, 4)."""
        count, device = len(worlds), self._physics.device
        positions = torch.zeros(count, len(self._mocap), 3, device=device)
        attitudes = torch.zeros(count, len(self._mocap), 4, device=device)
        attitudes[..., 0] = 1.0
        markers = self._markers()
        model = self._physics.model
        for index, name in enumerate(self._mocap):
            if name.startswith(GOAL):
                positions[:, index] = markers[name.removeprefix(GOAL)][worlds].float()
            else:
                own = model.body_mocapid[model.body(name).id]
                positions[:, index] = self._physics.field("mocap_pos")[worlds, own].float()
                attitudes[:, index] = self._physics.field("mocap_quat")[worlds, own].float()
        return positions, attitudes

    def _cameras_of(self, stride: int) -> list[int]:
        return [index for index, own in enumerate(self._strides) if own == stride]

    def _view(self, picture: mujoco.MjModel, index: int) -> View:
        camera = self.config.cameras[index]
        known = [picture.camera(i).name for i in range(picture.ncam)]
        if camera.name not in known:
            raise ValueError(f"cameras: no camera is called {camera.name!r}; expected one of {known}")
        return View(camera.name, camera.width, camera.height)


def _stride(camera: CameraConfig, rates: Rates) -> int:
    """Video frames from one picture of a camera to its next."""
    if camera.hz is None:
        return 1
    if rates.video_hz % camera.hz:
        raise ValueError(
            f"cameras: video_hz ({rates.video_hz}) must be a whole multiple of {camera.name}'s hz ({camera.hz})"
        )
    return rates.video_hz // camera.hz
