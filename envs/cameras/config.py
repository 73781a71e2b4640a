"""Cameras by config: which, how large, how often, and how they differ from world to world."""

from collections.abc import Callable
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor

Range = tuple[float, float]
"""Lowest and highest value of a uniform draw."""

Mounting = Callable[[], tuple[Tensor, Tensor]]
"""How far every world's cameras are off their mounts: distances (nworld,) m and angles (nworld,) rad."""

LONGEST_LATENCY = 0.5
"""s."""


class CameraConfig(BaseModel):
    """One camera.

    Attributes:
        name: of the camera in the task's picture.
        width: pixels.
        height: pixels.
        hz: frames per second; none: the task's video rate. A slower camera's frame is seen until the next comes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    width: int = Field(default=64, ge=1, le=4096)
    height: int = Field(default=64, ge=1, le=4096)
    hz: int | None = Field(default=None, gt=0)


class LooksConfig(BaseModel):
    """What looks different in every episode, each drawn uniformly. The defaults change nothing.

    How far cameras are off their mounts is among what `envs.randomization` draws.

    Attributes:
        brightness: of every light, as a factor.
        light_direction: standard deviation by which lights turn, rad.
        colour: largest change of each colour channel of every geom and material but the markers', 0 to 1.
        backdrops: whether the surface behind the scene has one of several textures.
        field_of_view: of every camera, as a factor.
        exposure: gain of the sensor, as a factor.
        vignette: share of the light that is lost in a frame's corners.
        noise: standard deviation of each pixel's noise, of the full scale, at full light; it falls with the root of
            the light, as photons' does.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    brightness: Range = (1.0, 1.0)
    light_direction: float = Field(default=0.0, ge=0, le=1)
    colour: float = Field(default=0.0, ge=0, le=1)
    backdrops: bool = False
    field_of_view: Range = (1.0, 1.0)
    exposure: Range = (1.0, 1.0)
    vignette: Range = (0.0, 0.0)
    noise: float = Field(default=0.0, ge=0, le=1)

    @model_validator(mode="after")
    def _ranges_hold(self) -> Self:
        for name in ("brightness", "field_of_view", "exposure", "vignette"):
            low, high = getattr(self, name)
            if not 0 <= low <= high or (name == "vignette" and high > 1):
                raise ValueError(
                    f"{name}: expected two numbers, ascending and not negative, got {[low, high]}"
                )
        return self


class CamerasConfig(BaseModel):
    """All cameras of a world.

    Attributes:
        cameras: at least one; in `pixels` they need one size.
        latency: time from a frame's exposure to when a policy sees it, s; rounded to whole frames of video.
        shadows: whether lights cast shadows, which cost a third of the speed.
        looks: what differs from episode to episode.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    cameras: tuple[CameraConfig, ...] = Field(min_length=1)
    latency: float = Field(default=0.0, ge=0, le=LONGEST_LATENCY)
    shadows: bool = False
    looks: LooksConfig = LooksConfig()

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        sizes = {(camera.width, camera.height) for camera in self.cameras}
        if len(sizes) > 1:
            raise ValueError(f"cameras: expected one size for all, got {sorted(sizes)}")
        names = [camera.name for camera in self.cameras]
        if len(set(names)) < len(names):
            raise ValueError(f"cameras: expected each name once, got {names}")
        return self
