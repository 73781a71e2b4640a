"""`hand-reorient-visual`: turn a cube that only cameras see in the hand, to one orientation after another."""

import mujoco
import numpy as np

from envs.cameras.config import CameraConfig, CamerasConfig
from envs.cameras.picture import add_light, add_views
from envs.registry import register_task
from envs.tasks.hand_reorient import CUBE, HandReorient, HandReorientConfig
from envs.tasks.seen import Seen

_MIDDLE = np.array([0.085, 0.0, 0.04])
"""Where the cameras look: about the middle of the cube, m."""

_CAMERAS = {"front": (0.7, 0.1, 0.7), "side": (0.1, -0.7, 0.7)}
"""Directions from there to the cameras of a right hand: over the fingertips, and over the thumb."""

_DISTANCE, _FOVY_DEG, _BEHIND = 0.32, 40.0, 0.4
"""m, degrees, m."""


class HandReorientVisualConfig(HandReorientConfig):
    """Config of `hand-reorient-visual`.

    Attributes:
        cameras: some of `front`, over the fingertips, and `side`, over the thumb.
    """

    cameras: CamerasConfig | None = CamerasConfig(
        cameras=(CameraConfig(name="front"), CameraConfig(name="side"))
    )


@register_task
class HandReorientVisual(Seen, HandReorient):
    """`hand-reorient` by eye: the goal is told, the cube is only seen; three of its sides have colours of their own."""

    name = "hand-reorient-visual"
    config_type = HandReorientVisualConfig
    groups = ("proprioception", "command", "privileged")
    kept = ("proprioception", "command")
    teacher = HandReorient.name
    shaped = (CUBE,)

    def build_picture(self) -> mujoco.MjSpec:
        """The hand, the cube, two cameras, a light and backdrops."""
        spec = self.build_scene()
        side = 1.0 if self.config.hand.side == "right" else -1.0
        add_views(
            spec,
            _CAMERAS,
            _MIDDLE,
            mirror=side,
            distance=_DISTANCE,
            fovy_deg=_FOVY_DEG,
            up=(0.0, 0.0, 1.0),
            behind=_BEHIND,
        )
        add_light(spec, (-0.3, 0.3 * side, -0.9))
        return spec
