"""Walk with a heavy box in one's arms."""

import mujoco
import numpy as np
import torch
from pydantic import Field, field_validator
from torch import Tensor

from envs.humanoid import HumanoidConfig
from envs.humanoid.joints import SIDES, sideless
from envs.physics import Physics
from envs.registry import register_task
from envs.tasks.locomotion.loads import CARRYING, GRIP, grip, load_offsets, posed
from envs.tasks.locomotion.walk import Walk, WalkConfig

_BOX = "box"
_HALF_DEPTH, _HALF_HEIGHT = 0.15, 0.12
"""Half the box's size ahead and up, m; it is as wide as the hands are apart."""

_CLEARANCE = 0.012
"""Between a palm's middle and the box's side, m: handles stand out by as much, and hands are locked around them."""


class CarryConfig(WalkConfig):
    """The task.

    Attributes:
        robot: hands are locked: they hold the box by its handles.
        box_mass: kg.
    """

    robot: HumanoidConfig = HumanoidConfig(hands="locked")
    speed_range: tuple[float, float] = (-0.2, 0.8)
    turn_range: float = Field(default=0.5, ge=0, le=2)
    box_mass: float = Field(default=20.0, gt=0, le=100)

    @field_validator("robot")
    @classmethod
    def _has_arms(cls, robot: HumanoidConfig) -> HumanoidConfig:
        if robot.moves != "body" or robot.hands != "locked":
            raise ValueError("expected moves: body and hands: locked, for arms that carry")
        return robot


@register_task
class Carry(Walk):
    """As `humanoid-walk`, with a box that hangs on both hands: its weight goes through wrists, elbows and shoulders.

    The hands hold the box's handles as if they were part of it, by constraints that carry any force; what they
    bear is what `hand_model`'s grasps are about. The arms hold their pose on their own position loops.
    """

    name = "humanoid-carry"
    config_type = CarryConfig
    config: CarryConfig  # pyright: ignore[reportIncompatibleVariableOverride] - set once

    def build_scene(self) -> mujoco.MjSpec:
        """The humanoid, its ground, and the box in its hands."""
        spec = super().build_scene()
        place, width = self._between_hands(spec)
        box = spec.worldbody.add_body(name=_BOX, pos=place)
        box.add_freejoint(name=_BOX)
        box.add_geom(
            name=_BOX,
            type=mujoco.mjtGeom.mjGEOM_BOX,
            size=[_HALF_DEPTH, width / 2 - _CLEARANCE, _HALF_HEIGHT],
            mass=self.config.box_mass,
            rgba=[0.72, 0.55, 0.36, 1],
            contype=0,
            conaffinity=0,
        )
        for side in SIDES:
            weld = spec.add_equality(
                name=f"{side}_handle",
                type=mujoco.mjtEq.mjEQ_WELD,
                name1=_BOX,
                name2=f"{side}_forearm",
                objtype=mujoco.mjtObj.mjOBJ_BODY,
            )
            weld.data[:11] = self._handle(side, place)
        return spec

    def standing_angle(self, joint: str) -> float:
        """The arms carry."""
        return CARRYING.get(sideless(joint), super().standing_angle(joint))

    def bind(self, physics: Physics, generator: torch.Generator) -> None:
        """Look up the box."""
        super().bind(physics, generator)
        self._box = int(physics.model.joint(_BOX).qposadr[0])
        self._box_place = torch.as_tensor(self._carried, device=physics.device)
        forearms = [f"{side}_forearm" for side in SIDES]
        weight = -self.config.box_mass * physics.model.opt.gravity[2] / len(SIDES)
        self._held += load_offsets(physics.model, self._joints, self._pose, forearms, weight).to(self._held)
        self._held[self._legs] = self._pose[self._legs]

    def reset(self, worlds: Tensor) -> None:
        """Stand with the box in one's hands."""
        super().reset(worlds)
        qpos = self.physics.field("qpos")
        rows = qpos[worlds]
        yaw = 2 * torch.atan2(rows[:, 6], rows[:, 3])
        x, y, z = self._box_place.to(rows.dtype)
        rows[:, self._box] = rows[:, 0] + yaw.cos() * x - yaw.sin() * y
        rows[:, self._box + 1] = rows[:, 1] + yaw.sin() * x + yaw.cos() * y
        rows[:, self._box + 2] = rows[:, 2] + z
        rows[:, self._box + 3 : self._box + 7] = rows[:, 3:7]
        qpos[worlds] = rows

    def _between_hands(self, spec: mujoco.MjSpec) -> tuple[np.ndarray, float]:
        """Where the box is in the pose, (3,) m in the world, and how far the hands are apart, m."""
        self._data = posed(spec, self.standing_angle)
        hands = [grip(self._data, side) for side in SIDES]
        place = (hands[0] + hands[1]) / 2
        self._carried = place - self._data.body("pelvis").xpos
        return place, float(hands[0][1] - hands[1][1])

    def _handle(self, side: str, place: np.ndarray) -> np.ndarray:
        """A weld's data: anchor in the forearm and in the box, the forearm's attitude in the box, torque scale."""
        quat = np.zeros(4)
        mujoco.mju_mat2Quat(quat, self._data.body(f"{side}_forearm").xmat)
        return np.concatenate([GRIP, grip(self._data, side) - place, quat, [1.0]])
