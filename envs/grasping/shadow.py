"""The Shadow Hand's public model under our names, so that the same grasps drive it.

Its MJCF ships in the `gymnasium-robotics` package, which the `benchmark` extra installs. Its actuators are position
loops with force limits; it has no motors and no heat.
"""

from importlib.util import find_spec
from pathlib import Path

import mujoco
import numpy as np

from envs.grasping.hands import GraspHand, JointMap, Segment
from hand_model.grasps import Grasp
from hand_model.sheets import read_sheet, sheet_names

_PREFIX = "robot0:"
_FINGERS = {"index": "ff", "middle": "mf", "ring": "rf", "little": "lf"}
_LENGTHS = {"proximal": 0.045, "middle": 0.025, "distal": 0.024}
_THUMB = {"metacarpal": ("thproximal", 0.038), "proximal": ("thmiddle", 0.032), "distal": ("thdistal", 0.026)}

# Columns are our axes (distal, radial, dorsal). Its fingers run along z and its palm looks to -y; the thumb's pulp
# looks to -x.
_FINGER_TURN = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
_THUMB_TURN = np.array([[0.0, 0.0, 1.0], [0.0, -1.0, 0.0], [1.0, 0.0, 0.0]])

_ORIGIN = (0.011, 0.0, 0.0034)
"""Where our palm's frame lies in its palm, so that the middle knuckles are in one place, m."""

_DATA = "grasps/shadow"
"""Folder of the grasps as tuned for it."""


def shadow_hand() -> GraspHand:
    """The right Shadow Hand of 24 joints and 20 actuators.

    Raises:
        ModuleNotFoundError: `gymnasium-robotics` is not installed.
    """
    package = find_spec("gymnasium_robotics")  # found, not imported: importing it takes more than its files
    if package is None or package.origin is None:
        raise ModuleNotFoundError(
            "gymnasium-robotics is not installed: pip install 'optimus-academy[benchmark]'"
        )
    folder = Path(package.origin).parent / "envs" / "assets" / "hand"
    segments = {"palm": Segment(_PREFIX + "palm", _FINGER_TURN, 0.09)}
    segments["little_metacarpal"] = Segment(_PREFIX + "lfmetacarpal", _FINGER_TURN, 0.04)
    for name, (body, length) in _THUMB.items():
        segments[f"thumb_{name}"] = Segment(_PREFIX + body, _THUMB_TURN, length)
    for finger, short in _FINGERS.items():
        for name, length in _LENGTHS.items():
            segments[f"{finger}_{name}"] = Segment(f"{_PREFIX}{short}{name}", _FINGER_TURN, length)
    return GraspHand(
        name="Shadow Hand",
        spec=lambda: mujoco.MjSpec.from_file(str(folder / "reach.xml")),
        segments=segments,
        joints=_joints(),
        origin=_ORIGIN,
    )


def shadow_grasps() -> list[Grasp]:
    """The grasps with their free numbers tuned for it, by number."""
    grasps = (read_sheet(_DATA, name, Grasp) for name in sheet_names(_DATA))
    return sorted(grasps, key=lambda grasp: grasp.number)


def _joints() -> dict[str, JointMap]:
    """Ours to its: the thumb's base turns about its own axis where ours flexes, by twice the angle."""
    found = {
        "thumb_cmc_flexion": JointMap(_PREFIX + "THJ4", 2.0),
        "thumb_cmc_abduction": JointMap(_PREFIX + "THJ3"),
        "thumb_mcp_abduction": JointMap(_PREFIX + "THJ2"),
        "thumb_mcp_flexion": JointMap(_PREFIX + "THJ1", -1.0),
        "thumb_ip_flexion": JointMap(_PREFIX + "THJ0", -1.0),
        "little_cmc_flexion": JointMap(_PREFIX + "LFJ4", 1.8),
        "wrist_flexion": JointMap(_PREFIX + "WRJ0"),
        "wrist_deviation": JointMap(_PREFIX + "WRJ1"),
    }
    for finger, short in _FINGERS.items():
        joint = f"{_PREFIX}{short.upper()}J"
        radial = 1.0 if finger in ("index", "middle") else -1.0
        found[f"{finger}_mcp_abduction"] = JointMap(joint + "3", radial)
        found[f"{finger}_mcp_flexion"] = JointMap(joint + "2")
        found[f"{finger}_pip_flexion"] = JointMap(joint + "1")
        found[f"{finger}_dip_flexion"] = JointMap(joint + "0")
    return found
