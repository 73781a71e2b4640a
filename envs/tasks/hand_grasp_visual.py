"""`hand-grasp-visual`: pick an object that only cameras see from a table and hold it up."""

import mujoco
import numpy as np

from envs.cameras.config import CameraConfig, CamerasConfig
from envs.cameras.picture import add_light, add_views
from envs.registry import register_task
from envs.tasks.assortment import THING
from envs.tasks.hand_grasp import HandGrasp, HandGraspConfig
from envs.tasks.seen import Seen

_MIDDLE = np.array([0.0, 0.0, 0.07])
"""Where the cameras look: a little above the middle of the table, m."""

_CAMERAS = {"front": (1.0, 0.15, 0.35), "side": (0.25, 0.9, 0.25)}
"""Directions from there to the cameras of a right hand: before the fingertips, and from the thumb's side."""

_DISTANCE, _FOVY_DEG, _BEHIND = 0.43, 44.0, 0.5
"""m, degrees, m."""


class HandGraspVisualConfig(HandGraspConfig):
    """Config of `hand-grasp-visual`.

    Attributes:
        cameras: some of `front`, before the fingertips, and `side`, from the thumb's side.
    """

    cameras: CamerasConfig | None = CamerasConfig(
        cameras=(CameraConfig(name="front"), CameraConfig(name="side"))
    )


@register_task
class HandGraspVisual(Seen, HandGrasp):
    """`hand-grasp` by eye: what the object is, where it lies and how it moves is only seen."""

    name = "hand-grasp-visual"
    config_type = HandGraspVisualConfig
    groups = ("proprioception", "privileged")
    teacher = HandGrasp.name
    shaped = (THING,)

    def build_picture(self) -> mujoco.MjSpec:
        """The table, the hand, the object, two cameras, a light and backdrops."""
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
        add_light(spec, (-0.3, -0.4 * side, -0.8))
        return spec
