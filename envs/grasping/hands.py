"""Hands that the grasps' data drive: this project's, and any other whose joints can be named by ours."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import mujoco
import numpy as np

from hand_model import HandConfig, build_hand
from hand_model.anatomy import JOINTS, PALM, SEGMENTS
from hand_model.gearmotors import Gearmotor


@dataclass(frozen=True)
class Segment:
    """A segment of a hand under our name for it.

    Attributes:
        body: in the hand's model.
        turn: columns are our axes (distal, radial, dorsal) in the body's frame, (3, 3).
        length: of the bone along the distal axis, to where a fingertip's rounding begins, m.
    """

    body: str
    turn: np.ndarray
    length: float


@dataclass(frozen=True)
class JointMap:
    """What one of our joints is on a hand: `angle = scale * ours + offset`.

    Attributes:
        name: of the hand's joint.
        scale: of angles.
        offset: rad.
    """

    name: str
    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True)
class GraspHand:
    """A right hand that can carry out grasps.

    Attributes:
        name: of the hand.
        spec: builds it, with its root fixed to the world.
        segments: by our names; the palm among them.
        joints: by our names. Those of ours that the hand lacks are left out.
        origin: of our palm's frame in the frame of the body of `segments["palm"]`, m; its axes are that segment's.
        gearmotors: one for each actuator; none where the model has no motors, only force limits.
    """

    name: str
    spec: Callable[[], mujoco.MjSpec]
    segments: dict[str, Segment]
    joints: dict[str, JointMap]
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gearmotors: Sequence[Gearmotor] | None = None

    @property
    def palm(self) -> Segment:
        """Whose frame objects are seen from."""
        return self.segments["palm"]


def our_hand(config: HandConfig | None = None) -> GraspHand:
    """This project's hand; a right one.

    Raises:
        ValueError: for a left hand.
    """
    config = config or HandConfig()
    if config.side != "right":
        raise ValueError("grasps are data for a right hand, got a left one")
    scale = config.scale
    segments = {"palm": Segment("palm", np.eye(3), scale * PALM[-1].end[0])}
    for segment in SEGMENTS.values():
        end = segment.length - (segment.radius if segment.name.endswith("_distal") else 0.0)
        segments[segment.name] = Segment(segment.name, np.eye(3), scale * end)
    return GraspHand(
        name=f"hand of {1000 * config.length:g} mm",
        spec=lambda: build_hand(config),
        segments=segments,
        joints={joint.name: JointMap(joint.name) for joint in JOINTS},
        gearmotors=config.gearmotors(),
    )
