"""Warp and MuJoCo Warp, imported without their chatter: warnings and errors still show.

Import `wp` and `mjw` from here. Both are slow to import (seconds), so import this module only where they are
used. Kernels are compiled at their first use, which takes about a minute, and cached for later processes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import warp as wp


@contextmanager
def _without_stderr() -> Iterator[None]:
    """Close the process's standard error for a moment, native code's included."""
    sys.stderr.flush()
    kept = os.dup(2)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)


wp.config.log_level = wp.LOG_WARNING
if torch.cuda.is_available():
    wp.init()
else:
    # Warp's native part prints that it found no CUDA driver, and has no setting for that
    with _without_stderr():
        wp.init()

import mujoco_warp as mjw  # noqa: E402  it starts Warp, which has to be quiet by then
from mujoco_warp._src.types import ContactType  # noqa: E402  exported nowhere else

__all__ = ["ContactType", "mjw", "wp"]
