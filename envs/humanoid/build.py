"""Build the humanoid as a MuJoCo model specification."""

import math
from collections.abc import Callable

import mujoco
import numpy as np

from envs.humanoid.config import HumanoidConfig
from envs.humanoid.forearms import attach_forearm, hanging
from envs.humanoid.instruments import add_cameras, add_sensors
from envs.humanoid.joints import BODY, SIDES, PlacedJoint, sideless
from envs.humanoid.layout import Layout
from envs.humanoid.shells import add_shells
from envs.humanoid.solids import add_solids
from hand_model.scene import new_scene

ROOT = "root"
"""Name of the free joint."""

STAND_HEIGHT = 1.0
"""Of mid-hip above the floor where the pelvis sits on a stand, in a body of 1.80 m, m."""

_BEARINGS = 0.2
"""Damping of a joint's own bearings and seals, N·m·s/rad; an estimate."""

_STOPS = {"solref_limit": [0.02, 1.0], "solimp_limit": [0.98, 0.995, 0.001, 0.5, 2.0]}
"""How hard the joints' end stops are, as MuJoCo's constraints say it: stall torque moves them by a degree or two."""


def build_humanoid(config: HumanoidConfig | None = None) -> mujoco.MjSpec:
    """Build a humanoid driven by geared motors with position loops.

    The root body `pelvis` has its frame at mid-hip, x forward, y to the left, z up, and a free joint `root`, or with
    `moves="upper"` or `"right_arm"` a stand. All angles are zero where it stands upright with hanging arms, palms to
    the thighs. Joints carry the names of `joints.BODY`, the hands' with the prefix `left_` or `right_`; a positive
    angle does the same on both sides. Actuators carry their joints' names, the body's first, then the left hand's, then
    the right's; controls are angles of the motors' shafts, rad (`hand_model.shaft_angles`). Bodies without joints
    become part of what carries them.

    Args:
        config: which humanoid; by default 1.80 m, 57 kg, all 78 joints.

    Returns:
        The specification, ready to compile or to be given a floor (`envs.humanoid.terrain`).
    """
    config = config or HumanoidConfig()
    layout = Layout(config)
    spec = new_scene("humanoid")
    spec.compiler.fusestatic = config.moves in ("legs", "right_arm") or config.hands != "free"
    _add_actuators(spec, config)
    bodies = _add_bodies(spec, config, layout)
    for side in SIDES:
        forearm = attach_forearm(spec, bodies[f"{side}_upper_arm"], side, config, layout)
        bodies[f"{side}_forearm"] = forearm
    for placed in config.body_joints:
        _add_joint(bodies[placed.body], placed, layout)
    add_solids(spec, bodies, layout)
    add_shells(spec, bodies, layout)
    add_sensors(spec, bodies, layout)
    add_cameras(spec, bodies)
    return spec


def _add_bodies(spec: mujoco.MjSpec, config: HumanoidConfig, layout: Layout) -> dict[str, mujoco.MjsBody]:
    """All bodies but the forearms, by name, with the masses of their segments."""
    height = STAND_HEIGHT * config.scale if config.seated else layout.hip_height
    pelvis = spec.worldbody.add_body(name="pelvis", pos=[0, 0, height])
    if not config.seated:
        pelvis.add_freejoint(name=ROOT)
    torso = pelvis.add_body(name="torso", pos=layout.waist)
    bodies = {"pelvis": pelvis, "torso": torso, "head": torso.add_body(name="head", pos=layout.neck)}
    for side, left in zip(SIDES, (1.0, -1.0), strict=True):
        shoulder = layout.shoulder(left)
        bodies[f"{side}_upper_arm"] = torso.add_body(name=f"{side}_upper_arm", pos=shoulder)
        if not config.seated:
            thigh = pelvis.add_body(name=f"{side}_thigh", pos=layout.hip(left))
            shank = thigh.add_body(name=f"{side}_shank", pos=[0, 0, -layout.thigh])
            foot = shank.add_body(name=f"{side}_foot", pos=[0, 0, -layout.shank])
            bodies |= {f"{side}_thigh": thigh, f"{side}_shank": shank, f"{side}_foot": foot}
    for name, body in bodies.items():
        _weigh(body, sideless(name), layout)
    return bodies


def _weigh(body: mujoco.MjsBody, segment: str, layout: Layout) -> None:
    """Give a body its segment's mass, centre and moments."""
    inertia = layout.segments.inertia(segment)
    body.explicitinertial = True
    body.mass = inertia.mass
    body.ipos = layout.frame_of(segment) + inertia.centre
    body.inertia = inertia.moments


def _add_actuators(spec: mujoco.MjSpec, config: HumanoidConfig) -> None:
    """Add the body's gearmotors, before the hands bring theirs; their joints follow."""
    for placed in config.body_joints:
        drive = placed.joint.drive
        gearmotor = drive.gearmotor()
        actuator = spec.add_actuator(name=placed.name, target=placed.name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
        gearmotor.drive(actuator, *drive.gains(gearmotor.armature), _limits(placed))


def hold_pose(spec: mujoco.MjSpec, config: HumanoidConfig, angle: Callable[[str], float]) -> None:
    """Turn the body's joints that don't move, and that are at zero as built, to other angles.

    Args:
        spec: what `build_humanoid` made, before it is attached or compiled.
        config: of which it was made.
        angle: of a joint by its name, rad.
    """
    layout, moving = Layout(config), {placed.name for placed in config.body_joints}
    for placed in BODY:
        turn = angle(placed.name)
        if placed.name in moving or not turn or (body := spec.body(placed.body)) is None:
            continue
        axis, anchor = _hinge(placed, layout)
        quat, moved, attitude = np.zeros(4), np.zeros(3), np.zeros(4)
        mujoco.mju_axisAngle2Quat(quat, axis, turn)
        mujoco.mju_rotVecQuat(moved, anchor, quat)
        offset = np.zeros(3)
        mujoco.mju_rotVecQuat(offset, anchor - moved, body.quat)
        mujoco.mju_mulQuat(attitude, body.quat, quat)
        body.pos, body.quat = body.pos + offset, attitude


def _hinge(placed: PlacedJoint, layout: Layout) -> tuple[np.ndarray, np.ndarray]:
    """A joint's axis and anchor in its body's frame."""
    axis, pos = np.array(placed.axis, dtype=float), np.zeros(3)
    if placed.joint.segment == "forearm":  # its frame lies at the wrist, and is the hand's
        turn = np.zeros(9)
        mujoco.mju_quat2Mat(turn, hanging(placed.name.split("_")[0]))
        axis, pos = turn.reshape(3, 3).T @ axis, np.array([-layout.forearm, 0, 0])
    return axis, pos


def _add_joint(body: mujoco.MjsBody, placed: PlacedJoint, layout: Layout) -> None:
    axis, pos = _hinge(placed, layout)
    limits = _limits(placed)
    body.add_joint(name=placed.name, axis=axis, pos=pos, range=limits, damping=_BEARINGS, **_STOPS)


def _limits(placed: PlacedJoint) -> tuple[float, float]:
    """Of a joint, rad."""
    low, high = placed.joint.range_deg
    return math.radians(low), math.radians(high)
