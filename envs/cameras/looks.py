"""How a scene looks in each world: light, colours, backdrop, where cameras are and what they make of the light."""

import mujoco
import torch
from torch import Tensor

from envs import rotations
from envs.cameras.config import LooksConfig, Mounting
from envs.cameras.picture import BACKDROP, MARKER

_FIELDS = {
    "light_diffuse": lambda c: c.brightness != (1.0, 1.0),
    "light_dir": lambda c: c.light_direction > 0,
    "geom_rgba": lambda c: c.colour > 0,
    "mat_rgba": lambda c: c.colour > 0,
    "mat_texid": lambda c: c.backdrops,
    "cam_fovy": lambda c: c.field_of_view != (1.0, 1.0),
}
"""Fields of the model, and whether a config varies them."""

_MOUNTS = ("cam_pos", "cam_quat")
"""Fields that say where cameras are."""


class Looks:
    """Draws how worlds look.

    Args:
        model: of the picture.
        config: what differs.
        nworld: number of worlds.
        generator: of the draws, on the CPU so that backends draw alike.
        device: where the values are wanted.
        mounting: how far cameras are off their places and attitudes; none: not at all.

    Attributes:
        state: each world's values, for checkpoints: the model's fields, `exposure` and `vignette` (nworld,).
        varied: names of the model's fields that differ.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        config: LooksConfig,
        nworld: int,
        generator: torch.Generator,
        device: torch.device,
        mounting: Mounting | None = None,
    ) -> None:
        self.config, self.generator = config, generator
        self._model, self._mounting = model, mounting
        present = {"light": model.nlight, "mat": model.nmat, "geom": model.ngeom, "cam": model.ncam}
        asked = [name for name, asks in _FIELDS.items() if asks(config)] + list(_MOUNTS if mounting else ())
        self.varied = [name for name in asked if present[name.split("_")[0]]]
        self._default = {name: torch.tensor(getattr(model, name)).float() for name in self.varied}
        if "mat_texid" in self.varied:
            self._default["mat_texid"] = torch.tensor(model.mat_texid)
        self.state = {
            name: value.expand(nworld, *value.shape).clone().to(device)
            for name, value in self._default.items()
        }
        self.state |= {
            "exposure": torch.ones(nworld, device=device),
            "vignette": torch.zeros(nworld, device=device),
        }
        kept = [i for i in range(model.ngeom) if model.geom(i).name.startswith(MARKER)]
        self._kept_geoms = torch.tensor(kept, dtype=torch.int64)
        self._backdrops = [i for i in range(model.ntex) if model.tex(i).name.startswith(f"{BACKDROP}_")]

    def draw(self, worlds: Tensor) -> None:
        """Draw anew for worlds (n,) int64."""
        config, count = self.config, len(worlds)
        self._write(worlds, "exposure", self._uniform(config.exposure, count))
        self._write(worlds, "vignette", self._uniform(config.vignette, count))
        for name in self.varied:
            if name not in _MOUNTS:
                own = self._default[name].expand(count, *self._default[name].shape).clone()
                self._write(worlds, name, getattr(self, f"_draw_{name}")(own))
        if self._mounting:
            distance, angle = self._mounting()
            self._mount(worlds, distance[worlds].cpu(), angle[worlds].cpu())

    def fields(self, worlds: Tensor) -> dict[str, Tensor]:
        """The model's fields of worlds (n,), each (n, ...)."""
        return {name: self.state[name][worlds] for name in self.varied}

    def _draw_light_diffuse(self, own: Tensor) -> Tensor:
        return own * self._uniform(self.config.brightness, len(own))[:, None, None]

    def _draw_light_dir(self, own: Tensor) -> Tensor:
        turned = own + self.config.light_direction * self._normal(own.shape)
        return turned / turned.norm(dim=-1, keepdim=True)

    def _draw_geom_rgba(self, own: Tensor) -> Tensor:
        tinted = self._tinted(own)
        tinted[:, self._kept_geoms] = own[:, self._kept_geoms]
        return tinted

    def _draw_mat_rgba(self, own: Tensor) -> Tensor:
        return self._tinted(own)

    def _draw_mat_texid(self, own: Tensor) -> Tensor:
        material = self._model.mat(BACKDROP).id
        pick = torch.randint(len(self._backdrops), (len(own),), generator=self.generator)
        own[:, material, int(mujoco.mjtTextureRole.mjTEXROLE_RGB)] = torch.tensor(
            self._backdrops, dtype=own.dtype
        )[pick]
        return own

    def _draw_cam_fovy(self, own: Tensor) -> Tensor:
        return own * self._uniform(self.config.field_of_view, own.numel()).reshape(own.shape)

    def _mount(self, worlds: Tensor, distance: Tensor, angle: Tensor) -> None:
        """Put cameras of worlds (n,) so far off, and turn them by so much, each its own way."""
        cameras = (len(worlds), self._model.ncam)
        away = distance[:, None, None] * self._direction(cameras)
        turn = rotations.about(self._direction(cameras), angle[:, None].expand(cameras))
        self._write(worlds, "cam_pos", self._default["cam_pos"] + away)
        self._write(
            worlds, "cam_quat", rotations.multiply(self._default["cam_quat"].expand(*cameras, 4), turn)
        )

    def _direction(self, shape: tuple[int, ...]) -> Tensor:
        """Unit vectors, anywhere on the sphere alike, (*shape, 3)."""
        return torch.nn.functional.normalize(self._normal((*shape, 3)), dim=-1)

    def _tinted(self, own: Tensor) -> Tensor:
        shift = self.config.colour * (2 * torch.rand((*own.shape[:-1], 3), generator=self.generator) - 1)
        return torch.cat([(own[..., :3] + shift).clamp(0, 1), own[..., 3:]], dim=-1)

    def _uniform(self, span: tuple[float, float], count: int) -> Tensor:
        low, high = span
        return low + (high - low) * torch.rand(count, generator=self.generator)

    def _normal(self, shape: tuple[int, ...] | torch.Size) -> Tensor:
        return torch.randn(shape, generator=self.generator)

    def _write(self, worlds: Tensor, name: str, values: Tensor) -> None:
        state = self.state[name]
        state[worlds.to(state.device)] = values.to(state.device, state.dtype)
