"""The hand: anatomy, motors, and the MuJoCo model built from them."""

from hand_model.anatomy import FINGERS, JOINTS
from hand_model.build import HandConfig, build_hand, hand_gearmotors, hand_pads

__all__ = ["FINGERS", "JOINTS", "HandConfig", "build_hand", "hand_gearmotors", "hand_pads"]
