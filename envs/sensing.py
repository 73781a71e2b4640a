"""What encoders report of joint angles: resolution, noise, backlash and delay, batched over worlds."""

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor


class EncoderConfig(BaseModel):
    """Imperfections of a joint's encoder; all of them are off by default.

    Attributes:
        resolution: smallest difference that it tells, rad.
        noise: standard deviation of each reading, rad.
        backlash: play between the joint and the encoder, rad.
        delay_steps: control steps that a reading is late.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    resolution: float = Field(default=0.0, ge=0)
    noise: float = Field(default=0.0, ge=0)
    backlash: float = Field(default=0.0, ge=0)
    delay_steps: int = Field(default=0, ge=0, le=100)


class Encoders:
    """Reads joint angles as a robot's encoders would.

    Args:
        config: of all encoders alike.
        angles: (nworld, n) rad at the start.
        generator: of the noise, on the CPU so that backends draw alike.

    Attributes:
        state: what the next reading depends on: `shaft`, the side of the play that the encoder sits on, (nworld, n)
            rad, and `late`, readings on their way, (nworld, delay_steps, n) rad.
    """

    def __init__(self, config: EncoderConfig, angles: Tensor, generator: torch.Generator) -> None:
        self.config = config
        self._generator = generator
        late = angles.unsqueeze(1).repeat(1, config.delay_steps, 1)
        self.state = {"shaft": angles.clone(), "late": late}

    def reset(self, worlds: Tensor, angles: Tensor) -> None:
        """Begin anew in worlds (n,) int64, at rest at `angles` (nworld, n) rad."""
        self.state["shaft"][worlds] = angles[worlds]
        self.state["late"][worlds] = angles[worlds].unsqueeze(1)

    def read(self, angles: Tensor) -> Tensor:
        """Take one reading, once a control step.

        Args:
            angles: true ones, (nworld, n) rad.

        Returns:
            (nworld, n) rad.
        """
        half = self.config.backlash / 2
        shaft = self.state["shaft"]
        # the shaft stands still until the joint has crossed the play, then is dragged along
        shaft.copy_(torch.minimum(torch.maximum(shaft, angles - half), angles + half))
        reading = shaft.clone()
        if self.config.noise:
            drawn = torch.randn(angles.shape, generator=self._generator, dtype=angles.dtype)
            reading += self.config.noise * drawn.to(angles.device)
        if self.config.resolution:
            reading = (reading / self.config.resolution).round() * self.config.resolution
        if not self.config.delay_steps:
            return reading
        late = self.state["late"]
        arrived = late[:, 0].clone()
        late.copy_(torch.cat([late[:, 1:], reading.unsqueeze(1)], dim=1))
        return arrived
