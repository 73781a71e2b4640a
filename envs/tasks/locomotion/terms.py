"""Reward terms of tasks on one's feet: what each measures, (nworld,), before its weight.

Those that want something give 1 at best and 0 at worst; those that cost something give how much, and their weights are
negative.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from envs.tasks.locomotion.base import LocomotionTask

if TYPE_CHECKING:  # it imports these terms
    from envs.tasks.locomotion.walk import Walk


def speed(task: Walk) -> Tensor:
    """How close the velocity over ground is to the commanded one: half of it pulls from afar, half is exact.

    0.5 m/s off gives 0.19, 0.2 m/s off 0.61.
    """
    error = (task.velocity[:, :2] - task.wanted_velocity()).square().sum(dim=1)
    return ((-error / 0.25).exp() + (-error / 0.04).exp()) / 2


def turning(task: Walk) -> Tensor:
    """How close the turning rate is to the one told; 0.5 rad/s off gives 0.37."""
    return (-(task.spin[:, 2] - task.wanted_turn()).square() / 0.25).exp()


def drift(task: LocomotionTask) -> Tensor:
    """Velocity over ground, (m/s)^2."""
    return task.velocity[:, :2].square().sum(dim=1)


def stance(task: LocomotionTask) -> Tensor:
    """How close the legs are to the pose; 0.2 rad off at every joint gives 0.37."""
    return (-task.off_pose().square().mean(dim=1) / 0.04).exp()


def upright(task: LocomotionTask) -> Tensor:
    """Tilt of the pelvis: the square of its sine."""
    return task.down[:, :2].square().sum(dim=1)


def wobble(task: LocomotionTask) -> Tensor:
    """Rolling and pitching, (rad/s)^2."""
    return task.spin[:, :2].square().sum(dim=1)


def bounce(task: LocomotionTask) -> Tensor:
    """Moving up and down, (m/s)^2."""
    return task.velocity[:, 2].square()


def sinking(task: LocomotionTask) -> Tensor:
    """Mid-hip below its height in the pose, m^2 over 0.01."""
    return (task.stance_height - task.height).clamp(min=0).square() / 0.01


def clearance(task: Walk) -> Tensor:
    """How close the swinging foot is to the height that its phase wants; 5 cm off gives 0.37."""
    error = (task.foot_height - task.wanted_foot_height()).square()
    swinging = task.swinging().float()
    rated = ((-error / 0.0025).exp() * swinging).sum(dim=1)
    return torch.where(swinging.any(dim=1), rated, 1.0)


def rhythm(task: Walk) -> Tensor:
    """Share of the feet that are on the ground, or off it, as their phase wants."""
    return (task.contact != task.swinging()).float().mean(dim=1)


def slip(task: LocomotionTask) -> Tensor:
    """Horizontal speed of feet on the ground, (m/s)^2."""
    return (task.foot_speed.square().sum(dim=2) * task.contact).sum(dim=1)


def stride(task: LocomotionTask) -> Tensor:
    """Feet closer together sideways, or farther apart, than the hips by more than 4 cm: m over 0.1."""
    apart = task.foot_place[:, 0, 1] - task.foot_place[:, 1, 1]
    return ((apart - task.hip_width).abs() - 0.04).clamp(min=0) / 0.1


def jerk(task: LocomotionTask) -> Tensor:
    """Change of the action, squared, mean over joints."""
    return (task.action - task.action_before).square().mean(dim=1)


def effort(task: LocomotionTask) -> Tensor:
    """Torque of the legs' motors as a share of their limits, squared, mean over joints."""
    return task.effort().square().mean(dim=1)


def pose(task: LocomotionTask) -> Tensor:
    """Legs away from the pose sideways and in yaw, rad^2: yaw and roll of hips."""
    return task.sideways().square().sum(dim=1)


def fall(task: LocomotionTask) -> Tensor:
    """1 where the robot fell in this step."""
    return task.robot_fallen().float()
