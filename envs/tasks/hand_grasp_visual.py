"""`hand-grasp-visual`: pick an object that only cameras see from a table and hold it up."""

from pydantic import Field

from envs.cameras.config import CameraConfig, CamerasConfig
from envs.cameras.picture import Views
from envs.registry import register_task
from envs.tasks.assortment import THING
from envs.tasks.hand_grasp import HandGrasp, HandGraspConfig
from envs.tasks.seen import Seen

_VIEWS = Views(
    middle=(0.0, 0.0, 0.07),
    ways={"front": (1.0, 0.15, 0.35), "side": (0.25, 0.9, 0.25)},
    distance=0.43,
    fovy_deg=44.0,
    up=(0.0, 0.0, 1.0),
    behind=0.5,
    light=(-0.3, -0.4, -0.8),
)
"""A little above the middle of the table, seen from before the fingertips, and from the thumb's side."""


class HandGraspVisualConfig(HandGraspConfig):
    """Config of `hand-grasp-visual`.

    A hand that starts right over the object, as that of `hand-grasp` does, picks it up as well without looking.

    Attributes:
        aside: the hand starts off to a side by up to this much, m.
        askew: and turned by up to this much, rad.
        cameras: some of `front`, before the fingertips, and `side`, from the thumb's side.
    """

    aside: float = Field(default=0.05, ge=0, le=0.1)
    askew: float = Field(default=0.6, ge=0, le=1.6)
    cameras: CamerasConfig | None = CamerasConfig(
        cameras=(CameraConfig(name="front"), CameraConfig(name="side"))
    )


@register_task
class HandGraspVisual(Seen, HandGrasp):
    """`hand-grasp` by eye: what the object is, where it lies and how it moves is only seen."""

    name = "hand-grasp-visual"
    config_type = HandGraspVisualConfig
    groups = ("proprioception", "sought", "privileged")
    sought = "object"
    teacher = HandGrasp.name
    shaped = (THING,)
    views = _VIEWS
