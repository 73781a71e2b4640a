"""Sky, light and a tiled floor: what scenes of the humanoid have around them. Only the eye sees it."""

from collections.abc import Sequence

import mujoco

from envs.task import Vector

Light = tuple[Vector, Vector, Vector]
"""Place, m; direction; colour, red, green and blue in 0 to 1."""


def add_daylight(spec: mujoco.MjSpec, lights: Sequence[Light]) -> None:
    """Add a pale sky, and lights whose rays are parallel."""
    spec.add_texture(
        name="sky",
        type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
        rgb1=[0.62, 0.70, 0.78],
        rgb2=[0.93, 0.95, 0.96],
        width=64,
        height=384,
    )
    for place, direction, colour in lights:
        spec.worldbody.add_light(
            pos=place, dir=direction, diffuse=colour, type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL
        )


def add_tiles(
    spec: mujoco.MjSpec, name: str, colours: tuple[Vector, Vector], joint: Vector, side: float
) -> mujoco.MjsMaterial:
    """Add the material of a floor of square tiles.

    Args:
        spec: of the scene.
        name: of the material and its texture.
        colours: of the tiles, in turn.
        joint: colour between them.
        side: of a tile's texture, m.
    """
    texture = spec.add_texture(
        name=name,
        type=mujoco.mjtTexture.mjTEXTURE_2D,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_CHECKER,
        mark=mujoco.mjtMark.mjMARK_EDGE,
        rgb1=colours[0],
        rgb2=colours[1],
        markrgb=joint,
        width=256,
        height=256,
    )
    material = spec.add_material(name=name, texrepeat=[1 / side, 1 / side], texuniform=True)
    material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = texture.name
    return material
