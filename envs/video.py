"""Videos of scenes: what a scene lacks to be looked at, and the file that browsers play."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import imageio_ffmpeg
import mujoco
import numpy as np
from numpy.typing import NDArray

CAMERA = "video"
"""Name of the camera that `video_scene` adds."""

_MARKER_COLORS = (
    (0.90, 0.30, 0.24, 1.0),
    (0.95, 0.69, 0.20, 1.0),
    (0.27, 0.70, 0.42, 1.0),
    (0.23, 0.55, 0.90, 1.0),
    (0.60, 0.38, 0.80, 1.0),
)


def video_scene(
    scene: mujoco.MjSpec, markers: Sequence[str] = (), marker_radius: float = 0.005
) -> mujoco.MjSpec:
    """Copy a scene and add what a video needs: camera, and unless it has them floor, lights and sky.

    The camera `video` stands where MuJoCo's free camera starts: it looks at the model's center from the
    azimuth and elevation in the scene's `visual.global_`.

    Args:
        scene: left as it is.
        markers: names of balls to add as mocap bodies, which touch nothing; in `mocap_pos` they follow the
            scene's own mocap bodies, in this order.
        marker_radius: of the balls, m.

    Returns:
        The copy, with the same `qpos`.
    """
    spec = scene.copy()
    bare = spec.compile()
    camera = mujoco.MjvCamera()
    mujoco.mjv_defaultFreeCamera(bare, camera)
    _add_camera(spec, camera)
    if not (bare.geom_type == mujoco.mjtGeom.mjGEOM_PLANE).any():
        _add_floor(spec, height=camera.lookat[2] - 0.8 * bare.stat.extent, size=20 * bare.stat.extent)
    if not bare.nlight:
        _add_light(spec)
    if not (bare.tex_type == mujoco.mjtTexture.mjTEXTURE_SKYBOX).any():
        spec.add_texture(
            name="video_sky",
            type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
            builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
            rgb1=[0.75, 0.82, 0.90],
            rgb2=[0.95, 0.96, 0.98],
            width=128,
            height=768,
        )
    for i, name in enumerate(markers):
        body = spec.worldbody.add_body(name=name, mocap=True)
        body.add_geom(
            type=mujoco.mjtGeom.mjGEOM_SPHERE,
            size=[marker_radius, 0, 0],
            rgba=_MARKER_COLORS[i % len(_MARKER_COLORS)],
            contype=0,
            conaffinity=0,
        )
    return spec


def write_video(path: str | Path, frames: Iterable[NDArray[np.uint8]], fps: int) -> None:
    """Write frames as an H.264 file that browsers play.

    Args:
        path: ends in ".mp4"; its folder is made.
        frames: (height, width, 3) RGB each, all of one size; odd sizes are scaled up by a pixel.
        fps: frames per second.

    Raises:
        ValueError: if there is no frame.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = None
    for frame in frames:
        if writer is None:
            height, width = frame.shape[:2]
            writer = imageio_ffmpeg.write_frames(
                path,
                (width, height),
                fps=fps,
                codec="libx264",
                quality=8,
                macro_block_size=2,  # H.264's colours come in pairs of pixels
                ffmpeg_log_level="error",
                output_params=["-movflags", "+faststart"],  # a browser starts before it has the whole file
            )
            writer.send(None)
        writer.send(np.ascontiguousarray(frame))
    if writer is None:
        raise ValueError(f"no frames for {path}")
    writer.close()


def _add_camera(spec: mujoco.MjSpec, free: mujoco.MjvCamera) -> None:
    azimuth, elevation = np.deg2rad([free.azimuth, free.elevation])
    forward = np.array(
        [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)]
    )
    right = np.array([np.sin(azimuth), -np.cos(azimuth), 0.0])
    quat = np.zeros(4)
    # a camera looks along its -z, with y up
    mujoco.mju_mat2Quat(quat, np.stack([right, np.cross(right, forward), -forward], axis=1).ravel())
    fovy = spec.visual.global_.fovy
    spec.worldbody.add_camera(name=CAMERA, pos=free.lookat - free.distance * forward, quat=quat, fovy=fovy)


def _add_floor(spec: mujoco.MjSpec, height: float, size: float) -> None:
    spec.add_texture(
        name="video_floor",
        type=mujoco.mjtTexture.mjTEXTURE_2D,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_CHECKER,
        rgb1=[0.62, 0.65, 0.69],
        rgb2=[0.68, 0.71, 0.75],
        width=256,
        height=256,
    )
    material = spec.add_material(name="video_floor", texrepeat=[10, 10], texuniform=True)
    material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = "video_floor"
    spec.worldbody.add_geom(
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        pos=[0, 0, height],
        size=[size, size, 1],
        material="video_floor",
        contype=0,
        conaffinity=0,
    )


def _add_light(spec: mujoco.MjSpec) -> None:
    spec.worldbody.add_light(
        type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL,
        dir=[-0.1, 0.45, -0.9],
        diffuse=[0.65, 0.65, 0.65],
        specular=[0.15, 0.15, 0.15],
        castshadow=True,
    )
    headlight = spec.visual.headlight
    headlight.ambient, headlight.diffuse, headlight.specular = [0.33] * 3, [0.28] * 3, [0.0] * 3
