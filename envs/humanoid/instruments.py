"""What the robot senses with: an inertial unit, feet that feel the floor, eyes and palm cameras."""

import mujoco

from envs.humanoid.joints import SIDES
from envs.humanoid.layout import Layout

_EYE_DISTANCE = 0.064
"""Between the two head cameras, m: as people's eyes."""

_FORWARD = [0.5, 0.5, -0.5, -0.5]
"""Attitude of a camera, which looks along its -z with y up, that looks along x with z up."""

_FINGERS_UP = [0.7071068, 0, 0, -0.7071068]
"""Attitude of a camera in a palm that looks out of it, fingers up in the picture."""


def add_sensors(spec: mujoco.MjSpec, bodies: dict[str, mujoco.MjsBody], layout: Layout) -> None:
    """Add the inertial unit in the pelvis and the floor's force on each foot."""
    bodies["pelvis"].add_site(name="imu", pos=[0, 0, 0.05 * layout.scale])
    for kind, name in (
        (mujoco.mjtSensor.mjSENS_ACCELEROMETER, "accelerometer"),
        (mujoco.mjtSensor.mjSENS_GYRO, "gyro"),
        (mujoco.mjtSensor.mjSENS_FRAMEQUAT, "attitude"),
    ):
        spec.add_sensor(name=name, type=kind, objtype=mujoco.mjtObj.mjOBJ_SITE, objname="imu")
    for side in SIDES:
        if f"{side}_foot" in bodies:
            spec.add_sensor(
                name=f"{side}_foot_force",
                type=mujoco.mjtSensor.mjSENS_CONTACT,
                objtype=mujoco.mjtObj.mjOBJ_BODY,
                objname=f"{side}_foot",
                # force and nothing else; the net force of all its contacts, in one slot
                intprm=[1 << int(mujoco.mjtConDataField.mjCONDATA_FORCE), 3, 1],
            )


def add_cameras(spec: mujoco.MjSpec, bodies: dict[str, mujoco.MjsBody]) -> None:
    """Add a stereo pair in the head, `left_eye` and `right_eye`, and a camera in each palm."""
    for side, left in zip(SIDES, (1.0, -1.0), strict=True):
        bodies["head"].add_camera(
            name=f"{side}_eye", pos=[0.098, left * _EYE_DISTANCE / 2, 0.105], quat=_FORWARD, fovy=70
        )
        palm = spec.body(f"{side}_palm")
        palm.add_camera(name=f"{side}_palm_camera", pos=[0.055, 0, -0.018], quat=_FINGERS_UP, fovy=90)
