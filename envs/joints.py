"""The joints that actuators turn."""

from collections.abc import Iterable

import mujoco
import torch
from torch import Tensor

from envs.deployment import ActionMap, numbers
from hand_model import shaft_angles


def actuated_joints(model: mujoco.MjModel) -> list[int]:
    """The joint of each actuator, (nu,) indices: over a tendon, the joint whose name the actuator carries.

    Raises:
        KeyError: an actuator works on a tendon and carries no joint's name.
    """
    joints = []
    for index in range(model.nu):
        actuator = model.actuator(index)
        own = actuator.trntype[0] == mujoco.mjtTrn.mjTRN_JOINT
        joints.append(int(actuator.trnid[0] if own else model.joint(actuator.name).id))
    return joints


class DrivenJoints:
    """The joints that gearmotors turn, in the actuators' order, which need not be that of the bodies.

    Args:
        model: whose actuators' controls are angles of their motors' shafts.
        device: of the tensors.
        robot: prefix of one robot's names, where the model has several; the others' actuators are left out.

    Attributes:
        names: of the joints, without the prefix.
        actuators: their places in `ctrl`, (nu,) int64.
        position: their places in `qpos`, (nu,) int64.
        velocity: their places in `qvel`, (nu,) int64.
        low: lower limits, (nu,) rad float32.
        high: upper limits.
        shafts: what a joint's angle makes of the motors' shafts, (nu, nu) rad/rad.
    """

    def __init__(self, model: mujoco.MjModel, device: torch.device, robot: str = "") -> None:
        own = [i for i in range(model.nu) if model.actuator(i).name.startswith(robot)]
        every = actuated_joints(model)
        joints = [every[i] for i in own]
        self.names = [model.joint(joint).name.removeprefix(robot) for joint in joints]
        self.actuators = torch.tensor(own, dtype=torch.int64, device=device)
        self.position = torch.as_tensor(model.jnt_qposadr[joints], dtype=torch.int64, device=device)
        self.velocity = torch.as_tensor(model.jnt_dofadr[joints], dtype=torch.int64, device=device)
        limits = torch.as_tensor(model.jnt_range[joints], dtype=torch.float32, device=device)
        self.low, self.high = limits[:, 0], limits[:, 1]
        shafts = shaft_angles(model)[own][:, model.jnt_dofadr[joints]]
        self.shafts = torch.as_tensor(shafts, dtype=torch.float32, device=device)

    def clip(self, angles: Tensor) -> Tensor:
        """Angles (..., nu) within the joints' limits."""
        return torch.maximum(torch.minimum(angles, self.high), self.low)

    def controls(self, angles: Tensor) -> Tensor:
        """What to tell the motors so that their joints go to `angles` (..., nu) rad, (..., nu) rad."""
        return angles @ self.shafts.T

    def action_map(self, moved: Iterable[int], scale: Tensor, rest: Tensor | None = None) -> ActionMap:
        """How actions come to these joints; see `ActionMap`.

        Args:
            moved: places of the joints that actions move.
            scale: (actions,) rad or m.
            rest: (nu,) rad or m that actions move the targets from; none: from where the last left them.
        """
        return ActionMap(
            joints=tuple(self.names),
            moved=tuple(moved),
            scale=numbers(scale),
            rest=None if rest is None else numbers(rest),
            low=numbers(self.low),
            high=numbers(self.high),
            matrix=tuple(numbers(row) for row in self.shafts),
        )
