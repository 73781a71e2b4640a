"""How often physics, control and video run."""

from __future__ import annotations

from pydantic import BaseModel, Field, model_validator


class Rates(BaseModel, extra="forbid", frozen=True, allow_inf_nan=False):
    """The three clocks of an environment, in Hz, each a whole multiple of the slower one.

    The defaults are a robot that sees video at 36 Hz and emits controls at 18 Hz; the motors' own loops run
    every physics step.

    Attributes:
        physics_hz: physics steps per second.
        control_hz: actions per second.
        video_hz: camera frames per second.

    Raises:
        pydantic.ValidationError: if physics_hz is not a whole multiple of video_hz, or video_hz not one of
            control_hz.
    """

    physics_hz: int = Field(default=180, gt=0)
    control_hz: int = Field(default=18, gt=0)
    video_hz: int = Field(default=36, gt=0)

    @model_validator(mode="after")
    def _divide_evenly(self) -> Rates:
        clocks = (
            ("physics_hz", self.physics_hz, "control_hz", self.control_hz),
            ("video_hz", self.video_hz, "control_hz", self.control_hz),
            # a frame is taken between two physics steps, never inside one
            ("physics_hz", self.physics_hz, "video_hz", self.video_hz),
        )
        for fast_name, fast, slow_name, slow in clocks:
            if fast % slow:
                raise ValueError(f"{fast_name} ({fast}) must be a whole multiple of {slow_name} ({slow})")
        return self

    @property
    def substeps(self) -> int:
        """Physics steps per action."""
        return self.physics_hz // self.control_hz

    @property
    def timestep(self) -> float:
        """Length of a physics step, s."""
        return 1.0 / self.physics_hz

    @property
    def control_period(self) -> float:
        """Time from one action to the next, s."""
        return 1.0 / self.control_hz
