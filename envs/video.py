"""Video files that browsers play."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray


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
