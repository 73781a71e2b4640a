"""`hand-reach-visual`: bring the fingertips to markers that only cameras see."""

import mujoco
from pydantic import Field

from envs.cameras.config import CameraConfig, CamerasConfig
from envs.cameras.picture import Views, add_marker
from envs.marks import colour
from envs.registry import register_task
from envs.tasks.hand import TIPS
from envs.tasks.hand_reach import HandReach, HandReachConfig
from envs.tasks.seen import Seen

_VIEWS = Views(
    middle=(0.07, 0.0, 0.0),
    ways={
        "front": (-0.1, 0.1, -1.0),
        "side": (0.35, -0.85, -0.35),
        "little": (0.35, 0.85, -0.35),
        "wrist": (-0.67, -0.52, -0.52),
        "tips": (0.82, -0.07, -0.57),
    },
    distance=0.45,
    fovy_deg=44.0,
    up=(1.0, 0.0, 0.0),
    behind=0.25,
    light=(0.2, 0.5, 0.8),
)
"""About the middle of what the fingertips reach, seen from before the palm, from either side, from over the wrist and
from beyond the fingertips. Each camera sees nine balls in ten; the fingers hide the others."""


class HandReachVisualConfig(HandReachConfig):
    """Config of `hand-reach-visual`.

    Attributes:
        marker_radius: of the balls that stand at the targets, m.
        cameras: some of `front`, before the palm, `side`, from the thumb's side, `little`, from the little finger's,
            `wrist`, over the wrist, and `tips`, beyond the fingertips.
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
    groups = ("proprioception", "sought", "privileged")
    sought = "command"
    teacher = HandReach.name
    views = _VIEWS
    config: HandReachVisualConfig  # pyright: ignore[reportIncompatibleVariableOverride] - set once

    def build_picture(self) -> mujoco.MjSpec:
        """The hand, its markers, two cameras, a light and a backdrop."""
        spec = super().build_picture()
        for index, tip in enumerate(TIPS):
            add_marker(spec, tip, self.config.marker_radius, (*colour(index), 1.0))
        return spec
