"""Textures of a single colour, which are costly to look up and say no more than their material could."""

import mujoco
import numpy as np

_RGB = int(mujoco.mjtTextureRole.mjTEXROLE_RGB)

_UNSET = np.array([0.5, 0.5, 0.5, 1.0], dtype=np.float32)
"""Colour of a geom that has none of its own."""


def fold_flat_textures(model: mujoco.MjModel) -> None:
    """Take them off the materials of a model, whose own colour they change instead: pictures stay the same.

    Materials stay as they are on which a geom has a colour of its own, with which the texture is multiplied.

    Args:
        model: changed in place.
    """
    own = set(model.geom_matid[(model.geom_rgba != _UNSET).any(axis=1)].tolist())
    for material in set(range(model.nmat)) - own:
        texture = int(model.mat_texid[material, _RGB])
        if texture < 0 or model.tex_type[texture] != mujoco.mjtTexture.mjTEXTURE_2D:
            continue
        colour = _only_colour(model, texture)
        if colour is not None:
            model.mat_rgba[material, :3] *= colour
            model.mat_texid[material, _RGB] = -1


def _only_colour(model: mujoco.MjModel, texture: int) -> np.ndarray | None:
    """Colour (3,) from 0 to 1 of all of a texture's pixels; none where they differ or are not the model's own."""
    start, channels = int(model.tex_adr[texture]), int(model.tex_nchannel[texture])
    size = int(model.tex_width[texture] * model.tex_height[texture])
    if start < 0 or size == 0 or channels < 3:
        return None
    pixels = model.tex_data[start : start + size * channels].reshape(size, channels)
    if (pixels != pixels[0]).any():
        return None
    return pixels[0, :3] / 255
