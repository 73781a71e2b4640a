"""`hand-reorient-visual`: turn a cube that only cameras see in the hand, to one orientation after another."""

from envs.cameras.config import CameraConfig, CamerasConfig
from envs.cameras.picture import Views
from envs.registry import register_task
from envs.tasks.hand_reorient import CUBE, HandReorient, HandReorientConfig
from envs.tasks.seen import Seen

_VIEWS = Views(
    middle=(0.085, 0.0, 0.04),
    ways={"front": (0.7, 0.1, 0.7), "side": (0.1, -0.7, 0.7)},
    distance=0.32,
    fovy_deg=40.0,
    up=(0.0, 0.0, 1.0),
    behind=0.4,
    light=(-0.3, 0.3, -0.9),
)
"""About the middle of the cube, seen over the fingertips, and over the thumb."""


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
    groups = ("proprioception", "command", "sought", "privileged")
    sought = "object"
    kept = ("proprioception", "command")
    teacher = HandReorient.name
    shaped = (CUBE,)
    views = _VIEWS
