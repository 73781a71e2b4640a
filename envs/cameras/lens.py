"""What lens and sensor make of the light: exposure, vignette, noise."""

import torch
from torch import Tensor


def expose(
    frames: Tensor, exposure: Tensor, vignette: Tensor, noise: float, generator: torch.Generator
) -> Tensor:
    """Pictures as a sensor gives them.

    Args:
        frames: (n, C, H, W) uint8, the light.
        exposure: (n,) gain.
        vignette: (n,) share of the light lost in the corners; it grows with the square of the distance from the
            middle.
        noise: standard deviation of a pixel at full light, of the full scale; at less light it falls with its root,
            as the noise of counted photons does.
        generator: of the noise, on the frames' device.

    Returns:
        (n, C, H, W) uint8.
    """
    height, width = frames.shape[-2:]
    y = torch.linspace(-1, 1, height, device=frames.device)[:, None]
    x = torch.linspace(-1, 1, width, device=frames.device)
    corner = (x.square() + y.square()) / 2
    gain = exposure[:, None, None] * (1 - vignette[:, None, None] * corner)
    light = frames.float() * gain[:, None]
    if noise:
        grain = torch.randn(light.shape, generator=generator, device=light.device)
        light = light + 255 * noise * (light / 255).clamp(min=0).sqrt() * grain
    return light.clamp(0, 255).round().to(torch.uint8)
