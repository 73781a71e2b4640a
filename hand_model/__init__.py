"""The hand: anatomy, motors, and the MuJoCo model built from them."""

from hand_model.anatomy import FINGERS, JOINTS
from hand_model.build import build_hand, hand_pads
from hand_model.config import HandConfig
from hand_model.transmission import couple, shaft_angles

__all__ = ["FINGERS", "JOINTS", "HandConfig", "build_hand", "couple", "hand_pads", "shaft_angles"]
