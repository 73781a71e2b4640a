"""Ground to stand on: flat, rough or stairs."""

from typing import Literal

import mujoco
import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from envs.surroundings import add_daylight, add_tiles

_HALF = 32.0
"""Half the side of rough ground and of stairs, m. Beyond lies nothing: at 1.2 m/s nobody gets there in 20 s."""

_STARTS = 4.0
"""Half the side of the square in which robots may start, m."""

_CELL = 0.1
"""Grid spacing of rough ground, m."""

_SMOOTHING = 0.25
"""Standard deviation of the filter that rounds rough ground off, m: bumps are about as wide as a foot is long."""

_LANDING, _STEPS = 1.0, 25
"""Half the side of the flat square that stairs begin around, m, and how many they are; a plateau follows."""

_LIGHTS = (
    ((2.0, 2.0, 4.0), (-0.5, -0.4, -1.0), (0.75, 0.75, 0.75)),
    ((-2.0, -3.0, 3.0), (0.5, 0.6, -0.6), (0.3, 0.3, 0.34)),
)


class TerrainConfig(BaseModel):
    """The ground.

    Attributes:
        kind: flat, rough or stairs.
        roughness: height of rough ground's bumps from lowest to highest, m.
        step_height: of the stairs, m.
        step_depth: of the stairs, m.
        seed: of the bumps.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    kind: Literal["flat", "rough", "stairs"] = "flat"
    roughness: float = Field(default=0.06, gt=0, le=0.5)
    step_height: float = Field(default=0.05, gt=0, le=0.3)
    step_depth: float = Field(default=0.40, ge=0.2, le=2)
    seed: int = Field(default=0, ge=0)


class Terrain:
    """The ground of a scene, the same in every world.

    Args:
        config: which ground.
    """

    def __init__(self, config: TerrainConfig) -> None:
        self.config = config
        cells = round(2 * _HALF / _CELL) + 1
        axis = np.linspace(-_HALF, _HALF, cells)
        x, y = np.meshgrid(axis, axis, indexing="xy")
        self._heights = self._surface(x, y).astype(np.float32)
        self._grid = torch.from_numpy(self._heights)

    @property
    def reach(self) -> float:
        """Half the side of the square in which robots may start, m."""
        return 0.0 if self.config.kind == "flat" else _STARTS

    def add_to(self, spec: mujoco.MjSpec) -> None:
        """Add ground, sky and lights to a scene."""
        add_daylight(spec, _LIGHTS)
        add_tiles(spec, "ground", ((0.55, 0.57, 0.60), (0.50, 0.52, 0.55)), (0.40, 0.42, 0.45), side=1.0)
        getattr(self, f"_add_{self.config.kind}")(spec)

    def height(self, points: Tensor) -> Tensor:
        """Of the ground under points (..., 2) or (..., 3), m; to the nearest cell of 0.1 m on rough ground."""
        if self.config.kind == "flat":
            return torch.zeros_like(points[..., 0])
        if self._grid.device != points.device:
            self._grid = self._grid.to(points.device)
        last = len(self._grid) - 1
        index = ((points[..., :2] + _HALF) / _CELL).round().long().clamp(0, last)
        return self._grid[index[..., 1], index[..., 0]].to(points.dtype)

    def _surface(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Heights at grid points, m."""
        config = self.config
        if config.kind == "rough":
            from scipy.ndimage import gaussian_filter

            bumps = np.random.default_rng(config.seed).standard_normal(x.shape)
            bumps = gaussian_filter(bumps, _SMOOTHING / _CELL)
            return config.roughness * (bumps - bumps.min()) / np.ptp(bumps)
        if config.kind == "stairs":
            return config.step_height * _step(np.maximum(abs(x), abs(y)), config.step_depth)
        return np.zeros_like(x)

    def _add_flat(self, spec: mujoco.MjSpec) -> None:
        spec.worldbody.add_geom(
            name="ground", type=mujoco.mjtGeom.mjGEOM_PLANE, size=[0, 0, 1], material="ground"
        )

    def _add_rough(self, spec: mujoco.MjSpec) -> None:
        rows, columns = self._heights.shape
        spec.add_hfield(
            name="ground",
            nrow=rows,
            ncol=columns,
            size=[_HALF, _HALF, self.config.roughness, 0.1],
            userdata=(self._heights / self.config.roughness).ravel(),
        )
        spec.worldbody.add_geom(
            name="ground", type=mujoco.mjtGeom.mjGEOM_HFIELD, hfieldname="ground", material="ground"
        )

    def _add_stairs(self, spec: mujoco.MjSpec) -> None:
        """Square rings that rise from the middle outwards, each a plate of four beams."""
        config = self.config
        spec.worldbody.add_geom(
            name="ground", type=mujoco.mjtGeom.mjGEOM_PLANE, size=[0, 0, 1], material="ground"
        )
        for ring in range(1, _STEPS + 1):
            inner, top = _inner(ring, config.step_depth), ring * config.step_height
            half, middle = (_HALF - inner) / 2, (_HALF + inner) / 2
            for name, place, size in (
                ("east", [middle, 0], [half, _HALF]),
                ("west", [-middle, 0], [half, _HALF]),
                ("north", [0, middle], [inner, half]),
                ("south", [0, -middle], [inner, half]),
            ):
                spec.worldbody.add_geom(
                    name=f"step_{ring}_{name}",
                    type=mujoco.mjtGeom.mjGEOM_BOX,
                    pos=[*place, top - config.step_height / 2],
                    size=[*size, config.step_height / 2],
                    material="ground",
                )


def _inner(ring: int, depth: float) -> float:
    """Distance at which a step begins, m."""
    return _LANDING + (ring - 1) * depth


def _step(distance: np.ndarray, depth: float) -> np.ndarray:
    """Number of steps climbed at a distance from the middle."""
    return np.clip(np.floor((distance - _LANDING) / depth) + 1, 0, _STEPS)
