"""A carrier that moves a hand about: three slides and two hinges under its forearm, as a robot arm's flange would.

An arm's own joints are left out, its controller is not: the flange follows targets along x, y and z, and turns about a
point before the palm, its tool centre, with bounded forces and speeds. Roll is the hand's own: the wrist pronates.
"""

from dataclasses import dataclass

import mujoco
import numpy as np

from envs.task import Vector
from hand_model import HandConfig, build_hand

TOOL: Vector = (0.097, 0.005, -0.055)
"""Tool centre in the forearm's frame with the wrist at zero, m: where the hand holds a ball, between the tripod's and
the power sphere's in `configs/grasps`."""

_MASS = 5.0
"""What moves with the flange and is not the hand, kg: an arm's outer links; an estimate."""

_INERTIA = 0.3
"""The same about the hinges, kg·m²; an estimate."""

_FORCE, _TORQUE = 170.0, 28.0
"""Largest force, N, and moment, N·m: what an arm for 5 kg has, with joints of 150 N·m at a reach of 0.85 m and wrist
joints of 28 N·m; an estimate after what Universal Robots publishes of the UR5e."""

BANDWIDTH = 40.0
"""Of the position loops, rad/s; critically damped."""


@dataclass(frozen=True)
class Axis:
    """One joint of the carrier.

    Attributes:
        name: of the joint and its actuator.
        kind: of the joint.
        direction: of its axis in the world at rest.
        reach: lower and upper limit, m or rad.
        speed: largest change of its target, m/s or rad/s.
    """

    name: str
    kind: mujoco.mjtJoint
    direction: Vector
    reach: tuple[float, float]
    speed: float

    @property
    def slides(self) -> bool:
        """Whether it is a translation."""
        return self.kind == mujoco.mjtJoint.mjJNT_SLIDE


_SLIDE, _HINGE = mujoco.mjtJoint.mjJNT_SLIDE, mujoco.mjtJoint.mjJNT_HINGE

AXES = (
    Axis("carrier_x", _SLIDE, (1, 0, 0), (-0.30, 0.30), 0.25),
    Axis("carrier_y", _SLIDE, (0, 1, 0), (-0.30, 0.30), 0.25),
    Axis("carrier_z", _SLIDE, (0, 0, 1), (-0.10, 0.30), 0.25),
    Axis("carrier_yaw", _HINGE, (0, 0, 1), (-1.6, 1.6), 1.5),
    Axis("carrier_pitch", _HINGE, (0, 1, 0), (-0.6, 1.2), 1.5),
)
"""From the world to the hand. 0.25 m/s is the reduced speed of ISO 10218-1, slow for a robot arm; turns are as slow."""


def build_carried_hand(
    config: HandConfig,
    tool: Vector,
    quat: tuple[float, float, float, float] = (1, 0, 0, 0),
    bandwidth: float = BANDWIDTH,
) -> mujoco.MjSpec:
    """Build a hand on a carrier.

    The hand's names, and the order of its actuators, are those of `build_hand`; the carrier's actuators, `AXES`, come
    after them. Their controls are the joints' positions, m and rad.

    Args:
        config: which hand.
        tool: where the tool centre is in the world with every joint at zero, m.
        quat: how the forearm's frame stands in the world then: by default the palm looks down.
        bandwidth: of the position loops, rad/s.

    Returns:
        The specification, the forearm under the carrier's last body.
    """
    spec = build_hand(config, mount=lambda empty: _add_axes(empty, tool))
    forearm, turned = spec.body("forearm"), np.zeros(3)
    centre = np.array(TOOL) * (config.scale, config.scale * config.mirror, config.scale)
    mujoco.mju_rotVecQuat(turned, centre, np.array(quat, float))
    forearm.pos, forearm.quat = -turned, quat
    mass = float(spec.copy().compile().body_subtreemass[0])
    for axis in AXES:
        _add_loop(spec, axis, mass, bandwidth)
    return spec


def _add_axes(spec: mujoco.MjSpec, tool: Vector) -> mujoco.MjsBody:
    """Add the carrier's bodies, one joint each; the last of them carries the hand."""
    body = spec.worldbody
    for axis in AXES:
        body = body.add_body(name=axis.name, pos=tool if axis is AXES[0] else (0, 0, 0))
        # what the slides and hinges move beside the hand is in their armature; a body must have some mass
        body.mass, body.inertia, body.explicitinertial = 1e-3, [1e-6] * 3, True
        body.add_joint(
            name=axis.name,
            type=axis.kind,
            axis=axis.direction,
            range=axis.reach,
            armature=_MASS if axis.slides else _INERTIA,
        )
    return body


def _add_loop(spec: mujoco.MjSpec, axis: Axis, hand: float, bandwidth: float) -> None:
    """A position loop, its gains for the carrier with the hand."""
    moved = _MASS + hand if axis.slides else _INERTIA
    most = _FORCE if axis.slides else _TORQUE
    actuator = spec.add_actuator(name=axis.name, target=axis.name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
    actuator.set_to_position(kp=moved * bandwidth**2, kv=2 * moved * bandwidth)
    actuator.ctrllimited, actuator.ctrlrange = True, axis.reach
    actuator.forcelimited, actuator.forcerange = True, (-most, most)
