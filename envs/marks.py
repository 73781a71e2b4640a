"""Coloured balls that mark places: in videos, in the viewer, and before cameras."""

import mujoco
import numpy as np

PALETTE = ("#e0ac00", "#3d7be8", "#2fa866", "#c04fc9", "#e0453f", "#22b3bd", "#8a8f98")
"""One colour per goal point, in order, the same in plots, videos, the viewer and for cameras."""


def colour(index: int) -> tuple[float, float, float]:
    """The palette's colour, red, green and blue in 0 to 1; it starts again after its last."""
    digits = PALETTE[index % len(PALETTE)].removeprefix("#")
    red, green, blue = (int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return red, green, blue


def add_mark(
    body: mujoco.MjsBody,
    radius: float,
    rgba: tuple[float, float, float, float],
    pos: np.ndarray | tuple[float, float, float] = (0, 0, 0),
    name: str = "",
) -> None:
    """A sphere without mass that touches nothing."""
    body.add_geom(
        name=name,
        type=mujoco.mjtGeom.mjGEOM_SPHERE,
        pos=pos,
        size=[radius, 0, 0],
        rgba=rgba,
        mass=0,
        contype=0,
        conaffinity=0,
    )
