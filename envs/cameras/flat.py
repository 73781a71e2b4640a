"""Textures of a single colour, which are costly to look up and say no more than their material could."""

import mujoco
import numpy as np

_RGB = int(mujoco.mjtTextureRole.mjTEXROLE_RGB)


def fold_flat_textures(model: mujoco.MjModel) -> None:
    """Take them off the materials of a model, whose own colour they change instead: pictures stay the same.

    On a CPU, looking up a texture takes as long as finding out that a ray meets no geom.

    Args:
        model: changed in place.
    """
    for material in range(model.nmat):
        texture = int(model.mat_texid[material, _RGB])
        if texture < 0 or model.tex_type[texture] != mujoco.mjtTexture.mjTEXTURE_2D:
            continue
        colour = _only_colour(model, texture)
        if colour is not None:
            model.mat_rgba[material, :3] *= colour
            model.mat_texid[material, _RGB] = -1


def _only_colour(model: mujoco.MjModel, texture: int) -> np.ndarray | None:
    """Colour (3,) from 0 to 1 of all of a texture's pixels; none where they differ."""
    start, channels = int(model.tex_adr[texture]), int(model.tex_nchannel[texture])
    size = int(model.tex_width[texture] * model.tex_height[texture])
    pixels = model.tex_data[start : start + size * channels].reshape(size, channels)
    if channels < 3 or (pixels != pixels[0]).any():
        return None
    return pixels[0, :3] / 255
