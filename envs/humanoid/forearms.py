"""Forearms and hands: the hand of `hand_model`, free or as one piece, on the elbow."""

import mujoco
import numpy as np

from envs.humanoid.config import HumanoidConfig
from envs.humanoid.layout import Layout
from hand_model import build_hand
from hand_model.locking import lock_joints, remove_senses

_REST = {
    "mcp_flexion": 0.35,
    "pip_flexion": 0.5,
    "dip_flexion": 0.3,
    "cmc_abduction": 0.35,
    "ip_flexion": 0.3,
}
"""Angles of a locked hand's joints by kind, rad: fingers hang a little bent."""


def attach_forearm(
    spec: mujoco.MjSpec, arm: mujoco.MjsBody, side: str, config: HumanoidConfig, layout: Layout
) -> mujoco.MjsBody:
    """Hang a forearm with its hand from an upper arm: palm to the thigh, thumb forward.

    Returns:
        The forearm, whose frame lies at the wrist; the elbow is `layout.forearm` back along its -x.
    """
    hand = build_hand(config.hand_on(side))
    if side not in config.free_hands:
        _lock(hand)
    wrist = [0.0, 0.0, -layout.upper_arm - layout.forearm]
    spec.attach(hand, prefix=f"{side}_", frame=arm.add_frame(pos=wrist, quat=hanging(side)))
    return spec.body(f"{side}_forearm")


def hanging(side: str) -> np.ndarray:
    """Attitude (4,) of a hanging hand in its upper arm's frame."""
    # x, distal, is down and z, dorsal, outwards; y, to the right thumb and away from the left one, is what is left
    left = 1.0 if side == "left" else -1.0
    columns = np.array([[0, 0, -1.0], [-left, 0, 0], [0, left, 0]]).T
    quat = np.zeros(4)
    mujoco.mju_mat2Quat(quat, np.ascontiguousarray(columns).ravel())
    return quat


def _lock(hand: mujoco.MjSpec) -> None:
    """Freeze a hand in its resting pose: one piece, without senses, and no fingers that collide."""
    kinds = {joint.name: joint.name.split("_", 1)[1] for joint in hand.joints}
    lock_joints(hand, {name: _REST.get(kind, 0.0) for name, kind in kinds.items()})
    remove_senses(hand)
    for body in hand.bodies[1:]:
        if body.name not in ("forearm", "palm"):
            for geom in body.geoms:
                geom.contype, geom.conaffinity = 0, 0
