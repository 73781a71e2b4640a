"""How an arm and its hand are told what to do in few numbers: a place for the grip, and how far the hand is closed."""

import mujoco
import torch
from torch import Tensor

from envs.humanoid.right_arm import ARM_AND_WRIST, RightArm
from envs.joints import DrivenJoints
from hand_model.grasps import load_grasp

GRIP = "grip"
"""Site in the right palm's frame: the middle of the room between palm, fingers and thumb of the open hand."""

_GRIP_PLACE = (0.083, 0.0, -0.053)
"""Of the site, m: an upright bar of 51 mm there is 14 mm or more from all of the open hand."""

_HOME = (0.3, 0.15, 0.0, 1.3, 0.0, 0.0, 0.0)
"""Of the arm's joints, rad: elbow bent, forearm ahead; what the grip's place leaves free goes towards it."""

_DIP = 0.05
"""How far the hand points down, rad."""

_POINTS = 0.7
"""Share of the bearing from shoulder to grip that the hand turns with: it points as a forearm would."""

_CHEST = -0.19
"""Of the right shoulder, to the left, m."""

_GRASP = "03-medium-wrap"
"""The grasp that the hand closes to: fingers around a bar, the thumb against them."""

_OPEN_DEG = {
    "thumb_cmc_flexion": -40.0,
    "thumb_cmc_abduction": 45.0,
    **{f"{finger}_pip_flexion": 30.0 for finger in ("index", "middle", "ring", "little")},
}
"""An open hand; of those that a grid of angles gave, one of the roomiest for a bar."""

_TOUCHES_AT = 0.6
"""How far a hand is closed that meets the grasp's own object, of 40 mm."""


def add_grip(spec: mujoco.MjSpec) -> None:
    """Mark where the right hand of a humanoid grips."""
    spec.body("right_palm").add_site(name=GRIP, pos=list(_GRIP_PLACE))


class Reaching:
    """Joint targets of the right arm and hand from a place for the grip and a closure.

    The hand keeps its attitude: the thumb up, the palm to the left, pointing ahead and a little in the direction of the
    arm. The arm's joints follow by inverse kinematics on the robot's own geometry, without feedback from the physics.

    Args:
        model: with `add_grip`.
        joints: its driven joints.
        device: of the tensors.
    """

    def __init__(self, model: mujoco.MjModel, joints: DrivenJoints, device: torch.device) -> None:
        self._arm = RightArm(model, joints, GRIP, _HOME, device)
        self.arm = self._arm.places
        grasp = load_grasp(_GRASP)
        fingers = [
            index
            for index, name in enumerate(joints.names)
            if name.startswith("right_") and name not in ARM_AND_WRIST
        ]
        self.fingers = torch.tensor(fingers, device=device)
        keys = (_OPEN_DEG, grasp.touching or grasp.closing, grasp.closing)
        rows = [[key.get(joints.names[i].removeprefix("right_"), 0.0) for i in fingers] for key in keys]
        self._keys = torch.deg2rad(torch.tensor(rows, device=device))

    def posture(self, closure: Tensor) -> Tensor:
        """Targets (n, fingers) rad of a hand closed by (n,): 0 is open, 1 presses, beyond it presses more."""
        start, touching, closing = self._keys
        first = (closure / _TOUCHES_AT).clamp(0, 1)[:, None]
        then = ((closure - _TOUCHES_AT) / (1 - _TOUCHES_AT)).clamp(min=0)[:, None]
        return start + first * (touching - start) + then * (closing - touching)

    def follow(self, angles: Tensor, place: Tensor, rounds: int = 1) -> Tensor:
        """The arm's targets (n, 7) rad, from those before, for a place of the grip (n, 3) m in the world."""
        return self._arm.follow(angles, place, self._attitude(place), rounds)

    def home(self, count: int) -> Tensor:
        """The arm's angles to start a search from, (count, 7) rad."""
        return self._arm.home(count)

    def _attitude(self, place: Tensor) -> Tensor:
        """Rotation matrices (n, 3, 3) of the hand: x along it, y to the thumb, z to its back."""
        yaw = _POINTS * torch.atan2(place[:, 1] - _CHEST, place[:, 0])
        dip, zero = torch.full_like(yaw, _DIP), torch.zeros_like(yaw)
        ahead = torch.stack([dip.cos() * yaw.cos(), dip.cos() * yaw.sin(), -dip.sin()], dim=1)
        back = torch.stack([yaw.sin(), -yaw.cos(), zero], dim=1)
        return torch.stack([ahead, torch.linalg.cross(back, ahead), back], dim=2)
