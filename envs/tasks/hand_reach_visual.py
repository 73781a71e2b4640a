"""`hand-reach-visual`: bring the fingertips to markers that only cameras see."""

import mujoco
import numpy as np
from pydantic import Field

from envs.cameras.config import CameraConfig, CamerasConfig
from envs.cameras.picture import add_light, add_marker, add_views
from envs.marks import colour
from envs.registry import register_task
from envs.tasks.hand import TIPS
from envs.tasks.hand_reach import HandReach, HandReachConfig
from envs.tasks.seen import Seen

_MIDDLE = np.array([0.07, 0.0, 0.0])
"""Where the cameras look: about the middle of what the fingertips reach, m."""

_CAMERAS = {"front": (-0.1, 0.1, -1.0), "side": (0.35, -0.85, -0.35)}
"""Directions from there to the cameras of a right hand: before the palm, and from the thumb's side."""

_DISTANCE, _FOVY_DEG = 0.45, 44.0
"""m; of 2,000 random targets, 99.9% are in each camera's picture."""

_BEHIND = 0.25
"""How far the backdrop is behind the middle, m."""


class HandReachVisualConfig(HandReachConfig):
    """Config of `hand-reach-visual`.

    Attributes:
        marker_radius: of the balls that stand at the targets, m.
        cameras: some of `front`, before the palm, and `side`, from the thumb's side.
    """

    tolerance: float = Field(default=0.020, gt=0)
    marker_radius: float = Field(default=0.008, gt=0, le=0.03)
    cameras: CamerasConfig | None = CamerasConfig(
        cameras=(CameraConfig(name="front"), CameraConfig(name="side"))
    )


@register_task
class HandReachVisual(Seen, HandReach):
    """`hand-reach` by eye: five coloured balls stand at the targets, one for each finger; nothing tells where they are.

    What `hand-reach` tells its policies, the targets and the fingertips' offsets to them, is `privileged` here.
    """

    name = "hand-reach-visual"
    config_type = HandReachVisualConfig
    groups = ("proprioception", "privileged")
    teacher = HandReach.name

    def build_picture(self) -> mujoco.MjSpec:
        """The hand, its markers, two cameras, a light and a backdrop."""
        assert isinstance(self.config, HandReachVisualConfig)
        spec = self.build_scene()
        for index, tip in enumerate(TIPS):
            add_marker(spec, tip, self.config.marker_radius, (*colour(index), 1.0))
        side = 1.0 if self.config.hand.side == "right" else -1.0
        add_views(
            spec,
            _CAMERAS,
            _MIDDLE,
            mirror=side,
            distance=_DISTANCE,
            fovy_deg=_FOVY_DEG,
            up=(1.0, 0.0, 0.0),
            behind=_BEHIND,
        )
        add_light(spec, (0.2, 0.5 * side, 0.8))
        return spec
